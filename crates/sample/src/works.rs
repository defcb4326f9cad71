//! Where people work: halls with offices, farmsteads.

use super::building::{Body, Detail};
use super::houses::{detached, small};
use super::layout::Side;
use super::roof::{self, Roof};
use super::solid::Frame;
use super::yard::{Placed, Yard, ground_under, rectangle};

/// Halls in LoD1 with offices in LoD2 at the street.
pub fn industry(yard: &mut Yard) {
    let block = yard.block;
    for side in block.sides.iter().filter(|side| side.street.is_some()) {
        let mut along = 26.0;
        while along < side.line.length() - 20.0 {
            let (width, depth) = (yard.random.range(22.0, 52.0), yard.random.range(18.0, 42.0));
            let setback = yard.random.range(7.0, 14.0);
            let frame = yard.lot(side, along + width / 2.0, width, setback);
            let boxes = vec![rectangle(&frame, 0.0, 0.0, width, depth)];
            let base = ground_under(&boxes);
            let solid = roof::rectangle(
                &frame,
                width,
                depth,
                Roof::Flat,
                base,
                base + yard.random.range(6.0, 11.5),
                0.0,
            );
            let body = Body { roof: "1000", solid };
            let building = Placed {
                detail: Detail::Lod1,
                street: side.street,
                year: 1990,
                ..yard.plain(vec![body], "31001_2000", boxes)
            };
            if !yard.place(building, 7.0) {
                along += 7.0;
                continue;
            }
            if yard.random.chance(0.6) {
                office(yard, side, &frame, width);
            }
            along += width + yard.random.range(9.0, 20.0);
        }
    }
}

fn office(yard: &mut Yard, side: &Side, hall: &Frame, width: f64) {
    let lot = hall.moved(width + 0.02, 0.0);
    let boxes = vec![rectangle(&lot, 0.0, 0.0, 11.0, 14.0)];
    let base = ground_under(&boxes);
    let solid = roof::rectangle(&lot, 11.0, 14.0, Roof::Flat, base, base + 9.6, base + 9.6);
    let building = Placed {
        street: side.street,
        year: 1998,
        storeys: Some(3),
        ..yard.plain(vec![Body { roof: "1000", solid }], "31001_2000", boxes)
    };
    yard.place(building, 0.01);
}

/// Farmsteads around a yard: long house, barn across, sheds; houses where room is left.
pub fn farm(yard: &mut Yard) {
    let block = yard.block;
    for side in block.sides.iter().filter(|side| side.street.is_some()) {
        let mut along = 30.0;
        while along < side.line.length() - 24.0 {
            along += if farmstead(yard, side, along) { 62.0 } else { 8.0 };
        }
    }
    detached(yard);
}

fn farmstead(yard: &mut Yard, side: &Side, along: f64) -> bool {
    let frame = yard.lot(side, along, 40.0, 3.0);
    let (length, width) = (yard.random.range(22.0, 27.0), 11.5);
    let boxes = vec![rectangle(&frame, 0.0, 0.0, width, length)];
    let base = ground_under(&boxes);
    let solid =
        roof::rectangle(&frame.turned(width), length, width, Roof::Gable, base, base + 6.2, base + 9.6);
    let house = Placed {
        street: side.street,
        year: 1887,
        storeys: Some(2),
        ..yard.plain(vec![Body { roof: "3100", solid }], "31001_1000", boxes)
    };
    if !yard.place(house, 4.0) {
        return false;
    }
    // A barn across the back, seen from the street behind the yard.
    let barn = frame.moved(14.0, 22.0);
    let boxes = vec![rectangle(&barn, 0.0, 0.0, 24.0, 12.0)];
    let base = ground_under(&boxes);
    let solid = roof::rectangle(&barn, 24.0, 12.0, Roof::Gable, base, base + 5.2, base + 10.0);
    let building =
        Placed { year: 1903, ..yard.plain(vec![Body { roof: "3100", solid }], "31001_2000", boxes) };
    yard.place(building, 0.5);
    small(yard, &frame.moved(31.0, 1.0), [7.5, 17.0], Roof::Gable, 3.6, "31001_2000", 1954);
    true
}

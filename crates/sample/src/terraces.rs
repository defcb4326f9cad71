//! Buildings close together: terraces, blocks of flats, the old core.

use super::building::Detail;
use super::houses::{Era, Shape, small};
use super::layout::Side;
use super::plane::Box4;
use super::random::Random;
use super::roof::Roof;
use super::solid::Frame;
use super::yard::{Placed, Yard, ground_under, rectangle};

const CORE: Era = Era {
    years: [1720.0, 1935.0],
    roofs: &[Roof::Gable, Roof::Gable, Roof::Gable, Roof::Hip, Roof::Mansard, Roof::HalfHip],
    pitch_deg: [40.0, 50.0],
    storeys: &[2, 2, 3],
};

/// Terraces of four to seven houses wall to wall, with a row of garages.
pub fn rows(yard: &mut Yard) {
    let block = yard.block;
    let roof = yard.random.pick(&[Roof::Gable, Roof::Gable, Roof::Gable, Roof::Flat]);
    let (unit, depth) = (yard.random.range(5.9, 7.2), yard.random.range(10.0, 11.6));
    let pitch_deg = yard.random.range(28.0, 38.0);
    for side in block.sides.iter().filter(|side| side.street.is_some()) {
        let setback = yard.random.range(3.5, 6.0);
        let mut along = 8.0;
        while along < side.line.length() - 20.0 {
            let count = 4 + yard.random.below(4);
            let total = unit * count as f64;
            let frame = yard.lot(side, along + total / 2.0, total, setback);
            let shape = Shape { width: unit, depth, gable_to_street: false, roof, storeys: 2, pitch_deg };
            if !terrace(yard, side, &frame, count, &shape) {
                along += 5.0;
                continue;
            }
            along += total + 4.5;
            if yard.random.chance(0.6) {
                let cars = 3.0 * (count as f64 / 2.0).ceil();
                let lot = yard.lot(side, along + cars / 2.0, cars, 5.5);
                if small(yard, &lot, [cars, 5.8], Roof::Flat, 2.5, "31001_2463", 1985) {
                    along += cars + 4.0;
                }
            }
        }
    }
}

fn terrace(yard: &mut Yard, side: &Side, frame: &Frame, count: usize, shape: &Shape) -> bool {
    let whole = rectangle(frame, 0.0, 0.0, shape.width * count as f64, shape.depth);
    if !yard.fits(&[whole], 3.0) {
        return false;
    }
    let base = ground_under(&[whole]);
    let year = 1968 + yard.random.below(50) as u32;
    for number in 0..count {
        let lot = frame.moved(shape.width * number as f64, 0.0);
        let boxes: Vec<Box4> = vec![rectangle(&lot, 0.0, 0.0, shape.width, shape.depth)];
        let body = shape.body(&lot, base, Detail::Lod2);
        let building = Placed {
            street: side.street,
            year,
            storeys: Some(2),
            ..yard.plain(vec![body], "31001_1000", boxes)
        };
        yard.placed.push(building);
    }
    true
}

/// Blocks of flats of three to five storeys in open green.
pub fn flats(yard: &mut Yard) {
    let block = yard.block;
    let roof = yard.random.pick(&[Roof::Flat, Roof::Hip, Roof::Gable, Roof::Flat]);
    for side in block.sides.iter().filter(|side| side.street.is_some()) {
        let mut along = yard.random.range(20.0, 26.0);
        while along < side.line.length() - 14.0 {
            let across = yard.random.chance(0.35);
            let (width, depth) = if across {
                (12.0, yard.random.range(24.0, 34.0))
            } else {
                (yard.random.range(22.0, 36.0), 12.0)
            };
            let storeys = yard.random.pick(&[3, 3, 4, 4, 5]);
            let shape = Shape { width, depth, gable_to_street: across, roof, storeys, pitch_deg: 22.0 };
            let setback = yard.random.range(5.0, 8.0);
            let frame = yard.lot(side, along, width, setback);
            let boxes = vec![rectangle(&frame, 0.0, 0.0, width, depth)];
            let body = shape.body(&frame, ground_under(&boxes), Detail::Lod2);
            let building = Placed {
                street: side.street,
                year: 1972,
                storeys: Some(storeys),
                ..yard.plain(vec![body], "31001_1000", boxes)
            };
            along += if yard.place(building, 9.0) { width / 2.0 + 26.0 } else { 6.0 };
        }
        let cars = 3.0 * (4 + yard.random.below(6)) as f64;
        let lot = yard.lot(side, side.line.length() * 0.5, cars, 26.0);
        small(yard, &lot, [cars, 5.8], Roof::Flat, 2.6, "31001_2463", 1972);
    }
}

/// The old core: tall houses shoulder to shoulder at the street, barns and workshops behind.
pub fn core(yard: &mut Yard) {
    let block = yard.block;
    for side in block.sides.iter().filter(|side| side.street.is_some()) {
        let mut along = 7.0;
        while along < side.line.length() - 5.0 {
            let width = yard.random.range(8.0, 14.5);
            along += if core_house(yard, side, along + width / 2.0, width) {
                width + gap(yard.random)
            } else {
                3.0
            };
        }
    }
    for side in block.sides.iter().filter(|side| side.street.is_some()) {
        let mut along = 18.0;
        while along < side.line.length() - 12.0 {
            let size = [yard.random.range(6.0, 10.0), yard.random.range(7.0, 12.0)];
            let setback = yard.random.range(17.0, 21.0);
            let lot = yard.lot(side, along, size[0], setback);
            let eaves = yard.random.range(3.0, 5.0);
            small(yard, &lot, size, Roof::Gable, eaves, "31001_2000", 1905);
            along += size[0] + yard.random.range(3.0, 9.0);
        }
    }
}

fn gap(random: &mut Random) -> f64 {
    if random.chance(0.6) { 0.25 } else { random.range(1.0, 4.0) }
}

fn core_house(yard: &mut Yard, side: &Side, along: f64, width: f64) -> bool {
    let depth = yard.random.range(10.0, 14.5);
    let roof = yard.random.pick(CORE.roofs);
    let storeys = yard.random.pick(CORE.storeys);
    let pitch_deg = yard.random.range(CORE.pitch_deg[0], CORE.pitch_deg[1]);
    let shape = Shape { width, depth, gable_to_street: yard.random.chance(0.45), roof, storeys, pitch_deg };
    let setback = yard.random.range(0.3, 1.1);
    let frame = yard.lot(side, along, width, setback);
    let boxes = vec![rectangle(&frame, 0.0, 0.0, width, depth)];
    let body = shape.body(&frame, ground_under(&boxes), Detail::Lod2);
    let function = yard.random.pick(&["31001_1000", "31001_1000", "31001_2000"]);
    let year = yard.random.range(CORE.years[0], CORE.years[1]) as u32;
    let building = Placed {
        street: side.street,
        year,
        storeys: Some(storeys),
        ..yard.plain(vec![body], function, boxes)
    };
    yard.place(building, 0.12)
}

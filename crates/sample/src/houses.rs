//! Houses in gardens along streets, with garages and sheds.

use super::building::{Body, Detail};
use super::layout::Side;
use super::lod3;
use super::roof::{self, Roof, Wing};
use super::solid::Frame;
use super::yard::{Placed, Yard, ground_under, rectangle};

/// Looks of one period of building.
#[derive(Clone, Copy)]
pub struct Era {
    pub years: [f64; 2],
    pub roofs: &'static [Roof],
    pub pitch_deg: [f64; 2],
    pub storeys: &'static [u32],
}

const ERAS: [Era; 4] = [
    Era {
        years: [1928.0, 1962.0],
        roofs: &[Roof::Gable, Roof::Gable, Roof::Hip, Roof::HalfHip],
        pitch_deg: [40.0, 48.0],
        storeys: &[1, 2],
    },
    Era {
        years: [1958.0, 1985.0],
        roofs: &[Roof::Gable, Roof::Gable, Roof::Gable, Roof::Hip],
        pitch_deg: [22.0, 33.0],
        storeys: &[1, 2, 2],
    },
    Era {
        years: [1982.0, 2005.0],
        roofs: &[Roof::Gable, Roof::Gable, Roof::HalfHip, Roof::Tent],
        pitch_deg: [28.0, 38.0],
        storeys: &[2],
    },
    Era {
        years: [2003.0, 2023.0],
        roofs: &[Roof::Flat, Roof::Pent, Roof::Tent, Roof::Gable, Roof::Gable],
        pitch_deg: [14.0, 32.0],
        storeys: &[2, 2, 3],
    },
];
/// A rectangle's roof and walls: along the street or with the gable to it.
pub struct Shape {
    pub width: f64,
    pub depth: f64,
    pub gable_to_street: bool,
    pub roof: Roof,
    pub storeys: u32,
    pub pitch_deg: f64,
}

impl Shape {
    /// Hipped forms follow the longer side, gables follow taste.
    fn ridge_from_street(&self) -> bool {
        match self.roof {
            Roof::Hip | Roof::HalfHip | Roof::Mansard => self.depth > self.width,
            _ => self.gable_to_street,
        }
    }

    fn heights(&self, base: f64) -> (f64, f64) {
        let eaves = base + 0.4 + f64::from(self.storeys) * 2.8;
        let (across, other) =
            if self.ridge_from_street() { (self.width, self.depth) } else { (self.depth, self.width) };
        let span = match self.roof {
            Roof::Pent => across * 2.0,
            Roof::Tent => across.min(other),
            _ => across,
        };
        let pitch = if self.roof == Roof::Pent { 9.0 } else { self.pitch_deg };
        (eaves, eaves + span / 2.0 * f64::to_radians(pitch).tan())
    }

    /// The closed body on ground at `base` metres.
    pub fn body(&self, frame: &Frame, base: f64, detail: Detail) -> Body {
        let (eaves, ridge) = self.heights(base);
        let (frame, long, wide) = if self.ridge_from_street() {
            (frame.turned(self.width), self.depth, self.width)
        } else {
            (*frame, self.width, self.depth)
        };
        let solid = match detail {
            Detail::Lod3 => lod3::gabled_house(&frame, long, wide, base, eaves, ridge),
            _ => roof::rectangle(&frame, long, wide, self.roof, base, eaves, ridge),
        };
        Body { roof: self.roof.code(), solid }
    }
}

/// Detached and semi-detached houses in gardens, with garages and sheds.
pub fn detached(yard: &mut Yard) {
    let era = ERAS[yard.random.below(ERAS.len())];
    let block = yard.block;
    for side in block.sides.iter().filter(|side| side.street.is_some()) {
        let setback = yard.random.range(3.0, 6.0);
        let mut along = yard.random.range(9.0, 14.0);
        while along < side.line.length() - 7.0 {
            let frontage = yard.random.range(15.0, 21.5);
            let back = setback + yard.random.range(-0.8, 1.6);
            if !house(yard, side, era, along, back) {
                along += 4.0;
                continue;
            }
            along += frontage;
        }
    }
}

fn house(yard: &mut Yard, side: &Side, era: Era, along: f64, setback: f64) -> bool {
    let winged = yard.detail == Detail::Lod2 && yard.random.chance(0.16);
    let shape = Shape {
        width: yard.random.range(9.0, 12.8),
        depth: yard.random.range(8.6, 11.2),
        gable_to_street: !winged && yard.random.chance(0.42),
        roof: if winged || yard.detail == Detail::Lod3 { Roof::Gable } else { yard.random.pick(era.roofs) },
        storeys: yard.random.pick(era.storeys),
        pitch_deg: yard.random.range(era.pitch_deg[0], era.pitch_deg[1]),
    };
    let mut frame = yard.lot(side, along, shape.width, setback);
    let wing = Wing {
        offset: yard.random.pick(&[0.0, 0.0, 2.6]),
        width: (shape.depth * 0.62).min(shape.width - 3.2),
        length: yard.random.range(2.2, 4.5),
    };
    let mut boxes = Vec::new();
    if winged {
        boxes.push(rectangle(&frame, wing.offset, 0.0, wing.width, wing.length + 0.5));
        frame = frame.moved(0.0, wing.length);
    }
    boxes.insert(0, rectangle(&frame, 0.0, 0.0, shape.width, shape.depth));
    let base = ground_under(&boxes);
    let body = if winged {
        let (eaves, ridge) = shape.heights(base);
        Body { roof: "3100", solid: roof::winged(&frame, shape.width, shape.depth, wing, base, eaves, ridge) }
    } else {
        shape.body(&frame, base, yard.detail)
    };
    let year = yard.random.range(era.years[0], era.years[1]) as u32;
    let (street, detail) = (side.street, yard.detail);
    let done = yard.place(
        Placed {
            street,
            year,
            detail,
            storeys: Some(shape.storeys),
            ..yard.plain(vec![body], "31001_1000", boxes)
        },
        3.2,
    );
    if done {
        outbuildings(yard, &frame, &shape, year);
    }
    done
}

fn outbuildings(yard: &mut Yard, frame: &Frame, shape: &Shape, year: u32) {
    if yard.random.chance(0.72) {
        let double = yard.random.chance(0.25);
        let (width, depth) = (if double { 5.8 } else { 3.1 }, yard.random.range(5.6, 6.6));
        let gap = yard.random.pick(&[0.06, 0.06, 1.2]);
        let u = if yard.random.chance(0.5) { shape.width + gap } else { -width - gap };
        let lot = frame.moved(u, yard.random.range(0.0, 3.0));
        let roof = yard.random.pick(&[Roof::Flat, Roof::Flat, Roof::Flat, Roof::Gable, Roof::Pent]);
        small(yard, &lot, [width, depth], roof, 2.6, "31001_2463", year);
    }
    if yard.random.chance(0.2) {
        let lot =
            frame.moved(yard.random.range(-3.0, shape.width), shape.depth + yard.random.range(5.0, 10.0));
        let width = yard.random.range(2.4, 3.6);
        small(yard, &lot, [width, 2.4], Roof::Gable, 2.1, "31001_2000", year);
    }
}

/// A garage, shed or barn; the ridge runs away from the street.
pub fn small(
    yard: &mut Yard,
    lot: &Frame,
    [width, depth]: [f64; 2],
    roof: Roof,
    eaves: f64,
    function: &'static str,
    year: u32,
) -> bool {
    let boxes = vec![rectangle(lot, 0.0, 0.0, width, depth)];
    let base = ground_under(&boxes);
    let rise = if roof == Roof::Flat { 0.0 } else { width * 0.3 };
    let solid =
        roof::rectangle(&lot.turned(width), depth, width, roof, base, base + eaves, base + eaves + rise);
    let building = Placed { year, ..yard.plain(vec![Body { roof: roof.code(), solid }], function, boxes) };
    yard.place(building, 0.05)
}

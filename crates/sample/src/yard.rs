//! One block while it is built up: what stands there and what still fits.

use super::building::{Body, Detail};
use super::landscape::{CENTRE, height, world};
use super::layout::{Block, Side, Street};
use super::plane::{Box4, Spot, away_from, inside, meet, middle};
use super::random::Random;
use super::solid::Frame;

/// A building on its lot.
#[derive(Clone, Debug)]
pub struct Placed {
    pub bodies: Vec<Body>,
    pub function: &'static str,
    pub name: Option<&'static str>,
    pub storeys: Option<u32>,
    pub year: u32,
    pub detail: Detail,
    pub municipality: usize,
    /// The street it takes its number from; garages have none.
    pub street: Option<usize>,
    pub boxes: Vec<Box4>,
}

impl Placed {
    /// Middle of its first rectangle, local metres.
    pub fn spot(&self) -> Spot {
        self.boxes.first().map(|corners| middle(corners)).unwrap_or_default()
    }
}

/// A block with its buildings.
pub struct Yard<'a> {
    pub block: &'a Block,
    pub streets: &'a [Street],
    pub random: &'a mut Random,
    pub placed: Vec<Placed>,
    pub detail: Detail,
    /// Rectangles that stay free of buildings.
    pub kept_free: Vec<Box4>,
}

impl Yard<'_> {
    /// Whether rectangles lie within the block, off the streets and apart from what stands there.
    pub fn fits(&self, boxes: &[Box4], gap: f64) -> bool {
        let taken = || self.placed.iter().flat_map(|placed| &placed.boxes).chain(&self.kept_free);
        boxes.iter().all(|corners| {
            corners.iter().all(|&corner| {
                inside(&self.block.ring, corner)
                    && self
                        .block
                        .sides
                        .iter()
                        .all(|side| away_from(&side.line.points, corner) >= self.margin(side))
            }) && !taken().any(|other| meet(corners, other, gap))
        })
    }

    /// Metres from a side's line to the first possible wall.
    pub fn margin(&self, side: &Side) -> f64 {
        side.street.and_then(|street| self.streets.get(street)).map_or(2.5, |street| street.width / 2.0 + 1.6)
    }

    /// Frame of a lot `width` metres wide whose middle lies `along` the side, `setback` metres behind its margin.
    pub fn lot(&self, side: &Side, along: f64, width: f64, setback: f64) -> Frame {
        let (spot, direction) = side.line.at(along);
        let back = self.margin(side) + setback;
        let origin = [
            spot[0] - direction[1] * back - direction[0] * width / 2.0,
            spot[1] + direction[0] * back - direction[1] * width / 2.0,
        ];
        Frame::new(world(origin), direction[1].atan2(direction[0]))
    }

    /// Places a building if it fits.
    pub fn place(&mut self, placed: Placed, gap: f64) -> bool {
        let fits = self.fits(&placed.boxes, gap);
        if fits {
            self.placed.push(placed);
        }
        fits
    }

    /// A building without name and number, to be completed by the caller.
    pub fn plain(&self, bodies: Vec<Body>, function: &'static str, boxes: Vec<Box4>) -> Placed {
        let municipality = self.block.municipality;
        Placed {
            bodies,
            function,
            name: None,
            storeys: None,
            year: 1970,
            detail: Detail::Lod2,
            municipality,
            street: None,
            boxes,
        }
    }
}

/// A rectangle of a frame in local metres.
pub fn rectangle(frame: &Frame, u: f64, v: f64, long: f64, wide: f64) -> Box4 {
    [[u, v], [u + long, v], [u + long, v + wide], [u, v + wide]].map(|[u, v]| {
        let [x, y] = frame.at(u, v);
        [x - CENTRE[0], y - CENTRE[1]]
    })
}

/// Lowest ground under rectangles in metres, to the centimetre below.
pub fn ground_under(boxes: &[Box4]) -> f64 {
    let lowest = boxes
        .iter()
        .flat_map(|corners| corners.iter().copied().chain([middle(corners)]))
        .map(height)
        .fold(f64::MAX, f64::min);
    (lowest * 100.0).floor() / 100.0
}

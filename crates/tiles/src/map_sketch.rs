//! Outlines in a flat map tile: into whole units, cut at the tile's edge, without what nobody could see.

use geo::{Coord, Distance, Euclidean, Line};
use stadtwin_formats::mvt::{EXTENT, Pen, Shape, clip_line, clip_ring};
use stadtwin_model::{Feature, Place};

/// What sticks out of a tile is kept as far as this, so that outlines meet [units].
const BUFFER: f64 = 64.0;
/// How far a simplified line may be from the true one [units]; a pixel has 16.
const TOLERANCE: f64 = 1.0;
/// Shorter runs of points are left as they are.
const SIMPLE: usize = 5;
/// The tile with its surroundings [units].
const FRAME: [f64; 4] = [-BUFFER, -BUFFER, EXTENT as f64 + BUFFER, EXTENT as f64 + BUFFER];

/// Draws one outline after another, in memory that is used again.
pub(super) struct Sketch {
    /// `[x min, y min, x max, y max]` of the tile in its CRS.
    bounds: [f64; 4],
    pen: Pen,
    units: Vec<[f64; 2]>,
    whole: Vec<[i32; 2]>,
    simplifier: Simplifier,
}

impl Sketch {
    pub fn new(bounds: [f64; 4]) -> Sketch {
        Sketch {
            bounds,
            pen: Pen::default(),
            units: Vec::new(),
            whole: Vec::new(),
            simplifier: Simplifier::default(),
        }
    }

    /// The tile with what sticks out of it, in the CRS.
    pub fn frame(&self) -> [f64; 4] {
        let [x_min, y_min, x_max, y_max] = self.bounds;
        let share = BUFFER / f64::from(EXTENT);
        let (x, y) = ((x_max - x_min) * share, (y_max - y_min) * share);
        [x_min - x, y_min - y, x_max + x, y_max + y]
    }

    /// The commands of what was drawn last.
    pub fn commands(&self) -> &[u32] {
        self.pen.commands()
    }

    pub fn is_empty(&self) -> bool {
        self.commands().is_empty()
    }

    /// Draws a feature in place of what was there; gives its kind of geometry.
    pub fn draw(&mut self, feature: &Feature) -> u64 {
        if !feature.footprint.is_empty() {
            self.begin();
            for rings in &feature.footprint {
                self.polygon(rings.iter().map(Vec::as_slice));
            }
            return Sketch::POLYGONS;
        }
        match &feature.place {
            Place::Nothing => self.points(&[]),
            Place::Lines(lines) => self.lines(lines.iter().map(Vec::as_slice)),
            Place::Points(points) => self.points(points),
        }
    }

    /// The kind of geometry that polygons are.
    pub const POLYGONS: u64 = 3;

    /// Polygons follow in place of what was there.
    pub fn begin(&mut self) {
        self.pen.clear();
    }

    /// Adds a polygon of closed rings, exterior first: nothing when nothing is left of its exterior.
    pub fn polygon<'a>(&mut self, rings: impl Iterator<Item = &'a [[f64; 2]]>) {
        for (index, ring) in rings.enumerate() {
            let is_drawn = self.ring(ring, index == 0);
            if index == 0 && !is_drawn {
                return;
            }
        }
    }

    fn ring(&mut self, ring: &[[f64; 2]], is_exterior: bool) -> bool {
        self.set_units(ring);
        self.simplifier.simplify(&mut self.units);
        self.units.pop();
        if !self.units.iter().all(is_inside) {
            self.units = clip_ring(&self.units, FRAME);
        }
        self.whole.clear();
        self.whole.extend(self.units.iter().map(whole));
        self.whole.len() >= 3 && self.pen.ring(&mut self.whole, is_exterior)
    }

    pub fn lines<'a>(&mut self, lines: impl Iterator<Item = &'a [[f64; 2]]>) -> u64 {
        let mut parts = Vec::new();
        for line in lines {
            self.set_units(line);
            self.simplifier.simplify(&mut self.units);
            parts.extend(clip_line(&self.units, FRAME).iter().map(|part| part.iter().map(whole).collect()));
        }
        self.pen.draw(&Shape::Lines(parts))
    }

    pub fn points(&mut self, points: &[[f64; 2]]) -> u64 {
        self.set_units(points);
        self.pen.draw(&Shape::Points(self.units.iter().filter(|at| is_inside(at)).map(whole).collect()))
    }

    fn set_units(&mut self, points: &[[f64; 2]]) {
        let [x_min, y_min, x_max, y_max] = self.bounds;
        let scale = [f64::from(EXTENT) / (x_max - x_min), f64::from(EXTENT) / (y_max - y_min)];
        self.units.clear();
        self.units.extend(points.iter().map(|[x, y]| [(x - x_min) * scale[0], (y_max - y) * scale[1]]));
    }
}

fn is_inside([x, y]: &[f64; 2]) -> bool {
    let [x_min, y_min, x_max, y_max] = FRAME;
    (x_min..=x_max).contains(x) && (y_min..=y_max).contains(y)
}

fn whole(at: &[f64; 2]) -> [i32; 2] {
    at.map(|value| value.round() as i32)
}

/// Leaves points out after Ramer, Douglas and Peucker.
#[derive(Default)]
struct Simplifier {
    kept: Vec<bool>,
    /// First and last point of runs that are still to be looked at.
    runs: Vec<[usize; 2]>,
}

impl Simplifier {
    fn simplify(&mut self, points: &mut Vec<[f64; 2]>) {
        if points.len() <= SIMPLE {
            return;
        }
        let last = points.len() - 1;
        self.kept.clear();
        self.kept.resize(points.len(), false);
        for end in [0, last] {
            self.keep(end);
        }
        self.runs.push([0, last]);
        while let Some([first, last]) = self.runs.pop() {
            if let Some(farthest) = farthest(points, first, last) {
                self.keep(farthest);
                self.runs.extend([[first, farthest], [farthest, last]]);
            }
        }
        let mut kept = self.kept.iter();
        points.retain(|_| kept.next().copied().unwrap_or(true));
    }

    fn keep(&mut self, index: usize) {
        if let Some(kept) = self.kept.get_mut(index) {
            *kept = true;
        }
    }
}

/// The point between two others that is farthest from the line between them, the last of equals, if that is too far.
fn farthest(points: &[[f64; 2]], first: usize, last: usize) -> Option<usize> {
    let coord = |[x, y]: [f64; 2]| Coord { x, y };
    let line = Line::new(coord(*points.get(first)?), coord(*points.get(last)?));
    let between = points.get(first + 1..last)?.iter().zip(first + 1..);
    let distances = between.map(|(point, index)| (Euclidean.distance(coord(*point), &line), index));
    let farthest = distances.reduce(|most, next| if next.0 >= most.0 { next } else { most });
    farthest.filter(|(distance, _)| *distance > TOLERANCE).map(|(_, index)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tile whose unit is a metre.
    const TILE: [f64; 4] = [1000.0, 2000.0, 5096.0, 6096.0];

    #[test]
    fn outlines_are_counted_from_the_north_west_and_cut() {
        let check = |draw: &dyn Fn(&mut Sketch), expected: Shape| {
            let mut sketch = Sketch::new(TILE);
            draw(&mut sketch);
            assert_eq!(sketch.commands(), expected.commands().1);
        };
        // Hand: 10 m east of the west edge and 20 m south of the north edge.
        let square =
            [[1010.0, 6066.0], [1020.0, 6066.0], [1020.0, 6076.0], [1010.0, 6076.0], [1010.0, 6066.0]];
        check(
            &|sketch| sketch.polygon([square.as_slice()].into_iter()),
            Shape::Polygons(vec![vec![vec![[10, 30], [20, 30], [20, 20], [10, 20]]]]),
        );
        let line = [[900.0, 6000.0], [1100.0, 6000.0]];
        check(
            &|sketch| assert_eq!(sketch.lines([line.as_slice()].into_iter()), 2),
            Shape::Lines(vec![vec![[-64, 96], [100, 96]]]),
        );
        check(
            &|sketch| assert_eq!(sketch.points(&[[1001.4, 6095.0], [0.0, 0.0]]), 1),
            Shape::Points(vec![[1, 1]]),
        );
    }

    #[test]
    fn points_near_the_line_are_left_out() {
        let check = |points: &[[f64; 2]], expected: &[[f64; 2]]| {
            let mut simple = points.to_vec();
            Simplifier::default().simplify(&mut simple);
            assert_eq!(simple, expected, "{points:?}");
        };
        // Hand: 0.9 and 1 off are near, 1.1 is not.
        let line = |y: f64| [[0.0, 0.0], [10.0, 0.9], [20.0, y], [30.0, 0.0], [40.0, 0.0], [50.0, 0.0]];
        check(&line(1.0), &[[0.0, 0.0], [50.0, 0.0]]);
        check(&line(3.0), &[[0.0, 0.0], [20.0, 3.0], [30.0, 0.0], [50.0, 0.0]]);
        // A ring begins and ends in one point.
        let ring = [[0.0, 0.0], [5.0, 0.5], [9.0, 0.0], [9.0, 9.0], [0.0, 9.0], [0.0, 0.0]];
        check(&ring, &[[0.0, 0.0], [9.0, 0.0], [9.0, 9.0], [0.0, 9.0], [0.0, 0.0]]);
        // Few points are left as they are.
        check(&line(0.0)[..5], &line(0.0)[..5]);
    }
}

//! Streets and blocks of a town: an old core, a ring, radial roads, and quarters cut again and again.

use super::landscape::{HALF, bend, river_distance};
use super::plane::{Line, Spot, area, between, distance, drawn, middle};
use super::random::Random;

/// A street with its axis and the width of its carriageway in metres.
#[derive(Clone, Debug)]
pub struct Street {
    pub name: &'static str,
    pub municipality: usize,
    pub width: f64,
    pub line: Line,
}

/// What a block is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    Core,
    Market,
    Church,
    Detached,
    Rows,
    Flats,
    School,
    Industry,
    FireStation,
    Farm,
    Park,
    Orchard,
}

/// One side of a block with the street it lies on, if any.
#[derive(Clone, Debug)]
pub struct Side {
    pub street: Option<usize>,
    pub line: Line,
}

/// Land between streets, counter-clockwise.
#[derive(Clone, Debug)]
pub struct Block {
    pub usage: Use,
    pub municipality: usize,
    pub sides: Vec<Side>,
    pub ring: Vec<Spot>,
}

/// A town before it is drawn.
pub struct Site {
    pub municipality: usize,
    pub centre: Spot,
    /// Distance of the core's and the town's corners from the centre in metres.
    pub core: f64,
    pub reach: f64,
    pub names: &'static [&'static str],
    pub core_uses: [Use; 4],
    pub sector_uses: [Use; 6],
}

/// Corner of a block in the straight plan and the street of the side that starts there.
type Corner = (Spot, Option<usize>);

/// The main road through both towns in the straight plan: local y at x.
pub fn main_road_y(x: f64) -> f64 {
    -15.0 - 0.1 * x
}

/// Streets and blocks of one town; `streets` already holds the main road as number 0.
pub fn lay_out(site: &Site, streets: &mut Vec<Street>, random: &mut Random) -> Vec<Block> {
    let slope = (-0.1f64).atan();
    let ray = |index: usize, radius: f64| {
        let angle = slope + index as f64 * std::f64::consts::FRAC_PI_3;
        [site.centre[0] + radius * angle.cos(), site.centre[1] + radius * angle.sin()]
    };
    let core: Vec<Spot> = (0..6).map(|i| ray(i, site.core * random.range(0.9, 1.12))).collect();
    let outer: Vec<Spot> = (0..6).map(|i| ray(i, site.reach * random.range(0.88, 1.1))).collect();
    let mut town = Town { site, streets, random, used_names: 0, blocks: Vec::new() };
    let ring = town.street(&[core.clone(), vec![core[0]]].concat(), 6.0);
    let radial: Vec<usize> =
        (0..6).map(|i| if i % 3 == 0 { 0 } else { town.street(&[core[i], outer[i]], 6.0) }).collect();
    for half in 0..2 {
        let at = |i: usize| core[(half * 3 + i) % 6];
        let corners: Vec<Corner> =
            vec![(at(0), Some(ring)), (at(1), Some(ring)), (at(2), Some(ring)), (at(3), Some(0))];
        let (a, b) = town.cut(&corners, at(0), at(3), 0.5, 5.0);
        let uses = [site.core_uses[half * 2], site.core_uses[half * 2 + 1]];
        town.keep(a, uses[0]);
        town.keep(b, uses[1]);
    }
    for i in 0..6 {
        let j = (i + 1) % 6;
        // The edge of town bulges between the radial roads.
        let edge = between(outer[i], outer[j], town.random.range(0.35, 0.65));
        let bulge = between(site.centre, edge, town.random.range(1.04, 1.2));
        let corners = vec![
            (core[j], Some(ring)),
            (core[i], Some(radial[i])),
            (outer[i], None),
            (bulge, None),
            (outer[j], Some(radial[j])),
        ];
        town.divide(corners, site.sector_uses[i], 0);
        if i % 3 != 0 {
            town.track(outer[i]);
        }
    }
    town.blocks
}

struct Town<'a> {
    site: &'a Site,
    streets: &'a mut Vec<Street>,
    random: &'a mut Random,
    used_names: usize,
    blocks: Vec<Block>,
}

impl Town<'_> {
    fn street(&mut self, points: &[Spot], width: f64) -> usize {
        let name = self.site.names[self.used_names % self.site.names.len()];
        self.used_names += 1;
        let mut drawn_points: Vec<Spot> = Vec::new();
        for pair in points.windows(2) {
            drawn_points.pop();
            drawn_points.extend(drawn(pair[0], pair[1], 9.0, bend));
        }
        let municipality = self.site.municipality;
        self.streets.push(Street { name, municipality, width, line: Line::new(drawn_points) });
        self.streets.len() - 1
    }

    /// A farm track from the end of a radial road into the fields.
    fn track(&mut self, from: Spot) {
        let mut points = drawn(from, between(self.site.centre, from, 2.7), 9.0, bend);
        let end = points.iter().position(|&point| river_distance(point) < 30.0 || point[1].abs() > HALF[1]);
        points.truncate(end.unwrap_or(points.len()).max(2));
        let line = Line::new(points);
        self.streets.push(Street {
            name: "Wirtschaftsweg",
            municipality: self.site.municipality,
            width: 3.0,
            line,
        });
    }

    /// Cuts a convex block by a new street across the line from `from` to `to`, at share `t` of it.
    fn cut(
        &mut self,
        corners: &[Corner],
        from: Spot,
        to: Spot,
        t: f64,
        width: f64,
    ) -> (Vec<Corner>, Vec<Corner>) {
        let at = between(from, to, t);
        let turn: f64 = self.random.range(-0.16, 0.16);
        let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
        let normal = [dx * turn.cos() - dy * turn.sin(), dx * turn.sin() + dy * turn.cos()];
        let side = |p: Spot| (p[0] - at[0]) * normal[0] + (p[1] - at[1]) * normal[1];
        let (mut low, mut high, mut ends) = (Vec::new(), Vec::new(), Vec::new());
        for (index, &(a, street)) in corners.iter().enumerate() {
            let b = corners[(index + 1) % corners.len()].0;
            let (sa, sb) = (side(a), side(b));
            if sa < 0.0 {
                low.push((a, street))
            } else {
                high.push((a, street))
            }
            if (sa < 0.0) != (sb < 0.0) {
                let end = between(a, b, sa / (sa - sb));
                ends.push(end);
                // The side that goes on keeps its street; the cut itself is filled in below.
                if sa < 0.0 {
                    low.push((end, None));
                    high.push((end, street));
                } else {
                    high.push((end, None));
                    low.push((end, street));
                }
            }
        }
        if let [p, q] = ends[..] {
            let street = self.street(&[p, q], width);
            mark_cut(&mut low, p, q, street);
            mark_cut(&mut high, p, q, street);
        }
        (low, high)
    }

    fn divide(&mut self, corners: Vec<Corner>, theme: Use, depth: usize) {
        let (mut longest, mut length) = (0, 0.0);
        for index in 0..corners.len() {
            let side = distance(corners[index].0, corners[(index + 1) % corners.len()].0);
            if side > length {
                (longest, length) = (index, side);
            }
        }
        let (a, b) = (corners[longest].0, corners[(longest + 1) % corners.len()].0);
        let along = [(b[0] - a[0]) / length, (b[1] - a[1]) / length];
        let extent = |axis: Spot| {
            let values = || corners.iter().map(move |(p, _)| p[0] * axis[0] + p[1] * axis[1]);
            values().fold(f64::MIN, f64::max) - values().fold(f64::MAX, f64::min)
        };
        let (long, wide) = (extent(along), extent([-along[1], along[0]]));
        let (stop_long, stop_wide) = if theme == Use::Industry { (210.0, 150.0) } else { (150.0, 88.0) };
        let t = self.random.range(0.44, 0.56);
        let (from, to) = if wide > stop_wide && wide > long * 0.55 {
            let centre = middle(&corners.iter().map(|corner| corner.0).collect::<Vec<_>>());
            let half = [-along[1] * wide / 2.0, along[0] * wide / 2.0];
            ([centre[0] - half[0], centre[1] - half[1]], [centre[0] + half[0], centre[1] + half[1]])
        } else if long > stop_long {
            (a, b)
        } else {
            let usage = self.usage(&corners, theme);
            return self.keep(corners, usage);
        };
        let width = if depth == 0 { 5.5 } else { 5.0 };
        let (low, high) = self.cut(&corners, from, to, t, width);
        self.divide(low, theme, depth + 1);
        self.divide(high, theme, depth + 1);
    }

    /// Most blocks follow the quarter's theme; the edge of town is looser.
    fn usage(&mut self, corners: &[Corner], theme: Use) -> Use {
        let edge = corners.iter().any(|corner| corner.1.is_none());
        let dice = self.random.unit();
        match theme {
            Use::Detached if edge && dice < 0.08 => Use::Orchard,
            Use::Detached if edge && dice < 0.2 => Use::Farm,
            Use::Detached if dice < 0.32 => Use::Rows,
            Use::Detached if dice < 0.345 && !edge => Use::Park,
            Use::Flats if dice < 0.4 => Use::Rows,
            Use::Flats if dice < 0.55 => Use::Detached,
            Use::Farm if dice < 0.6 => Use::Detached,
            other => other,
        }
    }

    fn keep(&mut self, corners: Vec<Corner>, usage: Use) {
        let mut sides = Vec::new();
        let mut ring = Vec::new();
        for (index, &(a, street)) in corners.iter().enumerate() {
            let b = corners[(index + 1) % corners.len()].0;
            let points = drawn(a, b, 9.0, bend);
            ring.extend_from_slice(&points[..points.len() - 1]);
            sides.push(Side { street, line: Line::new(points) });
        }
        if area(&ring) > 600.0 {
            self.blocks.push(Block { usage, municipality: self.site.municipality, sides, ring });
        }
    }
}

fn mark_cut(corners: &mut [Corner], p: Spot, q: Spot, street: usize) {
    let count = corners.len();
    for index in 0..count {
        let (a, b) = (corners[index].0, corners[(index + 1) % count].0);
        if (a == p && b == q) || (a == q && b == p) {
            corners[index].1 = Some(street);
        }
    }
}

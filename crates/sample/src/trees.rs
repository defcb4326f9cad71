//! Trees: along the river and the main road, in gardens, orchards and the wood.

use super::landscape::{HALF, RIVER_HALF, height, river_distance, river_x};
use super::layout::{Street, Use};
use super::plane::{Spot, away_from, distance, inside, middle};
use super::random::Random;
use super::scenery::{forest_ring, point};
use super::solid::Point;
use super::town::Towns;

/// A tree; heights and widths in metres.
pub struct Tree {
    pub species: &'static str,
    pub height_m: f64,
    pub crown_m: f64,
    pub trunk_m: f64,
    pub faces: Vec<Vec<Point>>,
}

const GARDEN: [&str; 5] =
    ["Malus domestica", "Prunus avium", "Acer platanoides", "Betula pendula", "Picea abies"];
const RIVER: [&str; 3] = ["Salix alba", "Alnus glutinosa", "Fraxinus excelsior"];
const WOOD: [&str; 4] = ["Picea abies", "Fagus sylvatica", "Quercus robur", "Pinus sylvestris"];

/// All trees of a seed.
pub fn plant(towns: &Towns, seed: u64) -> Vec<Tree> {
    let mut random = Random::new(seed, 3);
    let mut grove = Grove { towns, spots: Vec::new(), trees: Vec::new() };
    for _ in 0..330 {
        let y = random.range(-HALF[1] + 4.0, HALF[1] - 4.0);
        let side = random.pick(&[-1.0, 1.0]);
        let x = river_x(y) + side * (RIVER_HALF + 4.0 + random.range(0.0, 9.0) * random.unit());
        grove.tree(&mut random, [x, y], &RIVER, 4.0, [7.0, 17.0]);
    }
    let road = &towns.streets[0].line;
    for index in 0..(road.length() / 14.0) as usize {
        let (spot, direction) = road.at(index as f64 * 14.0);
        let built = towns
            .blocks
            .iter()
            .any(|block| inside(&block.ring, [spot[0] - direction[1] * 7.5, spot[1] + direction[0] * 7.5]));
        for side in [-6.2, 6.2].into_iter().filter(|_| !built && river_distance(spot) > 20.0) {
            grove.tree(
                &mut random,
                [spot[0] - direction[1] * side, spot[1] + direction[0] * side],
                &["Tilia cordata"],
                3.0,
                [8.0, 11.0],
            );
        }
    }
    let wood = forest_ring();
    for _ in 0..520 {
        let spot = [random.range(-185.0, -38.0), random.range(425.0, 636.0)];
        if inside(&wood, spot) {
            grove.tree(&mut random, spot, &WOOD, 4.6, [14.0, 24.0]);
        }
    }
    for block in &towns.blocks {
        let (tries, apart) = match block.usage {
            Use::Park | Use::Orchard => (60, 7.0),
            Use::Industry => (24, 9.0),
            Use::School | Use::Flats | Use::Church => (45, 6.5),
            _ => (38, 5.0),
        };
        for _ in 0..tries {
            let anchor = random.pick(&block.ring);
            let centre = middle(&block.ring);
            let share = random.range(0.12, 1.0);
            let spot =
                [centre[0] + (anchor[0] - centre[0]) * share, centre[1] + (anchor[1] - centre[1]) * share];
            grove.tree(&mut random, spot, &GARDEN, apart, [4.5, 13.0]);
        }
    }
    grove.trees
}

struct Grove<'a> {
    towns: &'a Towns,
    spots: Vec<Spot>,
    trees: Vec<Tree>,
}

impl Grove<'_> {
    fn tree(
        &mut self,
        random: &mut Random,
        spot: Spot,
        species: &[&'static str],
        apart: f64,
        tall: [f64; 2],
    ) {
        let species = random.pick(species);
        let height_m = (random.range(tall[0], tall[1]) * 10.0).round() / 10.0;
        let conifer = matches!(species, "Picea abies" | "Pinus sylvestris");
        let crown_m =
            (height_m * if conifer { 0.34 } else { random.range(0.48, 0.66) } * 10.0).round() / 10.0;
        let free = spot[0].abs() < HALF[0]
            && spot[1].abs() < HALF[1]
            && self.spots.iter().all(|&other| distance(other, spot) > apart)
            && self.towns.streets.iter().all(|street| clear_of(street, spot))
            && self.towns.buildings.iter().flat_map(|building| &building.boxes).all(|corners| {
                let [a, b, c, d] = *corners;
                // Most buildings are far off: the cheap test first.
                distance(a, spot) > 90.0
                    || !inside(corners, spot) && away_from(&[a, b, c, d, a], spot) > 1.0 + crown_m * 0.4
            });
        if free {
            self.spots.push(spot);
            self.trees.push(Tree {
                species,
                height_m,
                crown_m,
                trunk_m: 0.3,
                faces: faces(spot, height_m, crown_m, conifer),
            });
        }
    }
}

/// Whether a spot lies beside the carriageway; far streets are told by their length alone.
fn clear_of(street: &Street, spot: Spot) -> bool {
    let far =
        street.line.points.first().is_some_and(|&start| distance(start, spot) > street.line.length() + 10.0);
    far || away_from(&street.line.points, spot) > street.width / 2.0 + 1.5
}

/// A three-sided trunk and a low-poly crown: a double cone of five sides.
fn faces(spot: Spot, tall: f64, crown: f64, conifer: bool) -> Vec<Vec<Point>> {
    let ground = height(spot) - 0.1;
    let sides = 5;
    let (low, wide) = if conifer { (0.14, 0.15) } else { (0.24, 0.55) };
    let ring = |count: usize, radius: f64, z: f64| -> Vec<Point> {
        let turn = |i: usize| (i as f64 / count as f64) * std::f64::consts::TAU + spot[0];
        (0..count)
            .map(|i| point([spot[0] + radius * turn(i).cos(), spot[1] + radius * turn(i).sin()], z))
            .collect()
    };
    let (foot, head) = (ring(3, 0.22, ground), ring(3, 0.22, ground + tall * (low + 0.06)));
    let mut faces: Vec<Vec<Point>> =
        (0..3).map(|i| vec![foot[i], foot[(i + 1) % 3], head[(i + 1) % 3], head[i]]).collect();
    let belt = ring(sides, crown / 2.0, ground + tall * wide);
    let (top, bottom) = (point(spot, ground + tall), point(spot, ground + tall * low));
    for i in 0..sides {
        let j = (i + 1) % sides;
        faces.push(vec![belt[i], belt[j], top]);
        faces.push(vec![belt[j], belt[i], bottom]);
    }
    faces
}

//! Lays out both towns: streets, blocks, buildings, addresses; writes nothing.

use super::building::Detail;
use super::landmarks;
use super::landscape::{HALF, bend};
use super::layout::{Block, Street, Use, lay_out, main_road_y};
use super::names::{MAIN_ROAD, sites};
use super::plane::{Line, distance, drawn, middle};
use super::random::Random;
use super::yard::{Placed, Yard};

/// Everything built, in local metres.
pub struct Towns {
    pub streets: Vec<Street>,
    pub blocks: Vec<Block>,
    pub buildings: Vec<Placed>,
    /// House number of each building, where it has one.
    pub numbers: Vec<Option<u32>>,
}

/// The towns of a seed.
pub fn found(seed: u64) -> Towns {
    let mut random = Random::new(seed, 1);
    let reach = HALF[0];
    let road = drawn(
        [-reach - 40.0, main_road_y(-reach - 40.0)],
        [reach + 40.0, main_road_y(reach + 40.0)],
        9.0,
        bend,
    );
    let mut streets = vec![Street { name: MAIN_ROAD, municipality: 0, width: 8.0, line: Line::new(road) }];
    let mut blocks = Vec::new();
    for site in sites() {
        let mut new = lay_out(&site, &mut streets, &mut random);
        settle(&mut new);
        blocks.extend(new);
    }
    let lod3 = lod3_blocks(&blocks);
    let mut buildings = Vec::new();
    for (number, block) in blocks.iter().enumerate() {
        let mut random = Random::new(seed, 1000 + number as u64);
        let detail = if lod3.contains(&number) { Detail::Lod3 } else { Detail::Lod2 };
        let mut yard = Yard {
            block,
            streets: &streets,
            random: &mut random,
            placed: Vec::new(),
            detail,
            kept_free: Vec::new(),
        };
        landmarks::build(&mut yard);
        buildings.append(&mut yard.placed);
    }
    let numbers = number_houses(&streets, &buildings);
    Towns { streets, blocks, buildings, numbers }
}

/// One school, one fire station and one sports ground: the rest of a school quarter is for houses.
fn settle(blocks: &mut [Block]) {
    let mut schools = 0;
    for block in blocks.iter_mut().filter(|block| block.usage == Use::School) {
        schools += 1;
        block.usage = match schools {
            2 => Use::School,
            3 => Use::Park,
            _ => Use::Detached,
        };
    }
    if let Some(block) =
        blocks.iter_mut().filter(|block| matches!(block.usage, Use::Rows | Use::Detached)).nth(3)
    {
        block.usage = Use::FireStation;
    }
}

/// Six blocks of houses near the older town's core are known in LoD3.
fn lod3_blocks(blocks: &[Block]) -> Vec<usize> {
    let market = blocks
        .iter()
        .find(|block| block.usage == Use::Market)
        .map(|block| middle(&block.ring))
        .unwrap_or_default();
    let mut near: Vec<usize> = (0..blocks.len()).filter(|&i| blocks[i].usage == Use::Detached).collect();
    near.sort_by(|&a, &b| {
        distance(middle(&blocks[a].ring), market).total_cmp(&distance(middle(&blocks[b].ring), market))
    });
    near.truncate(6);
    near
}

/// Odd numbers on the left, even on the right, rising along the street; each municipality counts for itself.
fn number_houses(streets: &[Street], buildings: &[Placed]) -> Vec<Option<u32>> {
    let mut numbers = vec![None; buildings.len()];
    for (index, street) in streets.iter().enumerate() {
        for municipality in 0..2 {
            let mut along: Vec<(f64, bool, usize)> = Vec::new();
            for (at, building) in buildings.iter().enumerate() {
                if building.street == Some(index) && building.municipality == municipality {
                    let spot = building.spot();
                    let reached = street.line.project(spot);
                    let (foot, direction) = street.line.at(reached);
                    let left = direction[0] * (spot[1] - foot[1]) - direction[1] * (spot[0] - foot[0]) > 0.0;
                    along.push((reached, left, at));
                }
            }
            along.sort_by(|a, b| a.0.total_cmp(&b.0));
            let (mut odd, mut even) = (1, 2);
            for (_, left, at) in along {
                let next = if left { &mut odd } else { &mut even };
                numbers[at] = Some(*next);
                *next += 2;
            }
        }
    }
    numbers
}

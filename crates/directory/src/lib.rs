//! Where the features of a collection's newest state are, in memory. A question with a box is answered from here without
//! the database; who holds a directory sees to it that its revision is the one asked for. Docs: `docs/decisions/0010`.

mod area;
mod box_tree;
mod column;

pub use area::{Area, Relation};
pub use column::{Column, ColumnKind, Entry};

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

use box_tree::BoxTree;

/// `[west, south, east, north]` in the storage CRS [m].
pub type Bounds = [f64; 4];

/// What a directory knows of a feature.
#[derive(Debug, Clone, PartialEq)]
pub struct Placement {
    /// `Feature::key`.
    pub key: i64,
    /// `Feature::id`.
    pub id: String,
    pub place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Place {
    /// Without footprint: in every box (OGC API – Features, 7.15.3).
    Everywhere,
    /// With one that has no point.
    Nowhere,
    Within(Bounds),
}

/// The features of one state. Some 40 bytes a feature.
#[derive(Debug)]
pub struct Directory {
    revision: i64,
    /// Ascending. What follows names features by their place in here.
    keys: Arc<[i64]>,
    /// Hashes of ids.
    names: Vec<u32>,
    /// Places in `names` by their hash.
    by_name: Vec<u32>,
    everywhere: Vec<u32>,
    boxes: BoxTree,
}

/// Features as places in a directory, ascending.
#[derive(Debug, Default, PartialEq)]
pub struct Found {
    /// Surely in the area.
    pub inside: Vec<u32>,
    /// To be looked at with [`Area::touches`].
    pub crossing: Vec<u32>,
}

impl Directory {
    /// The placements in any order, each key once.
    pub fn new(revision: i64, mut placements: Vec<Placement>) -> Directory {
        placements.sort_unstable_by_key(|placement| placement.key);
        let parts = placements.iter().map(|placement| (placement.key, hash(&placement.id), placement.place));
        Directory::of_parts(revision, parts.collect())
    }

    /// A later state: without the keys that ended, with those that began.
    pub fn changed(&self, revision: i64, mut ended: Vec<i64>, begun: &[Placement]) -> Directory {
        ended.sort_unstable();
        let mut places = vec![Place::Nowhere; self.keys.len()];
        self.boxes.each(|at, bounds| places[at as usize] = Place::Within(bounds));
        for at in &self.everywhere {
            places[*at as usize] = Place::Everywhere;
        }
        let kept =
            self.keys.iter().zip(&self.names).zip(places).map(|((key, name), place)| (*key, *name, place));
        let begun = begun.iter().map(|placement| (placement.key, hash(&placement.id), placement.place));
        // What both began and ended in between is in neither state.
        let mut parts: Vec<_> =
            kept.chain(begun).filter(|(key, ..)| ended.binary_search(key).is_err()).collect();
        parts.sort_unstable_by_key(|(key, ..)| *key);
        parts.dedup_by_key(|(key, ..)| *key);
        Directory::of_parts(revision, parts)
    }

    /// By key.
    fn of_parts(revision: i64, parts: Vec<(i64, u32, Place)>) -> Directory {
        let indexed = || (0u32..).zip(&parts);
        let within = indexed().filter_map(|(at, (.., place))| match place {
            Place::Within(bounds) => Some((at, *bounds)),
            _ => None,
        });
        let boxes = BoxTree::new(within.collect());
        let everywhere =
            indexed().filter(|(_, (.., place))| *place == Place::Everywhere).map(|(at, _)| at).collect();
        let names: Vec<u32> = parts.iter().map(|(_, name, _)| *name).collect();
        let mut by_name: Vec<u32> = (0..names.len() as u32).collect();
        by_name.sort_unstable_by_key(|at| (names[*at as usize], *at));
        let keys = parts.into_iter().map(|(key, ..)| key).collect();
        Directory { revision, keys, names, by_name, everywhere, boxes }
    }

    pub fn revision(&self) -> i64 {
        self.revision
    }

    pub fn count(&self) -> usize {
        self.keys.len()
    }

    /// `Feature::key` of each.
    pub fn keys(&self) -> &Arc<[i64]> {
        &self.keys
    }

    /// The place of the first feature behind a key.
    pub fn behind(&self, key: i64) -> usize {
        self.keys.partition_point(|known| *known <= key)
    }

    /// Keys of features that may have this id: those that have it, and now and then another.
    pub fn named(&self, id: &str) -> impl Iterator<Item = i64> {
        let name = hash(id);
        let from = self.by_name.partition_point(|at| self.names[*at as usize] < name);
        let same = self.by_name[from..].iter().take_while(move |at| self.names[**at as usize] == name);
        same.map(|at| self.keys[*at as usize])
    }

    /// What lies in an area.
    pub fn find(&self, area: &Area) -> Found {
        let mut found = Found { inside: self.everywhere.clone(), crossing: Vec::new() };
        self.boxes.search(area, |at, relation, _| match relation {
            Relation::Inside => found.inside.push(at),
            Relation::Crossing => found.crossing.push(at),
            Relation::Apart => {}
        });
        found.inside.sort_unstable();
        found.crossing.sort_unstable();
        found
    }

    /// What has a box that meets the area, with the box, somewhat enlarged; without what has no footprint.
    pub fn boxes_near(&self, area: &Area) -> Vec<(u32, Bounds)> {
        let mut found = Vec::new();
        self.boxes.search(area, |at, _, bounds| found.push((at, bounds)));
        found.sort_unstable_by_key(|(at, _)| *at);
        found
    }
}

fn hash(id: &str) -> u32 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(id) as u32
}

#[cfg(test)]
mod tests;

//! The features of a cell as flat map tiles need them: outlines on a lattice and attributes as numbers of keys and values,
//! which a tile takes over with other numbers. Kept by the store, put together to tiles without its rows.

mod layer;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use layer::packed_layer;
pub use read::MapPackError;
pub use write::pack_features;

/// Changes whenever packs are written in another way or features show other properties.
pub const MAP_FORMAT: i16 = 1;

/// What an outline is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Polygons,
    Lines,
    Points,
}

/// A pack taken apart, its outlines in the CRS of a grid.
#[derive(Debug, PartialEq)]
pub struct MapPack {
    names: Vec<String>,
    /// Numbers of names, in the order of a feature's properties.
    layouts: Vec<Vec<u32>>,
    values: Vec<PackedValue>,
    /// All values, encoded, one after another.
    encoded: Vec<u8>,
    features: Vec<Packed>,
    parts: Vec<Part>,
    points: Vec<[f64; 2]>,
    /// Numbers of values, as many for a feature as its layout has names.
    numbers: Vec<u32>,
}

/// A value: where it ends among the encoded ones, from the end of the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct PackedValue {
    end: u32,
    is_plain: bool,
}

#[derive(Debug, Clone, PartialEq)]
struct Packed {
    key: i64,
    kind: Kind,
    /// The longer side of its box in the storage CRS [m].
    size_m: f64,
    /// `[x min, y min, x max, y max]` in the CRS of the grid.
    bounds: [f64; 4],
    /// Of [`MapPack::parts`].
    parts: [u32; 2],
    layout: u32,
    first_number: u32,
}

/// A ring, closed, a line, or all points: where it ends among the points, from the end of the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    end: u32,
    /// Whether it is the exterior of a polygon.
    begins: bool,
}

impl MapPack {
    /// What it takes in memory, about.
    pub fn size_bytes(&self) -> usize {
        self.encoded.len()
            + self.values.len() * size_of::<PackedValue>()
            + self.features.len() * size_of::<Packed>()
            + self.parts.len() * size_of::<Part>()
            + self.points.len() * size_of::<[f64; 2]>()
            + self.numbers.len() * size_of::<u32>()
            + self.layouts.iter().map(|layout| layout.len() * size_of::<u32>() + 24).sum::<usize>()
            + self.names.iter().map(|name| name.len() + 24).sum::<usize>()
            + size_of::<MapPack>()
    }

    fn value(&self, number: u32) -> &[u8] {
        let number = number as usize;
        let start =
            number.checked_sub(1).and_then(|before| self.values.get(before)).map_or(0, |value| value.end);
        let end = self.values.get(number).map_or(start, |value| value.end);
        self.encoded.get(start as usize..end as usize).unwrap_or_default()
    }

    /// Rings, lines or points of a feature, each with whether a polygon begins there.
    fn runs(&self, feature: &Packed) -> impl Iterator<Item = (bool, &[[f64; 2]])> + Clone {
        let [first, end] = feature.parts.map(|at| at as usize);
        let start = first.checked_sub(1).and_then(|before| self.parts.get(before)).map_or(0, |part| part.end);
        let parts = self.parts.get(first..end).unwrap_or_default();
        parts.iter().scan(start as usize, |start, part| {
            let from = std::mem::replace(start, part.end as usize);
            Some((part.begins, self.points.get(from..part.end as usize).unwrap_or_default()))
        })
    }
}

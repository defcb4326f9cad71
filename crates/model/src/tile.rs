//! A place in the quadtree and what is planned there.

/// Level 0 is the root; `x` counts east, `y` north.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct TileKey {
    pub level: u8,
    pub x: u32,
    pub y: u32,
}

/// One node of a tile plan.
#[derive(Debug, Clone, PartialEq)]
pub struct TileNode {
    pub key: TileKey,
    /// Full detail (a leaf) or blocks (an inner node).
    pub leaf: bool,
    /// `[west, south, east, north]` [°] and `[min, max]` height in the storage CRS's vertical system [m], of the
    /// members and of everything below.
    pub region_deg: [f64; 4],
    pub heights_m: [f64; 2],
    /// 3D Tiles geometric error [m]; 0 for leaves.
    pub geometric_error_m: f64,
    /// Hash over the members' content hashes and the encoder's version: 32 hex digits, part of the URL.
    pub hash: String,
    /// Row ids (`city_object.id`) of the top-level features whose geometry the tile holds.
    pub members: Vec<i64>,
    /// How far each of the members is lifted onto the ground [mm]; empty where none is.
    pub lifts_mm: Vec<i32>,
}

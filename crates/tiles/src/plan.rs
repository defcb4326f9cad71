//! Which object in which tile: an adaptive quadtree over the objects' centres.
//!
//! The grid is the whole earth's, not the collection's: an object that is added far out moves no other object to
//! another tile, so untouched tiles keep their hash.

use stadtwin_model::{TileKey, TileNode};

/// Part of every hash: raise it when the same members give other bytes.
pub const ENCODER_VERSION: u32 = 2;

/// A top-level object as the plan sees it.
#[derive(Debug, Clone)]
pub struct PlanItem {
    /// `city_object.id`.
    pub key: i64,
    /// Centre [°].
    pub longitude_deg: f64,
    pub latitude_deg: f64,
    /// `[west, south, east, north]` [°].
    pub bounds_deg: [f64; 4],
    /// Lowest and highest point, storage height system [m].
    pub heights_m: [f64; 2],
    pub face_count: u32,
    pub content_hash: [u8; 16],
    /// How far it is lifted onto the ground [mm].
    pub lift_mm: i32,
}

/// How much goes into a tile.
#[derive(Debug, Clone)]
pub struct PlanLimits {
    pub objects_per_leaf: usize,
    pub faces_per_leaf: u64,
    /// The largest objects of an inner node are drawn as blocks, no more than this.
    pub blocks_per_node: usize,
    /// A single leaf with more faces gets a root of blocks above it.
    pub faces_of_lone_leaf: u64,
    /// What else the tiles' bytes depend on, `HeightModel::variant`; goes into the hashes.
    pub variant: String,
}

impl Default for PlanLimits {
    fn default() -> Self {
        PlanLimits {
            objects_per_leaf: 400,
            faces_per_leaf: 40_000,
            blocks_per_node: 4_000,
            faces_of_lone_leaf: 5_000,
            variant: String::new(),
        }
    }
}

/// Cells of 360° / 2^24: 2.4 m from south to north.
const MAX_LEVEL: u8 = 24;

/// Collects items; 64 bytes each.
#[derive(Debug, Default)]
pub struct Planner(Vec<Placed>);

impl Planner {
    /// Items without a place on the earth are left out.
    pub fn extend(&mut self, items: impl IntoIterator<Item = PlanItem>) {
        let is_placed = |item: &PlanItem| item.longitude_deg.is_finite() && item.latitude_deg.is_finite();
        self.0.extend(items.into_iter().filter(is_placed).map(Placed::new));
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The nodes, parents before children; empty for no items. Every item is a member of exactly one leaf.
    pub fn plan(mut self, limits: &PlanLimits) -> Vec<TileNode> {
        self.0.sort_unstable_by_key(|placed| (placed.code, placed.key));
        let mut nodes = Vec::new();
        if !self.0.is_empty() {
            grow(&self.0, 0, true, limits, &mut nodes);
        }
        nodes
    }
}

/// The plan of items at hand.
pub fn plan(items: impl IntoIterator<Item = PlanItem>, limits: &PlanLimits) -> Vec<TileNode> {
    let mut planner = Planner::default();
    planner.extend(items);
    planner.plan(limits)
}

/// An item in little room: a city has millions.
#[derive(Debug)]
struct Placed {
    /// Which child at each level, two bits a level, the first in the highest bits (Morton).
    code: u64,
    key: i64,
    /// `[west, south, east, north]` [10⁻⁷ °, about a centimetre], rounded outwards.
    bounds: [i32; 4],
    /// Rounded outwards [m].
    heights_m: [f32; 2],
    face_count: u32,
    /// Over its content and its lift.
    content_hash: [u8; 16],
    lift_mm: i32,
}

/// Of a degree.
const STEPS: f64 = 1e7;

impl Placed {
    fn new(item: PlanItem) -> Placed {
        let cell = |degrees: f64| {
            let cells = f64::from(1u32 << MAX_LEVEL);
            ((degrees + 180.0) / 360.0 * cells).clamp(0.0, cells - 1.0) as u64
        };
        let code = spread(cell(item.longitude_deg)) | (spread(cell(item.latitude_deg)) << 1);
        let [west, south, east, north] = item.bounds_deg.map(|degrees| degrees * STEPS);
        let lift_m = f64::from(item.lift_mm) / 1000.0;
        let [low, high] = item.heights_m.map(|height| (height + lift_m) as f32);
        Placed {
            code,
            key: item.key,
            bounds: [west.floor() as i32, south.floor() as i32, east.ceil() as i32, north.ceil() as i32],
            heights_m: [low.next_down(), high.next_up()],
            face_count: item.face_count,
            content_hash: lifted_hash(item.content_hash, item.lift_mm),
            lift_mm: item.lift_mm,
        }
    }

    fn bounds_deg(&self) -> [f64; 4] {
        self.bounds.map(|steps| f64::from(steps) / STEPS)
    }

    fn heights_m(&self) -> [f64; 2] {
        self.heights_m.map(f64::from)
    }

    fn child(&self, level: u8) -> u64 {
        (self.code >> (2 * (MAX_LEVEL - 1 - level))) & 3
    }
}

/// A hash over an object's content and its lift: what stays at its height keeps its own.
pub fn lifted_hash(content_hash: [u8; 16], lift_mm: i32) -> [u8; 16] {
    if lift_mm == 0 {
        return content_hash;
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update(&content_hash).update(&lift_mm.to_le_bytes());
    std::array::from_fn(|at| hasher.finalize().as_bytes()[at])
}

/// Bit i to bit 2 i.
fn spread(value: u64) -> u64 {
    (0..u64::from(MAX_LEVEL)).fold(0, |spread, bit| spread | ((value >> bit & 1) << (2 * bit)))
}

/// Every second bit of a code's first `level` pairs.
fn gather(code: u64, level: u8, first_bit: u32) -> u32 {
    let code = code >> (2 * (MAX_LEVEL - level));
    (0..u32::from(level)).fold(0, |value, bit| value | (((code >> (2 * bit + first_bit)) & 1) as u32) << bit)
}

/// Adds the node of these items, then its children; answers its geometric error.
fn grow(placed: &[Placed], level: u8, is_root: bool, limits: &PlanLimits, nodes: &mut Vec<TileNode>) -> f64 {
    let mut level = level;
    // A cell with one occupied child says nothing that the child does not.
    while level < MAX_LEVEL && children(placed, level).filter(|part| !part.is_empty()).count() == 1 {
        level += 1;
    }
    let face_count: u64 = placed.iter().map(|placed| u64::from(placed.face_count)).sum();
    let fits = placed.len() <= limits.objects_per_leaf && face_count <= limits.faces_per_leaf;
    let lone = is_root && face_count > limits.faces_of_lone_leaf && placed.len() > 1;
    if level == MAX_LEVEL || (fits && !lone) || placed.len() == 1 {
        nodes.push(node(placed, level, true, limits, placed.iter().collect()));
        return 0.0;
    }
    let (members, dropped_m) = largest(placed, limits.blocks_per_node);
    let error = block_error_m(&members).max(dropped_m);
    let at = nodes.len();
    nodes.push(node(placed, level, false, limits, members));
    let mut error = error;
    for part in children(placed, level).filter(|part| !part.is_empty()) {
        error = error.max(2.0 * grow(part, level + 1, false, limits, nodes));
    }
    if let Some(node) = nodes.get_mut(at) {
        node.geometric_error_m = error;
    }
    error
}

/// The four slices of a sorted slice.
fn children(placed: &[Placed], level: u8) -> impl Iterator<Item = &[Placed]> {
    let start = move |child: u64| placed.partition_point(|placed| placed.child(level) < child);
    (0..4).map(move |child| placed.get(start(child)..start(child + 1)).unwrap_or(&[]))
}

fn node(placed: &[Placed], level: u8, leaf: bool, limits: &PlanLimits, members: Vec<&Placed>) -> TileNode {
    let code = placed.first().map_or(0, |placed| placed.code);
    let mut region_deg = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    let mut heights_m = [f64::INFINITY, f64::NEG_INFINITY];
    for item in placed {
        let (bounds_deg, own_heights_m) = (item.bounds_deg(), item.heights_m());
        for axis in 0..2 {
            region_deg[axis] = region_deg[axis].min(bounds_deg[axis]);
            region_deg[axis + 2] = region_deg[axis + 2].max(bounds_deg[axis + 2]);
        }
        heights_m = [heights_m[0].min(own_heights_m[0]), heights_m[1].max(own_heights_m[1])];
    }
    let is_lifted = members.iter().any(|item| item.lift_mm != 0);
    TileNode {
        key: TileKey { level, x: gather(code, level, 0), y: gather(code, level, 1) },
        leaf,
        region_deg,
        heights_m,
        geometric_error_m: 0.0,
        hash: content_name(leaf, members.iter().map(|item| item.content_hash).collect(), &limits.variant),
        members: members.iter().map(|item| item.key).collect(),
        lifts_mm: members.iter().filter(|_| is_lifted).map(|item| item.lift_mm).collect(),
    }
}

/// Over what the bytes depend on, so that equal content keeps its URL wherever it stands in the tree. `members` are hashes
/// over what they hold and how far they are lifted; `variant` is that of the limits.
pub fn content_name(leaf: bool, members: Vec<[u8; 16]>, variant: &str) -> String {
    let mut hashes = members;
    hashes.sort_unstable();
    let mut hasher = blake3::Hasher::new();
    hasher.update(&ENCODER_VERSION.to_le_bytes());
    hasher.update(if leaf { b"leaf" } else { b"blocks" });
    hasher.update(variant.as_bytes());
    hashes.iter().for_each(|hash| {
        hasher.update(hash);
    });
    hasher.finalize().to_hex().chars().take(32).collect()
}

/// The `count` bulkiest items in tree order, and the diagonal [m] of the greatest one left out.
fn largest(placed: &[Placed], count: usize) -> (Vec<&Placed>, f64) {
    if placed.len() <= count {
        return (placed.iter().collect(), 0.0);
    }
    let mut order: Vec<(f64, usize)> =
        placed.iter().enumerate().map(|(at, placed)| (bulk_m3(placed), at)).collect();
    order.select_nth_unstable_by(count, |a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let (kept, dropped) = order.split_at_mut(count);
    kept.sort_unstable_by_key(|(_, at)| *at);
    let item = |&(_, at): &(f64, usize)| placed.get(at);
    let dropped_m = dropped.iter().filter_map(item).map(diagonal_m).fold(0.0, f64::max);
    (kept.iter().filter_map(item).collect(), dropped_m)
}

fn size_m(item: &Placed) -> [f64; 3] {
    let ([west, south, east, north], [low, high]) = (item.bounds_deg(), item.heights_m());
    let degree_m = 111_320.0;
    [
        (east - west) * degree_m * ((south + north) / 2.0).to_radians().cos(),
        (north - south) * degree_m,
        high - low,
    ]
}

fn bulk_m3(item: &Placed) -> f64 {
    let [width, depth, height] = size_m(item);
    width.max(0.1) * depth.max(0.1) * height.max(0.1)
}

fn diagonal_m(item: &Placed) -> f64 {
    let size = size_m(item);
    (size[0] * size[0] + size[1] * size[1] + size[2] * size[2]).sqrt().min(500.0)
}

/// How far blocks stray from the shapes they stand for: a third of the height, that of a steep roof; towers do not
/// make the whole tile coarse.
fn block_error_m(members: &[&Placed]) -> f64 {
    let height = members.iter().map(|item| size_m(item)[2]).fold(0.0, f64::max);
    (height / 3.0).clamp(1.0, 8.0)
}

//! tileset.json (3D Tiles 1.1): the plan as a tree of regions.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use stadtwin_crs::HeightModel;
use stadtwin_model::{TileKey, TileNode};

/// The whole tree, explicit, with REPLACE refinement; `content_url` answers the address of a node's glb, relative to
/// the tileset's. No nodes give a valid tileset without content.
pub fn tileset(
    nodes: &[TileNode],
    title: &str,
    heights: &HeightModel,
    content_url: impl Fn(&TileNode) -> String,
) -> Value {
    let mut children: HashMap<TileKey, Vec<&TileNode>> = HashMap::new();
    let mut roots = Vec::new();
    let keys: HashMap<TileKey, &TileNode> = nodes.iter().map(|node| (node.key, node)).collect();
    for node in nodes {
        match parent(node.key, &keys) {
            Some(key) => children.entry(key).or_default().push(node),
            None => roots.push(node),
        }
    }
    let write = Writer { children, heights, content_url };
    let mut root = roots.first().map_or_else(empty, |root| write.tile(root).0);
    root.insert("refine".into(), json!("REPLACE"));
    let error = roots.first().map_or(0.0, |root| (2.0 * root.geometric_error_m).max(diagonal_m(root)));
    let extras = json!({ "title": title, "heightModel": heights.name() });
    json!({
        "asset": { "version": "1.1", "extras": extras.clone() },
        "geometricError": error,
        "root": root,
        "extras": extras,
    })
}

/// Two trees side by side: what is left of a city's plan, and what a scenario brings.
pub fn composed_tileset(
    base: &[TileNode],
    added: &[TileNode],
    title: &str,
    heights: &HeightModel,
    content_url: impl Fn(&TileNode) -> String,
) -> Value {
    let trees = [base, added].map(|nodes| tileset(nodes, title, heights, &content_url));
    let is_there = |nodes: &[TileNode]| !nodes.is_empty();
    let both = [base, added].into_iter().zip(&trees).filter(|(nodes, _)| is_there(nodes));
    let trees: Vec<&Value> = both.map(|(_, tree)| tree).collect();
    let [first, second] = trees.as_slice() else {
        return trees
            .first()
            .map_or_else(|| tileset(&[], title, heights, &content_url), |tree| (*tree).clone());
    };
    let number = |value: &Value| value.as_f64().unwrap_or_default();
    let region: Vec<f64> = (0..6)
        .map(|at| {
            let of = |tree: &Value| number(&tree["root"]["boundingVolume"]["region"][at]);
            if matches!(at, 0 | 1 | 4) { of(first).min(of(second)) } else { of(first).max(of(second)) }
        })
        .collect();
    let error = number(&first["geometricError"]).max(number(&second["geometricError"]));
    json!({
        "asset": first["asset"],
        "geometricError": error,
        "root": {
            "boundingVolume": { "region": region },
            "geometricError": error,
            "refine": "ADD",
            "children": [first["root"], second["root"]],
        },
        "extras": first["extras"],
    })
}

/// Regions grow by this [m]: positions in tiles are rounded to 32-bit floats.
const MARGIN_M: f64 = 0.02;

/// Radians and metres above the ellipsoid `[west, south, east, north, lowest, highest]`, as 3D Tiles has them.
pub(super) fn region(node: &TileNode, heights: &HeightModel) -> [f64; 6] {
    let [west, south, east, north] = node.region_deg;
    let places = [
        (west, south),
        (east, south),
        (west, north),
        (east, north),
        ((west + east) / 2.0, (south + north) / 2.0),
    ];
    let (mut lowest, mut highest) = (f64::INFINITY, f64::NEG_INFINITY);
    for (longitude, latitude) in places {
        let undulation = heights.undulation_m(longitude, latitude).unwrap_or(0.0);
        (lowest, highest) = (lowest.min(undulation), highest.max(undulation));
    }
    let north_margin = MARGIN_M / 6_378_137.0;
    let east_margin = north_margin / ((south + north) / 2.0).to_radians().cos().max(0.01);
    [
        west.to_radians() - east_margin,
        south.to_radians() - north_margin,
        east.to_radians() + east_margin,
        north.to_radians() + north_margin,
        node.heights_m[0] + lowest - MARGIN_M,
        node.heights_m[1] + highest + MARGIN_M,
    ]
}

/// The next node above in the plan; levels without a choice are left out of it.
fn parent(key: TileKey, nodes: &HashMap<TileKey, &TileNode>) -> Option<TileKey> {
    (0..key.level)
        .rev()
        .map(|level| {
            let steps = u32::from(key.level - level);
            TileKey {
                level,
                x: key.x.checked_shr(steps).unwrap_or(0),
                y: key.y.checked_shr(steps).unwrap_or(0),
            }
        })
        .find(|above| nodes.contains_key(above))
}

struct Writer<'a, F> {
    children: HashMap<TileKey, Vec<&'a TileNode>>,
    heights: &'a HeightModel,
    content_url: F,
}

impl<F: Fn(&TileNode) -> String> Writer<'_, F> {
    /// The tile and its region, which holds those of all children.
    fn tile(&self, node: &TileNode) -> (Map<String, Value>, [f64; 6]) {
        let mut whole = region(node, self.heights);
        let mut children = Vec::new();
        for child in self.children.get(&node.key).into_iter().flatten() {
            let (tile, inner) = self.tile(child);
            children.push(Value::Object(tile));
            for (at, value) in inner.into_iter().enumerate() {
                let is_lower = matches!(at, 0 | 1 | 4);
                whole[at] = if is_lower { whole[at].min(value) } else { whole[at].max(value) };
            }
        }
        let mut tile = Map::new();
        tile.insert("boundingVolume".into(), json!({ "region": whole }));
        tile.insert("geometricError".into(), json!(node.geometric_error_m));
        // A node of which nothing is left has no content.
        if !node.hash.is_empty() {
            tile.insert("content".into(), json!({ "uri": (self.content_url)(node) }));
        }
        if !children.is_empty() {
            tile.insert("children".into(), Value::Array(children));
        }
        (tile, whole)
    }
}

fn empty() -> Map<String, Value> {
    let mut tile = Map::new();
    tile.insert("boundingVolume".into(), json!({ "region": [-1e-6, -1e-6, 1e-6, 1e-6, 0.0, 1.0] }));
    tile.insert("geometricError".into(), json!(0.0));
    tile
}

/// Of a node's region: what is wrong with drawing nothing at all.
fn diagonal_m(node: &TileNode) -> f64 {
    let [west, south, east, north] = node.region_deg;
    let degree_m = 111_320.0;
    let width = (east - west) * degree_m * south.to_radians().cos();
    width.hypot((north - south) * degree_m).max(1.0)
}

use std::collections::{HashMap, HashSet};

use super::check::check_tileset;
use super::*;
use stadtwin_crs::HeightModel;
use stadtwin_model::TileNode;

/// Seeded points, thick in the middle, a few far away.
fn scattered(count: usize) -> Vec<PlanItem> {
    let mut state = 42u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / f64::from(1u32 << 31)
    };
    let item = |key: usize| {
        let spread = if key.is_multiple_of(100) { 0.2 } else { 0.05 * random() };
        let (longitude, latitude) = (11.65 + spread * (random() - 0.5), 48.25 + spread * (random() - 0.5));
        let (size, height) = (1e-5 + 2e-4 * random(), 3.0 + 40.0 * random() * random());
        PlanItem {
            key: key as i64,
            longitude_deg: longitude,
            latitude_deg: latitude,
            bounds_deg: [longitude - size, latitude - size, longitude + size, latitude + size],
            heights_m: [470.0 + random(), 471.0 + height],
            face_count: 5 + (20.0 * random()) as u32,
            content_hash: blake3::hash(&key.to_le_bytes()).as_bytes()[..16].try_into().unwrap(),
            lift_mm: 0,
        }
    };
    (0..count).map(item).collect()
}

fn check(items: &[PlanItem], limits: &PlanLimits) -> Vec<TileNode> {
    let nodes = plan(items.to_vec(), limits);
    let by_key: HashMap<i64, &PlanItem> = items.iter().map(|item| (item.key, item)).collect();
    let mut in_leaves: Vec<i64> =
        nodes.iter().filter(|node| node.leaf).flat_map(|node| node.members.clone()).collect();
    in_leaves.sort_unstable();
    let mut all: Vec<i64> = items.iter().map(|item| item.key).collect();
    all.sort_unstable();
    assert_eq!(in_leaves, all, "every item in one leaf");
    let keys: HashSet<_> = nodes.iter().map(|node| node.key).collect();
    assert_eq!(keys.len(), nodes.len(), "one node a place");
    for node in &nodes {
        assert_eq!(node.hash.len(), 32);
        assert!(
            node.members.len() <= if node.leaf { limits.objects_per_leaf } else { limits.blocks_per_node }
        );
        for item in node.members.iter().map(|key| by_key[key]) {
            let [west, south, east, north] = item.bounds_deg;
            let [w, s, e, n] = node.region_deg;
            assert!(w <= west && s <= south && e >= east && n >= north, "a member leaves its tile");
            assert!(node.heights_m[0] <= item.heights_m[0] && node.heights_m[1] >= item.heights_m[1]);
        }
    }
    let tileset =
        tileset(&nodes, "Town", &HeightModel::Constant(45.5), |node| format!("content/{}.glb", node.hash));
    assert_eq!(check_tileset(&tileset), Vec::<String>::new());
    let urls = tileset.to_string().matches("content/").count();
    assert_eq!(urls, nodes.len(), "every node hangs in the tree");
    nodes
}

#[test]
fn plans_hold_for_all_sizes() {
    for count in [0, 1, 2, 399, 400, 401, 5_000, 20_000] {
        let nodes = check(&scattered(count), &PlanLimits::default());
        assert_eq!(nodes.iter().all(|node| node.leaf), count <= 2, "{count}");
    }
}

#[test]
fn items_on_one_spot_share_a_leaf() {
    let mut items = scattered(3);
    for item in &mut items {
        (item.longitude_deg, item.latitude_deg) = (11.65, 48.25);
    }
    let limits = PlanLimits { objects_per_leaf: 3, faces_per_leaf: 1, ..PlanLimits::default() };
    assert_eq!(check(&items, &limits).len(), 1);
}

#[test]
fn a_lone_heavy_leaf_gets_blocks_above_it() {
    let limits = PlanLimits { faces_of_lone_leaf: 10, ..PlanLimits::default() };
    let nodes = check(&scattered(100), &limits);
    assert!(nodes.len() > 1 && !nodes[0].leaf && nodes[0].members.len() == 100);
}

#[test]
fn what_is_lifted_changes_only_its_own_tiles() {
    let limits = PlanLimits::default();
    let mut items = scattered(5_000);
    let before: HashSet<String> = plan(items.clone(), &limits).into_iter().map(|node| node.hash).collect();
    items[7].lift_mm = -2_500;
    let after = plan(items.clone(), &limits);
    let changed: Vec<&TileNode> = after.iter().filter(|node| !before.contains(&node.hash)).collect();
    assert!(!changed.is_empty() && changed.len() <= 10, "{} tiles changed", changed.len());
    for node in after.iter().filter(|node| node.members.contains(&items[7].key)) {
        // Hand: 2.5 m below where it was.
        let at = node.members.iter().position(|key| *key == items[7].key).unwrap();
        assert_eq!((node.lifts_mm.len(), node.lifts_mm[at]), (node.members.len(), -2_500));
        assert!(node.heights_m[0] <= items[7].heights_m[0] - 2.5 && !before.contains(&node.hash));
    }
    assert!(after.iter().all(|node| node.lifts_mm.is_empty() || node.members.contains(&items[7].key)));
}

#[test]
fn untouched_tiles_keep_their_hash() {
    let limits = PlanLimits::default();
    let mut items = scattered(5_000);
    let before: HashSet<String> = plan(items.clone(), &limits).into_iter().map(|node| node.hash).collect();
    items.reverse();
    let again: HashSet<String> = plan(items.clone(), &limits).into_iter().map(|node| node.hash).collect();
    assert_eq!(before, again, "the order of the items says nothing");
    items[0].content_hash = [7; 16];
    let mut far = items[1].clone();
    (far.key, far.longitude_deg, far.bounds_deg) = (9_999, 13.0, [13.0, 48.2, 13.1, 48.3]);
    items.push(far);
    let after: Vec<TileNode> = plan(items, &limits);
    let changed = after.iter().filter(|node| !before.contains(&node.hash)).count();
    assert!(changed <= 10, "{changed} of {} tiles changed", after.len());
    let other = PlanLimits { variant: "gcg2016".into(), ..limits };
    assert!(plan(scattered(5_000), &other).iter().all(|node| !before.contains(&node.hash)));
}

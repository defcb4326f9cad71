use super::check::{check_glb, check_tileset, parse};
use super::sample::{columns, house, items, to_lonlat, town};
use super::*;
use stadtwin_crs::{HeightModel, from_ecef};
use stadtwin_geometry::triangulate;
use stadtwin_model::{BoundarySurface, Geometry, GeometryKind, Lod, NO_SURFACE, TileNode, class_by_name};

const HEIGHTS: HeightModel = HeightModel::Constant(45.5);

fn encoded(node: &TileNode, objects: &[TileObject]) -> Vec<u8> {
    let bytes = encode(node, objects, &columns(), &to_lonlat(), &HEIGHTS).unwrap();
    assert_eq!(check_glb(&bytes), Vec::<String>::new());
    bytes
}

fn members(node: &TileNode, town: &[TileObject]) -> Vec<TileObject> {
    node.members.iter().map(|&key| town[key as usize].clone()).collect()
}

fn triangle_count(bytes: &[u8]) -> usize {
    let glb = parse(bytes);
    glb.primitives().iter().map(|one| glb.accessor(one["indices"].as_u64().unwrap() as usize).len() / 3).sum()
}

/// A tile of the objects alone.
fn single(objects: &[TileObject], leaf: bool) -> Vec<u8> {
    let mut node = plan(items(objects), &PlanLimits::default()).remove(0);
    node.leaf = leaf;
    encoded(&node, objects)
}

#[test]
fn a_town_keeps_its_triangles_rows_and_place() {
    let town = town(30);
    let nodes = plan(items(&town), &PlanLimits::default());
    let mut exact = Vec::new();
    for geometry in town.iter().flat_map(|object| &object.object.geometries) {
        geometry.faces.iter().for_each(|face| triangulate(geometry, face, &mut exact));
    }
    assert_eq!(exact.len(), 900 * 16, "5 quads of 2 and 2 gables of 3 triangles");
    let (mut triangles, mut ids) = (0, Vec::new());
    for node in &nodes {
        let bytes = encoded(node, &members(node, &town));
        assert_inside(node, &bytes);
        if node.leaf {
            triangles += triangle_count(&bytes);
            ids.extend(parse(&bytes).strings(0, "id"));
        } else {
            assert_eq!(triangle_count(&bytes), node.members.len() * 10, "4 walls and a roof");
        }
    }
    assert_eq!(triangles, exact.len());
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 900);
    let tileset = tileset(&nodes, "Town", &HEIGHTS, |node| format!("content/{}.glb", node.hash));
    assert_eq!(check_tileset(&tileset), Vec::<String>::new());
    export(&nodes, &town, &tileset);
}

/// Positions, moved to where the node stands and turned z up, lie in the node's region.
fn assert_inside(node: &TileNode, bytes: &[u8]) {
    let glb = parse(bytes);
    let origin: Vec<f64> =
        glb.json["nodes"][0]["translation"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
    let [west, south, east, north, low, high] = super::tileset::region(node, &HEIGHTS);
    for primitive in glb.primitives() {
        let positions = glb.accessor(primitive["attributes"]["POSITION"].as_u64().unwrap() as usize);
        for point in positions.chunks_exact(3) {
            let [x, y, z] = [origin[0] + point[0], -(origin[2] + point[2]), origin[1] + point[1]];
            let [longitude, latitude, height] = from_ecef([x, y, z]);
            let (longitude, latitude) = (longitude.to_radians(), latitude.to_radians());
            assert!(
                (west..=east).contains(&longitude) && (south..=north).contains(&latitude),
                "{longitude} {latitude}"
            );
            assert!((low..=high).contains(&height), "{height} in {low}..{high}");
        }
    }
}

/// With STADTWIN_TILES_OUT the tileset is kept, for validators outside.
fn export(nodes: &[TileNode], town: &[TileObject], tileset: &serde_json::Value) {
    let Some(folder) = std::env::var_os("STADTWIN_TILES_OUT").map(std::path::PathBuf::from) else { return };
    std::fs::create_dir_all(folder.join("content")).unwrap();
    std::fs::write(folder.join("tileset.json"), tileset.to_string()).unwrap();
    for node in nodes {
        let bytes = encoded(node, &members(node, town));
        std::fs::write(folder.join(format!("content/{}.glb", node.hash)), bytes).unwrap();
    }
}

#[test]
fn surfaces_have_type_area_and_direction() {
    let bytes = single(&[house(1, 696_700.0, 5_347_400.0)], true);
    let glb = parse(&bytes);
    let table = &glb.tables()[1];
    let floats = |name: &str| -> Vec<f32> {
        let view = table["properties"][name]["values"].as_u64().unwrap() as usize;
        glb.view(view).chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
    };
    assert_eq!(glb.strings(1, "id")[5], "house_1_5");
    let close = |found: Vec<f32>, expected: [f32; 7]| {
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 0.01), "{found:?} {expected:?}");
    };
    close(floats("area"), [80.0, 60.0, 60.0, 60.0, 60.0, 50.0, 50.0]);
    close(floats("slope"), [0.0, 90.0, 90.0, 90.0, 90.0, 36.87, 36.87]);
    close(floats("azimuth"), [-1.0, 180.0, 0.0, 90.0, 270.0, 180.0, 0.0]);
    let outlines: Vec<usize> = glb
        .primitives()
        .iter()
        .map(|one| one["extensions"]["CESIUM_primitive_outline"]["indices"].as_u64().unwrap() as usize)
        .map(|accessor| glb.accessor(accessor).len() / 2)
        .collect();
    assert_eq!(outlines.iter().sum::<usize>(), 4 * 5 + 2 * 5);
}

#[test]
fn attributes_are_columns_with_gaps() {
    let objects: Vec<TileObject> =
        (0..4).map(|n| house(n, 696_700.0 + 20.0 * n as f64, 5_347_400.0)).collect();
    for leaf in [true, false] {
        let bytes = single(&objects, leaf);
        let glb = parse(&bytes);
        assert_eq!(glb.tables().len(), if leaf { 2 } else { 1 });
        assert_eq!(glb.strings(0, "id"), ["house_0", "house_1", "house_2", "house_3"]);
        assert_eq!(glb.strings(0, "function")[1], "31001_2000");
        assert_eq!(glb.strings(0, "Strasse"), ["", "Äußere Straße", "Äußere Straße", ""]);
        assert_eq!(glb.strings(0, "address")[3], "Weg 3");
        let class =
            &glb.json["extensions"]["EXT_structural_metadata"]["schema"]["classes"]["building"]["properties"];
        assert_eq!(class["storeysAboveGround"]["componentType"], "INT32");
        assert_eq!(class["measuredHeight"]["componentType"], "FLOAT64");
        assert!(class.get("unseen").is_none());
    }
}

#[test]
fn objects_without_or_with_broken_faces_keep_their_row() {
    let mut broken = house(1, 696_700.0, 5_347_400.0);
    broken.object.geometries[0].points[0][0] = f64::NAN;
    let mut bare = house(2, 696_730.0, 5_347_400.0);
    bare.object.geometries.clear();
    bare.footprint.clear();
    let whole = house(3, 696_760.0, 5_347_400.0);
    let node =
        plan(items(&[house(1, 696_700.0, 5_347_400.0), whole.clone()]), &PlanLimits::default()).remove(0);
    let bytes = encoded(&node, &[broken.clone(), bare.clone(), whole]);
    assert_eq!(parse(&bytes).strings(0, "id").len(), 3);
    assert_eq!(triangle_count(&bytes), 14 + 16, "the floor with the broken corner is left out");
    let bytes = encoded(&node, &[bare]);
    assert!(parse(&bytes).primitives().is_empty());
    assert!(encode(&node, &[], &columns(), &to_lonlat(), &HEIGHTS).is_err());
}

#[test]
fn each_face_is_drawn_once() {
    let plain = house(1, 696_700.0, 5_347_400.0);
    let count =
        |object: &TileObject| -> usize { shapes(&object.object).iter().map(|shape| shape.faces.len()).sum() };
    assert_eq!(count(&plain), 7);
    let copy = |lod: u8, kind: GeometryKind, bare: bool| {
        let mut geometry = Geometry { lod: Lod::whole(lod), kind, ..plain.object.geometries[0].clone() };
        if bare {
            geometry.surfaces.clear();
            geometry.faces.iter_mut().for_each(|face| face.surface = NO_SURFACE);
        }
        geometry
    };
    for (extra, expected) in [
        (copy(2, GeometryKind::MultiSurface, false), 7),
        (copy(2, GeometryKind::Solid, true), 7),
        (copy(2, GeometryKind::MultiSurface, true), 7),
        (copy(1, GeometryKind::Solid, true), 7),
        (copy(0, GeometryKind::MultiSurface, true), 7),
        (copy(4, GeometryKind::Solid, false), 7),
        (copy(2, GeometryKind::MultiCurve, true), 7),
    ] {
        let mut object = plain.clone();
        object.object.geometries.insert(0, extra);
        assert_eq!(count(&object), expected);
    }
    let mut with_part = plain.clone();
    let mut part = plain.object.clone();
    part.class = class_by_name("BuildingPart").unwrap();
    with_part.object.children.push(part);
    assert_eq!(count(&with_part), 14);
    with_part.object.geometries[0].lod = Lod::whole(1);
    assert_eq!(count(&with_part), 7, "the finer part stands for the whole");
}

#[test]
fn other_classes_have_their_colours_and_draped_ones_no_walls() {
    for (name, leaf_material, block_material, block_triangles) in [
        ("SolitaryVegetationObject", "vegetation", "vegetation", 10),
        ("Road", "road", "road", 16),
        ("LandUse", "land_use", "land_use", 16),
        ("WaterBody", "water", "water", 16),
        ("TINRelief", "terrain", "terrain", 16),
        ("Bridge", "other", "other", 10),
    ] {
        let mut object = house(1, 696_700.0, 5_347_400.0);
        object.object.class = class_by_name(name).unwrap();
        let geometry = &mut object.object.geometries[0];
        geometry.surfaces.clear();
        geometry.faces.iter_mut().for_each(|face| face.surface = NO_SURFACE);
        for (leaf, material, triangles) in
            [(true, leaf_material, 16), (false, block_material, block_triangles)]
        {
            let bytes = single(std::slice::from_ref(&object), leaf);
            let glb = parse(&bytes);
            let materials = glb.json["materials"].as_array().unwrap();
            assert!(materials.iter().all(|found| found["name"] == material), "{name} {materials:?}");
            assert_eq!(triangle_count(&bytes), triangles, "{name}, leaf: {leaf}");
        }
    }
}

#[test]
fn coplanar_neighbours_have_no_line_between_them() {
    let mut object = house(1, 696_700.0, 5_347_400.0);
    let class = |name: &str| class_by_name(name).unwrap();
    for (right, lines) in [("RoofSurface", 6), ("Window", 8)] {
        let mut geometry = Geometry::new(Lod::whole(2), GeometryKind::MultiSurface);
        for (at, (x, name)) in [(0.0, "RoofSurface"), (4.0, right)].into_iter().enumerate() {
            geometry.surfaces.push(BoundarySurface {
                id: String::new(),
                class: class(name),
                parent: None,
                attributes: Default::default(),
                ..BoundarySurface::default()
            });
            let ring = [[x, 0.0], [x + 4.0, 0.0], [x + 4.0, 4.0], [x, 4.0]];
            let ring = ring.map(|[x, y]: [f64; 2]| [696_700.0 + x, 5_347_400.0 + y, 482.0]);
            geometry.push_face([ring.as_slice()], at as u32);
        }
        object.object.geometries = vec![geometry];
        let bytes = single(std::slice::from_ref(&object), true);
        let glb = parse(&bytes);
        let count: usize = glb
            .primitives()
            .iter()
            .map(|one| one["extensions"]["CESIUM_primitive_outline"]["indices"].as_u64().unwrap() as usize)
            .map(|accessor| glb.accessor(accessor).len() / 2)
            .sum();
        assert_eq!(count, lines, "{right}");
    }
}

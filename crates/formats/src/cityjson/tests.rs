//! Documents and lines, well-formed and broken, to objects and findings.

use super::CityJsonFile;
use crate::{FormatError, Input};
use proptest::prelude::*;
use stadtwin_model::{CityObject, Issue, Lod};

/// Objects and codes of findings.
fn read(bytes: &[u8]) -> Result<(Vec<CityObject>, Vec<Issue>), FormatError> {
    let mut file = CityJsonFile::open(Input::memory("test", bytes.to_vec()))?;
    let (mut objects, mut issues) = (Vec::new(), Vec::new());
    while let Some(batch) = file.next_batch()? {
        let result = batch.parse();
        issues.extend(result.issues);
        for parsed in result.objects {
            objects.push(parsed.object);
            issues.extend(parsed.issues);
        }
    }
    issues.extend(file.issues());
    Ok((objects, issues))
}

fn codes(issues: &[Issue]) -> Vec<&str> {
    let mut codes: Vec<&str> = issues.iter().map(|issue| issue.code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// A house with a part, a wall with a window, a material and a texture, an address, and a tree from a template.
const TOWN: &str = r#"{
"type":"CityJSON","version":"2.0",
"transform":{"scale":[0.001,0.001,0.001],"translate":[1000,2000,0]},
"metadata":{"referenceSystem":"https://www.opengis.net/def/crs/EPSG/0/7415","title":"Town"},
"CityObjects":{
 "house":{"type":"Building","attributes":{"measuredHeight":5.5,"nothing":null},"children":["part"],
  "address":[{"thoroughfareName":"Street","location":{"type":"MultiPoint","lod":"1","boundaries":[3]}}],
  "geometry":[{"type":"MultiSurface","lod":"2.2","boundaries":[[[0,1,2,3]],[[0,1,2]]],
   "semantics":{"surfaces":[{"type":"WallSurface","id":"w"},{"type":"Window","parent":0}],"values":[0,1]},
   "material":{"m":{"values":[0,null]}},"texture":{"t":{"values":[[[0,0,1,2,3]],[[null]]]}}}]},
 "part":{"type":"BuildingPart","parents":["house"]},
 "tree":{"type":"SolitaryVegetationObject","geometry":[{"type":"GeometryInstance","template":0,"boundaries":[2],
  "transformationMatrix":[2,0,0,0,0,2,0,0,0,0,2,0,0,0,0,1]}]},
 "group":{"type":"CityObjectGroup","children":["house","tree"],"children_roles":["main",null]},
 "noise":{"type":"+NoiseBarrier","attributes":{"+db":70}}},
"appearance":{"materials":[{"name":"red","diffuseColor":[1,0,0]}],"textures":[{"type":"PNG","image":"a.png"}],
 "vertices-texture":[[0,0],[1,0],[1,1],[0,1]]},
"geometry-templates":{"templates":[{"type":"MultiSurface","lod":"1","boundaries":[[[0,1,2]]]}],
 "vertices-templates":[[0,0,0],[1,0,0],[0,0,1]]},
"vertices":[[0,0,0],[1000,0,0],[1000,1000,0],[0,1000,500]]}"#;

#[test]
fn everything_of_a_document_finds_its_place() {
    let (objects, issues) = read(TOWN.as_bytes()).unwrap();
    assert_eq!(codes(&issues), [] as [&str; 0]);
    let ids: Vec<&str> = objects.iter().map(|object| object.id.as_str()).collect();
    assert_eq!(ids, ["house", "tree", "group", "noise"]);
    let [house, tree, group, noise] = objects.as_slice() else { panic!() };
    assert_eq!(
        serde_json::to_string(&house.attributes).unwrap(),
        r#"{"measuredHeight":5.5,"address":[{"street":"Street"}]}"#
    );
    assert_eq!((house.children.len(), house.children[0].class.name()), (1, "BuildingPart"));
    let [place, walls] = house.geometries.as_slice() else { panic!() };
    assert_eq!((place.role.as_str(), place.points.as_slice()), ("address0", &[[1000.0, 2001.0, 0.5]][..]));
    assert_eq!((walls.lod, walls.ring(0)[2]), (Lod(22), [1001.0, 2001.0, 0.0]));
    assert_eq!((walls.surfaces[0].id.as_str(), walls.surfaces[1].parent), ("w", Some(0)));
    let [material, texture] = walls.appearances.as_slice() else { panic!() };
    assert_eq!((material.theme.as_str(), material.face_materials.as_slice()), ("m", &[0, u32::MAX][..]));
    assert_eq!(material.materials[0].diffuse_color, Some([1.0, 0.0, 0.0]));
    assert_eq!((texture.textures[0].image.as_str(), texture.texture_coordinates[2]), ("a.png", [1.0, 1.0]));
    assert!(texture.texture_coordinates[4][0].is_nan() && texture.texture_coordinates.len() == 7);
    let implicit = &tree.implicit_geometries[0];
    assert_eq!(implicit.placed().points[2], [1001.0, 2001.0, 2.0]);
    assert_eq!(group.attributes["groupMember"], serde_json::json!(["house", "tree"]));
    assert_eq!(group.qualifiers["groupMember"][0]["role"], "main");
    assert_eq!(
        (noise.source_class.as_deref(), noise.attributes["+db"].as_i64()),
        (Some("+NoiseBarrier"), Some(70))
    );
}

#[test]
fn reference_systems_of_all_spellings_are_named() {
    let cases = [
        (r#""referenceSystem":"urn:ogc:def:crs:EPSG::7415""#, Some("urn:ogc:def:crs:EPSG::7415")),
        (
            r#""referenceSystem":"https://www.opengis.net/def/crs/EPSG/0/7415""#,
            Some("https://www.opengis.net/def/crs/EPSG/0/7415"),
        ),
        (r#""referenceSystem":"7415""#, Some("EPSG:7415")),
        (r#""crs":{"epsg":7415}"#, Some("EPSG:7415")),
        (r#""crs":{"epsg":null}"#, None),
        (r#""title":"x""#, None),
    ];
    for (metadata, expected) in cases {
        let json = format!(
            r#"{{"type":"CityJSON","version":"1.0","metadata":{{{metadata}}},"CityObjects":{{}},"vertices":[]}}"#
        );
        let file = CityJsonFile::open(Input::memory("test", json.into_bytes())).unwrap();
        assert_eq!(file.header().srs_name.as_deref(), expected, "{metadata}");
    }
}

#[test]
fn a_group_without_members_is_read() {
    let json = br#"{"type":"CityJSON","version":"1.0","CityObjects":{
        "a":{"type":"CityObjectGroup","attributes":{"groupMember":[]}},
        "b":{"type":"CityObjectGroup","children":[],"attributes":{"groupMember":[],"groupMemberRoles":[]}}},
        "vertices":[]}"#;
    let (groups, issues) = read(json).unwrap();
    assert_eq!((groups.len(), codes(&issues)), (2, vec![]));
    assert_eq!(groups[0].attributes["groupMember"], serde_json::json!([]));
}

/// 20,000 objects name one part, which names 20,000 unknown parents: looked at for each mention, that is 2 GB.
#[test]
fn many_mentions_of_a_part_with_many_parents_cost_little() {
    let parents = vec!["\"x\""; 20_000].join(",");
    let above: String =
        (0..20_000).map(|n| format!(r#""{n}":{{"type":"Building","children":["part"]}},"#)).collect();
    let json = format!(
        r#"{{"type":"CityJSON","version":"2.0","CityObjects":{{{above}"part":{{"type":"BuildingPart","parents":[{parents}]}}}},"vertices":[]}}"#
    );
    let started = std::time::Instant::now();
    let (objects, _) = read(json.as_bytes()).unwrap();
    assert_eq!(objects.len(), 20_001);
    assert!(started.elapsed() < std::time::Duration::from_secs(5), "{:?}", started.elapsed());
}

/// One object `a` with the given members, over three vertices.
fn with_object(members: &str) -> String {
    format!(
        r#"{{"type":"CityJSON","version":"1.0","CityObjects":{{"a":{{"type":"Building",{members}}}}},"vertices":[[0,0,0],[1,0,0],[0,1,0],["x",0,0]]}}"#
    )
}

#[test]
fn odd_objects_are_told_and_the_rest_is_read() {
    let geometry = |text: &str| with_object(&format!(r#""geometry":[{text}]"#));
    let cases = [
        (
            geometry(r#"{"type":"MultiSurface","lod":2,"boundaries":[[[0,1,2]],[[0,1,9]]]}"#),
            "face_dropped",
            1,
        ),
        (
            geometry(r#"{"type":"MultiSurface","lod":2,"boundaries":[[[0,1,3]],[[0,1,2]]]}"#),
            "face_dropped",
            1,
        ),
        (
            geometry(
                r#"{"type":"MultiSurface","lod":2,"boundaries":[[[0,1,-2]],[[0,1,1e99]],[[0,1,18446744073709551616]]]}"#,
            ),
            "face_dropped",
            0,
        ),
        (geometry(r#"{"type":"MultiSurface","lod":2,"boundaries":[[[0,1,1]]]}"#), "face_dropped", 0),
        (geometry(r#"{"type":"MultiSurface","lod":2,"boundaries":{"a":1}}"#), "geometry_empty", 0),
        (geometry(r#"{"type":"Solid","lod":2,"boundaries":[[[0,1,2]]]}"#), "face_dropped", 0),
        (geometry(r#"{"type":"Blob","lod":2,"boundaries":[]}"#), "geometry_unknown", 0),
        (geometry(r#"{"type":7}"#), "geometry_invalid", 0),
        (geometry(r#"{"type":"GeometryInstance","template":3,"boundaries":[0]}"#), "template_missing", 0),
        (geometry(r#"{"type":"MultiSurface","boundaries":[[[0,1,2]]]}"#), "lod_missing", 1),
        (
            geometry(
                r#"{"type":"MultiSurface","lod":2,"boundaries":[[[0,1,2]]],"semantics":{"surfaces":[{"type":"Door","parent":0}],"values":[5]}}"#,
            ),
            "semantics_invalid",
            1,
        ),
        (
            geometry(
                r#"{"type":"MultiSurface","lod":2,"boundaries":[[[0,1,2]]],"material":{"x":{"value":4}}}"#,
            ),
            "appearance_invalid",
            1,
        ),
        (with_object(r#""attributes":[1]"#), "attributes_invalid", 0),
        (with_object(r#""parents":["b"]"#), "parent_missing", 0),
        (with_object(r#""parents":["a"]"#), "parent_circle", 0),
        (with_object(r#""children":["b"]"#), "child_missing", 0),
    ];
    for (json, code, faces) in cases {
        let (objects, issues) = read(json.as_bytes()).unwrap();
        assert!(codes(&issues).contains(&code), "{json}: {issues:?}");
        let found: usize = objects[0].geometries.iter().map(|geometry| geometry.faces.len()).sum();
        assert_eq!((objects.len(), found), (1, faces), "{json}");
    }
}

#[test]
fn files_that_cannot_be_read_are_refused_in_a_sentence() {
    let deep = format!(r#"{{"type":"CityJSON","CityObjects":{}"#, "[".repeat(100_000));
    let cases = [
        (
            "{\"type\":\"CityJSON\",\n\"CityObjects\":{",
            "is not well-formed at line 2: the file ends before its brackets close",
        ),
        (deep.as_str(), "is not well-formed at line 1: it is nested more than 64 levels deep"),
        (
            "{\"type\":\"CityJSON\",\n\"CityObjects\":[}]}",
            "is not well-formed at line 2: a bracket closes what was not opened",
        ),
        (r#"{"type":"FeatureCollection","features":[]}"#, "its type is `FeatureCollection`, not `CityJSON`"),
        (r#"{"type":"CityJSON","version":"0.3","CityObjects":{},"vertices":[]}"#, "cjio FILE upgrade"),
        (
            r#"{"type":"CityJSON","version":"1.0","CityObjects":{},"vertices":[1,2]}"#,
            "`vertices` does not hold arrays of three numbers",
        ),
        (
            r#"{"type":"CityJSON","version":"1.0","CityObjects":[],"vertices":[]}"#,
            "`CityObjects` is no object",
        ),
    ];
    for (json, expected) in cases {
        let error = read(json.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn broken_lines_of_a_sequence_cost_no_others() {
    let head = r#"{"type":"CityJSON","version":"2.0","transform":{"scale":[1,1,1],"translate":[0,0,0]},"CityObjects":{},"vertices":[]}"#;
    let other = head.replace("[0,0,0]", "[100,0,0]");
    let line = |id: &str| {
        format!(
            r#"{{"type":"CityJSONFeature","id":"{id}","CityObjects":{{"{id}":{{"type":"Building","geometry":[{{"type":"MultiSurface","lod":"1","boundaries":[[[0,1,2]]]}}]}}}},"vertices":[[0,0,0],[1,0,0],[0,1,0]]}}"#
        )
    };
    let text = format!(
        "{head}\n{}\n{{\"type\":\"CityJSONFeature\"\n\n[]\n{}\n{other}\n{}",
        line("a"),
        line("b"),
        line("c")
    );
    let (objects, issues) = read(text.as_bytes()).unwrap();
    let ids: Vec<&str> = objects.iter().map(|object| object.id.as_str()).collect();
    assert_eq!(ids, ["a", "b", "c"]);
    assert_eq!(
        issues.iter().map(|issue| (issue.code.as_str(), issue.line)).collect::<Vec<_>>(),
        [("json_malformed", 3), ("json_malformed", 5)]
    );
    // Each first line holds for the lines behind it.
    let east = |object: &CityObject| object.geometries[0].points[0][0];
    assert_eq!((east(&objects[1]), east(&objects[2])), (0.0, 100.0));
}

#[test]
fn parts_of_parts_end_somewhere() {
    let member = |index: usize| format!(r#""{index}":{{"type":"BuildingPart","parents":["{}"]}}"#, index + 1);
    let chain: Vec<String> = (0..500).map(member).collect();
    let json = format!(
        r#"{{"type":"CityJSON","version":"1.0","CityObjects":{{{}}},"vertices":[]}}"#,
        chain.join(",")
    );
    let (objects, issues) = read(json.as_bytes()).unwrap();
    assert_eq!(objects.iter().map(|object| object.walk().len()).sum::<usize>(), 500);
    assert!(codes(&issues).contains(&"parent_circle"));
}

proptest! {
    /// Whatever is cut, doubled or overwritten: an answer, never a crash.
    #[test]
    fn mutated_documents_never_panic(
        changes in prop::collection::vec((0_usize..10_000, 0_usize..80, prop::sample::select(vec![
            "", "{", "}", "[", "]", "\"", ",", ":", "null", "-1", "1e400", "99999999999999999999", "\\", "\"a\"", "[[[]]]", "\n", "\u{0}", "é",
        ])), 1..6),
        in_one_line: bool,
    ) {
        let mut bytes = if in_one_line { TOWN.replace('\n', "").into_bytes() } else { TOWN.as_bytes().to_vec() };
        for (at, length, text) in changes {
            let start = at % (bytes.len() + 1);
            let end = (start + length).min(bytes.len());
            bytes.splice(start..end, text.bytes());
        }
        if let Ok((objects, _)) = read(&bytes) {
            for geometry in objects.iter().flat_map(|object| object.walk()).flat_map(|object| &object.geometries) {
                prop_assert_eq!(geometry.ring_ends.last().map(|end| *end as usize), Some(geometry.points.len()));
                prop_assert!(geometry.points.iter().flatten().all(|value| value.is_finite()));
            }
        }
    }
}

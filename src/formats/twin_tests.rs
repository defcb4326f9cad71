//! The same city as CityGML and as CityJSON gives the same objects, faces and attributes. Passes where the shared data
//! is absent.

use super::{Input, open, resolve};
use crate::model::{Attributes, CityObject};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn data() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = std::env::var_os("STADTWIN_SHARED_DATA").map_or(beside, PathBuf::from);
    folder.join("counts.json").exists().then_some(folder)
}

/// What must agree of an object.
#[derive(Debug, PartialEq)]
struct Facts {
    class: &'static str,
    attributes: Attributes,
    /// Corners [mm] of each face in any order, with the class of its surface.
    faces: Vec<(String, Vec<[i64; 3]>)>,
    parts: usize,
}

fn facts(object: &CityObject) -> Facts {
    let mut faces = Vec::new();
    for geometry in &object.geometries {
        for face in &geometry.faces {
            let surface = geometry.surface_of(face).map_or("", |surface| surface.class.name());
            let millimetres = |point: &[f64; 3]| point.map(|value| (value * 1000.0).round() as i64);
            let mut corners: Vec<[i64; 3]> =
                geometry.face_rings(face).flat_map(|ring| ring.iter().map(millimetres)).collect();
            corners.sort_unstable();
            faces.push((format!("{} {surface}", geometry.lod), corners));
        }
    }
    faces.sort_unstable();
    Facts {
        class: object.class.name(),
        attributes: object.attributes.clone(),
        faces,
        parts: object.children.len(),
    }
}

fn read(path: &Path) -> BTreeMap<String, Facts> {
    let mut file = open(Input::file(path)).unwrap();
    let (mut objects, mut unresolved) = (Vec::new(), Vec::new());
    while let Some(batch) = file.next_batch().unwrap() {
        let result = batch.parse();
        objects.extend(result.objects);
        unresolved.extend(result.unresolved);
    }
    objects.extend(resolve(Input::file(path), unresolved).unwrap());
    let parts = objects.iter().flat_map(|parsed| parsed.object.walk());
    parts.map(|object| (object.id.clone(), facts(object))).collect()
}

/// Objects of one file that are not in the other, and what differs in the others: attribute names, or what else.
fn compare(gml: &BTreeMap<String, Facts>, json: &BTreeMap<String, Facts>) -> BTreeMap<String, usize> {
    let mut differences = BTreeMap::new();
    let mut note = |what: String| *differences.entry(what).or_default() += 1;
    for (id, facts) in gml {
        let Some(twin) = json.get(id) else {
            note(format!("only in CityGML: {}", facts.class));
            continue;
        };
        if facts.class != twin.class {
            note(format!("class {} / {}", facts.class, twin.class));
        }
        if facts.faces != twin.faces {
            note(format!("faces of {}", facts.class));
        }
        if facts.parts != twin.parts {
            note(format!("parts of {}", facts.class));
        }
        let names = facts
            .attributes
            .keys()
            .chain(twin.attributes.keys().filter(|name| !facts.attributes.contains_key(*name)));
        for name in names.filter(|name| facts.attributes.get(*name) != twin.attributes.get(*name)) {
            note(format!("attribute {name}"));
        }
    }
    for (_, facts) in json.iter().filter(|(id, _)| !gml.contains_key(*id)) {
        note(format!("only in CityJSON: {}", facts.class));
    }
    differences
}

#[test]
fn twins_agree() {
    let Some(folder) = data() else {
        eprintln!("skipped: no shared data (set STADTWIN_SHARED_DATA)");
        return;
    };
    let cases: [(&str, &str, &[(&str, usize)]); 5] = [
        ("at-vienna-triple/Karl-Marx-Hof/city.gml", "at-vienna-triple/Karl-Marx-Hof/city.json", &[]),
        ("at-vienna-triple/Vorwaertshaus/city.gml", "at-vienna-triple/Vorwaertshaus/city.json", &[]),
        (
            "citygml4j-samples/datasets/lod2_buildings_v3.gml",
            "citygml4j-samples/datasets/lod2_buildings_v2.json",
            &[],
        ),
        (
            "citygml4j-samples/datasets/lod2_buildings_v3.gml",
            "citygml4j-samples/datasets/lod2_buildings_as_CityJSON_features.jsonl",
            &[],
        ),
        ("nl-denhaag/DenHaag_01.xml.gz", "nl-denhaag/DenHaag_01.json", &[]),
    ];
    let mut wrong = Vec::new();
    for (gml, json, explained) in cases {
        let differences = compare(&read(&folder.join(gml)), &read(&folder.join(json)));
        let expected: BTreeMap<String, usize> =
            explained.iter().map(|(what, count)| ((*what).to_owned(), *count)).collect();
        if differences != expected {
            wrong.push(format!("{json}: {differences:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

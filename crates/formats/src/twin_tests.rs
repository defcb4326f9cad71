//! The same city as CityGML and as CityJSON gives the same objects, faces and attributes. Passes where the shared data
//! is absent.

use super::{Input, Pending, open, resolve};
use stadtwin_model::{Attributes, CityObject};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn data() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = std::env::var_os("STADTWIN_SHARED_DATA").map_or(beside, PathBuf::from);
    folder.join("counts.json").exists().then_some(folder)
}

/// What must agree of an object.
#[derive(Debug, PartialEq)]
struct Facts {
    class: &'static str,
    attributes: Attributes,
    /// Corners of each face, with level of detail and class of its surface.
    faces: Vec<(String, Vec<[f64; 3]>)>,
    parts: usize,
}

fn facts(object: &CityObject) -> Facts {
    let mut faces = Vec::new();
    for geometry in &object.geometries {
        for face in &geometry.faces {
            let surface = geometry.surface_of(face).map_or("", |surface| surface.class.name());
            let corners = geometry.face_rings(face).flatten().copied().collect();
            faces.push((format!("{} {surface}", geometry.lod), corners));
        }
    }
    Facts {
        class: object.class.name(),
        attributes: object.attributes.clone(),
        faces,
        parts: object.children.len(),
    }
}

/// Whether each face has a twin of as many corners, each less than 2 mm away: some writers cut millimetres off.
fn same_faces(a: &Facts, b: &Facts) -> bool {
    let near = |p: &[f64; 3], q: &[f64; 3]| p.iter().zip(q).all(|(p, q)| (p - q).abs() < 0.002);
    let same = |(kind, corners): &(String, Vec<[f64; 3]>), (other_kind, others): &(String, Vec<[f64; 3]>)| {
        kind == other_kind
            && corners.len() == others.len()
            && corners.iter().all(|corner| others.iter().any(|other| near(corner, other)))
    };
    // A terrain of thousands of triangles: their number.
    if a.faces.len() > 2_000 {
        return a.faces.len() == b.faces.len();
    }
    let mut left: Vec<_> = b.faces.iter().collect();
    let found = a.faces.iter().all(|face| {
        let twin = left.iter().position(|other| same(face, other));
        twin.map(|twin| left.remove(twin)).is_some()
    });
    found && left.is_empty()
}

fn read(path: &Path) -> BTreeMap<String, Facts> {
    let mut file = open(Input::file(path)).unwrap();
    let (mut objects, mut unresolved) = (Vec::new(), Pending::default());
    while let Some(batch) = file.next_batch().unwrap() {
        let result = batch.parse();
        objects.extend(result.objects);
        unresolved.extend(result.unresolved).unwrap();
    }
    while !unresolved.is_empty() {
        objects.extend(resolve(&Input::file(path), &mut unresolved).unwrap());
    }
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
        if !same_faces(facts, twin) {
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

/// What differs for a reason, and how often.
type Explained<'a> = &'a [(&'a str, usize)];

#[test]
fn twins_agree() {
    let Some(folder) = data() else {
        eprintln!("skipped: no shared data (set STADTWIN_SHARED_DATA)");
        return;
    };
    // The converter gave the building an id of its own.
    let vienna: Explained = &[("only in CityGML: Building", 1), ("only in CityJSON: Building", 1)];
    // Version 3's structured `height` is `measuredHeight` alone in CityJSON.
    let munich: Explained = &[("attribute height", 100)];
    // CityJSON has no relief around its TIN and left names out; two heights of one part are 3 there and 3.0 here.
    let the_hague: Explained = &[
        ("attribute RelativeEavesHeight", 1),
        ("attribute RelativeRidgeHeight", 1),
        ("attribute lod", 1),
        ("attribute name", 2497),
        // A face each that is a line once its millimetres are cut off.
        ("faces of BuildingPart", 5),
        ("only in CityGML: ReliefFeature", 1),
    ];
    let (vorwaertshaus, samples) = ("at-vienna-triple/Vorwaertshaus", "citygml4j-samples/datasets");
    let cases: [(String, String, Explained); 5] = [
        (
            "at-vienna-triple/Karl-Marx-Hof/city.gml".into(),
            "at-vienna-triple/Karl-Marx-Hof/city.json".into(),
            vienna,
        ),
        (format!("{vorwaertshaus}/city.gml"), format!("{vorwaertshaus}/city.json"), vienna),
        (format!("{samples}/lod2_buildings_v3.gml"), format!("{samples}/lod2_buildings_v2.json"), munich),
        (
            format!("{samples}/lod2_buildings_v3.gml"),
            format!("{samples}/lod2_buildings_as_CityJSON_features.jsonl"),
            munich,
        ),
        ("nl-denhaag/DenHaag_01.xml.gz".into(), "nl-denhaag/DenHaag_01.json".into(), the_hague),
    ];
    let mut wrong = Vec::new();
    for (gml, json, explained) in cases {
        let differences = compare(&read(&folder.join(gml)), &read(&folder.join(&json)));
        let expected: BTreeMap<String, usize> =
            explained.iter().map(|(what, count)| ((*what).to_owned(), *count)).collect();
        if differences != expected {
            wrong.push(format!("{json}: {differences:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

//! Every CityGML file of the shared data against independent counts.

use super::*;
use crate::{FormatError, Input};
use serde_json::Value;
use stadtwin_model::{CityObject, Issue, Module, NO_SURFACE};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Where the data is, or `None` where it is not at hand.
pub fn data() -> Option<PathBuf> {
    let folder = match std::env::var_os("STADTWIN_SHARED_DATA") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
    };
    folder.join("counts.json").exists().then_some(folder)
}

#[derive(Default)]
struct Counts {
    buildings: BTreeMap<String, u64>,
    /// Those of `buildings` that are surfaces without id.
    nameless: BTreeMap<String, u64>,
    polygons: u64,
    faces: u64,
    issues: Vec<Issue>,
}

impl Counts {
    fn add(&mut self, parsed: Parsed) {
        self.polygons += parsed.polygon_count;
        self.issues.extend(parsed.issues);
        let mut seen = BTreeSet::new();
        for object in parsed.object.placed().walk() {
            self.add_object(object, &mut seen);
        }
    }

    /// `seen`: surfaces of the top-level object that have an id; several geometries may hold them.
    fn add_object(&mut self, object: &CityObject, seen: &mut BTreeSet<String>) {
        if object.class.get().module == Module::Building {
            *self.buildings.entry(object.class.name().to_owned()).or_default() += 1;
        }
        self.faces += object.geometries.iter().map(|geometry| geometry.faces.len() as u64).sum::<u64>();
        let mut nameless: BTreeMap<&str, u64> = BTreeMap::new();
        for geometry in &object.geometries {
            assert_eq!(geometry.ring_ends.last().map(|end| *end as usize), Some(geometry.points.len()));
            assert!(
                geometry
                    .faces
                    .iter()
                    .all(|face| face.surface == NO_SURFACE || geometry.surface_of(face).is_some())
            );
            let mut here: BTreeMap<&str, u64> = BTreeMap::new();
            for surface in &geometry.surfaces {
                if surface.id.is_empty() {
                    *here.entry(surface.class.name()).or_default() += 1;
                } else if seen.insert(surface.id.clone()) {
                    *self.buildings.entry(surface.class.name().to_owned()).or_default() += 1;
                }
            }
            // Without ids, the LoDs show the same surfaces again.
            here.into_iter().for_each(|(class, count)| {
                let most = nameless.entry(class).or_default();
                *most = count.max(*most);
            });
        }
        for (class, count) in nameless {
            *self.buildings.entry(class.to_owned()).or_default() += count;
            *self.nameless.entry(class.to_owned()).or_default() += count;
        }
    }
}

fn read(path: &Path) -> Result<Counts, FormatError> {
    let mut counts = Counts::default();
    let mut file = CityGmlFile::open(Input::file(path))?;
    let mut pending = Pending::default();
    while let Some(batch) = file.next_batch()? {
        let result = batch.parse();
        result.objects.into_iter().for_each(|object| counts.add(object));
        pending.extend(result.unresolved).unwrap();
        counts.issues.extend(result.issues);
    }
    counts.issues.extend(file.issues());
    while !pending.is_empty() {
        resolve(&Input::file(path), &mut pending)?.into_iter().for_each(|object| counts.add(object));
    }
    Ok(counts)
}

/// `bldg:` objects and con: surfaces of the independent count under today's names.
fn expected_objects(file: &Value) -> BTreeMap<String, u64> {
    let mut expected = BTreeMap::new();
    for (name, count) in file["objects"].as_object().into_iter().flatten() {
        let Some((prefix, local)) = name.split_once(':') else { continue };
        let module = match prefix {
            "bldg" => Module::Building,
            "con" => Module::Construction,
            _ => continue,
        };
        if let Some(class) = stadtwin_model::class_by_element(module, local) {
            *expected.entry(class.name().to_owned()).or_default() += count.as_u64().unwrap_or(0);
        }
    }
    expected
}

fn expected_polygons(file: &Value) -> u64 {
    ["Polygon", "Triangle", "Rectangle", "PolygonPatch"]
        .iter()
        .filter_map(|name| file["gml"][name].as_u64())
        .sum()
}

/// What differs and is not told by an issue.
fn difference(file: &Value, counts: &Counts) -> Option<String> {
    let told = |code: &str| counts.issues.iter().filter(|issue| issue.code == code).count() as u64;
    if told("xml_malformed") > 0 {
        return None;
    }
    let mut lines = Vec::new();
    let polygons = expected_polygons(file);
    if polygons != counts.polygons {
        lines.push(format!("polygons {polygons} != {}", counts.polygons));
    }
    let faces = counts.faces + told("face_dropped");
    if faces < polygons {
        lines.push(format!("faces {faces} < {polygons}"));
    }
    let mut missing = 0;
    for (name, want) in expected_objects(file) {
        let have = counts.buildings.get(&name).copied().unwrap_or(0);
        missing += want.saturating_sub(have);
        // A nameless surface is counted again in each object that has a link to its polygons.
        if have > want + counts.nameless.get(&name).copied().unwrap_or(0) {
            lines.push(format!("{name} {want} != {have}"));
        }
    }
    if missing != told("surface_empty") {
        lines.push(format!("{missing} objects missing, {} told", told("surface_empty")));
    }
    (!lines.is_empty()).then(|| lines.join(", "))
}

#[test]
fn every_file_agrees_with_its_counts() {
    let Some(folder) = data() else {
        eprintln!("skipped: no shared data (set STADTWIN_SHARED_DATA)");
        return;
    };
    let text = std::fs::read_to_string(folder.join("counts.json")).unwrap();
    let all: serde_json::Map<String, Value> = serde_json::from_str(&text).unwrap();
    let mut differences = Vec::new();
    let mut read_count = 0;
    for (name, expected) in all.iter().filter(|(_, file)| file["format"] == "CityGML") {
        let path = [name.clone(), format!("{name}.gz")]
            .map(|name| folder.join(name))
            .into_iter()
            .find(|path| path.exists());
        let Some(path) = path else {
            eprintln!("missing: {name}");
            continue;
        };
        match read(&path) {
            Ok(counts) => {
                read_count += 1;
                if let Some(difference) = difference(expected, &counts) {
                    differences.push(format!("{name}: {difference}"));
                }
            }
            Err(error) => differences.push(format!("{name}: {error}")),
        }
    }
    assert!(read_count > 200, "{read_count} files read");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// Ingolstadt: 7,647 polygons are targets of textures (counted with a regular expression over the files).
#[test]
fn every_texture_finds_its_faces() {
    let Some(folder) = data().map(|folder| folder.join("ingolstadt-lod3")).filter(|folder| folder.exists())
    else {
        eprintln!("skipped: no shared data (set STADTWIN_SHARED_DATA)");
        return;
    };
    let pattern = folder.join("*/*.xml*").display().to_string();
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    let (mut files, mut textured, mut lists) = (0, 0, 0);
    for path in glob::glob(&pattern).unwrap().flatten() {
        let mut text = Vec::new();
        Input::file(&path).open().unwrap().read_to_end(&mut text).unwrap();
        // Some polygons are targets twice; the later counts.
        let text = String::from_utf8_lossy(&text);
        let targets = text.split("<app:target uri=\"").skip(1).filter_map(|rest| rest.split('"').next());
        lists += targets.collect::<BTreeSet<_>>().len();
        files += 1;
        let mut file = CityGmlFile::open(Input::file(&path)).unwrap();
        while let Some(batch) = file.next_batch().unwrap() {
            for parsed in batch.parse().objects {
                let codes = parsed
                    .issues
                    .iter()
                    .filter(|issue| issue.code.contains("ppearance") || issue.code.starts_with("texture"));
                codes.for_each(|issue| *told.entry(issue.code.clone()).or_insert(0) += 1);
                textured +=
                    parsed.object.placed().walk().iter().map(|object| textured_faces(object)).sum::<usize>();
            }
        }
    }
    assert_eq!((files, lists), (27, 7_647));
    // Solids and the surfaces around them may both hold a face.
    assert!(textured >= lists, "{textured} of {lists}");
    assert_eq!(told, BTreeMap::new());
}

fn textured_faces(object: &CityObject) -> usize {
    let mut count = 0;
    for geometry in &object.geometries {
        for worn in &geometry.appearances {
            let is_on = |face: &usize| {
                worn.face_textures.get(*face).is_some_and(|look| *look != stadtwin_model::NO_LOOK)
            };
            let faces: Vec<usize> = (0..geometry.faces.len()).filter(is_on).collect();
            assert!(
                worn.texture_coordinates.is_empty()
                    || worn.texture_coordinates.len() == geometry.points.len()
            );
            count += faces.len();
        }
    }
    count
}

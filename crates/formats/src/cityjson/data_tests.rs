//! The reader over all shared city models, against independent counts. Passes where the data is absent.

use super::CityJsonFile;
use crate::{FormatError, Input};
use serde_json::Value;
use stadtwin_model::{CityObject, Issue, NO_LOOK, NO_SURFACE};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn data() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = std::env::var_os("STADTWIN_SHARED_DATA").map_or(beside, PathBuf::from);
    folder.join("counts.json").exists().then_some(folder)
}

/// What was read of a file.
#[derive(Default)]
struct Counts {
    types: BTreeMap<String, u64>,
    geometries: u64,
    faces: u64,
    issues: Vec<Issue>,
}

impl Counts {
    fn add(&mut self, object: &CityObject) {
        for part in object.walk() {
            let kind = part.source_class.clone().unwrap_or_else(|| part.class.get().cityjson.to_owned());
            *self.types.entry(kind).or_default() += 1;
            let own = part.geometries.iter().filter(|geometry| !geometry.role.starts_with("address"));
            self.geometries += own.count() as u64 + part.implicit_geometries.len() as u64;
            for geometry in &part.geometries {
                self.faces += geometry.faces.len() as u64;
                assert_eq!(geometry.ring_ends.last().map(|end| *end as usize), Some(geometry.points.len()));
                assert!(
                    geometry
                        .faces
                        .iter()
                        .all(|face| { face.surface == NO_SURFACE || geometry.surface_of(face).is_some() })
                );
                for look in &geometry.appearances {
                    let known = |indices: &[u32], count: usize| {
                        let all = indices.iter().all(|index| *index == NO_LOOK || (*index as usize) < count);
                        all && (indices.is_empty() || indices.len() == geometry.faces.len())
                    };
                    assert!(known(&look.face_materials, look.materials.len()));
                    assert!(known(&look.face_textures, look.textures.len()));
                    let coordinates = look.texture_coordinates.len();
                    assert!(coordinates == 0 || coordinates == geometry.points.len());
                }
            }
        }
    }

    fn told(&self, code: &str) -> u64 {
        self.issues.iter().filter(|issue| issue.code == code).count() as u64
    }
}

fn read(path: &Path) -> Result<Counts, FormatError> {
    let mut counts = Counts::default();
    let mut file = CityJsonFile::open(Input::file(path))?;
    while let Some(batch) = file.next_batch()? {
        let result = batch.parse();
        counts.issues.extend(result.issues);
        for parsed in result.objects {
            counts.add(&parsed.object);
            counts.issues.extend(parsed.issues);
        }
    }
    counts.issues.extend(file.issues());
    Ok(counts)
}

/// What differs from the independent count and is not told by an issue.
fn difference(expected: &Value, counts: &Counts) -> Option<String> {
    let mut lines = Vec::new();
    // A feature over several lines, which the independent count looked for in one.
    if expected["format"] == "CityJSONSeq" && expected["features"] == 0 {
        return None;
    }
    let mut types: BTreeMap<String, u64> = BTreeMap::new();
    for (kind, count) in expected["cityobjects"].as_object().into_iter().flatten() {
        *types.entry(kind.clone()).or_default() += count.as_u64().unwrap_or(0);
    }
    if types != counts.types {
        lines.push(format!("objects {types:?} != {:?}", counts.types));
    }
    let dropped = counts.told("face_dropped");
    let surfaces = expected["surfaces"].as_u64().unwrap_or(0);
    if surfaces != counts.faces + dropped {
        lines.push(format!("surfaces {surfaces} != {} + {dropped} dropped", counts.faces));
    }
    let geometries: u64 = expected["geometries"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(_, count)| count.as_u64())
        .sum();
    let left_out = [
        "geometry_empty",
        "geometry_invalid",
        "geometry_unknown",
        "template_missing",
        "implicit_without_place",
    ];
    let left_out: u64 = left_out.iter().map(|code| counts.told(code)).sum();
    if geometries != counts.geometries + left_out {
        lines.push(format!("geometries {geometries} != {} + {left_out} left out", counts.geometries));
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
    let (mut differences, mut refused, mut read_count) = (Vec::new(), Vec::new(), 0);
    let formats = ["CityJSON", "CityJSONSeq", "CityJSONFeature", "CityModel"];
    for (name, expected) in
        all.iter().filter(|(_, file)| formats.contains(&file["format"].as_str().unwrap_or("")))
    {
        match read(&folder.join(name)) {
            Ok(counts) => {
                read_count += 1;
                if let Some(difference) = difference(expected, &counts) {
                    differences.push(format!("{name}: {difference}"));
                }
            }
            Err(error) => refused.push(format!("{name}: {error}")),
        }
    }
    assert!(read_count > 120, "{read_count} files read");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    // 0.1 to 0.3 keep semantics otherwise; one sequence breaks off in its first line.
    let old = refused.iter().filter(|refusal| refusal.contains("cjio FILE upgrade")).count();
    assert_eq!((refused.len(), old), (7, 6), "{}", refused.join("\n"));
}

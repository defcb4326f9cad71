//! Files read, written in their own version and read again: nothing changes.

mod cjval;
mod random;
pub mod schemas;
mod through_store;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;
use stadtwin::formats::citygml::{
    CityGmlFile, CityGmlWriter, Parsed, Pending, Version, WriteOptions, resolve,
};
use stadtwin::formats::{FormatError, Input};
use stadtwin::jobs::content_hash;
use stadtwin::model::{Attributes, CityObject, Crs, VerticalCrs};

/// Where the data is, or `None` where it is not at hand.
fn data() -> Option<PathBuf> {
    let folder = match std::env::var_os("STADTWIN_SHARED_DATA") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
    };
    folder.join("counts.json").exists().then_some(folder)
}

/// Names and paths of all CityGML files of the data.
fn citygml_files(folder: &Path) -> Vec<(String, PathBuf)> {
    let text = std::fs::read_to_string(folder.join("counts.json")).unwrap();
    let all: serde_json::Map<String, Value> = serde_json::from_str(&text).unwrap();
    let named = all.into_iter().filter(|(_, file)| file["format"] == "CityGML");
    let found = named.filter_map(|(name, _)| {
        let paths = [name.clone(), format!("{name}.gz")].map(|name| folder.join(name));
        Some((name, paths.into_iter().find(|path| path.exists())?))
    });
    found.collect()
}

/// All objects of a file, and its version.
fn read(input: Input) -> Result<(Vec<Parsed>, Version), FormatError> {
    let mut file = CityGmlFile::open(input.clone())?;
    let version = match file.header().version.as_str() {
        "3.0" => Version::V3,
        "2.0" => Version::V2,
        _ => Version::V1,
    };
    let (mut objects, mut pending) = (Vec::new(), Pending::default());
    let io = |source| FormatError::Io { name: input.name.clone(), source };
    while let Some(batch) = file.next_batch()? {
        let result = batch.parse();
        objects.extend(result.objects);
        pending.extend(result.unresolved).map_err(io)?;
    }
    while !pending.is_empty() {
        objects.extend(resolve(&input, &mut pending)?);
    }
    Ok((objects, version))
}

fn write(objects: &[Parsed], version: Version) -> Vec<u8> {
    let srs_name = objects.iter().find_map(|parsed| parsed.srs_name.clone());
    let options = WriteOptions { srs_name, ..WriteOptions::new(version) };
    let mut writer = CityGmlWriter::new(Vec::new(), options);
    objects.iter().for_each(|parsed| writer.write(&parsed.object).unwrap());
    writer.finish().unwrap().0
}

/// Files that cannot come out as they went in, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("de-berlin-lod2/CityFurniture_v2.gml", "relativeToTerrain, of version 2.0, in a file of version 1.1"),
    (
        "plateau-all-modules/examples/citygml3-reader/xlink/citygml3reader/udx/bldg/feature_xlink_referrer.gml",
        "lod1MultiSurface of a building, which version 3.0 does not have",
    ),
    (
        "energy-ade/FZKHouseLoD2-ADE.gml",
        "polygons of boundary surfaces that objects of the extension show too lose their surface",
    ),
    ("energy-ade/IN_EnergyADE_for_CityGML_2.0.gml", "the same"),
    (
        "energy-ade/OUT_EnergyADE_for_CityGML_3.0.gml",
        "objects of the extension inside of its hooks come out with their properties told one by one",
    ),
    ("xml-malformed/go-citygml/citygml30_building.gml", "measuredHeight, which version 3.0 does not have"),
];

/// By content hash; the order of attributes does not count.
fn hash(object: &CityObject) -> [u8; 16] {
    content_hash(object, &Crs { horizontal: 25832, vertical: VerticalCrs::Unknown, north_first: false })
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let ordered: BTreeMap<_, _> =
                map.iter().map(|(name, value)| (name.clone(), sorted(value))).collect();
            Value::Object(ordered.into_iter().collect())
        }
        Value::Array(list) => Value::Array(list.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

fn sort(object: &mut CityObject) {
    let in_order = |all: &mut Attributes| {
        if let Value::Object(ordered) = sorted(&Value::Object(std::mem::take(all))) {
            *all = ordered;
        }
    };
    in_order(&mut object.attributes);
    in_order(&mut object.qualifiers);
    for surface in object.geometries.iter_mut().flat_map(|geometry| &mut geometry.surfaces) {
        in_order(&mut surface.attributes);
        in_order(&mut surface.qualifiers);
    }
    object.children.iter_mut().for_each(sort);
}

/// The first lines that differ.
fn difference(before: &CityObject, after: &CityObject) -> String {
    let text = |object: &CityObject| {
        let mut object = object.clone();
        sort(&mut object);
        format!("{object:#?}")
    };
    let (before, after) = (text(before), text(after));
    let at = before.lines().zip(after.lines()).position(|(a, b)| a != b).unwrap_or(0);
    let from = at.saturating_sub(6);
    let some = |text: &str| text.lines().skip(from).take(14).collect::<Vec<_>>().join("\n");
    format!("--- before\n{}\n--- after\n{}", some(&before), some(&after))
}

/// What the second reading has not as the first.
fn check(path: &Path) -> Result<Vec<String>, FormatError> {
    let (objects, version) = read(Input::file(path))?;
    let text = write(&objects, version);
    let (again, _) = read(Input::memory("written", text))?;
    let mut found: BTreeMap<&str, Vec<&CityObject>> = BTreeMap::new();
    again.iter().rev().for_each(|parsed| found.entry(&parsed.object.id).or_default().push(&parsed.object));
    let mut differences = Vec::new();
    if objects.len() != again.len() {
        differences.push(format!("{} objects became {}", objects.len(), again.len()));
    }
    for parsed in &objects {
        match found.get_mut(parsed.object.id.as_str()).and_then(Vec::pop) {
            None => differences.push(format!("`{}` is gone", parsed.object.id)),
            Some(after) if hash(after) != hash(&parsed.object) => {
                differences.push(difference(&parsed.object, after));
            }
            Some(_) => {}
        }
    }
    Ok(differences)
}

#[test]
fn every_citygml_file_comes_out_as_it_went_in() {
    let Some(folder) = data() else {
        eprintln!("skipped: no shared data (set STADTWIN_SHARED_DATA)");
        return;
    };
    let exceptions: BTreeMap<&str, &str> = EXCEPTIONS.iter().copied().collect();
    let (mut wrong, mut checked) = (Vec::new(), 0);
    for (name, path) in citygml_files(&folder) {
        let reason = exceptions.get(name.as_str());
        match (check(&path).unwrap_or_else(|error| vec![error.to_string()]).first(), reason) {
            (Some(difference), None) => wrong.push(format!("{name}: {difference}")),
            (None, Some(reason)) => wrong.push(format!("{name} is no exception any more: {reason}")),
            _ => {}
        }
        checked += 1;
    }
    assert!(wrong.is_empty(), "{} of {checked} files:\n{}", wrong.len(), wrong.join("\n"));
    assert!(checked > 200, "{checked} files read");
}

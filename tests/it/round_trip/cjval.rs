//! Written CityJSON against the official validator, where a site has it: `STADTWIN_CJVAL` names the program
//! (`cargo install cjval --features build-binary`).

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use stadtwin::formats::cityjson::{DocumentWriter, SequenceWriter, WriteOptions};
use stadtwin::formats::{self, Input, Pending};
use stadtwin::model::{CityObject, Crs, VerticalCrs};

use super::data;

/// Objects of a sequence that are looked at: the validator needs a tenth of a second for each line.
const LINES: usize = 10;

/// Objects of a file of any format; `None` where it cannot be read.
fn read(path: &Path) -> Option<Vec<CityObject>> {
    let input = Input::file(path);
    let mut file = formats::open(input.clone()).ok()?;
    let (mut objects, mut pending) = (Vec::new(), Pending::default());
    while let Some(batch) = file.next_batch().ok()? {
        let result = batch.parse();
        objects.extend(result.objects);
        pending.extend(result.unresolved).ok()?;
    }
    while !pending.is_empty() {
        objects.extend(formats::resolve(&input, &mut pending).ok()?);
    }
    Some(objects.into_iter().map(|parsed| parsed.object).collect())
}

fn document(objects: &[CityObject], options: &WriteOptions) -> Vec<u8> {
    let mut writer = DocumentWriter::new(Vec::new(), options);
    objects.iter().for_each(|object| writer.write(object).unwrap());
    writer.finish().unwrap().0
}

fn sequence(objects: &[CityObject], options: &WriteOptions) -> Vec<u8> {
    let mut writer = SequenceWriter::new(Vec::new(), options);
    objects.iter().for_each(|object| writer.write(object).unwrap());
    writer.finish().unwrap().0
}

/// What the validator finds wrong; warnings are about twins of vertices and members nobody knows.
fn faults(command: &mut Command, text: Stdio) -> Vec<String> {
    let output = command.arg("--report").stdin(text).output().expect("STADTWIN_CJVAL names a program");
    let reports: Vec<Value> = serde_json::Deserializer::from_slice(&output.stdout)
        .into_iter::<Value>()
        .map(|report| report.expect("a report for each line"))
        .collect();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!reports.is_empty(), "no report: {told}");
    let wrong = reports.iter().filter(|report| report["valid"] != true);
    let errors = wrong.flat_map(|report| report["checks"]["errors"].as_object().unwrap().values());
    errors.flat_map(|check| check["errors"].as_array().unwrap()).map(Value::to_string).collect()
}

#[test]
fn exports_are_valid_cityjson() {
    let (Some(cjval), Some(data)) = (std::env::var_os("STADTWIN_CJVAL"), data()) else {
        eprintln!("skipped: no cjval or no shared data (set STADTWIN_CJVAL and STADTWIN_SHARED_DATA)");
        return;
    };
    let counts: Value = serde_json::from_slice(&std::fs::read(data.join("counts.json")).unwrap()).unwrap();
    let formats = ["CityGML", "CityJSON", "CityJSONSeq"];
    let is_city = |file: &Value| formats.contains(&file["format"].as_str().unwrap_or_default());
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.city.json");
    std::fs::write(&broken, "{\"type\":\"CityJSON\",\"version\":\"2.0\",\"CityObjects\":{},\"vertices\":[]}")
        .unwrap();
    assert_eq!(faults(Command::new(&cjval).arg(&broken), Stdio::null()).len(), 1, "a file without transform");
    let (mut wrong, mut count) = (Vec::new(), 0);
    for (name, _) in counts.as_object().unwrap().iter().filter(|(_, file)| is_city(file)) {
        let paths = [name.clone(), format!("{name}.gz")].map(|name| data.join(name));
        let Some(objects) = paths.iter().find(|path| path.exists()).and_then(|path| read(path)) else {
            continue;
        };
        let options = WriteOptions {
            crs: Some(Crs { horizontal: 25832, vertical: VerticalCrs::Epsg(7837), north_first: false }),
            ..WriteOptions::default()
        };
        for (ending, text) in [
            ("city.json", document(&objects, &options)),
            ("city.jsonl", sequence(objects.get(..LINES).unwrap_or(&objects), &options)),
        ] {
            count += 1;
            let path = folder.path().join(format!("written.{ending}"));
            std::fs::write(&path, text).unwrap();
            // Sequences are taken from standard input alone.
            let found = match ending {
                "city.json" => faults(Command::new(&cjval).arg(&path), Stdio::null()),
                _ => faults(&mut Command::new(&cjval), File::open(&path).unwrap().into()),
            };
            if let Some(first) = found.first() {
                wrong.push(format!("{name} as {ending}, {} faults: {first:.300}", found.len()));
            }
        }
    }
    println!("{} of {count} are valid", count - wrong.len());
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 500, "{count} files looked at");
}

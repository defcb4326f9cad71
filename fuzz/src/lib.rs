//! What the targets share: a file read to its end and judged, as on import, and written again, as on export.

use stadtwin::formats::citygml::{self, CityGmlWriter, Version};
use stadtwin::formats::cityjson::{DocumentWriter, WriteOptions};
use stadtwin::formats::{self, Input, Parsed, Pending};
use stadtwin::geometry::validate::{Checker, Tolerances};
use stadtwin::model::Issue;

/// Reads, resolves links and checks; gives the number of objects. Whatever is wrong is told, nothing crashes.
pub fn read_to_end(input: Input) -> usize {
    let Ok(mut file) = formats::open(input.clone()) else { return 0 };
    let (mut checker, mut issues) = (Checker::new(Tolerances::default()), Vec::new());
    let (mut count, mut pending) = (0, Pending::default());
    while let Ok(Some(batch)) = file.next_batch() {
        let result = batch.parse();
        if pending.extend(result.unresolved).is_err() {
            return count;
        }
        count += judge(result.objects, &mut checker, &mut issues);
    }
    while !pending.is_empty() {
        let Ok(objects) = formats::resolve(&input, &mut pending) else { break };
        count += judge(objects, &mut checker, &mut issues);
    }
    count
}

fn judge(objects: Vec<Parsed>, checker: &mut Checker, issues: &mut Vec<Issue>) -> usize {
    issues.clear();
    for parsed in &objects {
        checker.check(&parsed.object.placed(), issues);
        assert!(issues.iter().all(|issue| !issue.code.is_empty() && !issue.message.is_empty()));
    }
    write(&objects);
    objects.len()
}

/// What was read can be written, in every version.
fn write(objects: &[Parsed]) {
    for version in Version::ALL {
        let mut writer = CityGmlWriter::new(std::io::sink(), citygml::WriteOptions::new(version));
        objects.iter().for_each(|parsed| writer.write(&parsed.object).expect("the sink takes all"));
        writer.finish().expect("the sink takes all");
    }
    let options = WriteOptions::default();
    let mut writer = DocumentWriter::new(std::io::sink(), &options);
    objects.iter().for_each(|parsed| writer.write(&parsed.object).expect("the sink takes all"));
    writer.finish().expect("the sink takes all");
}

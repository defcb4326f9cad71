//! What an import found and did, for people and for programs.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{FeatureDiff, IdentityReport};
use crate::ComparisonReport;

/// Changed objects listed in a report; all are counted.
const LISTED: usize = 1_000;
/// Changed objects that the text names.
const NAMED: usize = 10;

/// Of one input file.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct FileReport {
    pub file: String,
    /// CityGML version as the file has it.
    pub version: String,
    /// EPSG codes found, `25832+7837`.
    pub crs: String,
    /// Top-level objects read.
    pub members: u64,
    pub inserted: u64,
    pub updated: u64,
    pub unchanged: u64,
    /// Of the unchanged, those told by their bytes and not read again.
    pub recognised: u64,
    /// Not taken: refused or duplicates.
    pub skipped: u64,
    /// Of the unpacked text.
    pub bytes: u64,
    /// The file, or a part of it, could not be read: objects may be missing.
    pub is_incomplete: bool,
    /// Code → number.
    pub issues: BTreeMap<String, u64>,
}

/// How objects that the collection held before differ now.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Changes {
    /// Objects with another shape.
    pub geometry: u64,
    /// Objects with other attributes.
    pub attributes: u64,
    /// Objects with parts more or less.
    pub parts: u64,
    /// Objects that differ in something else too, or in nothing else.
    pub others: u64,
    /// The first 1,000, one by one.
    pub features: Vec<FeatureDiff>,
}

impl Changes {
    /// Counts an object's differences and lists them while there is room.
    pub(super) fn add(&mut self, found: FeatureDiff) {
        self.geometry += u64::from(found.has_geometry());
        self.attributes += u64::from(found.has_attributes());
        self.parts += u64::from(found.has_parts());
        self.others += u64::from(found.others > 0);
        if self.features.len() < LISTED {
            self.features.push(found);
        }
    }
}

/// Of one run.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ImportReport {
    pub collection: String,
    /// The revision published; `None` when nothing changed or on a dry run.
    pub revision: Option<i64>,
    pub dry_run: bool,
    pub files: Vec<FileReport>,
    pub members: u64,
    pub inserted: u64,
    pub updated: u64,
    pub unchanged: u64,
    /// Of the unchanged, those told by their bytes and not read again.
    pub recognised: u64,
    /// What became of objects not found by id; `None` where they were not looked for otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<IdentityReport>,
    /// Objects that the new state no longer holds.
    pub ended: u64,
    pub skipped: u64,
    /// What differs in the updated objects.
    pub changes: Changes,
    /// Something named on import was not found, not readable or broke off: objects may be missing.
    pub is_incomplete: bool,
    /// Why `replace` ended nothing, although it was asked to.
    pub replace_refused: Option<String>,
    /// Class → objects read, children included.
    pub classes: BTreeMap<String, u64>,
    /// LoD → top-level objects that have it, in themselves or their parts.
    pub lods: BTreeMap<String, u64>,
    /// Polygons in those geometries.
    pub faces: u64,
    /// Polygon elements in the objects read; differs from `faces` where an issue says so or prototypes stand in several
    /// places. Objects recognised by their bytes, which had no issue, count with their faces.
    pub polygon_elements: u64,
    /// Code → number.
    pub issues: BTreeMap<String, u64>,
    /// Code → the first finding, `file:line: sentence`.
    pub examples: BTreeMap<String, String>,
    pub bytes: u64,
    pub seconds: f64,
    pub objects_per_second: f64,
    /// EPSG code of the storage CRS.
    pub storage_crs: String,
    /// Height system the store keeps.
    pub heights: String,
    /// Tiles planned; 0 when the plan was up to date.
    pub tiles: usize,
    /// How buildings stand on the terrain below; `None` where there is none, or it was not looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ground: Option<ComparisonReport>,
}

impl ImportReport {
    /// The report as `stadtwin import` prints it.
    pub fn to_text(&self) -> String {
        let mut lines = Vec::new();
        for file in &self.files {
            lines.push(format!(
                "{}: {}{}, EPSG:{}, {} objects ({} new, {} changed, {} unchanged, {} left out){}",
                file.file,
                if file.version.starts_with("CityJSON") { "" } else { "CityGML " },
                file.version,
                file.crs,
                file.members,
                file.inserted,
                file.updated,
                file.unchanged,
                file.skipped,
                counted(", issues: ", &file.issues),
            ));
        }
        lines.push(match (self.revision, self.dry_run) {
            (Some(revision), _) => format!("published revision {revision} of `{}`", self.collection),
            (None, true) => format!("dry run: `{}` is as it was", self.collection),
            (None, false) => format!("nothing changed in `{}`", self.collection),
        });
        lines.push(format!(
            "{} objects: {} new, {} changed, {} unchanged, {} ended, {} left out",
            self.members, self.inserted, self.updated, self.unchanged, self.ended, self.skipped
        ));
        if self.recognised > 0 {
            lines.push(format!(
                "{} of the unchanged were known by their bytes and not read again",
                self.recognised
            ));
        }
        lines.extend(self.replace_refused.clone());
        lines.extend(self.identity_text());
        lines.extend(self.changes_text());
        lines.push(format!("classes: {}", counted("", &self.classes)));
        lines.push(format!(
            "objects by level of detail: {}; {} polygons",
            counted("", &self.lods),
            self.faces
        ));
        for (code, count) in &self.issues {
            let example = self.examples.get(code).map(String::as_str).unwrap_or_default();
            lines.push(format!("issue {code}, {count} times, first: {example}"));
        }
        if !self.issues.is_empty() && !self.dry_run {
            lines.push(format!("all issues: `stadtwin issues --collection {}`", self.collection));
        }
        lines.push(format!("stored in EPSG:{}, heights {}", self.storage_crs, self.heights));
        if self.tiles > 0 {
            lines.push(if self.tiles == 1 {
                "1 tile planned".into()
            } else {
                format!("{} tiles planned", self.tiles)
            });
        }
        lines.extend(self.ground.as_ref().map(ComparisonReport::to_text));
        lines.push(format!(
            "{:.1} MB in {:.2} s: {:.0} objects/s",
            self.bytes as f64 / 1e6,
            self.seconds,
            self.objects_per_second
        ));
        lines.join("\n")
    }

    fn changes_text(&self) -> Vec<String> {
        let changes = &self.changes;
        if changes.features.is_empty() {
            return Vec::new();
        }
        let mut lines = vec![format!(
            "changed: geometry of {}, attributes of {}, parts of {}, something else of {}",
            changes.geometry, changes.attributes, changes.parts, changes.others
        )];
        lines.extend(changes.features.iter().take(NAMED).map(|feature| format!("  {}", feature.to_text())));
        if self.updated > NAMED as u64 {
            lines.push(format!(
                "  and {} more; `--json` lists the first {LISTED}",
                self.updated - NAMED as u64
            ));
        }
        lines
    }
}

fn counted(prefix: &str, counts: &BTreeMap<String, u64>) -> String {
    if counts.is_empty() {
        return if prefix.is_empty() { "none".into() } else { String::new() };
    }
    let parts: Vec<_> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
    format!("{prefix}{}", parts.join(", "))
}

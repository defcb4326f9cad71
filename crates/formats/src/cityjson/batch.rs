//! Unparsed objects with what they need; parsing is work for any thread.

use super::appearance;
use super::entries::{Entries, Piece};
use super::findings::Findings;
use super::geometry::Scope;
use super::head::{Root, Shared};
use super::objects;
use super::vertices::{self, Transform};
use crate::{BatchResult, Parsed};
use std::ops::Range;
use std::sync::Arc;

/// Top-level objects of a document, or lines.
pub struct Batch {
    pub(super) source: Source,
    pub(super) shared: Arc<Shared>,
}

pub(super) enum Source {
    Document {
        bytes: Arc<Vec<u8>>,
        families: Vec<Vec<Piece>>,
    },
    /// Each with its line number.
    Lines {
        bytes: Vec<u8>,
        lines: Vec<(Range<usize>, u64)>,
    },
}

impl Batch {
    /// Unparsed size [bytes].
    pub fn size_bytes(&self) -> usize {
        match &self.source {
            Source::Document { families, .. } => {
                families.iter().flatten().map(|piece| piece.value.len()).sum()
            }
            Source::Lines { bytes, .. } => bytes.len(),
        }
    }

    /// Pure: the same batch gives the same result on any thread.
    pub fn parse(&self) -> BatchResult {
        let mut result = BatchResult { objects: Vec::new(), unresolved: Vec::new(), issues: Vec::new() };
        match &self.source {
            Source::Document { bytes, families } => {
                let shared = &*self.shared;
                let scope =
                    Scope { vertices: &shared.vertices, looks: &shared.looks, templates: &shared.templates };
                families.iter().for_each(|family| self.family(bytes, family, &scope, &mut result));
            }
            Source::Lines { bytes, lines } => {
                for (range, line) in lines {
                    if let Some(bytes) = bytes.get(range.clone()) {
                        self.line(bytes, *line, &mut result);
                    }
                }
            }
        }
        result
    }

    fn family(&self, bytes: &[u8], family: &[Piece], scope: &Scope, result: &mut BatchResult) {
        let mut findings = Findings::default();
        if let Some((object, polygon_count)) = objects::family(bytes, family, scope, &mut findings) {
            result.objects.push(Parsed {
                object,
                srs_name: self.shared.srs_name.clone(),
                line: family.first().map_or(0, |piece| piece.line),
                polygon_count,
                issues: findings.issues,
                fingerprint: None,
            });
        }
    }

    /// A `CityJSONFeature`.
    fn line(&self, bytes: &[u8], line: u64, result: &mut BatchResult) {
        let mut findings = Findings { line, ..Findings::default() };
        let read = Root::read(bytes, 0..bytes.len()).map_err(|broken| broken.reason);
        match read.and_then(|root| self.feature(bytes, &root, line, &mut findings, result)) {
            Ok(()) => {}
            Err(reason) => {
                findings.line = line;
                findings.object.clear();
                findings.error("json_malformed", format!("{reason}; the line is left out"));
            }
        }
        result.issues.append(&mut findings.issues);
    }

    fn feature(
        &self,
        bytes: &[u8],
        root: &Root,
        line: u64,
        findings: &mut Findings,
        result: &mut BatchResult,
    ) -> Result<(), &'static str> {
        if root.kind != "CityJSONFeature" {
            return Err("the line holds no CityJSONFeature");
        }
        let objects = root.part("CityObjects").ok_or("the feature has no `CityObjects`")?;
        let transform = self.shared.transform.unwrap_or(Transform::NONE);
        let (points, bad) = match root.part("vertices") {
            Some(range) => vertices::read(bytes, range, &transform).map_err(|broken| broken.reason)?,
            None => (Vec::new(), 0),
        };
        if bad > 0 {
            findings.warning("vertex_invalid", format!("{bad} vertices are not three finite numbers"));
        }
        let own = root.part("appearance").map(|range| appearance::read(bytes, range, findings));
        let scope = Scope {
            vertices: &points,
            looks: own.as_ref().unwrap_or(&self.shared.looks),
            templates: &self.shared.templates,
        };
        let entries = Entries::read(bytes, objects, line, findings).map_err(|broken| broken.reason)?;
        let mut next = entries.next_root(0);
        while let Some(index) = next {
            self.family(bytes, &entries.family(index), &scope, result);
            next = entries.next_root(index + 1);
        }
        Ok(())
    }
}

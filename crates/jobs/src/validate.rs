//! Checks of files without a store: read in parallel, judged, counted.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use stadtwin_crs::{Transformer, check_area, parse_srs_name, storage_crs_for};
use stadtwin_formats::{CityModelFile, Input, Parsed, Pending, Unresolved, expand};
use stadtwin_geometry::validate::{Checker, Tolerances};
use stadtwin_model::{CityObject, Crs, Issue, Severity};

use super::code_book::{CodeBook, CodeReader};
use super::import::images::{Dresser, Images};

/// Findings of one file that are kept; all are counted.
const KEPT: usize = 100_000;

/// What to check and how.
#[derive(Debug, Clone)]
pub struct Validate {
    /// Files, folders, globs, archives, `-` for standard input.
    pub sources: Vec<String>,
    pub tolerances: Tolerances,
    /// Threads.
    pub jobs: usize,
}

/// Of one file.
#[derive(Debug, Clone, Default, Serialize)]
pub struct FileFindings {
    pub file: String,
    /// Top-level objects.
    pub objects: u64,
    /// Why nothing, or not all, could be read.
    pub unreadable: Option<String>,
    /// Code → number.
    pub counts: BTreeMap<String, u64>,
    pub issues: Vec<Issue>,
}

/// Of all files.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ValidationReport {
    pub files: Vec<FileFindings>,
}

impl ValidationReport {
    pub fn is_unreadable(&self) -> bool {
        self.files.is_empty() || self.files.iter().any(|file| file.unreadable.is_some())
    }

    /// Remarks of severity `info` are no findings.
    pub fn has_findings(&self) -> bool {
        self.files.iter().flat_map(|file| &file.issues).any(|issue| issue.severity > Severity::Info)
    }
}

/// Told instead of a result that a fault of ours took away.
const FAILED: &str = "checking failed by a fault of stadtwin, please report it; the findings are not whole";

impl Validate {
    /// Runs to the end; what cannot be read stands in the report.
    pub fn run(&self) -> ValidationReport {
        self.run_until(&AtomicBool::new(false))
    }

    /// The same, ended early once `stop` is set: what the report holds then is of no use.
    pub fn run_until(&self, stop: &AtomicBool) -> ValidationReport {
        let (inputs, missing) = expand(&self.sources);
        let unreadable = missing
            .into_iter()
            .map(|issue| FileFindings { unreadable: Some(issue.message), ..FileFindings::default() });
        let mut files: Vec<FileFindings> = unreadable.collect();
        files.extend(inputs.into_iter().map(|input| self.file(input, stop)));
        ValidationReport { files }
    }

    fn file(&self, input: Input, stop: &AtomicBool) -> FileFindings {
        let mut findings = FileFindings { file: input.name.clone(), ..FileFindings::default() };
        let file = match stadtwin_formats::open(input.clone()) {
            Ok(file) => Mutex::new((file, 0u64)),
            Err(error) => return FileFindings { unreadable: Some(error.to_string()), ..findings },
        };
        let beside = Beside {
            codes: Arc::new(CodeBook::new(&input, None, false)),
            images: Arc::new(Images::new(&input, None)),
        };
        let mut parts: Vec<(u64, Part)> = std::thread::scope(|scope| {
            let workers: Vec<_> =
                (0..self.jobs.max(1)).map(|_| scope.spawn(|| self.work(&file, &beside, stop))).collect();
            let failed = || vec![(u64::MAX, Part { failed: Some(FAILED.to_owned()), ..Part::default() })];
            workers.into_iter().flat_map(|worker| worker.join().unwrap_or_else(|_| failed())).collect()
        });
        parts.sort_by_key(|(sequence, _)| *sequence);
        let (mut pending, mut known) = (Pending::default(), HashMap::new());
        for (_, mut part) in parts {
            part.tell_repeated(&mut known);
            let spilled = pending.extend(part.unresolved).err().map(|error| error.to_string());
            findings.take(part.objects, part.issues, part.failed.or(spilled));
        }
        while !pending.is_empty() {
            match stadtwin_formats::resolve(&input, &mut pending) {
                Ok(parsed) => {
                    let mut part = Part::default();
                    Judge::new(self.tolerances, &beside).all(parsed, &mut part);
                    part.tell_repeated(&mut known);
                    findings.take(part.objects, part.issues, None);
                }
                Err(error) => {
                    findings.unreadable = Some(error.to_string());
                    break;
                }
            }
        }
        let issues = file.into_inner().unwrap_or_else(PoisonError::into_inner).0.issues();
        findings.take(0, issues, None);
        findings
    }

    fn work(
        &self,
        file: &Mutex<(CityModelFile, u64)>,
        beside: &Beside,
        stop: &AtomicBool,
    ) -> Vec<(u64, Part)> {
        let mut judge = Judge::new(self.tolerances, beside);
        let mut parts = Vec::new();
        loop {
            let (sequence, batch) = {
                let mut held = file.lock().unwrap_or_else(PoisonError::into_inner);
                held.1 += 1;
                (held.1, held.0.next_batch())
            };
            let mut part = Part::default();
            match batch {
                Ok(None) => return parts,
                _ if stop.load(Ordering::Relaxed) => return parts,
                Err(error) => {
                    part.failed = Some(error.to_string());
                    parts.push((sequence, part));
                    return parts;
                }
                Ok(Some(batch)) => {
                    let result = batch.parse();
                    part.issues = result.issues;
                    part.unresolved = result.unresolved;
                    judge.all(result.objects, &mut part);
                    parts.push((sequence, part));
                }
            }
        }
    }
}

/// Of one batch.
#[derive(Default)]
struct Part {
    objects: u64,
    /// Of its top-level objects, with their lines.
    ids: Vec<(String, u64)>,
    issues: Vec<Issue>,
    unresolved: Vec<Unresolved>,
    failed: Option<String>,
}

impl Part {
    /// Adds to the ids known of the file, and tells those that were known.
    fn tell_repeated(&mut self, known: &mut HashMap<String, u64>) {
        let ids = std::mem::take(&mut self.ids).into_iter();
        self.issues.extend(ids.filter_map(|(id, line)| repeated(id, line, known)));
    }
}

impl FileFindings {
    fn take(&mut self, objects: u64, issues: Vec<Issue>, failed: Option<String>) {
        self.objects += objects;
        let broken =
            issues.iter().find(|issue| matches!(issue.code.as_str(), "xml_malformed" | "json_malformed"));
        let broken = broken.map(|issue| format!("line {}: {}", issue.line, issue.message));
        self.unreadable = self.unreadable.take().or(failed).or(broken);
        for issue in issues {
            *self.counts.entry(issue.code.clone()).or_default() += 1;
            if self.issues.len() < KEPT {
                self.issues.push(issue);
            }
        }
    }
}

/// Of an object whose id another one of the file has.
fn repeated(id: String, line: u64, known: &mut HashMap<String, u64>) -> Option<Issue> {
    let Some(first) = known.get(&id) else {
        known.insert(id, line);
        return None;
    };
    let message = format!("the object in line {first} has the same id");
    let (code, severity) = ("id_duplicate".to_owned(), Severity::Warning);
    Some(Issue { object: id, line, code, severity, message, ..Issue::default() })
}

/// What lies beside a file, for all threads.
struct Beside {
    codes: Arc<CodeBook>,
    images: Arc<Images>,
}

/// Lives in one thread.
struct Judge {
    checker: Checker,
    codes: CodeReader,
    dresser: Dresser,
    /// The last srsName met and what it means.
    known: Option<(String, Result<WayToMetres, String>)>,
}

impl Judge {
    fn new(tolerances: Tolerances, beside: &Beside) -> Judge {
        Judge {
            checker: Checker::new(tolerances),
            codes: CodeReader::new(beside.codes.clone()),
            dresser: Dresser::new(beside.images.clone()),
            known: None,
        }
    }

    fn all(&mut self, parsed: Vec<Parsed>, part: &mut Part) {
        for Parsed { mut object, srs_name, line, issues, .. } in parsed {
            part.objects += 1;
            part.issues.extend(issues);
            self.codes.read(&object, line, true, &mut part.issues);
            self.dresser.dress(&mut object, line, &mut part.issues);
            let mut object = object.placed().into_owned();
            part.ids.push((object.id.clone(), line));
            let from = part.issues.len();
            if let Some(name) = srs_name {
                self.bring_to_metres(&mut object, &name, &mut part.issues);
            }
            self.checker.check(&object, &mut part.issues);
            part.issues.iter_mut().skip(from).for_each(|issue| issue.line = line);
        }
    }

    /// Degrees become metres; names that nobody knows leave coordinates as they are. Both that and places far from
    /// where the system is meant for are told.
    fn bring_to_metres(&mut self, object: &mut CityObject, name: &str, issues: &mut Vec<Issue>) {
        let point = object
            .walk()
            .into_iter()
            .flat_map(|part| &part.geometries)
            .find_map(|geometry| geometry.points.first().copied());
        let Some(point) = point else { return };
        if self.known.as_ref().is_none_or(|(known, _)| known != name) {
            self.known = Some((name.to_owned(), way_to_metres(name, point)));
        }
        match &self.known {
            Some((_, Ok((crs, transformer)))) => {
                if let Err(error) = check_area(crs, east_first(crs, point)) {
                    issues.push(misplaced(object, "crs_area", error.to_string()));
                }
                convert(object, crs.north_first, transformer.as_ref());
            }
            Some((_, Err(message))) => issues.push(misplaced(object, "crs_unknown", message.clone())),
            None => {}
        }
    }
}

/// A CRS and the way to metres from it, where it is not in metres.
type WayToMetres = (Crs, Option<Transformer>);

/// What a srsName means at a point as it stands in the file; the error is a sentence.
fn way_to_metres(name: &str, point: [f64; 3]) -> Result<WayToMetres, String> {
    let crs = parse_srs_name(name).map_err(|error| error.to_string())?;
    let target = storage_crs_for(&crs, east_first(&crs, point));
    let target = target.ok().filter(|target| target.horizontal != crs.horizontal);
    let transformer = target.and_then(|target| Transformer::new(&crs, &target).ok());
    Ok((crs, transformer))
}

fn east_first(crs: &Crs, [x, y, z]: [f64; 3]) -> [f64; 3] {
    if crs.north_first { [y, x, z] } else { [x, y, z] }
}

fn misplaced(object: &CityObject, code: &str, message: String) -> Issue {
    let (object, code) = (object.id.clone(), code.to_owned());
    Issue { object, code, severity: Severity::Error, message, ..Issue::default() }
}

fn convert(object: &mut CityObject, north_first: bool, transformer: Option<&Transformer>) {
    for geometry in &mut object.geometries {
        if north_first {
            geometry.points.iter_mut().for_each(|point| point.swap(0, 1));
        }
        if let Some(transformer) = transformer {
            // Points that cannot be converted stay as they are and are told as findings.
            let _ = transformer.convert(&mut geometry.points);
        }
    }
    object.children.iter_mut().for_each(|child| convert(child, north_first, transformer));
}

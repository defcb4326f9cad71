//! The code lists that one file names: looked up in the store or read beside the file, once each, and asked whether
//! they hold a code. Absolute codeSpaces are names only and never fetched.

use std::collections::{HashMap, HashSet};
use std::io::{BufReader, Cursor};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;

use stadtwin_formats::{
    Beside, BesideError, CodeValue, Input, MAX_CODE_LIST_BYTES, codes, has_code_spaces, read_code_list,
};
use stadtwin_model::{CityObject, CodeListOrigin, Issue, Severity, is_relative_code_space};
use stadtwin_store::Store;

/// codeSpaces of one file that are remembered; those beyond are not checked.
const REMEMBERED: usize = 10_000;
/// Of a name in a message [characters].
const SHOWN: usize = 200;

type Codes = Option<Arc<HashSet<String>>>;

/// Of one file, for all its workers.
pub(super) struct CodeBook {
    /// `None` where nothing but the file is at hand.
    store: Option<(Store, Handle)>,
    /// Whether lists found beside the file are kept in the store.
    keeps: bool,
    known: Mutex<HashMap<String, Codes>>,
    /// Held while a list is read, so that one at a time is in memory.
    beside: Mutex<Beside>,
}

impl CodeBook {
    pub fn new(input: &Input, store: Option<(Store, Handle)>, keeps: bool) -> CodeBook {
        CodeBook { store, keeps, known: Mutex::default(), beside: Mutex::new(input.beside()) }
    }

    /// The codes of a list that is known to be whole. Not to be called on the runtime's own threads.
    fn look_up(&self, value: &CodeValue, issues: &mut Vec<Issue>) -> Codes {
        if let Some(known) = lock(&self.known).get(value.code_space) {
            return known.clone();
        }
        let mut beside = lock(&self.beside);
        // Another worker may have looked meanwhile.
        if let Some(known) = lock(&self.known).get(value.code_space) {
            return known.clone();
        }
        let (found, finding) = self.find(value, &mut beside);
        issues.extend(finding);
        let mut known = lock(&self.known);
        if known.len() < REMEMBERED {
            known.insert(value.code_space.to_owned(), found.clone());
        }
        found
    }

    fn find(&self, value: &CodeValue, beside: &mut Beside) -> (Codes, Option<Issue>) {
        let mut finding = None;
        let mut own = None;
        if is_relative_code_space(value.code_space) {
            match self.read(value.code_space, beside) {
                Ok(codes) => own = Some(codes),
                Err(issue) => finding = Some(*issue),
            }
        }
        let stored = self.store.as_ref().and_then(|(store, runtime)| {
            let found = runtime.block_on(store.known_codes(&value.list_names()));
            found
                .inspect_err(|cause| tracing::error!(%cause, "The database gave no code list"))
                .ok()
                .flatten()
        });
        if stored.is_some() {
            // Somebody has brought the list before: nothing is missing.
            finding = finding.filter(|issue| issue.severity > Severity::Info);
        }
        let own = own.into_iter().flatten();
        let all: HashSet<String> = own.chain(stored.into_iter().flatten()).collect();
        ((!all.is_empty()).then(|| Arc::new(all)), finding)
    }

    /// Reads a list beside the file, and keeps it.
    fn read(&self, name: &str, beside: &mut Beside) -> Result<Vec<String>, Box<Issue>> {
        let bytes =
            beside.read(name, MAX_CODE_LIST_BYTES).map_err(|error| Box::new(not_read(name, &error)))?;
        let list = read_code_list(Box::new(BufReader::new(Cursor::new(bytes))));
        let list = list.map_err(|reason| Box::new(unusable(name, &reason)))?;
        if let (Some((store, runtime)), true) = (&self.store, self.keeps) {
            let kept = runtime.block_on(store.keep_code_list(name, &list, CodeListOrigin::Import));
            kept.map_err(|cause| {
                tracing::error!(code_space = name, %cause, "The database did not take a code list");
                Box::new(unusable(name, "the database did not take it"))
            })?;
        }
        Ok(list.codes.into_iter().map(|code| code.code).collect())
    }
}

/// Lives in one worker thread.
pub(super) struct CodeReader {
    book: Arc<CodeBook>,
    known: HashMap<String, Codes>,
}

impl CodeReader {
    pub fn new(book: Arc<CodeBook>) -> CodeReader {
        CodeReader { book, known: HashMap::new() }
    }

    /// Makes the lists known that the object names; where `checks`, tells of codes that are in none of them.
    pub fn read(&mut self, object: &CityObject, line: u64, checks: bool, issues: &mut Vec<Issue>) {
        if !has_code_spaces(object) {
            return;
        }
        let own = issues.len();
        self.part(object, checks, issues);
        issues.iter_mut().skip(own).for_each(|issue| issue.line = line);
    }

    fn part(&mut self, part: &CityObject, checks: bool, issues: &mut Vec<Issue>) {
        let surfaces = part.geometries.iter().flat_map(|geometry| &geometry.surfaces);
        let of_surfaces = surfaces.map(|surface| (&surface.attributes, &surface.qualifiers));
        let all = std::iter::once((&part.attributes, &part.qualifiers)).chain(of_surfaces);
        for (attributes, qualifiers) in all.filter(|(_, qualifiers)| !qualifiers.is_empty()) {
            codes(attributes, qualifiers, &mut |value| self.value(&value, &part.id, checks, issues));
        }
        part.children.iter().for_each(|child| self.part(child, checks, issues));
    }

    fn value(&mut self, value: &CodeValue, object: &str, checks: bool, issues: &mut Vec<Issue>) {
        if value.code_space.is_empty() || value.code.is_empty() {
            return;
        }
        let before = issues.len();
        if !self.known.contains_key(value.code_space) {
            let found = self.book.look_up(value, issues);
            if self.known.len() < REMEMBERED {
                self.known.insert(value.code_space.to_owned(), found);
            }
        }
        let list = self.known.get(value.code_space).and_then(Option::as_ref);
        if list.is_some_and(|list| checks && !list.contains(value.code)) {
            let message = format!(
                "{} is `{}`, which is not in the code list `{}`",
                value.path,
                shown(value.code),
                shown(value.code_space)
            );
            let found = Issue {
                value: Some(shown(value.code)),
                ..finding("code_unknown", Severity::Warning, message)
            };
            issues.push(found);
        }
        issues.iter_mut().skip(before).for_each(|issue| issue.object = object.to_owned());
    }
}

fn not_read(name: &str, error: &BesideError) -> Issue {
    let shown = shown(name);
    match error {
        BesideError::Missing => finding(
            "code_list_missing",
            Severity::Info,
            format!(
                "the code list `{shown}` is not there: codes are kept as they are; bring it with `stadtwin codelist import`"
            ),
        ),
        BesideError::Outside => finding(
            "code_list_outside",
            Severity::Info,
            format!(
                "the code list `{shown}` lies outside of the folder or archive that was given: import the folder that holds both, or bring it with `stadtwin codelist import`"
            ),
        ),
        BesideError::TooLarge { .. } | BesideError::Io(_) => unusable(name, &error.to_string()),
    }
}

fn unusable(name: &str, reason: &str) -> Issue {
    let message = format!("the code list `{}` cannot be used: {reason}", shown(name));
    finding("code_list_unusable", Severity::Warning, message)
}

fn finding(code: &str, severity: Severity, message: String) -> Issue {
    Issue { code: code.to_owned(), severity, message, ..Issue::default() }
}

fn shown(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

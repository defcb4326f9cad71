//! A file as a sequence of batches with bounded memory.

use super::appearance::{Index, Surroundings};
use super::declared::Declared;
use super::fingerprint;
use super::header::{self, Context, Header, Root, Workspaces};
use super::links::Unresolved;
use super::member::{self, Outcome, Parsed};
use super::split::{Child, SplitError, Splitter};
use super::tree::{Element, Tree};
use super::{names, scan};
use crate::transcode::{Encoding, to_utf8};
use crate::{FormatError, Input};
use stadtwin_model::{Issue, Module, Severity};
use std::io::{BufRead, Read};
use std::sync::Arc;

/// A batch is cut at the first member that ends behind this many bytes.
const BATCH: usize = 256 * 1024;
/// Part of `appearanceMember` in every spelling.
const APPEARANCE_MEMBER: &[u8] = b"ppearanceMember";
const VERSION_TRANSITION: &[u8] = b"VersionTransition";

/// A CityGML file, open for one pass.
pub struct CityGmlFile {
    splitter: Splitter,
    header: Header,
    context: Arc<Context>,
    /// Members found but not given out yet.
    waiting: Vec<Child>,
    ended: bool,
    /// Filled by the pass that looks for appearances alone.
    collected: Option<Index>,
    issues: Vec<Issue>,
}

impl CityGmlFile {
    /// Reads up to the first member, so that the header is known; before that, the appearances outside of all objects,
    /// wherever in the file they stand.
    pub fn open(input: Input) -> Result<CityGmlFile, FormatError> {
        let mut file = CityGmlFile::open_plain(input.clone())?;
        // What broke off before its first member has no use for them.
        if !(file.ended && file.waiting.is_empty()) && file.may_have_appearances(&input) {
            let mut index =
                CityGmlFile::open_collecting(input, Some(Index::default()))?.read_appearances()?;
            file.issues.extend(followed(&mut index));
            if index.is_full {
                let message = "the file has more appearances than are kept at once; the rest is left out";
                file.issues.push(file_issue(0, "appearance_too_large", Severity::Error, message.to_owned()));
            }
            file.fix_context(Arc::new(index));
        }
        Ok(file)
    }

    /// Without appearances that stand outside of the objects: for whoever does not look at them.
    pub fn open_plain(input: Input) -> Result<CityGmlFile, FormatError> {
        CityGmlFile::open_collecting(input, None)
    }

    fn open_collecting(input: Input, collected: Option<Index>) -> Result<CityGmlFile, FormatError> {
        let io = |source| FormatError::Io { name: input.name.clone(), source };
        let (reader, encoding) = to_utf8(input.open().map_err(io)?).map_err(io)?;
        let Encoding { name: encoding, unknown } = encoding;
        let mut splitter = Splitter::new(reader);
        let token = match splitter.root() {
            Ok(Some(token)) => token,
            Ok(None) => {
                return Err(FormatError::NotXml {
                    name: input.name,
                    reason: "it holds no element".to_owned(),
                });
            }
            Err(SplitError::Read(source)) => return Err(io(source)),
            Err(SplitError::Malformed { reason, .. }) => {
                return Err(FormatError::NotXml { name: input.name, reason });
            }
        };
        let Some((root, prefixes, version)) = header::read_root(splitter.bytes(), &token) else {
            let root = String::from_utf8_lossy(token.name(splitter.bytes())).into_owned();
            return Err(FormatError::NotCityGml { name: input.name, root });
        };
        let uris = header::root_uris(splitter.bytes(), &token);
        let mut file = CityGmlFile {
            splitter,
            header: Header { name: None, version: String::new(), srs_name: None, envelope: None, encoding },
            context: Arc::new(Context {
                surroundings: fingerprint::surroundings(&uris, None, &Declared::default()),
                prefixes,
                uris,
                appearances: Arc::default(),
                srs_name: None,
                declared: Arc::default(),
                workspaces: Workspaces::default(),
            }),
            waiting: Vec::new(),
            ended: false,
            collected,
            issues: Vec::new(),
        };
        file.tell_of_prologue(unknown);
        file.set_version(version);
        match root {
            Root::Collection => file.read_header(),
            Root::Object => file.read_object_root(token),
        }
        Ok(file)
    }

    /// What registered extensions declare, for all that is read from now on.
    pub fn declare(&mut self, declared: Arc<Declared>) {
        let Context { prefixes, uris, appearances, srs_name, .. } = &*self.context;
        let (prefixes, uris, srs_name) = (prefixes.clone(), uris.clone(), srs_name.clone());
        let surroundings = fingerprint::surroundings(&uris, srs_name.as_deref(), &declared);
        let appearances = appearances.clone();
        self.context = Arc::new(Context {
            prefixes,
            uris,
            appearances,
            srs_name,
            surroundings,
            declared,
            workspaces: Workspaces::default(),
        });
    }

    /// Whether a `VersionTransition` stands anywhere in it.
    pub(super) fn may_have_transitions(&self, input: &Input) -> bool {
        let is_named =
            |(_, uri): &(Box<[u8]>, Box<[u8]>)| memchr::memmem::find(uri, b"/versioning/").is_some();
        self.header.version.starts_with('3')
            && (self.context.uris.is_empty() || self.context.uris.iter().any(is_named))
            && holds(input, VERSION_TRANSITION)
    }

    /// Whether an `appearanceMember` stands anywhere in the bytes; quick, since it looks for nothing else.
    fn may_have_appearances(&self, input: &Input) -> bool {
        let is_named = |(_, uri): &(Box<[u8]>, Box<[u8]>)| {
            memchr::memmem::find(uri, b"appearance").is_some() || uri.starts_with(b"http://www.citygml.org/")
        };
        let uris = &self.context.uris;
        if !uris.is_empty() && !uris.iter().any(is_named) && self.header.version != "3.0" {
            return false;
        }
        holds(input, APPEARANCE_MEMBER)
    }

    /// The whole file, of which only the appearances are kept.
    fn read_appearances(mut self) -> Result<Index, FormatError> {
        while self.next_batch()?.is_some() {}
        Ok(self.collected.unwrap_or_default())
    }

    fn collect(&mut self, child: &Child) {
        let Some(index) = &mut self.collected else { return };
        let bytes = self.splitter.bytes().get(child.start..child.end).unwrap_or(&[]);
        let Ok(tree) = Tree::new(bytes, &[], &self.context.prefixes) else { return };
        let around = Surroundings {
            by_id: &|id: &str| tree.by_id(id.as_bytes()).next(),
            line_of: &|element: Element| child.line + member::newlines(bytes, element.offset()),
        };
        let Some(root) = tree.root() else { return };
        for element in root.descendants().filter(|element| element.local() == b"Appearance") {
            index.add(element, &around);
        }
    }

    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Of the unpacked stream, in UTF-8.
    pub fn bytes_read(&self) -> u64 {
        self.splitter.passed()
    }

    /// Findings about the file itself since the last call.
    pub fn issues(&mut self) -> Vec<Issue> {
        std::mem::take(&mut self.issues)
    }

    /// The next members, about 256 KiB of them; `None` behind the last.
    pub fn next_batch(&mut self) -> Result<Option<Batch>, FormatError> {
        while !self.ended && self.waiting.last().is_none_or(|child| child.end < BATCH) {
            self.advance();
            // Passed children that are no members need no room.
            if self.waiting.is_empty() && self.splitter.bytes().len() > 4 * BATCH {
                let passed = self.splitter.consumed();
                self.splitter.take(passed);
            }
        }
        let Some(last) = self.waiting.last() else {
            return Ok(None);
        };
        let bytes = self.splitter.take(last.end);
        let members = std::mem::take(&mut self.waiting);
        Ok(Some(Batch { bytes, members, context: self.context.clone() }))
    }

    /// What stands before the root element and is not followed.
    fn tell_of_prologue(&mut self, unknown_encoding: Option<String>) {
        if let Some(line) = self.splitter.document_type() {
            let message = "the file has a document type declaration: its entities are neither expanded nor fetched, references to them stay as they stand";
            self.issues.push(file_issue(line, "doctype_ignored", Severity::Warning, message.to_owned()));
        }
        if let Some(label) = unknown_encoding {
            let message = format!("the encoding `{label}` is not known; the file is read as UTF-8");
            self.issues.push(file_issue(1, "encoding_unknown", Severity::Warning, message));
        }
    }

    fn set_version(&mut self, version: Option<String>) {
        self.header.version = version.unwrap_or_else(|| {
            let message = "the file names no CityGML namespace and is read as version 2.0";
            self.issues.push(file_issue(1, "version_unknown", Severity::Warning, message.to_owned()));
            "2.0".to_owned()
        });
    }

    fn read_header(&mut self) {
        while !self.ended && self.waiting.is_empty() {
            self.advance();
        }
        self.fix_context(self.context.appearances.clone());
    }

    fn read_object_root(&mut self, token: scan::Token) {
        match self.splitter.whole(token) {
            Ok(child) => self.waiting.push(child),
            Err(error) => self.stop(error),
        }
        self.ended = true;
    }

    /// The header is known now.
    fn fix_context(&mut self, appearances: Arc<Index>) {
        let Context { prefixes, uris, declared, .. } = &*self.context;
        let srs_name = self.header.srs_name.clone();
        self.context = Arc::new(Context {
            surroundings: fingerprint::surroundings(uris, srs_name.as_deref(), declared),
            prefixes: prefixes.clone(),
            uris: uris.clone(),
            appearances,
            srs_name,
            declared: declared.clone(),
            workspaces: Workspaces::default(),
        });
    }

    /// Passes one child of the root: a member waits, others belong to the header.
    fn advance(&mut self) {
        let child = match self.splitter.child(self.waiting.is_empty()) {
            Ok(Some(child)) => child,
            Ok(None) => {
                self.ended = true;
                return;
            }
            Err(error) => return self.stop(error),
        };
        let bytes = self.splitter.bytes().get(child.start..child.end).unwrap_or(&[]);
        let Ok(token) = scan::next_token(bytes, 0) else {
            return;
        };
        match kind_of(token.name(bytes), &self.context) {
            ChildKind::Member => self.waiting.push(child),
            ChildKind::Appearance => self.collect(&child),
            ChildKind::Header => {
                let mut header = self.header.clone();
                header.read_child(bytes, &self.context.prefixes);
                self.header = header;
            }
        }
    }

    /// What came before the damage is kept.
    fn stop(&mut self, error: SplitError) {
        self.ended = true;
        let (line, message) = match error {
            SplitError::Malformed { line, reason, .. } => {
                (line, format!("{reason}; what comes before is read"))
            }
            SplitError::Read(source) => (
                self.splitter.line(),
                format!("the file cannot be read to its end ({source}); what comes before is read"),
            ),
        };
        self.issues.push(file_issue(line, "xml_malformed", Severity::Error, message));
    }
}

/// Whether a stream, cut off anywhere, cannot become a CityGML file by any continuation.
pub fn is_hopeless(reader: Box<dyn BufRead + Send>) -> bool {
    let Ok((reader, _)) = to_utf8(reader) else { return false };
    let mut splitter = Splitter::new(reader);
    let damaged = |error| matches!(error, SplitError::Malformed { is_cut: false, .. });
    match splitter.root() {
        Ok(Some(token)) if header::read_root(splitter.bytes(), &token).is_none() => return true,
        Ok(Some(_)) => {}
        Ok(None) => return true,
        Err(error) => return damaged(error),
    }
    loop {
        match splitter.child(true) {
            Ok(Some(_)) => {}
            Ok(None) => return false,
            Err(error) => return damaged(error),
        }
    }
}

/// Whether the bytes stand anywhere in the input; quick, since it looks for nothing else.
fn holds(input: &Input, bytes: &[u8]) -> bool {
    let Ok((mut reader, _)) = input.open().and_then(to_utf8) else { return false };
    let finder = memchr::memmem::Finder::new(bytes);
    let mut window = Vec::with_capacity(2 * BATCH);
    loop {
        let kept = window.len().saturating_sub(bytes.len());
        window.drain(..kept);
        match (&mut reader).take(BATCH as u64).read_to_end(&mut window) {
            Ok(0) | Err(_) => return false,
            Ok(_) if finder.find(&window).is_some() => return true,
            Ok(_) => {}
        }
    }
}

enum ChildKind {
    Member,
    Appearance,
    Header,
}

fn kind_of(name: &[u8], context: &Context) -> ChildKind {
    let (prefix, local) = scan::split_name(name);
    let namespace = names::lookup(&context.prefixes, prefix).unwrap_or_else(|| names::customary(prefix));
    match local {
        b"appearanceMember" | b"appearance" => ChildKind::Appearance,
        _ if local.ends_with(b"ember") || local.ends_with(b"embers") => ChildKind::Member,
        _ if namespace.module != Module::Gml && local.first().is_some_and(u8::is_ascii_uppercase) => {
            ChildKind::Member
        }
        _ => ChildKind::Header,
    }
}

/// Links of appearances that lead to nothing.
fn followed(index: &mut Index) -> Vec<Issue> {
    let (linked, shared) = index.follow();
    let tell = |line, message| file_issue(line, "xlink_unresolved", Severity::Warning, message);
    let no_coordinates = linked.iter().map(|link| {
        let (target, href) = (&link.target, &link.href);
        let message = format!("how a texture lies on `{target}` should stand at `{href}`, which is nowhere in the file's appearances: it lies there without coordinates");
        tell(link.line, message)
    });
    let no_data = shared.iter().map(|link| {
        let (theme, href) = (&link.theme, &link.href);
        let message = format!("the theme `{theme}` points at `{href}`, which is no material or texture of the file's appearances: it is left out");
        tell(link.line, message)
    });
    no_coordinates.chain(no_data).collect()
}

pub fn file_issue(line: u64, code: &str, severity: Severity, message: String) -> Issue {
    Issue { object: String::new(), line, code: code.to_owned(), severity, message, ..Issue::default() }
}

/// Unparsed members with what their file says of them; parsing is work for any thread.
pub struct Batch {
    bytes: Vec<u8>,
    members: Vec<Child>,
    context: Arc<Context>,
}

/// What the members of a batch hold.
pub struct BatchResult {
    pub objects: Vec<Parsed>,
    /// Members that point at geometry in other members: for `resolve`.
    pub unresolved: Vec<Unresolved>,
    pub issues: Vec<Issue>,
}

impl Batch {
    /// Unparsed size [bytes].
    pub fn size_bytes(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn members(&self) -> impl Iterator<Item = &[u8]> {
        self.members.iter().map(|child| self.bytes.get(child.start..child.end).unwrap_or(&[]))
    }

    /// Line of each member.
    pub(super) fn lines(&self) -> impl Iterator<Item = u64> {
        self.members.iter().map(|child| child.line)
    }

    pub(super) fn context(&self) -> &Context {
        &self.context
    }

    /// Pure: the same batch gives the same result on any thread.
    pub fn parse(&self) -> BatchResult {
        self.parse_others(&[])
    }

    /// All but the members in these places, which are sorted.
    pub fn parse_others(&self, known: &[usize]) -> BatchResult {
        let mut result = BatchResult { objects: Vec::new(), unresolved: Vec::new(), issues: Vec::new() };
        let mut workspace = self.context.workspaces.take();
        for (place, (bytes, child)) in self.members().zip(&self.members).enumerate() {
            if known.binary_search(&place).is_ok() {
                continue;
            }
            match member::parse(bytes, child.line, None, &self.context, &mut workspace) {
                Ok(Outcome { mut objects, needed, issues }) if needed.is_empty() => {
                    if let ([parsed], true) = (&mut objects[..], issues.is_empty()) {
                        parsed.fingerprint = fingerprint::fingerprint(bytes, &self.context);
                    }
                    result.objects.extend(objects);
                    result.issues.extend(issues);
                }
                Ok(outcome) => {
                    let context = self.context.clone();
                    result.unresolved.push(Unresolved::new(bytes, child.line, context, outcome.needed));
                }
                Err(issue) => result.issues.push(*issue),
            }
        }
        self.context.workspaces.put(workspace);
        result
    }
}

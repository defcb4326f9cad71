//! One member: its bytes become objects with their findings.

use super::appearance::Bindings;
use super::declared::Typing;
use super::fingerprint::Fingerprint;
use super::header::{Context, Uris};
use super::links;
use super::rings::FaceRings;
use super::tree::{Element, Tree, TreeError, Workspace};
use super::words::Word;
use rustc_hash::FxHashSet;
use stadtwin_model::{CityObject, Issue, Severity, Template};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// A member tells at most this many findings.
const MAX_ISSUES: usize = 1000;

/// One top-level object.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// Coordinates in the axis order of the file.
    pub object: CityObject,
    /// The srsName that holds for its coordinates: its own, else the header's.
    pub srs_name: Option<String>,
    pub line: u64,
    /// gml:Polygon, Triangle, Rectangle and PolygonPatch elements that went into its geometries, each once.
    pub polygon_count: u64,
    pub issues: Vec<Issue>,
    /// Where the object depends on these bytes and their file's root alone.
    pub fingerprint: Option<Fingerprint>,
}

/// What parsing a member gives.
pub struct Outcome {
    pub objects: Vec<Parsed>,
    /// gml:ids of geometry that the member points at and does not have.
    pub needed: BTreeSet<String>,
    pub issues: Vec<Issue>,
}

/// Parses a member that begins in `line`. Without `fragments`, links that lead out of the member are reported as
/// needed; with them this is the last try, and such links become issues.
pub fn parse(
    bytes: &[u8],
    line: u64,
    fragments: Option<&[Vec<u8>]>,
    context: &Context,
    workspace: &mut Workspace,
) -> Result<Outcome, Box<Issue>> {
    let tree = Tree::within(workspace, bytes, fragments.unwrap_or(&[]), &context.prefixes)
        .map_err(|error| malformed(bytes, line, &error))?;
    let outcome = read(&tree, bytes, line, fragments.is_some(), context);
    tree.leave(workspace);
    Ok(outcome)
}

fn malformed(bytes: &[u8], line: u64, error: &TreeError) -> Box<Issue> {
    Box::new(Issue {
        object: String::new(),
        line: line + newlines(bytes, error.offset),
        code: "xml_malformed".to_owned(),
        severity: Severity::Error,
        message: format!("{}; the object is left out", error.reason),
        ..Issue::default()
    })
}

fn read(tree: &Tree, bytes: &[u8], line: u64, last_try: bool, context: &Context) -> Outcome {
    let mut outcome =
        Outcome { objects: Vec::new(), needed: BTreeSet::new(), issues: undeclared(tree, line) };
    outcome.issues.extend(invalid_text(bytes, line));
    let Some(root) = tree.root() else {
        return outcome;
    };
    let is_object = root.local().first().is_some_and(u8::is_ascii_uppercase);
    let members: Vec<Element> = if is_object { vec![root] } else { root.children().collect() };
    for element in members.into_iter().filter(|element| !skipped(element)) {
        let mut reader = Reader::new(tree, bytes, context, line, last_try);
        reader.read_appearances(element);
        let object = reader.top_level(element);
        reader.read_srs_name(element);
        outcome.needed.append(&mut reader.needed);
        outcome.objects.push(Parsed {
            object,
            srs_name: reader.srs_name.take().or_else(|| context.srs_name.clone()),
            line: reader.line_of(element),
            polygon_count: reader.polygons_read.len() as u64,
            issues: reader.issues,
            fingerprint: None,
        });
    }
    outcome
}

/// Appearances are no objects; they are told of once per file.
fn skipped(element: &Element) -> bool {
    matches!(element.local(), b"Appearance" | b"Null")
}

fn undeclared(tree: &Tree, line: u64) -> Vec<Issue> {
    let tell = |prefix: &&[u8]| Issue {
        object: String::new(),
        line,
        code: "prefix_undeclared".to_owned(),
        severity: Severity::Warning,
        message: format!(
            "the prefix `{}` is not declared and is read by its usual meaning",
            String::from_utf8_lossy(prefix)
        ),
        ..Issue::default()
    };
    tree.undeclared.iter().map(tell).collect()
}

fn invalid_text(bytes: &[u8], line: u64) -> Option<Issue> {
    let error = std::str::from_utf8(bytes).err()?;
    Some(Issue {
        object: String::new(),
        line: line + newlines(bytes, error.valid_up_to()),
        code: "encoding_invalid".to_owned(),
        severity: Severity::Warning,
        message: "bytes that are no text in the file's encoding are shown as `\u{fffd}`".to_owned(),
        ..Issue::default()
    })
}

/// Points of addresses and sensors and the local space of prototypes are not where the object is.
fn beside(element: &Element) -> bool {
    let apart = |around: Element| {
        matches!(
            around.local(),
            b"Address" | b"relativeGMLGeometry" | b"relativeGeometry" | b"sensorLocation"
        )
    };
    element.ancestors().any(apart)
}

pub fn newlines(bytes: &[u8], offset: usize) -> u64 {
    memchr::memchr_iter(b'\n', bytes.get(..offset).unwrap_or(&[])).count() as u64
}

/// What is known while one top-level object is read.
pub struct Reader<'t, 'a> {
    pub tree: &'t Tree<'a>,
    bytes: &'a [u8],
    context: &'t Context,
    line: u64,
    /// Links that lead nowhere are issues now.
    last_try: bool,
    pub issues: Vec<Issue>,
    pub needed: BTreeSet<String>,
    pub polygons_read: FxHashSet<u32>,
    /// How often an id was made from content.
    pub made_ids: HashMap<String, u32>,
    /// gml:id of the object at work, for issues.
    pub object_id: String,
    srs_name: Option<String>,
    /// Whether any element says `srsDimension`.
    pub says_dimension: bool,
    /// Prototypes read, by the element of their geometry.
    pub templates: HashMap<u32, Vec<Arc<Template>>>,
    /// Foreign content kept so far [bytes].
    pub extension_bytes: usize,
    pub told_extension: bool,
    pub told_flat: bool,
    /// Looks of the member's polygons, if there are any.
    pub bindings: Option<Bindings>,
    /// Memory for one face and for one list of numbers after another.
    pub face_rings: FaceRings,
    pub numbers: Vec<f64>,
}

impl<'t, 'a> Reader<'t, 'a> {
    fn new(
        tree: &'t Tree<'a>,
        bytes: &'a [u8],
        context: &'t Context,
        line: u64,
        last_try: bool,
    ) -> Reader<'t, 'a> {
        Reader {
            tree,
            bytes,
            context,
            line,
            last_try,
            issues: Vec::new(),
            needed: BTreeSet::new(),
            polygons_read: FxHashSet::default(),
            made_ids: HashMap::new(),
            object_id: String::new(),
            srs_name: None,
            says_dimension: tree.says_dimension,
            templates: HashMap::new(),
            extension_bytes: 0,
            told_extension: false,
            told_flat: false,
            bindings: None,
            face_rings: FaceRings::default(),
            numbers: Vec::new(),
        }
    }

    fn read_appearances(&mut self, element: Element<'t, 'a>) {
        if self.context.appearances.is_empty() && !self.tree.has_appearances {
            return;
        }
        self.need_surface_data(element);
        let mut bindings = Bindings::of_member(self.tree, &self.context.appearances);
        // What is shared with other members is meant for those too.
        let missing = if self.last_try { Vec::new() } else { std::mem::take(&mut bindings.missing) };
        for id in missing {
            let message =
                format!("an appearance is meant for `{id}`, which the object does not have; left out");
            self.tell(element, "appearance_target_missing", Severity::Warning, message);
        }
        self.bindings = Some(bindings).filter(|bindings| !bindings.of_face.is_empty());
    }

    /// Materials and textures may be shared with other members.
    fn need_surface_data(&mut self, element: Element<'t, 'a>) {
        let links = element.descendants().filter(|below| {
            let holds = [&b"surfaceDataMember"[..], b"surfaceData", b"target", b"textureParameterization"];
            holds.contains(&below.local()) && below.first_child().is_none()
        });
        for link in links {
            let Some(key) = link.href().and_then(|href| links::key(&href)) else { continue };
            let id = key.rsplit_once('#').map_or(key.as_str(), |(_, id)| id);
            if self.tree.by_id(id.as_bytes()).next().is_some() {
                continue;
            }
            if self.last_try {
                let message =
                    format!("nothing has the gml:id `{key}`: the object is without that material or texture");
                self.tell(link, "xlink_unresolved", Severity::Warning, message);
            } else {
                self.needed.insert(key);
            }
        }
    }

    /// Whether links that lead nowhere are kept as they are now.
    pub fn is_last_try(&self) -> bool {
        self.last_try
    }

    /// Of the member.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// What registered extensions say of elements.
    pub fn typing(&self) -> Typing<'t> {
        Typing { declared: &self.context.declared, uris: &self.context.uris }
    }

    /// What the root declares.
    pub fn uris(&self) -> &'t Uris {
        &self.context.uris
    }

    /// Line of the element in the file.
    pub fn line_of(&self, element: Element) -> u64 {
        self.line + newlines(self.bytes, element.offset())
    }

    pub fn tell(&mut self, element: Element, code: &str, severity: Severity, message: String) {
        if self.issues.len() < MAX_ISSUES {
            let line = self.line_of(element);
            self.issues.push(Issue {
                object: self.object_id.clone(),
                line,
                code: code.to_owned(),
                severity,
                message,
                ..Issue::default()
            });
        }
    }

    /// The geometry or surface that a link leads to.
    pub fn follow(&mut self, link: Element<'t, 'a>) -> Option<Element<'t, 'a>> {
        let href = link.href()?;
        let Some(key) = links::key(&href) else {
            self.tell(
                link,
                "xlink_external",
                Severity::Warning,
                format!("the link `{href}` leads out of the file and is not followed"),
            );
            return None;
        };
        let (file, id) = key.rsplit_once('#').unwrap_or(("", &key));
        // Some polygons share their id with their ring; what is of another file is not of the member.
        let mut found = self.tree.by_id(id.as_bytes()).filter(|element| file.is_empty() || !element.is_own());
        let first = found.next();
        let best =
            first.filter(|element| element.word() != Word::LinearRing).or_else(|| found.next()).or(first);
        if best.is_none() {
            if self.last_try {
                self.tell(
                    link,
                    "xlink_unresolved",
                    Severity::Error,
                    format!("nothing has the gml:id `{key}`; no geometry comes from the link"),
                );
            } else {
                self.needed.insert(key.clone());
            }
        }
        best
    }

    fn read_srs_name(&mut self, top: Element<'t, 'a>) {
        if !self.tree.says_srs_name {
            return;
        }
        let mut names = top
            .descendants()
            .filter(|element| element.raw_attribute(b"srsName").is_some() && !beside(element))
            .filter_map(|element| element.attribute(b"srsName"))
            .filter(|name| !name.is_empty());
        let Some(first) = names.next() else { return };
        if let Some(other) = names.find(|name| *name != first) {
            let message =
                format!("coordinates are in `{first}` and in `{other}`; all are taken for the first");
            self.tell(top, "crs_mixed", Severity::Warning, message);
        }
        self.srs_name = Some(first.into_owned());
    }
}

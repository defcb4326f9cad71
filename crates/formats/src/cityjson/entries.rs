//! The members of `CityObjects` and how they belong together: parts under their top-level objects.

use super::findings::Findings;
use super::scan::{Broken, elements, members, text};
use super::types::GROUP;
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

/// Parts of parts, this deep.
const MAX_LEVELS: usize = 32;

const NONE: u32 = u32::MAX;

/// Where something lies in the document; documents are smaller than 4 GiB.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    start: u32,
    end: u32,
}

impl Span {
    fn new(range: &Range<usize>) -> Span {
        let narrow = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Span { start: narrow(range.start), end: narrow(range.end) }
    }

    fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

struct Entry {
    key: Span,
    value: Span,
    line: u32,
    /// The arrays that name relatives; empty where there are none.
    parents: Span,
    children: Span,
    /// Whether `parents` names any; looked up once, since every mention as a part asks for it.
    names_parents: bool,
    is_group: bool,
    parent: u32,
    first_child: u32,
    last_child: u32,
    next_sibling: u32,
}

/// All objects of a document or a line, unparsed.
#[derive(Default)]
pub struct Entries {
    entries: Vec<Entry>,
}

/// An unparsed object of a family.
#[derive(Debug, Clone)]
pub struct Piece {
    /// With its quotes.
    pub id: Range<usize>,
    pub value: Range<usize>,
    pub line: u64,
    /// Position of the parent in the family; `None` for the first piece, the top-level object.
    pub parent: Option<usize>,
}

impl Entries {
    /// `value` is that of `CityObjects`; `line` the line in which `bytes` begin.
    pub fn read(
        bytes: &[u8],
        value: Range<usize>,
        line: u64,
        findings: &mut Findings,
    ) -> Result<Entries, Broken> {
        let mut entries = Vec::new();
        let mut names: HashMap<Cow<str>, u32> = HashMap::new();
        let (mut counted, mut line) = (0, line);
        let start = value.start;
        let all =
            members(bytes, value).ok_or(Broken { offset: start, reason: "`CityObjects` is no object" })?;
        for member in all {
            let (key, value) = member?;
            line += memchr::memchr_iter(b'\n', bytes.get(counted..key.start).unwrap_or(&[])).count() as u64;
            counted = key.start;
            findings.line = line;
            let Some(name) = bytes.get(key.clone()).and_then(text) else { continue };
            if names.contains_key(&name) {
                findings.object = name.into_owned();
                findings.warning(
                    "id_duplicate",
                    "the id stands for two objects of the file; the second is left out",
                );
                continue;
            }
            names.insert(name, entries.len() as u32);
            entries.push(Entry::read(bytes, &key, &value, line));
        }
        let mut entries = Entries { entries };
        entries.adopt(bytes, &names, findings);
        entries.cut_circles(bytes, findings);
        entries.link();
        findings.object.clear();
        findings.line = 0;
        Ok(entries)
    }

    /// Index of the first object from `from` on that is part of no other.
    pub fn next_root(&self, from: usize) -> Option<usize> {
        (from..self.entries.len())
            .find(|index| self.entries.get(*index).is_some_and(|entry| entry.parent == NONE))
    }

    /// A top-level object and all below it, each behind its parent.
    pub fn family(&self, root: usize) -> Vec<Piece> {
        let mut family = Vec::with_capacity(1);
        let mut open = vec![(root as u32, None)];
        while let Some((index, parent)) = open.pop() {
            let Some(entry) = self.entries.get(index as usize) else { continue };
            let position = family.len();
            family.push(Piece {
                id: entry.key.range(),
                value: entry.value.range(),
                line: u64::from(entry.line),
                parent,
            });
            let first = open.len();
            let mut child = entry.first_child;
            while let Some(entry) = self.entries.get(child as usize) {
                open.push((child, Some(position)));
                child = entry.next_sibling;
            }
            open.get_mut(first..).unwrap_or_default().reverse();
        }
        family
    }

    fn adopt(&mut self, bytes: &[u8], names: &HashMap<Cow<str>, u32>, findings: &mut Findings) {
        let find = |range: &Range<usize>| {
            let name = text(bytes.get(range.clone())?)?;
            Some((names.get(&name).copied(), name))
        };
        for index in 0..self.entries.len() {
            let Some(entry) = self.entries.get(index) else { continue };
            findings.line = u64::from(entry.line);
            findings.object = bytes.get(entry.key.range()).and_then(text).unwrap_or_default().into_owned();
            let (parents, children, is_group) = (entry.parents, entry.children, entry.is_group);
            for (parent, name) in references(bytes, parents).iter().filter_map(find) {
                self.add_parent(index, parent, &name, findings);
            }
            if is_group {
                continue;
            }
            for (child, name) in references(bytes, children).iter().filter_map(find) {
                match child.and_then(|child| self.entries.get_mut(child as usize)) {
                    Some(child) if child.parent == NONE && !child.names_parents => {
                        child.parent = index as u32;
                    }
                    Some(_) => {}
                    None => {
                        findings.warning("child_missing", format!("its part `{name}` is not in the file"))
                    }
                }
            }
        }
    }

    fn add_parent(&mut self, index: usize, parent: Option<u32>, name: &str, findings: &mut Findings) {
        let found = parent.and_then(|parent| Some((parent, self.entries.get(parent as usize)?.is_group)));
        let Some(entry) = self.entries.get_mut(index) else { return };
        match found {
            None => findings.warning(
                "parent_missing",
                format!("the object that it is part of, `{name}`, is not in the file"),
            ),
            Some((_, true)) => {}
            Some((parent, false)) if entry.parent == NONE => entry.parent = parent,
            Some(_) => findings.warning(
                "parents_many",
                format!("it is part of several objects; only the first is kept, not `{name}`"),
            ),
        }
    }

    /// What leads back to itself, or lies too deep, stands for itself.
    fn cut_circles(&mut self, bytes: &[u8], findings: &mut Findings) {
        for index in 0..self.entries.len() {
            let (mut at, mut levels) = (index as u32, 0);
            while let Some(entry) = self.entries.get(at as usize).filter(|_| levels <= MAX_LEVELS) {
                at = entry.parent;
                levels += 1;
            }
            if let Some(entry) = self.entries.get_mut(index).filter(|_| levels > MAX_LEVELS) {
                entry.parent = NONE;
                findings.line = u64::from(entry.line);
                findings.object =
                    bytes.get(entry.key.range()).and_then(text).unwrap_or_default().into_owned();
                findings.warning(
                    "parent_circle",
                    "its parents lead in a circle or too deep; it is taken for itself",
                );
            }
        }
    }

    fn link(&mut self) {
        for index in 0..self.entries.len() {
            let Some(parent) =
                self.entries.get(index).map(|entry| entry.parent).filter(|parent| *parent != NONE)
            else {
                continue;
            };
            let Some(parent) = self.entries.get_mut(parent as usize) else { continue };
            let before = std::mem::replace(&mut parent.last_child, index as u32);
            if before == NONE {
                parent.first_child = index as u32;
            } else if let Some(sibling) = self.entries.get_mut(before as usize) {
                sibling.next_sibling = index as u32;
            }
        }
    }
}

impl Entry {
    fn read(bytes: &[u8], key: &Range<usize>, value: &Range<usize>, line: u64) -> Entry {
        let mut entry = Entry {
            key: Span::new(key),
            value: Span::new(value),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            parents: Span::default(),
            children: Span::default(),
            names_parents: false,
            is_group: false,
            parent: NONE,
            first_child: NONE,
            last_child: NONE,
            next_sibling: NONE,
        };
        for (key, value) in members(bytes, value.clone()).into_iter().flatten().flatten() {
            match bytes.get(key).unwrap_or(&[]) {
                b"\"type\"" => {
                    entry.is_group = bytes.get(value).and_then(text).is_some_and(|name| name == GROUP);
                }
                b"\"parents\"" | b"\"parent\"" => entry.parents = Span::new(&value),
                b"\"children\"" => entry.children = Span::new(&value),
                // Before 0.8.
                b"\"Parts\"" | b"\"Installations\"" | b"\"ConsistsOfBuildingParts\"" => {
                    entry.children = Span::new(&value);
                }
                _ => {}
            }
        }
        entry.names_parents = !references(bytes, entry.parents).is_empty();
        entry
    }
}

/// The names in an array, or the one name there is (`"parent": "a"`, before 0.9).
fn references(bytes: &[u8], span: Span) -> Vec<Range<usize>> {
    let range = span.range();
    if bytes.get(range.start) == Some(&b'"') {
        return vec![range];
    }
    elements(bytes, range)
}

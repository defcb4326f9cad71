//! What the element names of a file mean, each worked out once.

use super::names::{self, Namespace, Origin};
use super::words::Word;
use rustc_hash::FxHashMap;
use stadtwin_model::{ClassId, Module};

/// More different names than this are worked out anew each time.
const MAX_NAMES: usize = 4096;

/// What a qualified name stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Meaning {
    pub namespace: Namespace,
    pub word: Word,
    pub class: Option<ClassId>,
    /// Bytes of the prefix and its colon.
    pub prefix_length: u32,
    /// Whether nobody declared the prefix.
    pub is_undeclared: bool,
}

impl Meaning {
    /// `None` as the namespace of a prefix that nobody declared.
    pub fn new(name: &[u8], namespace_of: impl Fn(&[u8]) -> Option<Namespace>) -> Meaning {
        let (prefix, local) = super::scan::split_name(name);
        let declared = namespace_of(prefix);
        let namespace = declared.unwrap_or_else(|| names::customary(prefix));
        Meaning {
            namespace,
            word: Word::of(local),
            class: names::class_of_element(namespace, local),
            prefix_length: (name.len() - local.len()) as u32,
            is_undeclared: declared.is_none(),
        }
    }
}

struct Entry {
    name: Box<[u8]>,
    meaning: Meaning,
    /// The name that came behind this one the last time.
    next: u32,
}

/// Names met so far under the prefixes of the root element.
#[derive(Default)]
pub struct Vocabulary {
    entries: Vec<Entry>,
    by_name: FxHashMap<Box<[u8]>, u32>,
    last: u32,
}

impl Vocabulary {
    /// Length and meaning of the name that the bytes begin with; `None` where it does not end plainly.
    pub fn read(&mut self, bytes: &[u8], prefixes: &names::Prefixes) -> Option<(usize, Meaning)> {
        if let Some(found) = self.expected(bytes) {
            return Some(found);
        }
        if matches!(bytes.first()?, b'/' | b'!' | b'?') {
            return None;
        }
        let length =
            bytes.iter().position(|byte| is_behind(*byte) || matches!(byte, b'/' | b'"' | b'\'' | b'<'))?;
        let name = bytes.get(..length).filter(|_| bytes.get(length).is_some_and(|byte| is_behind(*byte)))?;
        Some((length, self.meaning(name, prefixes)))
    }

    /// The name that came here before: elements mostly follow each other as in the object before.
    fn expected(&mut self, bytes: &[u8]) -> Option<(usize, Meaning)> {
        let next = self.entries.get(self.last as usize)?.next;
        let entry = self.entries.get(next as usize)?;
        let behind = bytes.get(entry.name.len()).copied().filter(|byte| is_behind(*byte));
        if behind.is_none() || !bytes.starts_with(&entry.name) {
            return None;
        }
        self.last = next;
        Some((entry.name.len(), entry.meaning))
    }

    fn meaning(&mut self, name: &[u8], prefixes: &names::Prefixes) -> Meaning {
        let known = self.by_name.get(name).copied();
        let index = known.unwrap_or(self.entries.len() as u32);
        if known.is_none() {
            let meaning = Meaning::new(name, |prefix| names::lookup(prefixes, prefix));
            if self.entries.len() >= MAX_NAMES {
                return meaning;
            }
            self.entries.push(Entry { name: name.into(), meaning, next: 0 });
            self.by_name.insert(name.into(), index);
        }
        if let Some(entry) = self.entries.get_mut(self.last as usize) {
            entry.next = index;
        }
        self.last = index;
        self.entries.get(index as usize).map_or(UNKNOWN, |entry| entry.meaning)
    }
}

/// Whether a name ends before the byte.
fn is_behind(byte: u8) -> bool {
    matches!(byte, b'>' | b' ' | b'\n' | b'\r' | b'\t')
}

const UNKNOWN: Meaning = Meaning {
    namespace: Namespace { module: Module::Other, origin: Origin::Foreign },
    word: Word::Other,
    class: None,
    prefix_length: 0,
    is_undeclared: false,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_expected_where_they_came_before() {
        let prefixes =
            vec![(b"b"[..].into(), names::namespace_of(b"http://www.opengis.net/citygml/building/2.0"))];
        let mut vocabulary = Vocabulary::default();
        for name in [&b"b:Building>"[..], b"c:lod2Solid>", b"b:Building>"] {
            vocabulary.read(name, &prefixes).unwrap();
        }
        let (length, meaning) = vocabulary.expected(b"c:lod2Solid x='1'>").unwrap();
        assert_eq!((length, meaning.is_undeclared, meaning.prefix_length), (11, true, 2));
        assert!(vocabulary.expected(b"b:BuildingPart>").is_none());
        let (_, meaning) = vocabulary.expected(b"b:Building>").unwrap();
        assert_eq!(meaning.class.map(ClassId::name), Some("Building"));
    }
}

//! From bytes to the nodes of a tree.

use super::super::names::{self, Namespace};
use super::super::scan::{self, Kind, Token};
use super::super::vocabulary::{Meaning, Vocabulary};
use super::super::words::Word;
use super::{MAX_DEPTH, NONE, Node, Tree, TreeError, id_hash};
use memchr::memchr;

/// Elements that a member may have, however short it is.
const FREE_ELEMENTS: usize = 100_000;
/// Beyond those, one for so many bytes; those of city models take 30 to 100.
const BYTES_AN_ELEMENT: usize = 16;

/// An element that is not closed yet: its node, and where its name stands.
pub(super) struct Open {
    node: u32,
    name: (u32, u32),
}

/// Reads one source into a tree.
pub(super) struct Builder<'b, 'a> {
    pub tree: &'b mut Tree<'a>,
    /// Nodes that were there before.
    pub first: usize,
    pub bytes: &'a [u8],
    /// Number of the source: 0 is the member itself.
    pub source: u32,
    /// Of the root element of the file.
    pub prefixes: &'b names::Prefixes,
    pub vocabulary: &'b mut Vocabulary,
    pub open: &'b mut Vec<Open>,
    /// Prefixes that elements of the source declare, innermost last.
    pub declared: names::Prefixes,
    /// Depth and number of prefixes before an element that declares some.
    pub scopes: Vec<(usize, usize)>,
}

impl Builder<'_, '_> {
    pub fn build(&mut self) -> Result<(), TreeError> {
        self.open.clear();
        let mut at = 0;
        while let Some(found) = memchr(b'<', self.bytes.get(at..).unwrap_or(&[])) {
            let start = at + found;
            // Nearly all markup is plain; what is not goes the way that knows every case.
            at = if let Some(end) = self.plain_end_tag(start) {
                end
            } else if let Some(end) = self.plain_start_tag(start)? {
                end
            } else {
                match scan::next_token(self.bytes, start) {
                    Ok(token) => self.token(&token)?,
                    Err(_) => break,
                }
            };
        }
        match self.open.is_empty() {
            true => Ok(()),
            false => {
                Err(TreeError { offset: self.bytes.len(), reason: "an element is not closed".to_owned() })
            }
        }
    }

    /// Behind the end tag at `start` where it is that of the open element with nothing else in it.
    fn plain_end_tag(&mut self, start: usize) -> Option<usize> {
        let (from, to) = self.open.last()?.name;
        let name = self.bytes.get(from as usize..to as usize)?;
        let rest = self.bytes.get(start + 1..)?.strip_prefix(b"/")?;
        if rest.get(name.len()) != Some(&b'>') || !rest.starts_with(name) {
            return None;
        }
        self.end(start);
        Some(start + name.len() + 3)
    }

    /// Behind the start tag at `start` where it declares nothing and nothing in it needs a second look.
    fn plain_start_tag(&mut self, start: usize) -> Result<Option<usize>, TreeError> {
        let rest = self.bytes.get(start + 1..).unwrap_or(&[]);
        if !self.scopes.is_empty() {
            return Ok(None);
        }
        let Some((length, meaning)) = self.vocabulary.read(rest, self.prefixes) else { return Ok(None) };
        let name_end = start + 1 + length;
        if rest.get(length) == Some(&b'>') {
            self.push(start, name_end, name_end + 1, meaning)?;
            return Ok(Some(name_end + 1));
        }
        let Some((end, is_empty)) = self.plain_attributes(name_end) else { return Ok(None) };
        self.push(start, name_end, end, meaning)?;
        if is_empty {
            self.end(end);
        }
        Ok(Some(end))
    }

    /// Notes the attributes behind a name; gives where the tag ends, and whether the element does too. `None` where
    /// some are not plain `name="value"` or declare prefixes.
    fn plain_attributes(&mut self, name_end: usize) -> Option<(usize, bool)> {
        let mut at = name_end;
        let known_ids = self.tree.ids.len();
        loop {
            let rest = self.bytes.get(at..)?;
            let gap = rest.iter().position(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t'))?;
            let rest = rest.get(gap..)?;
            match rest {
                [b'>', ..] => return Some((at + gap + 1, false)),
                [b'/', b'>', ..] => return Some((at + gap + 2, true)),
                _ => {}
            }
            let attribute =
                scan::plain_attribute(rest).filter(|(name, _)| gap > 0 && !name.starts_with(b"xmlns"));
            let Some((name, value)) = attribute else {
                self.tree.ids.truncate(known_ids);
                return None;
            };
            self.attribute(name, value);
            // An equals sign and two quotes.
            at += gap + name.len() + value.len() + 3;
        }
    }

    /// Any markup; gives where it ends.
    fn token(&mut self, token: &Token) -> Result<usize, TreeError> {
        match token.kind {
            Kind::Start | Kind::Empty => self.start_tag(token)?,
            Kind::End => self.end_tag(token)?,
            Kind::CData | Kind::Other => {}
        }
        Ok(token.end)
    }

    fn start_tag(&mut self, token: &Token) -> Result<(), TreeError> {
        let attributes = token.attributes(self.bytes);
        for (name, value) in scan::attributes(attributes) {
            self.attribute(name, value);
        }
        let before = self.declared.len();
        for (prefix, uri) in names::declared(attributes) {
            self.declared.push((prefix.into(), names::namespace_of(uri)));
        }
        if self.declared.len() > before {
            self.scopes.push((self.open.len(), before));
        }
        let meaning = Meaning::new(token.name(self.bytes), |prefix| self.namespace(prefix));
        self.push(token.start, token.name_end, token.end, meaning)?;
        if token.kind == Kind::Empty {
            self.end(token.end);
        }
        Ok(())
    }

    fn namespace(&self, prefix: &[u8]) -> Option<Namespace> {
        names::declaration(&self.declared, prefix).or_else(|| names::lookup(self.prefixes, prefix))
    }

    /// Of the element that comes next.
    fn attribute(&mut self, name: &[u8], value: &[u8]) {
        let node = self.tree.nodes.len() as u32;
        match name {
            b"gml:id" => self.tree.ids.push((id_hash(value), node)),
            _ if name.starts_with(b"xmlns") => {}
            _ => match scan::split_name(name).1 {
                b"id" => self.tree.ids.push((id_hash(value), node)),
                b"srsDimension" => self.tree.says_dimension = true,
                b"srsName" => self.tree.says_srs_name = true,
                _ => {}
            },
        }
    }

    fn push(
        &mut self,
        start: usize,
        name_end: usize,
        content: usize,
        what: Meaning,
    ) -> Result<(), TreeError> {
        self.check_size(start)?;
        if what.is_undeclared {
            self.note_undeclared(start + 1, what.prefix_length as usize);
        }
        self.tree.has_appearances |= matches!(what.word, Word::Appearance | Word::TexturedSurface);
        let (node, name) = (self.tree.nodes.len() as u32, start as u32 + 1);
        self.tree.nodes.push(Node {
            start: start as u32,
            local: name + what.prefix_length,
            name_end: name_end as u32,
            content: content as u32,
            content_end: content as u32,
            end: node + 1,
            parent: self.open.last().map_or(NONE, |open| open.node),
            source: self.source,
            namespace: what.namespace,
            word: what.word,
            class: what.class,
        });
        self.open.push(Open { node, name: (name, name_end as u32) });
        Ok(())
    }

    fn check_size(&self, start: usize) -> Result<(), TreeError> {
        let refuse = |reason| Err(TreeError { offset: start, reason });
        if self.open.len() >= MAX_DEPTH {
            return refuse(format!("elements are nested deeper than {MAX_DEPTH}"));
        }
        // A tree takes several times the room of the densest text: what has more elements than text is no city model.
        let count = self.tree.nodes.len().saturating_sub(self.first);
        if count > FREE_ELEMENTS + start / BYTES_AN_ELEMENT {
            return refuse(format!("it has more than one element every {BYTES_AN_ELEMENT} bytes"));
        }
        Ok(())
    }

    fn note_undeclared(&mut self, name: usize, prefix_length: usize) {
        let prefix = self.bytes.get(name..name + prefix_length.saturating_sub(1)).unwrap_or(&[]);
        if !self.tree.undeclared.contains(&prefix) {
            self.tree.undeclared.push(prefix);
        }
    }

    fn end_tag(&mut self, token: &Token) -> Result<(), TreeError> {
        let closes = token.name(self.bytes);
        let open =
            self.open.last().and_then(|open| self.bytes.get(open.name.0 as usize..open.name.1 as usize));
        let reason = match open {
            Some(name) if name == closes => {
                self.end(token.start);
                return Ok(());
            }
            Some(name) => format!(
                "`</{}>` closes `<{}>`",
                String::from_utf8_lossy(closes),
                String::from_utf8_lossy(name)
            ),
            None => "an end tag closes nothing".to_owned(),
        };
        Err(TreeError { offset: token.start, reason })
    }

    fn end(&mut self, content_end: usize) {
        let Some(open) = self.open.pop() else { return };
        let end = self.tree.nodes.len() as u32;
        if let Some(node) = self.tree.nodes.get_mut(open.node as usize) {
            node.end = end;
            node.content_end = content_end as u32;
        }
        if let Some((_, before)) = self.scopes.pop_if(|(depth, _)| *depth == self.open.len()) {
            self.declared.truncate(before);
        }
    }
}

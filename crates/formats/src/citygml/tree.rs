//! One member as a light tree that borrows from its bytes; text and attributes are decoded only when asked for.

mod build;

use super::names::{self, Namespace, Origin};
use super::scan;
use super::text::{decode, lossy};
use super::vocabulary::Vocabulary;
use super::words::Word;
use rustc_hash::FxHasher;
use stadtwin_model::{ClassId, Module};
use std::borrow::Cow;
use std::hash::Hasher;

/// Elements deeper than this are refused.
pub const MAX_DEPTH: usize = 256;
const NONE: u32 = u32::MAX;

/// An element; the nodes below it come right behind it. Positions are bytes of its source.
struct Node {
    /// Of the start tag.
    start: u32,
    /// Of the local name.
    local: u32,
    name_end: u32,
    /// Behind the start tag.
    content: u32,
    /// Of the end tag.
    content_end: u32,
    /// Index behind the last node below.
    end: u32,
    parent: u32,
    /// 0 is the member, what follows its fragments.
    source: u32,
    namespace: Namespace,
    word: Word,
    class: Option<ClassId>,
}

/// The elements of one member, and those of other members that it points at.
pub struct Tree<'a> {
    member: &'a [u8],
    fragments: &'a [Vec<u8>],
    nodes: Vec<Node>,
    /// Hash of the gml:id of a node; sorted.
    ids: Vec<(u64, u32)>,
    /// Prefixes that nobody declared.
    pub undeclared: Vec<&'a [u8]>,
    /// Whether any element has the attribute `srsDimension`, and whether any has `srsName`.
    pub says_dimension: bool,
    pub says_srs_name: bool,
    /// Whether any element is an appearance in one of its two forms.
    pub has_appearances: bool,
    /// Nodes of the member itself come before those of fragments.
    own_count: u32,
}

/// Memory for one tree after another, and what was learnt of names; for the members of one file.
#[derive(Default)]
pub struct Workspace {
    nodes: Vec<Node>,
    ids: Vec<(u64, u32)>,
    open: Vec<build::Open>,
    vocabulary: Vocabulary,
}

/// Why bytes are no tree, and at which of them.
#[derive(Debug, PartialEq)]
pub struct TreeError {
    pub offset: usize,
    pub reason: String,
}

impl<'a> Tree<'a> {
    /// The member, then the fragments that its links lead to.
    pub fn new(
        member: &'a [u8],
        fragments: &'a [Vec<u8>],
        prefixes: &names::Prefixes,
    ) -> Result<Tree<'a>, TreeError> {
        Tree::within(&mut Workspace::default(), member, fragments, prefixes)
    }

    /// As `new`; `leave` gives the memory back.
    pub fn within(
        workspace: &mut Workspace,
        member: &'a [u8],
        fragments: &'a [Vec<u8>],
        prefixes: &names::Prefixes,
    ) -> Result<Tree<'a>, TreeError> {
        let mut tree = Tree {
            member,
            fragments,
            nodes: std::mem::take(&mut workspace.nodes),
            ids: std::mem::take(&mut workspace.ids),
            undeclared: Vec::new(),
            says_dimension: false,
            says_srs_name: false,
            has_appearances: false,
            own_count: 0,
        };
        // Elements take about fifty bytes each.
        tree.nodes.reserve((member.len() / 48).min(65_536));
        let sources = std::iter::once(member).chain(fragments.iter().map(Vec::as_slice));
        for (source, bytes) in sources.enumerate() {
            let mut builder = build::Builder {
                first: tree.nodes.len(),
                tree: &mut tree,
                bytes,
                source: source as u32,
                prefixes,
                vocabulary: &mut workspace.vocabulary,
                open: &mut workspace.open,
                declared: Vec::new(),
                scopes: Vec::new(),
            };
            builder.build()?;
            if source == 0 {
                tree.own_count = tree.nodes.len() as u32;
            }
        }
        tree.ids.sort_unstable();
        Ok(tree)
    }

    /// Gives the memory back for the next tree.
    pub fn leave(mut self, workspace: &mut Workspace) {
        if self.nodes.capacity() <= MOST_KEPT {
            self.nodes.clear();
            self.ids.clear();
            workspace.nodes = self.nodes;
            workspace.ids = self.ids;
        }
    }

    pub fn root(&self) -> Option<Element<'_, 'a>> {
        self.element(0)
    }

    /// How many elements, fragments included.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn element(&self, index: u32) -> Option<Element<'_, 'a>> {
        ((index as usize) < self.nodes.len()).then_some(Element { tree: self, index })
    }

    /// Every element with this gml:id, in the order of the file.
    pub fn by_id<'t, 'i>(&'t self, id: &'i [u8]) -> impl Iterator<Item = Element<'t, 'a>> + use<'t, 'a, 'i> {
        let hash = id_hash(id);
        let start = self.ids.partition_point(|(known, _)| *known < hash);
        let same = self.ids.get(start..).unwrap_or(&[]).iter().take_while(move |(known, _)| *known == hash);
        same.map(|(_, index)| Element { tree: self, index: *index }).filter(move |element| element.has_id(id))
    }

    fn source(&self, number: u32) -> &'a [u8] {
        match number.checked_sub(1) {
            None => self.member,
            Some(fragment) => self.fragments.get(fragment as usize).map_or(&[], Vec::as_slice),
        }
    }
}

/// Bigger memory is not kept for the next tree [nodes].
const MOST_KEPT: usize = 1 << 18;

fn id_hash(id: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(id);
    hasher.finish()
}

/// A node and its tree.
#[derive(Clone, Copy)]
pub struct Element<'t, 'a> {
    tree: &'t Tree<'a>,
    pub index: u32,
}

impl<'t, 'a> Element<'t, 'a> {
    fn node(&self) -> &'t Node {
        // An `Element` is only made from an index of its own tree.
        &self.tree.nodes[self.index as usize]
    }

    fn bytes(&self, from: u32, to: u32) -> &'a [u8] {
        self.tree.source(self.node().source).get(from as usize..to as usize).unwrap_or(&[])
    }

    pub fn local(&self) -> &'a [u8] {
        self.bytes(self.node().local, self.node().name_end)
    }

    /// The local name as a number, for comparing.
    pub fn word(&self) -> Word {
        self.node().word
    }

    pub fn module(&self) -> Module {
        self.node().namespace.module
    }

    pub fn origin(&self) -> Origin {
        self.node().namespace.origin
    }

    /// Whether the element belongs to one of the module, or the file has no namespaces.
    pub fn is_in(&self, module: Module) -> bool {
        self.module() == module || self.origin() == Origin::Bare
    }

    /// Prefix and local name as in the file.
    pub fn qualified_name(&self) -> String {
        lossy(self.bytes(self.node().start + 1, self.node().name_end)).into_owned()
    }

    /// The same name whatever prefix the file has for one of the standard's namespaces.
    pub fn customary_name(&self) -> String {
        match self.origin() {
            Origin::Standard => format!("{}:{}", names::prefix_of(self.module()), self.local_name()),
            Origin::Bare | Origin::Foreign => self.qualified_name(),
        }
    }

    pub fn local_name(&self) -> String {
        lossy(self.local()).into_owned()
    }

    pub fn class(&self) -> Option<ClassId> {
        self.node().class
    }

    /// Byte position in the member; 0 in fragments of other members.
    pub fn offset(&self) -> usize {
        if self.is_own() { self.node().start as usize } else { 0 }
    }

    /// Whether the element stands in the member itself, not in a fragment of another.
    pub fn is_own(&self) -> bool {
        self.index < self.tree.own_count
    }

    pub fn parent(&self) -> Option<Element<'t, 'a>> {
        self.tree.element(self.node().parent)
    }

    /// Itself excluded, the nearest first.
    pub fn ancestors(&self) -> impl Iterator<Item = Element<'t, 'a>> + use<'t, 'a> {
        std::iter::successors(self.parent(), Element::parent)
    }

    pub fn children(&self) -> impl Iterator<Item = Element<'t, 'a>> + use<'t, 'a> {
        let tree = self.tree;
        let end = self.node().end;
        let mut next = self.index + 1;
        std::iter::from_fn(move || {
            let index = next;
            next = tree.nodes.get(index as usize).filter(|_| index < end)?.end;
            Some(Element { tree, index })
        })
    }

    pub fn first_child(&self) -> Option<Element<'t, 'a>> {
        let next = self.index + 1;
        (next < self.node().end).then_some(Element { tree: self.tree, index: next })
    }

    pub fn child(&self, local: &[u8]) -> Option<Element<'t, 'a>> {
        self.children().find(|child| child.local() == local)
    }

    /// Itself and everything below, in document order.
    pub fn descendants(&self) -> impl Iterator<Item = Element<'t, 'a>> + use<'t, 'a> {
        let tree = self.tree;
        (self.index..self.node().end).map(move |index| Element { tree, index })
    }

    fn attributes(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + use<'a> {
        scan::attributes(self.raw_attributes())
    }

    /// Everything between name and end of the start tag.
    fn raw_attributes(&self) -> &'a [u8] {
        let inside = self.bytes(self.node().name_end, self.node().content.saturating_sub(1));
        inside.strip_suffix(b"/").unwrap_or(inside).trim_ascii()
    }

    fn has_id(&self, id: &[u8]) -> bool {
        self.attributes().any(|(name, value)| value == id && scan::split_name(name).1 == b"id")
    }

    /// The attribute by its local name, raw.
    pub fn raw_attribute(&self, local: &[u8]) -> Option<&'a [u8]> {
        self.attributes().find(|(name, _)| scan::split_name(name).1 == local).map(|(_, value)| value)
    }

    /// The attribute by its local name, decoded and trimmed.
    pub fn attribute(&self, local: &[u8]) -> Option<Cow<'a, str>> {
        self.raw_attribute(local).map(|raw| decode(raw.trim_ascii()))
    }

    /// What the element itself says that the prefix stands for.
    pub fn declared(&self, prefix: &[u8]) -> Option<&'a [u8]> {
        names::declared(self.raw_attributes()).find(|(known, _)| *known == prefix).map(|(_, uri)| uri)
    }

    pub fn has_attributes(&self) -> bool {
        !self.raw_attributes().is_empty()
    }

    /// gml:id, not empty.
    pub fn id(&self) -> Option<Cow<'a, str>> {
        self.attribute(b"id").filter(|id| !id.is_empty())
    }

    /// xlink:href, not empty.
    pub fn href(&self) -> Option<Cow<'a, str>> {
        self.attribute(b"href").filter(|href| !href.is_empty())
    }

    /// Bytes between the tags of an element without child elements.
    fn raw_text(&self) -> &'a [u8] {
        let Node { content, content_end, end, .. } = *self.node();
        if end == self.index + 1 { self.bytes(content, content_end) } else { &[] }
    }

    /// Decoded and trimmed text; empty when there are child elements.
    pub fn text(&self) -> Cow<'a, str> {
        decode(self.raw_text().trim_ascii())
    }

    /// Text as it stands when it needs no decoding, for number lists.
    pub fn plain_text(&self) -> Cow<'a, [u8]> {
        let raw = self.raw_text();
        match memchr::memchr2(b'<', b'&', raw) {
            None => Cow::Borrowed(raw),
            Some(_) => Cow::Owned(decode(raw).into_owned().into_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_has_names_ids_and_order() {
        let text = b"<a gml:id='x' xmlns:c='http://www.opengis.net/citygml/building/2.0'><b>1</b><c:Room id=\"y\"/><d><e/></d></a>";
        let tree = Tree::new(text, &[], &Vec::new()).unwrap_or_else(|error| panic!("{error:?}"));
        let names: Vec<_> =
            tree.root().unwrap().descendants().map(|element| element.qualified_name()).collect();
        assert_eq!(names, ["a", "b", "c:Room", "d", "e"]);
        let room = tree.by_id(b"y").next().unwrap();
        assert_eq!(room.class().map(ClassId::name), Some("BuildingRoom"));
        assert_eq!(tree.root().unwrap().child(b"b").unwrap().text(), "1");
        assert_eq!(room.ancestors().count(), 1);
    }

    #[test]
    fn ill_formed_members_are_refused() {
        for text in ["<a><b></a></b>", "<a>", "</a>", "<a><b>"] {
            assert!(Tree::new(text.as_bytes(), &[], &Vec::new()).is_err(), "{text}");
        }
        assert!(Tree::new("<a>".repeat(1000).as_bytes(), &[], &Vec::new()).is_err());
    }
}

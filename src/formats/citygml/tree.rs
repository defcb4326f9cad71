//! One member as a light tree that borrows from its bytes; text and attributes are decoded only when asked for.

mod build;

use super::names::{self, Namespace, Origin};
use super::scan;
use super::text::decode;
use crate::model::{ClassId, Module};
use rustc_hash::FxHasher;
use std::borrow::Cow;
use std::hash::Hasher;

/// Elements deeper than this are refused.
pub const MAX_DEPTH: usize = 256;
const NONE: u32 = u32::MAX;

struct Node<'a> {
    name: &'a [u8],
    local: &'a [u8],
    namespace: Namespace,
    attributes: &'a [u8],
    /// Raw bytes between the tags of an element without child elements.
    text: &'a [u8],
    /// Byte position of the start tag in the member; 0 in fragments of other members.
    offset: u32,
    parent: u32,
    first_child: u32,
    next_sibling: u32,
}

/// The elements of one member, and those of other members that it points at.
pub struct Tree<'a> {
    nodes: Vec<Node<'a>>,
    /// Hash of the gml:id, the gml:id, and its node; sorted. Ids share long beginnings, hashes do not.
    ids: Vec<(u64, &'a [u8], u32)>,
    roots: Vec<u32>,
    /// Prefixes that nobody declared.
    pub undeclared: Vec<&'a [u8]>,
    /// Nodes of the member itself come before those of fragments.
    own_count: u32,
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
        let mut tree = Tree {
            // Elements take about fifty bytes each.
            nodes: Vec::with_capacity((member.len() / 48).min(65_536)),
            ids: Vec::new(),
            roots: Vec::new(),
            undeclared: Vec::new(),
            own_count: 0,
        };
        tree.append(member, prefixes, true)?;
        tree.own_count = tree.nodes.len() as u32;
        for fragment in fragments {
            tree.append(fragment, prefixes, false)?;
        }
        tree.ids.sort_unstable();
        Ok(tree)
    }

    pub fn root(&self) -> Option<Element<'_, 'a>> {
        self.roots.first().map(|index| Element { tree: self, index: *index })
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
        let start = self.ids.partition_point(|(known, text, _)| (*known, *text) < (hash, id));
        let same = self.ids.get(start..).unwrap_or(&[]).iter().take_while(move |(_, text, _)| *text == id);
        same.map(|(_, _, index)| Element { tree: self, index: *index })
    }
}

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
    fn node(&self) -> &'t Node<'a> {
        // An `Element` is only made from an index of its own tree.
        &self.tree.nodes[self.index as usize]
    }

    pub fn local(&self) -> &'a [u8] {
        self.node().local
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
        String::from_utf8_lossy(self.node().name).into_owned()
    }

    /// The same name whatever prefix the file has for one of the standard's namespaces.
    pub fn customary_name(&self) -> String {
        match self.origin() {
            Origin::Standard => format!("{}:{}", names::prefix_of(self.module()), self.local_name()),
            Origin::Bare | Origin::Foreign => self.qualified_name(),
        }
    }

    pub fn local_name(&self) -> String {
        String::from_utf8_lossy(self.local()).into_owned()
    }

    pub fn class(&self) -> Option<ClassId> {
        names::class_of_element(self.node().namespace, self.local())
    }

    /// Byte position in the member.
    pub fn offset(&self) -> usize {
        self.node().offset as usize
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
        let first = tree.element(self.node().first_child);
        std::iter::successors(first, move |child| tree.element(child.node().next_sibling))
    }

    pub fn first_child(&self) -> Option<Element<'t, 'a>> {
        self.tree.element(self.node().first_child)
    }

    pub fn child(&self, local: &[u8]) -> Option<Element<'t, 'a>> {
        self.children().find(|child| child.local() == local)
    }

    /// Itself and everything below, in document order.
    pub fn descendants(&self) -> impl Iterator<Item = Element<'t, 'a>> + use<'t, 'a> {
        let top = *self;
        std::iter::successors(Some(top), move |element| element.after(top.index))
    }

    /// The next element in document order below the element `top`.
    fn after(&self, top: u32) -> Option<Element<'t, 'a>> {
        if let Some(child) = self.first_child() {
            return Some(child);
        }
        let mut element = *self;
        while element.index != top {
            if let Some(next) = element.tree.element(element.node().next_sibling) {
                return Some(next);
            }
            element = element.parent()?;
        }
        None
    }

    /// The attribute by its local name, raw.
    pub fn raw_attribute(&self, local: &[u8]) -> Option<&'a [u8]> {
        let attributes = self.node().attributes;
        if attributes.is_empty() {
            return None;
        }
        scan::attributes(attributes)
            .find(|(name, _)| scan::split_name(name).1 == local)
            .map(|(_, value)| value)
    }

    /// The attribute by its local name, decoded and trimmed.
    pub fn attribute(&self, local: &[u8]) -> Option<Cow<'a, str>> {
        self.raw_attribute(local).map(|raw| decode(raw.trim_ascii()))
    }

    /// What the element itself says that the prefix stands for.
    pub fn declared(&self, prefix: &[u8]) -> Option<&'a [u8]> {
        names::declared(self.node().attributes).find(|(known, _)| *known == prefix).map(|(_, uri)| uri)
    }

    pub fn has_attributes(&self) -> bool {
        !self.node().attributes.is_empty()
    }

    /// gml:id, not empty.
    pub fn id(&self) -> Option<Cow<'a, str>> {
        self.attribute(b"id").filter(|id| !id.is_empty())
    }

    /// xlink:href, not empty.
    pub fn href(&self) -> Option<Cow<'a, str>> {
        self.attribute(b"href").filter(|href| !href.is_empty())
    }

    /// Decoded and trimmed text; empty when there are child elements.
    pub fn text(&self) -> Cow<'a, str> {
        decode(self.node().text.trim_ascii())
    }

    /// Text as it stands when it needs no decoding, for number lists.
    pub fn plain_text(&self) -> Cow<'a, [u8]> {
        let raw = self.node().text;
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

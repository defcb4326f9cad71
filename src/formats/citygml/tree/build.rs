//! From bytes to the nodes of a tree.

use super::super::names::{self, Namespace};
use super::super::scan::{self, Kind};
use super::{MAX_DEPTH, NONE, Node, Tree, TreeError, id_hash};

/// Elements that a member may have, however short it is.
const FREE_ELEMENTS: usize = 100_000;
/// Beyond those, one for so many bytes; those of city models take 30 to 100.
const BYTES_AN_ELEMENT: usize = 16;

impl<'a> Tree<'a> {
    pub(super) fn append(
        &mut self,
        bytes: &'a [u8],
        prefixes: &names::Prefixes,
        own: bool,
    ) -> Result<(), TreeError> {
        let mut builder = Builder {
            first: self.nodes.len(),
            tree: self,
            bytes,
            prefixes: prefixes.clone(),
            open: Vec::new(),
            scopes: Vec::new(),
            own,
            last_prefix: None,
        };
        let mut at = 0;
        while let Ok(token) = scan::next_token(bytes, at) {
            match token.kind {
                Kind::Start => builder.start(&token)?,
                Kind::Empty => {
                    builder.start(&token)?;
                    builder.end(token.end);
                }
                Kind::End => builder.end_checked(&token)?,
                Kind::CData | Kind::Other => {}
            }
            at = token.end;
        }
        match builder.open.is_empty() {
            true => Ok(()),
            false => Err(TreeError { offset: bytes.len(), reason: "an element is not closed".to_owned() }),
        }
    }
}

struct Open {
    node: u32,
    last_child: u32,
    content_start: usize,
}

struct Builder<'b, 'a> {
    tree: &'b mut Tree<'a>,
    /// Nodes that were there before.
    first: usize,
    bytes: &'a [u8],
    prefixes: names::Prefixes,
    open: Vec<Open>,
    /// Depth and number of prefixes before an element that declares some.
    scopes: Vec<(usize, usize)>,
    own: bool,
    last_prefix: Option<(&'a [u8], Namespace)>,
}

impl<'a> Builder<'_, 'a> {
    fn start(&mut self, token: &scan::Token) -> Result<(), TreeError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(TreeError {
                offset: token.start,
                reason: format!("elements are nested deeper than {MAX_DEPTH}"),
            });
        }
        // A tree takes several times the room of the densest text: what has more elements than text is no city model.
        let count = self.tree.nodes.len().saturating_sub(self.first);
        if count > FREE_ELEMENTS + token.start / BYTES_AN_ELEMENT {
            return Err(TreeError {
                offset: token.start,
                reason: format!("it has more than one element every {BYTES_AN_ELEMENT} bytes"),
            });
        }
        let index = self.tree.nodes.len() as u32;
        let attributes = token.attributes(self.bytes);
        if !attributes.is_empty() {
            self.attributes(attributes, index);
        }
        let name = token.name(self.bytes);
        let (prefix, local) = scan::split_name(name);
        let namespace = self.namespace(prefix);
        let offset = if self.own { token.start as u32 } else { 0 };
        let parent = self.link(index);
        self.tree.nodes.push(Node {
            name,
            local,
            namespace,
            attributes,
            text: &[],
            offset,
            parent,
            first_child: NONE,
            next_sibling: NONE,
        });
        self.open.push(Open { node: index, last_child: NONE, content_start: token.end });
        Ok(())
    }

    fn namespace(&mut self, prefix: &'a [u8]) -> Namespace {
        // Neighbours mostly share their prefix.
        if let Some((_, namespace)) = self.last_prefix.filter(|(known, _)| *known == prefix) {
            return namespace;
        }
        let namespace = names::lookup(&self.prefixes, prefix).unwrap_or_else(|| {
            if !self.tree.undeclared.contains(&prefix) {
                self.tree.undeclared.push(prefix);
            }
            names::customary(prefix)
        });
        self.last_prefix = Some((prefix, namespace));
        namespace
    }

    /// Hangs the node `index` behind its elder sibling or below its parent, which is given back.
    fn link(&mut self, index: u32) -> u32 {
        let Some(parent) = self.open.last_mut() else {
            self.tree.roots.push(index);
            return NONE;
        };
        let nodes = &mut self.tree.nodes;
        if let Some(elder) = nodes.get_mut(parent.last_child as usize) {
            elder.next_sibling = index;
        } else if let Some(node) = nodes.get_mut(parent.node as usize) {
            node.first_child = index;
        }
        parent.last_child = index;
        parent.node
    }

    fn attributes(&mut self, attributes: &'a [u8], index: u32) {
        let before = self.prefixes.len();
        for (name, value) in scan::attributes(attributes) {
            match name {
                b"gml:id" => self.tree.ids.push((id_hash(value), value, index)),
                _ if name.starts_with(b"xmlns") => {}
                _ if scan::split_name(name).1 == b"id" => self.tree.ids.push((id_hash(value), value, index)),
                _ => {}
            }
        }
        for (prefix, uri) in names::declared(attributes) {
            self.prefixes.push((prefix.into(), names::namespace_of(uri)));
        }
        if self.prefixes.len() > before {
            self.last_prefix = None;
            self.scopes.push((self.open.len(), before));
        }
    }

    fn end_checked(&mut self, token: &scan::Token) -> Result<(), TreeError> {
        let name = token.name(self.bytes);
        let open = self.open.last().and_then(|open| self.tree.nodes.get(open.node as usize));
        match open {
            Some(node) if node.name == name => {
                self.end(token.start);
                Ok(())
            }
            Some(node) => Err(TreeError {
                offset: token.start,
                reason: format!(
                    "`</{}>` closes `<{}>`",
                    String::from_utf8_lossy(name),
                    String::from_utf8_lossy(node.name)
                ),
            }),
            None => Err(TreeError { offset: token.start, reason: "an end tag closes nothing".to_owned() }),
        }
    }

    fn end(&mut self, content_end: usize) {
        let Some(open) = self.open.pop() else { return };
        if let Some(node) =
            self.tree.nodes.get_mut(open.node as usize).filter(|node| node.first_child == NONE)
        {
            node.text = self.bytes.get(open.content_start..content_end).unwrap_or(&[]);
        }
        if let Some((_, before)) = self.scopes.pop_if(|(depth, _)| *depth == self.open.len()) {
            self.prefixes.truncate(before);
            self.last_prefix = None;
        }
    }
}

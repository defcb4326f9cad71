//! What a file says of itself before its first member.

use super::appearance::Index;
use super::declared::Declared;
use super::names::{self, Namespace, Origin, Prefixes};
use super::scan::{self, Token};
use super::tree::{Element, Tree, Workspace};
use crate::numbers;
use stadtwin_model::{Envelope, Module};
use std::sync::{Arc, Mutex, PoisonError};

/// The head of a CityGML file.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    pub name: Option<String>,
    /// `1.0`, `1.1`, `2.0` or `3.0`.
    pub version: String,
    pub srs_name: Option<String>,
    /// As written, axis order of the file.
    pub envelope: Option<Envelope>,
    /// What the bytes were before they became UTF-8: `UTF-8`, `ISO-8859-15`, …
    pub encoding: String,
}

/// What the root element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    /// A `CityModel` or a feature collection: its children are members.
    Collection,
    /// One object is the whole file.
    Object,
}

/// What every member of a file needs to know.
pub struct Context {
    pub prefixes: Prefixes,
    pub uris: Uris,
    /// Looks that stand outside of all objects.
    pub appearances: Arc<Index>,
    pub srs_name: Option<String>,
    /// Key of the members' fingerprints.
    pub surroundings: [u8; 32],
    /// Registered extensions.
    pub declared: Arc<Declared>,
    /// Of the threads that parse just now.
    pub workspaces: Workspaces,
}

/// Workspaces that nobody uses; at most as many as threads ever parsed at once.
#[derive(Default)]
pub struct Workspaces(Mutex<Vec<Workspace>>);

impl Workspaces {
    pub fn take(&self) -> Workspace {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    pub fn put(&self, workspace: Workspace) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(workspace);
    }
}

/// Prefixes that the root declares and the namespaces they stand for.
pub type Uris = Vec<(Box<[u8]>, Box<[u8]>)>;

pub fn root_uris(bytes: &[u8], token: &Token) -> Uris {
    names::declared(token.attributes(bytes)).map(|(prefix, uri)| (prefix.into(), uri.into())).collect()
}

/// Kind of root, prefixes in force and CityGML version; `None` when the document is no CityGML.
pub fn read_root(bytes: &[u8], token: &Token) -> Option<(Root, Prefixes, Option<String>)> {
    let attributes = token.attributes(bytes);
    let prefixes: Prefixes =
        names::declared(attributes).map(|(prefix, uri)| (prefix.into(), names::namespace_of(uri))).collect();
    let (prefix, local) = scan::split_name(token.name(bytes));
    let namespace = names::lookup(&prefixes, prefix).unwrap_or_else(|| names::customary(prefix));
    let version = version(attributes, prefix);
    let root = match local {
        b"CityModel" if namespace.module != Module::Gml => Root::Collection,
        b"FeatureCollection" if version.is_some() => Root::Collection,
        _ if object_root(namespace, local) => Root::Object,
        _ => return None,
    };
    Some((root, prefixes, version))
}

fn object_root(namespace: Namespace, local: &[u8]) -> bool {
    let known = names::class_of_element(namespace, local).is_some_and(|class| !class.get().is_surface);
    // Half the world's XML has a `Section` or a `Square` without namespace.
    known && (namespace.origin == Origin::Standard || matches!(local, b"Building" | b"Bridge" | b"Tunnel"))
}

/// From the namespace of the root, else from the first CityGML namespace declared.
fn version(attributes: &[u8], root_prefix: &[u8]) -> Option<String> {
    let of = |uri: &[u8]| {
        let uri = String::from_utf8_lossy(uri).into_owned();
        let path = uri.split_once("www.opengis.net/citygml/")?.1.trim_end_matches('/').to_owned();
        let version = path.rsplit('/').next()?;
        version.starts_with(|c: char| c.is_ascii_digit()).then(|| version.to_owned())
    };
    let root =
        names::declared(attributes).find(|(prefix, _)| *prefix == root_prefix).and_then(|(_, uri)| of(uri));
    root.or_else(|| names::declared(attributes).find_map(|(_, uri)| of(uri)))
}

impl Header {
    /// Takes what a child of the root says before the first member.
    pub fn read_child(&mut self, bytes: &[u8], prefixes: &Prefixes) {
        let Ok(tree) = Tree::new(bytes, &[], prefixes) else {
            return;
        };
        let Some(child) = tree.root() else { return };
        match child.local() {
            b"name" if self.name.is_none() => {
                self.name = Some(child.text().into_owned()).filter(|name| !name.is_empty())
            }
            b"boundedBy" => {
                if let Some(envelope) = child.child(b"Envelope") {
                    self.read_envelope(envelope);
                }
            }
            _ => {}
        }
    }

    fn read_envelope(&mut self, envelope: Element) {
        let corners = envelope.descendants();
        self.srs_name = corners
            .filter_map(|element| element.attribute(b"srsName"))
            .map(|name| name.into_owned())
            .find(|name| !name.is_empty())
            .or(self.srs_name.take());
        let corner = |name: &[u8]| envelope.child(name).and_then(|corner| point(&corner));
        let positions =
            || envelope.children().filter(|child| child.local() == b"pos").filter_map(|pos| point(&pos));
        let low = corner(b"lowerCorner").or_else(|| positions().next());
        let high = corner(b"upperCorner").or_else(|| positions().nth(1));
        self.envelope = low.zip(high).map(|(min, max)| Envelope { min, max });
    }
}

fn point(corner: &Element) -> Option<[f64; 3]> {
    let mut values = Vec::new();
    numbers::numbers(&corner.plain_text(), false, &mut values).ok()?;
    match values.as_slice() {
        [x, y] => Some([*x, *y, 0.0]),
        [x, y, z, ..] => Some([*x, *y, *z]),
        _ => None,
    }
}

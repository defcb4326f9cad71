//! Content of unknown namespaces as XML text that stands on its own.

use super::header::Uris;
use super::member::Reader;
use super::scan::{self, Kind};
use super::tree::Element;
use serde_json::Value;
use stadtwin_model::{Attributes, Severity};
use std::collections::BTreeSet;

/// Foreign content kept of one top-level object [bytes].
const MAX_BYTES: usize = 1 << 20;

impl<'t, 'a> Reader<'t, 'a> {
    /// The element as its file has it, with the namespaces it needs; `None` where it is too much, or lies in another
    /// member.
    pub fn snippet(&mut self, element: Element<'t, 'a>) -> Option<String> {
        if !element.is_own() {
            return None;
        }
        let rest = self.bytes().get(element.offset()..)?;
        let tag = scan::next_token(rest, 0).ok()?;
        let raw = rest.get(..end_of(rest)?)?;
        self.extension_bytes += raw.len();
        if self.extension_bytes > MAX_BYTES {
            if !std::mem::replace(&mut self.told_extension, true) {
                let message =
                    "the object has more than 1 MiB of foreign content; the rest is kept as attributes only";
                self.tell(element, "extension_too_large", Severity::Warning, message.to_owned());
            }
            return None;
        }
        let mut declarations = String::new();
        for prefix in undeclared(raw) {
            let Some(uri) = self.namespace_uri(element, prefix) else { continue };
            let colon = if prefix.is_empty() { "" } else { ":" };
            let prefix = String::from_utf8_lossy(prefix);
            declarations.push_str(&format!(" xmlns{colon}{prefix}=\"{}\"", uri.replace('"', "&quot;")));
        }
        let (name, tail) = (raw.get(..tag.name_end)?, raw.get(tag.name_end..)?);
        let text = |bytes| String::from_utf8_lossy(bytes);
        Some([&*text(name), &declarations, &*text(tail)].concat())
    }

    /// What the prefix of a name stands for where the element is.
    pub fn namespace_uri(&self, element: Element<'t, 'a>, prefix: &[u8]) -> Option<String> {
        namespace_uri(element, prefix, self.uris())
    }

    /// Notes under `@namespaces` what the prefix of an element's name stands for.
    pub fn note_namespace(&self, element: Element<'t, 'a>, qualifiers: &mut Attributes) {
        let name = element.qualified_name();
        let (prefix, _) = name.split_once(':').unwrap_or(("", &name));
        let Some(uri) = self.namespace_uri(element, prefix.as_bytes()) else { return };
        let known = qualifiers.entry("@namespaces").or_insert_with(|| Value::Object(Attributes::new()));
        if let Value::Object(known) = known {
            known.insert(prefix.to_owned(), Value::from(uri));
        }
    }
}

/// The same with what the root declares.
pub fn namespace_uri(element: Element, prefix: &[u8], uris: &Uris) -> Option<String> {
    let mut around = std::iter::once(element).chain(element.ancestors());
    let near = around.find_map(|element| element.declared(prefix));
    let root = || uris.iter().find(|(known, _)| known.as_ref() == prefix).map(|(_, uri)| uri.as_ref());
    near.or_else(root).map(|uri| String::from_utf8_lossy(uri).into_owned())
}

/// Behind the element that begins at the first byte.
fn end_of(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        let token = scan::next_token(bytes, at).ok()?;
        at = token.end;
        match token.kind {
            Kind::Start => depth += 1,
            Kind::End => depth = depth.checked_sub(1)?,
            Kind::Empty | Kind::CData | Kind::Other => {}
        }
        if depth == 0 && !matches!(token.kind, Kind::CData | Kind::Other) {
            return Some(at);
        }
    }
}

/// Prefixes that the element uses and does not declare; empty for the default namespace.
fn undeclared(bytes: &[u8]) -> BTreeSet<&[u8]> {
    let mut missing = BTreeSet::new();
    // Depth and prefix of what is declared here.
    let mut declared: Vec<(usize, &[u8])> = Vec::new();
    let (mut depth, mut at) = (0_usize, 0);
    while let Ok(token) = scan::next_token(bytes, at) {
        at = token.end;
        match token.kind {
            Kind::Start | Kind::Empty => {
                depth += 1;
                let attributes = token.attributes(bytes);
                declared.extend(super::names::declared(attributes).map(|(prefix, _)| (depth, prefix)));
                let used = scan::attributes(attributes)
                    .map(|(name, _)| scan::split_name(name).0)
                    .filter(|prefix| !matches!(*prefix, b"" | b"xmlns" | b"xml"));
                for prefix in used.chain([scan::split_name(token.name(bytes)).0]) {
                    if !declared.iter().any(|(_, known)| *known == prefix) {
                        missing.insert(prefix);
                    }
                }
            }
            Kind::End => {}
            Kind::CData | Kind::Other => continue,
        }
        if token.kind != Kind::Start {
            declared.retain(|(at_depth, _)| *at_depth < depth);
            depth = depth.saturating_sub(1);
        }
    }
    missing
}

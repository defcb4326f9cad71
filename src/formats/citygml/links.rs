//! Links between members: which fragments are needed, and a second pass that finds them.

use super::file::CityGmlFile;
use super::header::Context;
use super::member::{self, Parsed};
use super::scan::{self, Kind};
use super::tree::Workspace;
use crate::formats::{FormatError, Input};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Fragments may point at further fragments this many times.
const MAX_PASSES: usize = 4;

/// A member that points at geometry in other members.
pub struct Unresolved {
    bytes: Vec<u8>,
    line: u64,
    context: Arc<Context>,
    /// gml:ids that the member lacks.
    needed: BTreeSet<String>,
}

impl Unresolved {
    pub(super) fn new(
        bytes: &[u8],
        line: u64,
        context: Arc<Context>,
        needed: BTreeSet<String>,
    ) -> Unresolved {
        Unresolved { bytes: bytes.to_vec(), line, context, needed }
    }
}

/// Reads the same input once more (again where fragments point on) and parses the pending members with what they
/// need. What nobody has becomes an issue of the object.
pub fn resolve(input: Input, pending: Vec<Unresolved>) -> Result<Vec<Parsed>, FormatError> {
    let mut fragments: HashMap<String, Vec<u8>> = HashMap::new();
    let mut wanted: BTreeSet<String> =
        pending.iter().flat_map(|member| member.needed.iter().cloned()).collect();
    let mut asked = wanted.clone();
    for _ in 0..MAX_PASSES {
        if wanted.is_empty() {
            break;
        }
        let found = collect(input.clone(), &wanted)?;
        wanted = found
            .values()
            .flat_map(|fragment| hrefs(fragment))
            .filter(|id| asked.insert(id.clone()))
            .collect();
        fragments.extend(found);
    }
    Ok(pending.iter().flat_map(|member| parse_with(member, &fragments)).collect())
}

fn parse_with(member: &Unresolved, fragments: &HashMap<String, Vec<u8>>) -> Vec<Parsed> {
    let mut needed: Vec<String> = member.needed.iter().cloned().collect();
    let mut taken: BTreeSet<String> = member.needed.clone();
    let mut own = Vec::new();
    while let Some(id) = needed.pop() {
        let Some(fragment) = fragments.get(&id) else {
            continue;
        };
        needed.extend(hrefs(fragment).filter(|next| taken.insert(next.clone())));
        own.push(fragment.clone());
    }
    let parse = |fragments: &[Vec<u8>]| {
        let mut workspace = Workspace::default();
        member::parse(&member.bytes, member.line, Some(fragments), &member.context, &mut workspace)
    };
    // A fragment that is no element must not cost the object.
    parse(&own).or_else(|_| parse(&[])).map(|outcome| outcome.objects).unwrap_or_default()
}

/// The elements with the wanted gml:ids, each as its bytes.
fn collect(input: Input, wanted: &BTreeSet<String>) -> Result<HashMap<String, Vec<u8>>, FormatError> {
    let mut found = HashMap::new();
    let mut file = CityGmlFile::open_plain(input)?;
    while let Some(batch) = file.next_batch()? {
        for member in batch.members() {
            collect_from(member, wanted, &mut found);
        }
    }
    Ok(found)
}

fn collect_from(member: &[u8], wanted: &BTreeSet<String>, found: &mut HashMap<String, Vec<u8>>) {
    // Id, depth and begin of each wanted element that is still open.
    let mut open: Vec<(String, usize, usize)> = Vec::new();
    let mut depth = 0_usize;
    let mut at = 0;
    while let Ok(token) = scan::next_token(member, at) {
        at = token.end;
        match token.kind {
            Kind::Start | Kind::Empty => {
                if let Some(id) = wanted_id(token.attributes(member), wanted) {
                    open.push((id, depth, token.start));
                }
                depth += usize::from(token.kind == Kind::Start);
            }
            Kind::End => depth = depth.saturating_sub(1),
            Kind::CData | Kind::Other => continue,
        }
        while let Some((id, _, start)) = open.pop_if(|(_, at_depth, _)| *at_depth == depth) {
            let bytes = member.get(start..token.end).unwrap_or(&[]).to_vec();
            // Of equal ids the outermost counts: a polygon before its ring.
            found.insert(id, bytes);
        }
    }
}

fn wanted_id(attributes: &[u8], wanted: &BTreeSet<String>) -> Option<String> {
    let (_, value) = scan::attributes(attributes).find(|(name, _)| scan::split_name(name).1 == b"id")?;
    let id = std::str::from_utf8(value).ok()?.trim();
    wanted.contains(id).then(|| id.to_owned())
}

/// Ids that the links in some bytes lead to.
fn hrefs(bytes: &[u8]) -> impl Iterator<Item = String> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let token = scan::next_token(bytes, at).ok()?;
            at = token.end;
            if matches!(token.kind, Kind::Start | Kind::Empty) {
                let href = scan::attributes(token.attributes(bytes))
                    .find(|(name, _)| scan::split_name(name).1 == b"href");
                if let Some(id) =
                    href.and_then(|(_, value)| target(&String::from_utf8_lossy(value)).map(str::to_owned))
                {
                    return Some(id);
                }
            }
        }
    })
}

/// The gml:id that a link in the same file points at: `#id`, or the bare id that some write.
pub fn target(href: &str) -> Option<&str> {
    match href.trim().split_once('#') {
        Some(("", id)) => Some(id),
        Some(_) => None,
        None if href.contains("://") || href.contains('/') || href.starts_with("urn:") => None,
        None => Some(href.trim()),
    }
    .filter(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_name_their_target() {
        let cases =
            [("#a", Some("a")), ("a", Some("a")), ("b.gml#a", None), ("http://x/y", None), ("#", None)];
        for (href, expected) in cases {
            assert_eq!(target(href), expected, "{href}");
        }
    }

    #[test]
    fn wanted_elements_are_cut_out() {
        let member = b"<m><a gml:id='x'><b gml:id='x'/><c gml:id='y'>1</c></a><d gml:id='z'/></m>";
        let wanted = ["x", "y"].map(str::to_owned).into();
        let mut found = HashMap::new();
        collect_from(member, &wanted, &mut found);
        assert_eq!(found.get("y").map(Vec::as_slice), Some(&b"<c gml:id='y'>1</c>"[..]));
        assert!(found.get("x").is_some_and(|bytes| bytes.starts_with(b"<a")));
        assert_eq!(found.len(), 2);
    }
}

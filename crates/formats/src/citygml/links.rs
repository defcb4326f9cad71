//! Links between members: which fragments are needed, and a second pass that finds them.

use super::file::CityGmlFile;
use super::header::Context;
use super::member::{self, Parsed};
use super::pending::Pending;
use super::scan::{self, Kind};
use super::tree::Workspace;
use crate::{FormatError, Input};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Fragments may point at further fragments this many times.
const MAX_PASSES: usize = 4;
/// Files beside the one at hand that are looked into for one part of its members.
const MAX_FILES: usize = 1_000;

/// A member that points at geometry in other members or other files.
pub struct Unresolved {
    pub(super) bytes: Vec<u8>,
    pub(super) line: u64,
    pub(super) context: Arc<Context>,
    /// What the member lacks: gml:ids, those in other files behind the name of the file, `b.gml#id`.
    pub(super) needed: BTreeSet<String>,
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

    pub(super) fn size_bytes(&self) -> usize {
        self.bytes.len() + self.needed.iter().map(String::len).sum::<usize>()
    }
}

/// Elements by what leads to them, as in `Unresolved::needed`.
type Fragments = HashMap<String, Vec<u8>>;

/// Reads the same input once more (again where fragments point on), and files beside it that members name, and parses
/// some of the pending members with what they need; to be called until none is pending. What nobody has becomes an
/// issue of the object.
pub fn resolve(input: &Input, pending: &mut Pending) -> Result<Vec<Parsed>, FormatError> {
    let io = |source| FormatError::Io { name: input.name.clone(), source };
    let members = pending.take().map_err(io)?;
    let Some(context) = members.first().map(|member| member.context.clone()) else { return Ok(Vec::new()) };
    let mut fragments = Fragments::new();
    let mut wanted: BTreeSet<String> =
        members.iter().flat_map(|member| member.needed.iter().cloned()).collect();
    let mut asked = wanted.clone();
    for _ in 0..MAX_PASSES {
        if wanted.is_empty() {
            break;
        }
        let found = collect_all(input, &context, &wanted)?;
        wanted = found
            .iter()
            .flat_map(|(key, fragment)| hrefs(fragment, file_of(key)))
            .filter(|id| asked.insert(id.clone()))
            .collect();
        fragments.extend(found);
    }
    Ok(members.iter().flat_map(|member| parse_with(member, &fragments)).collect())
}

fn parse_with(member: &Unresolved, fragments: &Fragments) -> Vec<Parsed> {
    let mut needed: Vec<String> = member.needed.iter().cloned().collect();
    let mut taken: BTreeSet<String> = member.needed.clone();
    let mut own = Vec::new();
    while let Some(key) = needed.pop() {
        let Some(fragment) = fragments.get(&key) else {
            continue;
        };
        needed.extend(hrefs(fragment, file_of(&key)).filter(|next| taken.insert(next.clone())));
        own.push(fragment.clone());
    }
    let parse = |fragments: &[Vec<u8>]| {
        let mut workspace = Workspace::default();
        member::parse(&member.bytes, member.line, Some(fragments), &member.context, &mut workspace)
    };
    // A fragment that is no element must not cost the object.
    parse(&own).or_else(|_| parse(&[])).map(|outcome| outcome.objects).unwrap_or_default()
}

/// The file before the `#`; empty for the same one.
fn file_of(key: &str) -> &str {
    key.rsplit_once('#').map_or("", |(file, _)| file)
}

/// From the file itself and from those beside it that are named.
fn collect_all(
    input: &Input,
    context: &Context,
    wanted: &BTreeSet<String>,
) -> Result<Fragments, FormatError> {
    let mut by_file: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for key in wanted {
        let id = key.rsplit_once('#').map_or(key.as_str(), |(_, id)| id);
        by_file.entry(file_of(key)).or_default().insert(id.to_owned());
    }
    let mut all = Fragments::new();
    for (file, ids) in by_file.into_iter().take(MAX_FILES) {
        if file.is_empty() {
            all.extend(collect(CityGmlFile::open_plain(input.clone())?, &ids)?);
            continue;
        }
        // Who has nothing to give leaves the link loose, which is told.
        let other = input.beside().input(file).and_then(|other| CityGmlFile::open_plain(other).ok());
        let Some(other) = other.filter(|other| is_of_one_crs(context, other)) else { continue };
        let found = collect(other, &ids).unwrap_or_default();
        all.extend(found.into_iter().map(|(id, fragment)| (format!("{file}#{id}"), fragment)));
    }
    Ok(all)
}

/// Coordinates of another CRS would be taken for those of the file that points at them.
fn is_of_one_crs(context: &Context, other: &CityGmlFile) -> bool {
    let other = other.header().srs_name.as_deref();
    context.srs_name.as_deref().is_none_or(|own| other.is_none_or(|other| own == other))
}

/// The elements with the wanted gml:ids, each as its bytes.
fn collect(mut file: CityGmlFile, wanted: &BTreeSet<String>) -> Result<Fragments, FormatError> {
    let mut found = Fragments::new();
    while let Some(batch) = file.next_batch()? {
        for member in batch.members() {
            collect_from(member, wanted, &mut found);
        }
    }
    Ok(found)
}

fn collect_from(member: &[u8], wanted: &BTreeSet<String>, found: &mut Fragments) {
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

/// What the links in some bytes lead to; the bytes are of `file`.
fn hrefs<'b>(bytes: &'b [u8], file: &'b str) -> impl Iterator<Item = String> + use<'b> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let token = scan::next_token(bytes, at).ok()?;
            at = token.end;
            if matches!(token.kind, Kind::Start | Kind::Empty) {
                let href = scan::attributes(token.attributes(bytes))
                    .find(|(name, _)| scan::split_name(name).1 == b"href");
                let key = href.and_then(|(_, value)| key(&String::from_utf8_lossy(value)));
                if let Some(key) = key {
                    return Some(if file.is_empty() || key.contains('#') {
                        key
                    } else {
                        format!("{file}#{key}")
                    });
                }
            }
        }
    })
}

/// What a link leads to, as in `Unresolved::needed`: the gml:id, behind the file where that is another one.
pub fn key(href: &str) -> Option<String> {
    if let Some(id) = target(href) {
        return Some(id.to_owned());
    }
    let (file, id) = href.trim().split_once('#')?;
    let is_file = !file.is_empty() && !file.contains(':') && !file.starts_with(['/', '\\']);
    (is_file && !id.is_empty()).then(|| format!("{file}#{id}"))
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
        let cases = [
            ("#a", Some("a")),
            ("../x/b.gml#a", Some("../x/b.gml#a")),
            ("http://x/y#a", None),
            ("/b.gml#a", None),
        ];
        for (href, expected) in cases {
            assert_eq!(key(href).as_deref(), expected, "{href}");
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

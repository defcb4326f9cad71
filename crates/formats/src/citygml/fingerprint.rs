//! Members known by their bytes: the same bytes in the same surroundings give the same object, so whoever has it need
//! not parse them again.

use super::declared::Declared;
use super::file::Batch;
use super::header::Context;
use super::scan;
use super::text::decode;
use twox_hash::XxHash3_128;

/// Hash over a member's bytes and over what else its parsing depends on. It tells changes from none; it is no proof
/// against somebody who may write the collection anyway.
pub type Fingerprint = [u8; 16];

/// A member whose object may be at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Place in its batch, from 0.
    pub member: usize,
    /// gml:id of its object.
    pub id: String,
    pub fingerprint: Fingerprint,
    /// Line in the file, from 1.
    pub line: u64,
}

/// Of a member in its file; `None` where looks that stand elsewhere may belong to it.
pub fn fingerprint(bytes: &[u8], context: &Context) -> Option<Fingerprint> {
    if !context.appearances.is_empty() {
        return None;
    }
    let seed = u64::from_le_bytes(*context.surroundings.first_chunk()?);
    Some(XxHash3_128::oneshot_with_seed(seed, bytes).to_le_bytes())
}

/// Seed of fingerprints: what the root and registered extensions say that members depend on.
pub fn surroundings(uris: &super::header::Uris, srs_name: Option<&str>, declared: &Declared) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for (prefix, uri) in uris {
        for part in [prefix, uri] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
    }
    hasher.update(srs_name.unwrap_or("\0").as_bytes());
    hasher.update(declared.digest());
    *hasher.finalize().as_bytes()
}

impl Batch {
    /// Members that begin with one object with a gml:id.
    pub fn candidates(&self) -> Vec<Candidate> {
        let members = self.members().zip(self.lines()).enumerate();
        let candidate = |(member, (bytes, line))| {
            let id = first_id(bytes)?;
            Some(Candidate { member, id, fingerprint: fingerprint(bytes, self.context())?, line })
        };
        members.filter_map(candidate).collect()
    }
}

/// gml:id of the first element inside the member.
fn first_id(bytes: &[u8]) -> Option<String> {
    let outer = scan::next_token(bytes, 0).ok()?;
    let object = scan::next_token(bytes, outer.end).ok()?;
    let mut attributes = scan::attributes(object.attributes(bytes));
    let (_, id) = attributes.find(|(name, _)| scan::split_name(name).1 == b"id")?;
    Some(decode(id.trim_ascii()).into_owned()).filter(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_that_of_the_object_inside() {
        let cases = [
            ("<m><b:Building gml:id=' a&amp;b '><c gml:id='d'/></b:Building></m>", Some("a&b")),
            ("<m>\n<!-- x --><b gml:id='a'/></m>", None),
            ("<m><b/><c gml:id='a'/></m>", None),
            ("<m/>", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(first_id(text.as_bytes()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn surroundings_count() {
        let uri = |prefix: &[u8], uri: &[u8]| vec![(Box::from(prefix), Box::from(uri))];
        let none = Declared::default();
        let some = Declared::new(&[stadtwin_model::AdeSchema::default()]);
        let one = surroundings(&uri(b"a", b"bc"), None, &none);
        assert_ne!(one, surroundings(&uri(b"ab", b"c"), None, &none));
        assert_ne!(one, surroundings(&uri(b"a", b"bc"), Some("EPSG:25832"), &none));
        assert_ne!(one, surroundings(&uri(b"a", b"bc"), None, &some));
        assert_eq!(one, surroundings(&uri(b"a", b"bc"), None, &none));
    }
}

//! Objects that the collection holds just as the input has them, told by their bytes: they are not read again.

use stadtwin_formats::{Batch, Fingerprint, has_code_spaces};
use stadtwin_model::{CityObject, Crs};
use stadtwin_store::{Recognisable, StoreError};

use super::Checks;
use super::hash::ENCODING;
use super::known::Lookup;
use super::pipeline::Done;
use super::prepare::{Content, Prepared};

/// What decides, beside its bytes and their file, what becomes of an object.
pub(super) fn settings(forced: Option<Crs>, checks: Checks) -> [u8; 32] {
    *blake3::hash(format!("{ENCODING} {forced:?} {checks:?}").as_bytes()).as_bytes()
}

pub(super) fn source_hash(settings: &[u8; 32], fingerprint: &Fingerprint) -> [u8; 16] {
    let mut hash = [0; 16];
    hash.copy_from_slice(&blake3::keyed_hash(settings, fingerprint).as_bytes()[..16]);
    hash
}

/// Whether the object leans on nothing that may change by itself: images, code lists.
pub(super) fn stands_alone(object: &CityObject) -> bool {
    !has_looks(object) && !has_code_spaces(object)
}

fn has_looks(object: &CityObject) -> bool {
    object.geometries.iter().any(|geometry| !geometry.appearances.is_empty())
        || object.implicit_geometries.iter().any(|implicit| {
            implicit.template.geometry.as_ref().is_some_and(|geometry| !geometry.appearances.is_empty())
        })
        || object.children.iter().any(has_looks)
}

/// Notes what the collection holds just so; gives the places of those members in the batch.
pub(super) fn recognise(
    batch: &Batch,
    lookup: &Lookup,
    settings: &[u8; 32],
    done: &mut Done,
) -> Result<Vec<usize>, StoreError> {
    if lookup.all_new() {
        return Ok(Vec::new());
    }
    let candidates = batch.candidates();
    let ids: Vec<String> = candidates.iter().map(|candidate| candidate.id.clone()).collect();
    let known = lookup.recognisable(&ids)?;
    let mut places = Vec::new();
    for candidate in candidates {
        let hash = source_hash(settings, &candidate.fingerprint);
        let Some(old) = known.get(&candidate.id).filter(|old| old.source_hash == hash) else { continue };
        places.push(candidate.member);
        done.tally.add_known(old);
        done.prepared.push(prepared(candidate.id, candidate.line, old));
    }
    Ok(places)
}

fn prepared(id: String, line: u64, old: &Recognisable) -> Prepared {
    let content = Content::Unchanged(old.key);
    Prepared {
        id,
        hash: old.content_hash,
        content,
        is_renamed: false,
        is_recognised: true,
        line,
        links: Vec::new(),
    }
}

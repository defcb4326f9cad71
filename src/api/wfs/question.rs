//! From the parameters of GetFeature to a checked question.

use std::sync::Arc;

use super::super::call::Call;
use super::super::params::{MAX_LIMIT, shortened};
use super::super::reference::Reference;
use super::super::region;
use super::exception::WfsError;
use super::features::USUAL_COUNT;
use super::kvp::Kvp;
use super::position::{FARTHEST, named as crs_named, usual};
use super::schema::{named, published, type_name, type_names};
use stadtwin_formats::{FesError, FesFilter, read_fes};
use stadtwin_model::{Collection, Crs};
use stadtwin_query::FeatureQuery;

/// Ids in one request.
const MOST_IDS: usize = 1_000;

/// What is asked for.
pub enum Question {
    /// A page of a feature type.
    Page { query: Box<FeatureQuery>, start: u64 },
    /// Features by their ids, in this order.
    Ids { collection: Box<Collection>, ids: Vec<String> },
}

/// A checked request.
pub struct Asked {
    pub question: Question,
    /// Of the answer; its name goes into it.
    pub reference: Reference,
    pub storage: Option<Crs>,
    pub hits_only: bool,
}

pub async fn read(call: &Call, kvp: &Kvp) -> Result<Asked, WfsError> {
    for name in ["aliases", "filter_language", "sortby", "propertyname", "resolve"] {
        let is_plain = name == "resolve" && kvp.get(name) == Some("none");
        if kvp.get(name).is_some() && !is_plain {
            let message = format!(
                "`{name}` is not offered here: `/collections/…/items` has filters, order and chosen properties"
            );
            return Err(WfsError::no_option(name, message));
        }
    }
    let storage = call.state.store.storage_crs().await?;
    let reference = match kvp.get("srsname") {
        Some(name) => crs_named(name, "srsName", storage.as_ref())?,
        None => usual(storage.as_ref()),
    };
    let hits_only = match kvp.get("resulttype").map(str::to_ascii_lowercase).as_deref() {
        None | Some("results") => false,
        Some("hits") => true,
        Some(other) => {
            let message = format!("`resultType` must be results or hits, not `{}`", shortened(other));
            return Err(WfsError::invalid("resultType", message));
        }
    };
    let all = published(call).await?;
    let narrowed = narrowed(kvp, storage.as_ref())?;
    let question = match narrowed {
        Narrowed::Ids(ids) => by_ids(kvp, &all, &ids)?,
        Narrowed::Box(numbers, reference) => {
            page(call, kvp, &all, storage, Some((&numbers, reference))).await?
        }
        Narrowed::Not => page(call, kvp, &all, storage, None).await?,
    };
    Ok(Asked { question, reference, storage, hits_only })
}

/// The collection of an id, and the feature's own id: `buildings.DENW1` or `DENW1` beside a type name.
pub fn split_id<'a>(
    all: &'a [Collection],
    known: Option<&'a Collection>,
    id: &str,
) -> Option<(&'a Collection, String)> {
    let of = |collection: &'a Collection| {
        let own = id.strip_prefix(&type_name(collection))?.strip_prefix('.')?;
        Some((collection, own.to_owned()))
    };
    match known {
        Some(collection) => Some(of(collection).unwrap_or_else(|| (collection, id.to_owned()))),
        None => all.iter().filter_map(of).next(),
    }
}

/// What a feature type is narrowed to.
enum Narrowed {
    Not,
    /// Four numbers, and what they are in.
    Box(String, Reference),
    /// As they came.
    Ids(Vec<String>),
}

/// One of `resourceId`, `bbox` and `filter`.
fn narrowed(kvp: &Kvp, storage: Option<&Crs>) -> Result<Narrowed, WfsError> {
    let ids = kvp.get("resourceid").or_else(|| kvp.get("featureid"));
    match (ids, kvp.get("bbox"), kvp.get("filter")) {
        (None, None, None) => Ok(Narrowed::Not),
        (Some(ids), None, None) => Ok(Narrowed::Ids(ids.split(',').map(|id| id.trim().to_owned()).collect())),
        (None, Some(text), None) => {
            let (numbers, reference) = match text.match_indices(',').nth(3) {
                Some((at, _)) => {
                    let (numbers, name) = text.split_at(at);
                    (numbers, crs_named(name.trim_start_matches(',').trim(), "bbox", storage)?)
                }
                None => (text, usual(storage)),
            };
            Ok(Narrowed::Box(numbers.to_owned(), reference))
        }
        (None, None, Some(filter)) => by_filter(kvp, filter, storage),
        _ => Err(WfsError::invalid("bbox", "give one of `resourceId`, `bbox` and `filter`".to_owned())),
    }
}

fn by_filter(kvp: &Kvp, text: &str, storage: Option<&Crs>) -> Result<Narrowed, WfsError> {
    let filter = read_fes(text.as_bytes()).map_err(|error| {
        let message = format!("`filter` cannot be taken: {error}");
        match error {
            FesError::Unsupported(_) => WfsError::no_option("filter", message),
            _ => WfsError::invalid("filter", message),
        }
    })?;
    Ok(match filter {
        FesFilter::Ids(ids) => Narrowed::Ids(ids),
        FesFilter::Box { srs_name, corners: [[a, b], [c, d]] } => {
            // Without a name of its own, the box is in what the answer is in (FES 2.0, 7.8.3.2).
            let name = srs_name.as_deref().or(kvp.get("srsname"));
            let reference = name.map(|name| crs_named(name, "filter", storage)).transpose()?;
            Narrowed::Box(format!("{a},{b},{c},{d}"), reference.unwrap_or_else(|| usual(storage)))
        }
    })
}

fn by_ids(kvp: &Kvp, all: &[Collection], asked: &[String]) -> Result<Question, WfsError> {
    let known = type_names(kvp).first().map(|name| named(all, name)).transpose()?;
    let mut found: Option<&Collection> = None;
    let mut ids = Vec::new();
    for id in asked.iter().filter(|id| !id.is_empty()).take(MOST_IDS + 1) {
        let Some((collection, own)) = split_id(all, known, id) else { continue };
        if found.is_some_and(|found| found.key != collection.key) {
            let message = "give resource ids of one feature type at a time".to_owned();
            return Err(WfsError::no_option("resourceId", message));
        }
        found = Some(collection);
        ids.push(own);
    }
    if ids.len() > MOST_IDS {
        return Err(WfsError::invalid("resourceId", format!("give up to {MOST_IDS} resource ids at a time")));
    }
    let Some(collection) = found else {
        let message = format!(
            "`resourceId` must be a feature type, a point and an id, such as `buildings.B_1`, not `{}`",
            shortened(&asked.join(","))
        );
        return Err(WfsError::invalid("resourceId", message));
    };
    Ok(Question::Ids { collection: Box::new(collection.clone()), ids })
}

async fn page(
    call: &Call,
    kvp: &Kvp,
    all: &[Collection],
    storage: Option<Crs>,
    bounds: Option<(&str, Reference)>,
) -> Result<Question, WfsError> {
    let names = type_names(kvp);
    let name = match names.as_slice() {
        [] => return Err(WfsError::missing("typeNames")),
        [name] => name,
        _ => {
            let message = "give one of `typeNames` at a time: joins are not offered".to_owned();
            return Err(WfsError::no_option("typeNames", message));
        }
    };
    let collection = Arc::new(named(all, name)?.clone());
    let count = kvp.number("count", u64::from(MAX_LIMIT))?;
    let count = count.or(kvp.number("maxfeatures", u64::from(MAX_LIMIT))?).unwrap_or(u64::from(USUAL_COUNT));
    let start = kvp.number("startindex", u64::MAX)?.unwrap_or(0);
    if start > FARTHEST {
        return Err(WfsError::invalid("startIndex", format!("`startIndex` must be at most {FARTHEST}")));
    }
    let revision = kvp.number("revision", i64::MAX.unsigned_abs())?;
    let revision = revision.map_or(collection.head, |revision| revision as i64).clamp(1, collection.head);
    let placed = region::placed(&collection, revision);
    let region = bounds.map(|(numbers, reference)| {
        let region = region::asked(call, numbers, reference, &placed, storage);
        region.map_err(|error| WfsError::of("bbox", error))
    });
    let region = region.transpose()?;
    let query = FeatureQuery {
        revision,
        limit: u32::try_from(count).unwrap_or(MAX_LIMIT),
        sort: Vec::new(),
        after: None,
        region,
        datetime: None,
        cell: None,
        overlay: None,
        filter: None,
        collection,
    };
    Ok(Question::Page { query: Box::new(query), start })
}

//! GetFeature.

use std::collections::{HashMap, HashSet};

use super::super::answer::Answer;
use super::super::call::Call;
use super::super::city;
use super::super::error::ApiError;
use super::super::items;
use super::super::negotiate::Media;
use super::super::params::shortened;
use super::super::projection::compute;
use super::super::reference::Reference;
use super::super::searches;
use super::super::time;
use super::GML;
use super::exception::WfsError;
use super::gml::{self, Head};
use super::kvp::Kvp;
use super::position::List;
use super::question::{Asked, Question, read, split_id};
use super::schema::published;
use super::stored::{is_by_id, unknown};
use super::xml::text_of;
use stadtwin_formats::{Selection, geojson};
use stadtwin_model::{Collection, Crs, Feature, Matched, Page};
use stadtwin_query::FeatureQuery;

/// Features on a page when the client does not say.
pub const USUAL_COUNT: u32 = 1_000;

/// What features come as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Gml,
    GeoJson,
    /// Whole objects.
    CityGml3,
    CityGml2,
}

impl Format {
    fn has_whole_objects(self) -> bool {
        matches!(self, Format::CityGml3 | Format::CityGml2)
    }
}

/// Names that `outputFormat` takes; the first is the default.
pub const FORMATS: [(&str, Format); 6] = [
    (GML, Format::Gml),
    ("text/xml; subtype=gml/3.2", Format::Gml),
    ("application/geo+json", Format::GeoJson),
    ("application/json", Format::GeoJson),
    ("citygml-3.0", Format::CityGml3),
    ("citygml-2.0", Format::CityGml2),
];

/// Features to be written, and what is told of their number.
struct Found {
    collection: Collection,
    features: Vec<Feature>,
    /// `None`: more than are counted for a page.
    matched: Option<i64>,
    next: Option<String>,
}

pub async fn show(call: &Call, kvp: &Kvp) -> Result<Answer, WfsError> {
    let format = format(kvp)?;
    if let Some(name) = kvp.get("storedquery_id").or_else(|| kvp.get("storedqueryid")) {
        if !is_by_id(name) {
            return Err(unknown(name, "storedQuery_id"));
        }
        return by_id(call, kvp, format).await;
    }
    let asked = read(call, kvp).await?;
    if format == Format::GeoJson && kvp.get("srsname").is_some() && !is_lon_lat(&asked.reference) {
        let message =
            "GeoJSON is in longitude and latitude (RFC 7946): leave `srsName` out, or take GML".to_owned();
        return Err(WfsError::invalid("srsName", message));
    }
    let Asked { question, reference, storage, hits_only } = asked;
    let found = match question {
        Question::Ids { collection, ids } => with_ids(call, *collection, &ids).await?,
        Question::Page { query, .. } if hits_only => {
            let matched = Some(call.state.store.count(&query).await?);
            found_in(&query, matched)
        }
        Question::Page { query, start } => page(call, kvp, *query, start, format).await?,
    };
    if hits_only {
        let found = Found { features: Vec::new(), next: None, ..found };
        return collection(call, found, reference, storage, Format::Gml).await;
    }
    collection(call, found, reference, storage, format).await
}

/// Nothing yet.
fn found_in(query: &FeatureQuery, matched: Option<i64>) -> Found {
    let collection = query.collection.as_ref().clone();
    Found { collection, features: Vec::new(), matched, next: None }
}

async fn page(
    call: &Call,
    kvp: &Kvp,
    mut query: FeatureQuery,
    start: u64,
    format: Format,
) -> Result<Found, WfsError> {
    let store = &call.state.store;
    let _turn =
        searches::turn(&call.state, &query, 1).await.map_err(|error| WfsError::of("filter", error))?;
    let matched = match store.matched(&query).await? {
        Matched::Exactly(count) => Some(count),
        Matched::About(_) => None,
    };
    let mut found = found_in(&query, matched);
    let list = List::new(call, kvp, &query);
    if query.limit == 0 || !list.begin_behind(&mut query, start).await? {
        return Ok(found);
    }
    let mut page = store.features(&query).await?;
    if format.has_whole_objects() {
        let keys = faces(call, &query.collection, &page.items).await?;
        let keys = city::bounded(Page { items: keys, next: page.next });
        page.items.truncate(keys.items.len());
        page.next = keys.next;
    }
    found.features = page.items;
    if let Some(after) = page.next {
        let behind = start + found.features.len() as u64;
        list.note(behind, after).await;
        found.next = Some(next_url(call, kvp, behind, query.revision));
    }
    Ok(found)
}

pub fn is_gml(format: &str) -> bool {
    parse(format) == Some(Format::Gml)
}

fn parse(text: &str) -> Option<Format> {
    // Spaces come and go in media types, and a plus sign may have become one.
    let plain = |text: &str| text.replace([' ', '+'], "").to_ascii_lowercase();
    let short = [
        ("gml32", Format::Gml),
        ("gml3.2", Format::Gml),
        ("geojson", Format::GeoJson),
        ("json", Format::GeoJson),
    ];
    let mut known = FORMATS.iter().chain(&short);
    known.find(|(name, _)| plain(name) == plain(text)).map(|(_, format)| *format)
}

fn format(kvp: &Kvp) -> Result<Format, WfsError> {
    let Some(text) = kvp.get("outputformat") else { return Ok(Format::Gml) };
    parse(text).ok_or_else(|| {
        let all = FORMATS.map(|(name, _)| name).join(" | ");
        WfsError::invalid(
            "outputFormat",
            format!("`outputFormat` must be one of {all}, not `{}`", shortened(text)),
        )
    })
}

fn is_lon_lat(reference: &Reference) -> bool {
    reference.crs.horizontal == 4326
}

/// The next page shows the same state, whatever is published meanwhile.
fn next_url(call: &Call, kvp: &Kvp, start: u64, revision: i64) -> String {
    let query =
        kvp.with(&[("startindex", Some(start.to_string())), ("revision", Some(revision.to_string()))]);
    call.base.to(&format!("/wfs?{query}"))
}

/// Features that are there, in the order of their ids; others are left out.
async fn with_ids(call: &Call, collection: Collection, ids: &[String]) -> Result<Found, WfsError> {
    // By the id as it is, else by the one that it stands for.
    let plain: Vec<_> = ids.iter().map(|id| text_of(id)).collect();
    let wanted: Vec<_> = ids.iter().chain(&plain).cloned().collect();
    let known = call.state.store.features_by_id(&collection, collection.head, &wanted).await?;
    let mut known: HashMap<String, Feature> =
        known.into_iter().map(|feature| (feature.id.clone(), feature)).collect();
    let mut features = Vec::new();
    let mut given = HashSet::new();
    for (id, plain) in ids.iter().zip(&plain) {
        let own = if known.contains_key(id) || given.contains(id) { id } else { plain };
        if let Some(feature) = known.remove(own) {
            given.insert(own.clone());
            features.push(feature);
        }
    }
    let matched = Some(features.len() as i64);
    Ok(Found { collection, features, matched, next: None })
}

async fn one(call: &Call, collection: &Collection, id: &str) -> Result<Option<Feature>, WfsError> {
    Ok(with_ids(call, collection.clone(), &[id.to_owned()]).await?.features.pop())
}

/// The stored query: the feature alone.
async fn by_id(call: &Call, kvp: &Kvp, format: Format) -> Result<Answer, WfsError> {
    let id = kvp.needed("id")?;
    let storage = call.state.store.storage_crs().await?;
    let reference = match kvp.get("srsname") {
        Some(name) => super::position::named(name, "srsName", storage.as_ref())?,
        None => super::position::usual(storage.as_ref()),
    };
    let all = published(call).await?;
    let feature = match split_id(&all, None, id) {
        Some((collection, own)) => one(call, collection, &own).await?.map(|feature| (collection, feature)),
        None => None,
    };
    let Some((owner, feature)) = feature else {
        return Err(WfsError::not_found(format!("no feature `{}`", shortened(id))));
    };
    let (collection, features) = (owner.clone(), vec![feature]);
    if format != Format::Gml {
        let found = Found { collection, features, matched: Some(1), next: None };
        return self::collection(call, found, reference, storage, format).await;
    }
    let text = compute(move || {
        let mut features = features;
        place(&reference, storage.as_ref(), &mut features)?;
        Ok(gml::single(&collection, &features, &reference))
    });
    Ok(Answer::file(GML, text.await.map_err(|error| WfsError::of("id", error))?))
}

fn place(reference: &Reference, storage: Option<&Crs>, features: &mut [Feature]) -> Result<(), ApiError> {
    match storage {
        Some(storage) => reference.place(storage, features),
        None => Ok(()),
    }
}

/// All that was found, in the format asked for.
async fn collection(
    call: &Call,
    found: Found,
    reference: Reference,
    storage: Option<Crs>,
    format: Format,
) -> Result<Answer, WfsError> {
    let media = match format {
        Format::CityGml3 => Media::CityGml3,
        Format::CityGml2 => Media::CityGml2,
        Format::Gml => {
            let schema_url = call.base.to("/wfs");
            let text = compute(move || {
                let Found { collection, mut features, matched, next, .. } = found;
                place(&reference, storage.as_ref(), &mut features)?;
                let head = Head { schema_url: &schema_url, matched, next: next.as_deref() };
                Ok(gml::collection(&collection, &features, &reference, &head))
            });
            let text = text.await.map_err(|error| WfsError::of("", error))?;
            return Ok(Answer::file(GML, text));
        }
        Format::GeoJson => {
            let text = compute(move || geojson_page(found, storage.as_ref()));
            return Ok(Answer::new(Media::GeoJson, text.await.map_err(|error| WfsError::of("", error))?));
        }
    };
    let call = Call { media, ..call.clone() };
    let keys = faces(&call, &found.collection, &found.features).await?;
    let page = city::bounded(Page { items: keys.clone(), next: None });
    if page.items.len() < keys.len() {
        let message = format!(
            "these features are too large for one answer: ask for {} at a time, or for GML or GeoJSON",
            page.items.len()
        );
        return Err(WfsError::invalid("resourceId", message));
    }
    let answer = city::write(&call, &found.collection, &keys, Selection::default(), storage.as_ref()).await;
    let answer = answer.map_err(|error| WfsError::of("outputFormat", error))?;
    // The documents have no place for it.
    let matched = found.matched.map_or(Matched::About(0), Matched::Exactly);
    let next = found.next.map(|next| format!("<{next}>; rel=\"next\""));
    Ok(items::told_in_headers(answer, matched, keys.len(), next.as_deref()))
}

/// Keys of features and their numbers of faces, in their order.
async fn faces(
    call: &Call,
    collection: &Collection,
    features: &[Feature],
) -> Result<Vec<(i64, i32)>, WfsError> {
    let keys: Vec<_> = features.iter().map(|feature| feature.key).collect();
    let counts = call.state.store.face_counts(collection, &keys).await?;
    Ok(keys.into_iter().map(|key| (key, counts.get(&key).copied().unwrap_or(0))).collect())
}

fn geojson_page(found: Found, storage: Option<&Crs>) -> Result<Vec<u8>, ApiError> {
    let Found { mut features, matched, next, .. } = found;
    place(&Reference::default(), storage, &mut features)?;
    let mut out = b"{\"type\":\"FeatureCollection\",\"timeStamp\":".to_vec();
    serde_json::to_writer(&mut out, &time::now())?;
    if let Some(matched) = matched {
        out.extend_from_slice(format!(",\"numberMatched\":{matched}").as_bytes());
    }
    out.extend_from_slice(format!(",\"numberReturned\":{}", features.len()).as_bytes());
    if let Some(next) = next {
        let links = serde_json::json!([{ "rel": "next", "href": next, "type": Media::GeoJson.name() }]);
        out.extend_from_slice(format!(",\"links\":{links}").as_bytes());
    }
    out.extend_from_slice(b",\"features\":[");
    for (index, feature) in features.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        geojson::write_feature(&mut out, feature, &[])?;
    }
    out.extend_from_slice(b"]}");
    Ok(out)
}

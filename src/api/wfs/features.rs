//! GetFeature.

use super::super::answer::Answer;
use super::super::call::Call;
use super::super::city;
use super::super::error::ApiError;
use super::super::negotiate::Media;
use super::super::params::shortened;
use super::super::projection::compute;
use super::super::reference::Reference;
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
use stadtwin_model::{Collection, Crs, Feature};

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
    matched: i64,
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
        Question::Page { query, start } => {
            let mut query = *query;
            let matched = call.state.store.count(&query).await?;
            let list = List::new(call, kvp, &query);
            let mut features = Vec::new();
            let mut next = None;
            if !hits_only && query.limit > 0 && list.begin_behind(&mut query, start).await? {
                let page = call.state.store.features(&query).await?;
                features = page.items;
                if let Some(after) = page.next {
                    let behind = start + features.len() as u64;
                    list.note(behind, after).await;
                    next = Some(next_url(call, kvp, behind, query.revision));
                }
            }
            Found { collection: (*query.collection).clone(), features, matched, next }
        }
    };
    if hits_only {
        let found = Found { features: Vec::new(), next: None, ..found };
        return collection(call, found, reference, storage, Format::Gml).await;
    }
    collection(call, found, reference, storage, format).await
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

/// Features that are there; others are left out.
async fn with_ids(call: &Call, collection: Collection, ids: &[String]) -> Result<Found, WfsError> {
    let mut features: Vec<Feature> = Vec::new();
    for id in ids {
        if let Some(feature) = one(call, &collection, id).await?
            && features.iter().all(|known| known.key != feature.key)
        {
            features.push(feature);
        }
    }
    let matched = features.len() as i64;
    Ok(Found { collection, features, matched, next: None })
}

/// By the id as it is, else by the one that it stands for.
async fn one(call: &Call, collection: &Collection, id: &str) -> Result<Option<Feature>, WfsError> {
    let store = &call.state.store;
    if let Some(feature) = store.feature(collection, collection.head, id).await? {
        return Ok(Some(feature));
    }
    Ok(store.feature(collection, collection.head, &text_of(id)).await?)
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
        let found = Found { collection, features, matched: 1, next: None };
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
                let Found { collection, mut features, matched, next } = found;
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
    let keys: Vec<_> = found.features.iter().map(|feature| (feature.key, 0)).collect();
    let answer = city::write(&call, &found.collection, &keys, Selection::default(), storage.as_ref()).await;
    answer.map_err(|error| WfsError::of("outputFormat", error))
}

fn geojson_page(found: Found, storage: Option<&Crs>) -> Result<Vec<u8>, ApiError> {
    let Found { mut features, matched, next, .. } = found;
    place(&Reference::default(), storage, &mut features)?;
    let mut out = b"{\"type\":\"FeatureCollection\",\"timeStamp\":".to_vec();
    serde_json::to_writer(&mut out, &time::now())?;
    out.extend_from_slice(
        format!(",\"numberMatched\":{matched},\"numberReturned\":{}", features.len()).as_bytes(),
    );
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

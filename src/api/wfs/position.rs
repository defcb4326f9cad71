//! Coordinate reference systems as clients of WFS name them, and where in a list of features a page begins.

use super::super::call::Call;
use super::super::collections::CRS84_URI;
use super::super::params::shortened;
use super::super::reference::{Reference, offered};
use super::exception::WfsError;
use super::kvp::Kvp;
use stadtwin_crs::{CRS84, parse_crs_uri};
use stadtwin_model::Crs;
use stadtwin_query::FeatureQuery;

/// Keys read at once when a page begins far behind.
const KEYS: u32 = 20_000;
/// Farthest first feature of a page.
pub const FARTHEST: u64 = 10_000_000;

pub fn urn(code: u32) -> String {
    format!("urn:ogc:def:crs:EPSG::{code}")
}

/// Codes of what features can be asked for in besides the default.
pub fn other_codes(storage: Option<&Crs>) -> Vec<u32> {
    let code = |uri: &String| uri.rsplit('/').next()?.parse().ok();
    let default = storage.map_or(4326, |crs| crs.horizontal);
    offered(storage).iter().filter_map(code).filter(|code| *code != default).collect()
}

/// The default: the storage's, with the axes of its definition.
pub fn usual(storage: Option<&Crs>) -> Reference {
    let uri = urn(storage.map_or(4326, |crs| crs.horizontal));
    let crs = parse_crs_uri(&uri).unwrap_or(CRS84);
    Reference { uri, crs }
}

/// What a name means. URNs and URLs of definitions have the axes of these; short names (`EPSG:4326`) and those of GML 2
/// mean east first, as they always did.
pub fn named(name: &str, parameter: &str, storage: Option<&Crs>) -> Result<Reference, WfsError> {
    let is_defined = ["urn:", "http://www.opengis.net/def/", "https://www.opengis.net/def/"]
        .iter()
        .any(|beginning| name.to_ascii_lowercase().starts_with(beginning));
    let parsed = parse_crs_uri(name).ok();
    let crs = parsed.map(|crs| Crs { north_first: crs.north_first && is_defined, ..crs });
    let is_offered = |crs: &Crs| {
        let default = storage.map_or(4326, |storage| storage.horizontal);
        crs.horizontal == default
            || other_codes(storage).contains(&crs.horizontal)
            || crs.horizontal == CRS84.horizontal && !crs.north_first
    };
    match crs.filter(is_offered) {
        Some(crs) => Ok(Reference { uri: name.to_owned(), crs }),
        None => {
            let all: Vec<_> = std::iter::once(usual(storage).uri)
                .chain(other_codes(storage).into_iter().map(urn))
                .chain([CRS84_URI.to_owned()])
                .collect();
            let message =
                format!("`{parameter}` must be one of {}, not `{}`", all.join(", "), shortened(name));
            Err(WfsError::invalid(parameter, message))
        }
    }
}

/// Where the pages of one list begin: it is told by its state and its box.
pub struct List<'a> {
    call: &'a Call,
    name: String,
}

impl<'a> List<'a> {
    pub fn new(call: &'a Call, kvp: &Kvp, query: &FeatureQuery) -> List<'a> {
        let [bbox, filter, srs] = ["bbox", "filter", "srsname"].map(|name| kvp.get(name).unwrap_or_default());
        // Filters may be long.
        let asked = blake3::hash(format!("{bbox} {filter} {srs}").as_bytes());
        List { call, name: format!("{} {} {asked}", query.collection.key, query.revision) }
    }

    /// Lets the question begin behind its first `start` features. False when there are not so many.
    ///
    /// The keys are walked, unless the page before has told where it ended.
    pub async fn begin_behind(&self, query: &mut FeatureQuery, start: u64) -> Result<bool, WfsError> {
        if start == 0 {
            return Ok(true);
        }
        if let Some(after) = self.call.state.places.get(&self.place(start)).await {
            query.after = Some(after);
            return Ok(true);
        }
        let (limit, mut rest) = (query.limit, start);
        while rest > 0 {
            query.limit = u32::try_from(rest).unwrap_or(KEYS).min(KEYS);
            let page = self.call.state.store.feature_keys(query).await?;
            rest -= (page.items.len() as u64).min(rest);
            let Some(next) = page.next else { return Ok(false) };
            query.after = Some(next);
        }
        query.limit = limit;
        Ok(true)
    }

    /// `after` is the last key of the first `start` features.
    pub async fn note(&self, start: u64, after: i64) {
        self.call.state.places.insert(self.place(start), after).await;
    }

    fn place(&self, start: u64) -> String {
        format!("{} {start}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Name, code, whether north comes first.
    #[test]
    fn names_mean_what_clients_mean() {
        let utm = Crs { horizontal: 25832, ..CRS84 };
        for (name, code, north_first) in [
            ("urn:ogc:def:crs:EPSG::25832", 25832, false),
            ("urn:ogc:def:crs:EPSG::4326", 4326, true),
            ("http://www.opengis.net/def/crs/EPSG/0/4326", 4326, true),
            ("EPSG:4326", 4326, false),
            ("http://www.opengis.net/gml/srs/epsg.xml#4326", 4326, false),
            ("urn:ogc:def:crs:OGC:1.3:CRS84", 4326, false),
            ("urn:ogc:def:crs:EPSG::31468", 31468, true),
        ] {
            let found = named(name, "srsName", Some(&utm)).unwrap();
            assert_eq!((found.crs.horizontal, found.crs.north_first), (code, north_first), "{name}");
        }
        for name in ["urn:ogc:def:crs:EPSG::2180", "nonsense", ""] {
            assert!(named(name, "srsName", Some(&utm)).is_err(), "{name}");
        }
        assert_eq!(other_codes(Some(&utm)), [25833, 4258, 31468, 3857, 4326]);
    }
}

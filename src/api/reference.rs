//! OGC API – Features 2: the parameters `crs` and `bbox-crs`, and what collections offer.

use super::call::Call;
use super::error::ApiError;
use super::negotiate::Media;
use super::params::shortened;
use super::projection::between;
use stadtwin_crs::{CRS84, CRS84_URI, CrsError, HeightModel, crs_uri, epsg_uri, parse_crs_uri};
use stadtwin_model::{Crs, Feature, VerticalCrs};

/// Another name of CRS84 that clients use.
pub const CRS84_ALIAS: &str = "http://www.opengis.net/def/crs/OGC/0/CRS84";

/// Systems that clients in Germany ask for besides the storage's: ETRS89 with UTM and without, Gauß-Krüger zone 4.
const GERMAN: [u32; 4] = [25832, 25833, 4258, 31468];
/// Systems that clients anywhere ask for.
const WORLDWIDE: [u32; 2] = [3857, 4326];

/// A coordinate reference system by the name under which it was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// As the client wrote it: answers echo it.
    pub uri: String,
    /// With the axes of its definition in `north_first`.
    pub crs: Crs,
}

impl Default for Reference {
    fn default() -> Reference {
        Reference { uri: CRS84_URI.to_owned(), crs: CRS84 }
    }
}

/// The URIs of what outlines can be asked for in, the default first.
pub fn offered(storage: Option<&Crs>) -> Vec<String> {
    uris(plane(storage))
}

/// The URIs of what shapes in space can be asked for in, the default first; none where nobody knows what the heights of
/// the storage are, nor how to make others of them.
pub fn offered_in_space(storage: Option<&Crs>, heights: &HeightModel) -> Vec<String> {
    uris(space(storage, heights))
}

fn uris(references: Vec<Reference>) -> Vec<String> {
    references.into_iter().map(|reference| reference.uri).collect()
}

/// Systems of two coordinates.
fn plane(storage: Option<&Crs>) -> Vec<Reference> {
    let others = codes(storage).into_iter().map(|code| Reference::of(by_definition(code)));
    std::iter::once(Reference::default()).chain(others).collect()
}

/// Systems of three coordinates: degrees with heights above the ellipsoid, and all of the plane with the storage's
/// heights where these have a name. Without a height model degrees have the latter too.
fn space(storage: Option<&Crs>, heights: &HeightModel) -> Vec<Reference> {
    let Some(storage) = storage else { return Vec::new() };
    let is_raised = !matches!(heights, HeightModel::None);
    let lonlat = |vertical| Reference::of(Crs { vertical, ..CRS84 });
    match storage.vertical {
        VerticalCrs::Unknown if !is_raised => Vec::new(),
        VerticalCrs::Unknown | VerticalCrs::Ellipsoidal => vec![lonlat(VerticalCrs::Ellipsoidal)],
        own => {
            let first = lonlat(if is_raised { VerticalCrs::Ellipsoidal } else { own });
            let others = codes(Some(storage)).into_iter();
            let others = others.map(|code| Reference::of(Crs { vertical: own, ..by_definition(code) }));
            std::iter::once(first).chain(others).collect()
        }
    }
}

fn by_definition(code: u32) -> Crs {
    parse_crs_uri(&epsg_uri(code)).unwrap_or(Crs { horizontal: code, ..CRS84 })
}

fn codes(storage: Option<&Crs>) -> Vec<u32> {
    let Some(storage) = storage else { return Vec::new() };
    let is_german = GERMAN.contains(&storage.horizontal);
    let german = GERMAN.into_iter().filter(|_| is_german);
    let mut codes = vec![storage.horizontal];
    for code in german.chain(WORLDWIDE) {
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    codes
}

/// The one that a URI names.
fn find(uri: &str, all: Vec<Reference>) -> Option<Reference> {
    let known = if uri == CRS84_ALIAS { CRS84_URI } else { uri };
    let found = all.into_iter().find(|reference| reference.uri == known)?;
    Some(Reference { uri: uri.to_owned(), ..found })
}

fn refused(name: &str, uri: &str, offered: &[String], hint: &str) -> ApiError {
    ApiError::BadRequest(format!(
        "`{name}` must be one of {}, not `{}`{hint}",
        offered.join(", "),
        shortened(uri)
    ))
}

/// What `bbox-crs` names; CRS84 where it is missing, in which six numbers are in CRS84h.
pub fn of_box(call: &Call, storage: Option<&Crs>) -> Result<Reference, ApiError> {
    let Some(uri) = call.query.get("bbox-crs") else { return Ok(Reference::default()) };
    let mut all = plane(storage);
    all.extend(space(storage, &call.state.heights));
    let offered = uris(all.clone());
    find(uri, all).ok_or_else(|| refused("bbox-crs", uri, &offered, ""))
}

/// The CRS of a body that is sent, by the header `name`. Heights are ellipsoidal in CRS84, CRS84h and EPSG:4979, else the
/// storage's: whoever says so too means the same.
pub fn of_uri(name: &str, uri: &str, storage: Option<&Crs>) -> Result<Reference, ApiError> {
    let with_heights = space(storage, &HeightModel::Constant(0.0)).into_iter();
    let flat = with_heights.map(|Reference { uri, crs }| match crs.vertical {
        VerticalCrs::Ellipsoidal => Reference { uri, crs },
        _ => Reference { uri, crs: Crs { vertical: VerticalCrs::Unknown, ..crs } },
    });
    // The same as CRS84h, latitude first: what other programs call it.
    let geographic = Crs { vertical: VerticalCrs::Ellipsoidal, ..by_definition(4326) };
    let all = plane(storage).into_iter().chain(flat).chain([Reference::of(geographic)]).collect();
    find(uri, all).ok_or_else(|| refused(name, uri, &offered(storage), ""))
}

/// What `crs` names, for an answer with outlines: pages for people are in CRS84, whole objects in the storage CRS. Shapes
/// of JSON-FG stand in space.
pub fn of_answer(call: &Call, storage: Option<&Crs>) -> Result<Reference, ApiError> {
    let Some(uri) = call.query.get("crs") else { return Ok(Reference::default()) };
    if call.media.has_whole_objects() || call.media == Media::Glb {
        return Err(ApiError::BadRequest(
            "`crs` goes with GeoJSON, JSON-FG and tables; whole objects come in the storage CRS (`stadtwin export --crs` converts them)"
                .to_owned(),
        ));
    }
    if call.media == Media::JsonFg {
        return in_space(call, uri, storage);
    }
    let reference = find(uri, plane(storage)).ok_or_else(|| {
        let hint = match find(uri, space(storage, &call.state.heights)) {
            Some(_) => ": outlines have no heights; shapes in space do, in JSON-FG (`f=jsonfg`) and as surfaces (`/items/{id}/surfaces`)",
            None => "",
        };
        refused("crs", uri, &offered(storage), hint)
    })?;
    Ok(match call.media {
        Media::Html => Reference::default(),
        media if media.is_feature_table() => {
            Reference { crs: Crs { north_first: false, ..reference.crs }, ..reference }
        }
        _ => reference,
    })
}

/// What `crs` names, for an answer with surfaces: in space unless said otherwise.
pub fn of_surfaces(call: &Call, storage: Option<&Crs>) -> Result<Reference, ApiError> {
    let default = space(storage, &call.state.heights).into_iter().next().unwrap_or_default();
    match call.query.get("crs") {
        Some(uri) => {
            let reference = in_space(call, uri, storage)?;
            Ok(if call.media == Media::Html { default } else { reference })
        }
        None => Ok(default),
    }
}

fn in_space(call: &Call, uri: &str, storage: Option<&Crs>) -> Result<Reference, ApiError> {
    let mut all = space(storage, &call.state.heights);
    all.extend(plane(storage));
    let offered = uris(all.clone());
    find(uri, all).ok_or_else(|| refused("crs", uri, &offered, ""))
}

impl Reference {
    /// By its own name.
    fn of(crs: Crs) -> Reference {
        Reference { uri: crs_uri(&crs), crs }
    }

    /// Brings outlines from the storage CRS into this one, with its own order of axes.
    pub fn place<'a>(
        &self,
        storage: &Crs,
        features: impl IntoIterator<Item = &'a mut Feature>,
    ) -> Result<(), ApiError> {
        between(storage, &self.crs, |transformer| {
            features.into_iter().flat_map(Feature::runs_mut).try_for_each(|run| {
                transformer.convert_2d(run)?;
                if self.crs.north_first {
                    run.iter_mut().for_each(|point| point.swap(0, 1));
                }
                Ok::<_, CrsError>(())
            })
        })??;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_storage_system_is_offered_once() {
        let utm = Crs { horizontal: 25832, ..CRS84 };
        assert_eq!(codes(Some(&utm)), [25832, 25833, 4258, 31468, 3857, 4326]);
        assert_eq!(codes(Some(&Crs { horizontal: 28992, ..CRS84 })), [28992, 3857, 4326]);
        assert_eq!(offered(None), [CRS84_URI]);
    }

    #[test]
    fn heights_are_offered_where_they_have_a_name() {
        let utm = |vertical| Crs { horizontal: 28992, vertical, ..CRS84 };
        let names = |vertical, heights| offered_in_space(Some(&utm(vertical)), &heights);
        let compound = |code: &str| {
            format!(
                "http://www.opengis.net/def/crs-compound?1=http://www.opengis.net/def/crs/{code}&2=http://www.opengis.net/def/crs/EPSG/0/5709"
            )
        };
        let own = VerticalCrs::Epsg(5709);
        let others = ["EPSG/0/28992", "EPSG/0/3857", "EPSG/0/4326"].map(compound);
        let crs84h = "http://www.opengis.net/def/crs/OGC/0/CRS84h".to_owned();
        let with_others = |first: &String| [std::slice::from_ref(first), &others[..]].concat();
        assert_eq!(names(own, HeightModel::Constant(43.0)), with_others(&crs84h));
        assert_eq!(names(own, HeightModel::None), with_others(&compound("OGC/1.3/CRS84")));
        assert_eq!(names(VerticalCrs::Ellipsoidal, HeightModel::None), std::slice::from_ref(&crs84h));
        assert_eq!(names(VerticalCrs::Unknown, HeightModel::Constant(43.0)), [crs84h]);
        assert!(names(VerticalCrs::Unknown, HeightModel::None).is_empty());
    }
}

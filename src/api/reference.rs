//! OGC API – Features 2: the parameters `crs` and `bbox-crs`, and what collections offer.

use super::call::Call;
use super::collections::CRS84_URI;
use super::error::ApiError;
use super::negotiate::Media;
use super::params::shortened;
use super::projection::between;
use stadtwin_crs::{CRS84, CrsError, parse_crs_uri};
use stadtwin_model::{Crs, Feature};

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

/// The URIs of what features can be asked for in, the default first.
pub fn offered(storage: Option<&Crs>) -> Vec<String> {
    let epsg = |code| format!("http://www.opengis.net/def/crs/EPSG/0/{code}");
    std::iter::once(CRS84_URI.to_owned()).chain(codes(storage).into_iter().map(epsg)).collect()
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

/// What the parameter names; CRS84 where it is missing, 400 for what the collection does not offer.
pub fn asked(call: &Call, parameter: &str, storage: Option<&Crs>) -> Result<Reference, ApiError> {
    match call.query.get(parameter) {
        Some(uri) => of_uri(parameter, uri, storage),
        None => Ok(Reference::default()),
    }
}

/// One of those that the collection offers; `name` is what says it.
pub fn of_uri(name: &str, uri: &str, storage: Option<&Crs>) -> Result<Reference, ApiError> {
    let known = parse_crs_uri(uri).ok().filter(|crs| {
        crs.horizontal == CRS84.horizontal && !crs.north_first || codes(storage).contains(&crs.horizontal)
    });
    match known {
        Some(crs) => Ok(Reference { uri: uri.to_owned(), crs }),
        None => Err(ApiError::BadRequest(format!(
            "`{name}` must be one of {}, not `{}`",
            offered(storage).join(", "),
            shortened(uri)
        ))),
    }
}

/// What `crs` names, for an answer with outlines: pages for people are in CRS84, whole objects in the storage CRS.
pub fn of_answer(call: &Call, storage: Option<&Crs>) -> Result<Reference, ApiError> {
    let reference = asked(call, "crs", storage)?;
    if (call.media.has_whole_objects() || call.media == Media::Glb) && call.query.get("crs").is_some() {
        return Err(ApiError::BadRequest(
            "`crs` goes with GeoJSON, JSON-FG and tables; whole objects come in the storage CRS (`stadtwin export --crs` converts them)"
                .to_owned(),
        ));
    }
    Ok(match call.media {
        Media::Html => Reference::default(),
        media if media.is_feature_table() => {
            Reference { crs: Crs { north_first: false, ..reference.crs }, ..reference }
        }
        _ => reference,
    })
}

impl Reference {
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
}

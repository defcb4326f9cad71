//! Which representation and language a client gets: `f=` and `lang=` first, then `Accept` and `Accept-Language`.

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, ACCEPT_LANGUAGE};

use super::error::ApiError;

/// Another value of `f` for GeoJSON, whose own is `json`.
pub const GEOJSON: &str = "geojson";

/// What a resource can be sent as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Media {
    Json,
    GeoJson,
    /// GeoJSON with solids, in a profile of its own.
    JsonFg,
    FlatGeobuf,
    /// Parquet with geometries.
    GeoParquet,
    CityJson,
    CityJsonSeq,
    /// CityGML 3.0 and 2.0.
    CityGml3,
    CityGml2,
    Html,
    OpenApi,
    /// JSON Schema.
    Schema,
    Tiles3d,
    Glb,
    /// Mapbox Vector Tile.
    VectorTile,
    TileJson,
    /// Style of a map for MapLibre.
    MapStyle,
    /// Catalogue of OGC API – Records.
    Catalogue,
    /// Terrain tiles.
    QuantizedMesh,
    Png,
    Csv,
    /// One JSON value a line.
    JsonLines,
    /// GeoJSON of a resource whose `f=json` is another one.
    ProfileGeoJson,
    Text,
    /// Server-sent events.
    EventStream,
    /// The image knows its own type.
    Image,
    /// What a session of Masterportal keeps.
    PortalSession,
    /// The handler knows: files by their name.
    File,
}

impl Media {
    /// As links and the API definition write it, and as `Content-Type` says it.
    pub fn name(self) -> &'static str {
        match self {
            Media::Json | Media::PortalSession => "application/json",
            // JSON-FG 1.0, 16: the type of GeoJSON.
            Media::GeoJson | Media::JsonFg => "application/geo+json",
            Media::FlatGeobuf => "application/flatgeobuf",
            Media::GeoParquet => "application/vnd.apache.parquet",
            Media::CityJson => "application/city+json",
            Media::CityJsonSeq => "application/city+json-seq",
            // GML 3.2 and 3.1 are what the versions of CityGML build on.
            Media::CityGml3 => "application/gml+xml;version=3.2",
            Media::CityGml2 => "application/gml+xml;version=3.1",
            Media::Html => "text/html",
            Media::Schema => "application/schema+json",
            Media::OpenApi => "application/vnd.oai.openapi+json;version=3.0",
            Media::Tiles3d => "application/json",
            Media::Glb => "model/gltf-binary",
            Media::VectorTile => "application/vnd.mapbox-vector-tile",
            Media::TileJson => "application/vnd.mapbox.tile+json",
            Media::MapStyle => "application/vnd.mapbox.style+json",
            Media::Catalogue => "application/ogc-catalog+json",
            Media::QuantizedMesh => "application/vnd.quantized-mesh",
            Media::Png => "image/png",
            Media::Csv => "text/csv",
            Media::JsonLines => "application/x-ndjson",
            Media::ProfileGeoJson => "application/geo+json",
            Media::Text => "text/plain; version=0.0.4",
            Media::EventStream => "text/event-stream",
            Media::Image => "image/*",
            Media::File => "application/octet-stream",
        }
    }

    /// Whether it shows whole objects with all their geometry.
    pub fn has_whole_objects(self) -> bool {
        matches!(self, Media::CityJson | Media::CityJsonSeq | Media::CityGml3 | Media::CityGml2)
    }

    /// Whether it shows features in a way that answers made of whole pages do not (`feature_files`).
    pub fn is_feature_file(self) -> bool {
        matches!(self, Media::JsonFg | Media::Glb) || self.is_feature_table()
    }

    /// Whether it holds outlines with east first, whatever the definition of their CRS says.
    pub fn is_feature_table(self) -> bool {
        matches!(self, Media::FlatGeobuf | Media::GeoParquet)
    }

    /// The value of `f`.
    pub fn format(self) -> &'static str {
        match self {
            Media::Html => "html",
            Media::CityJson => "cityjson",
            Media::CityJsonSeq => "cityjsonseq",
            Media::CityGml3 => "citygml",
            Media::CityGml2 => "citygml-2.0",
            Media::VectorTile => "mvt",
            Media::TileJson => "tilejson",
            Media::Catalogue => "ogc-catalog",
            Media::Csv => "csv",
            Media::JsonLines => "jsonl",
            Media::ProfileGeoJson => "geojson",
            Media::EventStream => "events",
            Media::JsonFg => "jsonfg",
            Media::FlatGeobuf => "fgb",
            Media::GeoParquet => "parquet",
            Media::Glb => "glb",
            Media::PortalSession => "masterportal-session",
            _ => "json",
        }
    }

    /// Another value of `f`: the short names by which exports of plans are known.
    pub fn other_format(self) -> Option<&'static str> {
        match self {
            Media::CityGml3 => Some("citygml3"),
            Media::CityGml2 => Some("citygml2"),
            _ => None,
        }
    }

    /// Media types that ask for this one, the exact one first.
    fn accepted_names(self) -> &'static [&'static str] {
        match self {
            Media::Json | Media::Tiles3d => &["application/json", "application/3dtiles+json"],
            Media::GeoJson => &["application/geo+json", "application/json", "application/vnd.geo+json"],
            Media::JsonFg => {
                &["application/geo+json;profile=jsonfg", "application/vnd.ogc.fg+json", "application/fg+json"]
            }
            Media::FlatGeobuf => &["application/flatgeobuf", "application/vnd.flatgeobuf"],
            Media::GeoParquet => &["application/vnd.apache.parquet", "application/x-parquet"],
            Media::CityJson => &["application/city+json"],
            Media::CityJsonSeq => &["application/city+json-seq"],
            Media::CityGml3 => &["application/gml+xml;version=3.2", "application/gml+xml"],
            Media::CityGml2 => &["application/gml+xml;version=3.1"],
            Media::Html => &["text/html", "application/xhtml+xml"],
            Media::OpenApi => {
                &["application/vnd.oai.openapi+json", "application/openapi+json", "application/json"]
            }
            Media::Schema => &["application/schema+json", "application/json"],
            Media::Glb => &["model/gltf-binary"],
            Media::VectorTile => &["application/vnd.mapbox-vector-tile", "application/x-protobuf"],
            Media::TileJson => &["application/vnd.mapbox.tile+json"],
            Media::MapStyle => &["application/vnd.mapbox.style+json", "application/json"],
            Media::Catalogue => &["application/ogc-catalog+json"],
            Media::QuantizedMesh => &["application/vnd.quantized-mesh"],
            Media::Png => &["image/png"],
            Media::Csv => &["text/csv"],
            Media::JsonLines => &["application/x-ndjson", "application/jsonl", "application/ndjson"],
            Media::ProfileGeoJson => &["application/geo+json"],
            Media::Text => &["text/plain"],
            Media::EventStream => &["text/event-stream"],
            Media::Image | Media::File | Media::PortalSession => &[],
        }
    }
}

/// Languages of the pages for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    English,
    German,
}

impl Language {
    pub fn code(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::German => "de",
        }
    }
}

/// `produces` in the server's order of preference; `format` is the value of `f`.
pub fn media(produces: &[Media], format: Option<&str>, headers: &HeaderMap) -> Result<Media, ApiError> {
    let Some(first) = produces.first().copied() else { return Ok(Media::File) };
    if let Some(format) = format {
        let is_named = |media: &Media| {
            media.format() == format
                || media.other_format() == Some(format)
                || (*media == Media::GeoJson && format == GEOJSON)
        };
        let named = produces.iter().copied().find(is_named);
        return named.ok_or_else(|| {
            ApiError::NotAcceptable(format!("no representation `{format}` of this resource"))
        });
    }
    // A resource of one kind is sent as it is: refusing it would help nobody.
    if produces.len() == 1 {
        return Ok(first);
    }
    let ranges = ranges(headers, ACCEPT);
    if ranges.is_empty() {
        return Ok(first);
    }
    let mut best: Option<(Media, f32)> = None;
    for &media in produces {
        let quality = quality(media, &ranges);
        if quality > best.map_or(0.0, |(_, quality)| quality) {
            best = Some((media, quality));
        }
    }
    best.map(|(media, _)| media).ok_or_else(|| {
        let names: Vec<_> = produces.iter().map(|media| media.name()).collect();
        ApiError::NotAcceptable(format!(
            "none of the accepted media types is at hand; there are: {}",
            names.join(", ")
        ))
    })
}

/// JSON-FG in place of GeoJSON where the parameter `profile` asks for it.
pub fn profiled(media: Media, profile: Option<&str>) -> Media {
    match (media, profile) {
        (Media::GeoJson, Some("jsonfg" | "jsonfg-plus")) => Media::JsonFg,
        (Media::JsonFg, Some("rfc7946")) => Media::GeoJson,
        _ => media,
    }
}

/// German where the client prefers it, else English.
pub fn language(lang: Option<&str>, headers: &HeaderMap) -> Language {
    match lang {
        Some("de") => return Language::German,
        Some(_) => return Language::English,
        None => {}
    }
    let ranges = ranges(headers, ACCEPT_LANGUAGE);
    let quality = |code: &str| {
        ranges
            .iter()
            .filter(|(name, _)| name.split('-').next() == Some(code))
            .map(|(_, quality)| *quality)
            .fold(0.0, f32::max)
    };
    if quality("de") > quality("en") { Language::German } else { Language::English }
}

/// The quality of the most specific range that holds the media type.
fn quality(media: Media, ranges: &[(String, f32)]) -> f32 {
    let of = |wanted: &str| ranges.iter().find(|(name, _)| name == wanted).map(|(_, quality)| *quality);
    let names = media.accepted_names();
    let family = names.first().and_then(|name| name.split('/').next()).unwrap_or_default();
    names
        .iter()
        .find_map(|name| of(name))
        .or_else(|| of(&format!("{family}/*")))
        .or_else(|| of("*/*"))
        .unwrap_or(0.0)
}

/// Lower-case names with their `q`; of other parameters only the version of GML and the profile of GeoJSON count.
fn ranges(headers: &HeaderMap, name: axum::http::HeaderName) -> Vec<(String, f32)> {
    let mut ranges = Vec::new();
    for value in headers.get_all(name).iter().filter_map(|value| value.to_str().ok()) {
        for part in value.split(',').take(64) {
            let mut pieces = part.split(';').map(str::trim);
            let Some(range) = pieces.next().filter(|range| !range.is_empty()) else { continue };
            let mut name = range.to_ascii_lowercase();
            let mut quality = 1.0;
            for piece in pieces {
                if let Some(text) = piece.strip_prefix("q=") {
                    quality = text.parse::<f32>().unwrap_or(0.0).clamp(0.0, 1.0);
                } else if let Some(version) =
                    piece.strip_prefix("version=").filter(|_| name.ends_with("gml+xml"))
                {
                    name = format!("{name};version={}", version.trim_matches('"'));
                } else if piece.starts_with("profile=")
                    && piece.contains("jsonfg")
                    && name.ends_with("geo+json")
                {
                    name = "application/geo+json;profile=jsonfg".to_owned();
                }
            }
            ranges.push((name, quality));
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    const ITEMS: &[Media] = &[
        Media::GeoJson,
        Media::Html,
        Media::CityJson,
        Media::CityJsonSeq,
        Media::CityGml3,
        Media::CityGml2,
        Media::JsonFg,
    ];
    const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

    fn check(accept: &str, format: Option<&str>, expected: Option<Media>) {
        let mut headers = HeaderMap::new();
        if !accept.is_empty() {
            headers.insert(ACCEPT, accept.parse().unwrap());
        }
        assert_eq!(media(ITEMS, format, &headers).ok(), expected, "{accept} {format:?}");
    }

    #[test]
    fn the_client_gets_what_it_asks_for() {
        check("", None, Some(Media::GeoJson));
        check("*/*", None, Some(Media::GeoJson));
        check(BROWSER, None, Some(Media::Html));
        check(BROWSER, Some("json"), Some(Media::GeoJson));
        check("application/json", None, Some(Media::GeoJson));
        check("application/geo+json;q=0.5, text/html;q=0.6", None, Some(Media::Html));
        check("text/*", None, Some(Media::Html));
        check("application/*", None, Some(Media::GeoJson));
        check("text/html;q=0, */*", None, Some(Media::GeoJson));
        check("image/png", None, None);
        check("image/png", Some("html"), Some(Media::Html));
        check("*/*", Some("gml"), None);
        check("application/city+json-seq", None, Some(Media::CityJsonSeq));
        check("application/city+json", None, Some(Media::CityJson));
        check("*/*", Some("cityjsonseq"), Some(Media::CityJsonSeq));
        check("application/geo+json;q=nonsense", None, None);
        check("application/gml+xml;version=3.2", None, Some(Media::CityGml3));
        check("application/gml+xml; version=\"3.1\"; q=0.9", None, Some(Media::CityGml2));
        check("application/gml+xml", None, Some(Media::CityGml3));
        check("*/*", Some("citygml-2.0"), Some(Media::CityGml2));
        check("application/vnd.ogc.fg+json", None, Some(Media::JsonFg));
        let profile = "application/geo+json; profile=\"http://www.opengis.net/def/profile/OGC/0/jsonfg\"";
        check(profile, None, Some(Media::JsonFg));
        check("application/geo+json", None, Some(Media::GeoJson));
    }

    #[test]
    fn the_language_follows_the_client() {
        let cases = [
            ("", None, Language::English),
            ("de-DE,de;q=0.9,en;q=0.8", None, Language::German),
            ("en-GB,en;q=0.9,de;q=0.5", None, Language::English),
            ("fr", None, Language::English),
            ("en", Some("de"), Language::German),
            ("de", Some("en"), Language::English),
        ];
        for (accept, lang, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, accept.parse().unwrap());
            assert_eq!(language(lang, &headers), expected, "{accept}");
        }
    }
}

//! What an export is narrowed to and brought into: filter and CRS, checked.

use anyhow::{Context, bail};

use super::export::{Export, ExportFormat};
use super::filter_place::{lower_filter, place_filter};
use stadtwin_crs::{CRS84, HeightModel, Transformer};
use stadtwin_formats::Version;
use stadtwin_model::{Collection, Crs, VerticalCrs};
use stadtwin_query::{Filter, FilterLanguage, Queryables};

/// A filter as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenFilter {
    pub language: FilterLanguage,
    pub text: String,
}

impl ExportFormat {
    /// All of them with the names that people give.
    pub const NAMED: &[(&str, ExportFormat)] = &[
        ("citygml-3.0", ExportFormat::CityGml(Version::V3)),
        ("citygml-2.0", ExportFormat::CityGml(Version::V2)),
        ("citygml-1.0", ExportFormat::CityGml(Version::V1)),
        ("cityjson", ExportFormat::CityJson),
        ("cityjsonseq", ExportFormat::CityJsonSeq),
        ("geojson", ExportFormat::GeoJson),
        ("geopackage", ExportFormat::GeoPackage),
        ("jsonfg", ExportFormat::JsonFg),
        ("flatgeobuf", ExportFormat::FlatGeobuf),
        ("geoparquet", ExportFormat::GeoParquet),
    ];

    pub fn media_type(self) -> &'static str {
        match self {
            ExportFormat::CityGml(Version::V3) => "application/gml+xml;version=3.2",
            ExportFormat::CityGml(_) => "application/gml+xml;version=3.1",
            ExportFormat::CityJson => "application/city+json",
            ExportFormat::CityJsonSeq => "application/city+json-seq",
            ExportFormat::GeoJson => "application/geo+json",
            ExportFormat::GeoPackage => "application/geopackage+sqlite3",
            ExportFormat::JsonFg => "application/geo+json",
            ExportFormat::FlatGeobuf => "application/flatgeobuf",
            ExportFormat::GeoParquet => "application/vnd.apache.parquet",
        }
    }

    /// What its files are named with.
    pub fn extension(self) -> &'static str {
        match self {
            ExportFormat::CityGml(_) => "gml",
            ExportFormat::CityJson => "city.json",
            ExportFormat::CityJsonSeq => "city.jsonl",
            ExportFormat::GeoJson => "geojson",
            ExportFormat::GeoPackage => "gpkg",
            ExportFormat::JsonFg => "fg.json",
            ExportFormat::FlatGeobuf => "fgb",
            ExportFormat::GeoParquet => "parquet",
        }
    }
}

impl Export {
    /// The filter, its geometries (CRS84, heights above the ellipsoid) in the storage CRS.
    pub(super) async fn checked_filter(
        &self,
        collection: &Collection,
        storage: Option<Crs>,
        extent: Option<[f64; 4]>,
    ) -> anyhow::Result<Option<Filter>> {
        let Some(written) = &self.filter else { return Ok(None) };
        let expression = written.language.parse(&written.text).context("the filter is wrong")?;
        let mut filter = expression.check(&Queryables::of(collection)).context("the filter is wrong")?;
        let Some(storage) = storage else { return Ok(Some(filter)) };
        let placed = tokio::task::spawn_blocking(move || {
            place_filter(&mut filter, &CRS84, &storage, extent)?;
            if let Some([west, south, east, north]) = extent
                && storage.vertical != VerticalCrs::Ellipsoidal
            {
                let heights = HeightModel::detect_at((west + east) / 2.0, (south + north) / 2.0);
                lower_filter(&mut filter, extent, &heights);
            }
            anyhow::Ok(filter)
        });
        let placed = placed.await?;
        Ok(Some(placed.context(
            "a geometry of the filter cannot be brought into the store's coordinate reference system",
        )?))
    }

    /// The CRS of the file where it is not the storage's own; heights stay as they are.
    pub(super) fn target_crs(&self, storage: Option<Crs>) -> anyhow::Result<Option<Crs>> {
        let (Some(asked), Some(storage)) = (self.crs, storage) else { return Ok(None) };
        if self.format == ExportFormat::GeoJson {
            if asked.horizontal == CRS84.horizontal {
                return Ok(None);
            }
            bail!(
                "GeoJSON is always in longitude and latitude (RFC 7946): leave `--crs` out, or take another format"
            );
        }
        if asked.vertical != VerticalCrs::Unknown && asked.vertical != storage.vertical {
            bail!(
                "heights stay in the height system of the store: give `--crs` the code of a horizontal system"
            );
        }
        if asked.horizontal == storage.horizontal {
            return Ok(None);
        }
        Transformer::new(&storage, &asked)?;
        Ok(Some(Crs { vertical: storage.vertical, ..asked }))
    }
}

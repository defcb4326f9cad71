//! A collection, or a part of it, as a file: page by page, so that any size takes the same memory.

use std::collections::BTreeMap;
use std::fs::{File, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use std::sync::Arc;

use anyhow::{Context, bail};
use serde::Serialize;

use super::city_pen::{CityForm, CityPen, Drawn, Style, in_order, loses_height_system};
use super::export_images::ImageNames;
use super::export_options::WrittenFilter;
use super::feature_tables::TableForm;
use super::height_model;
use super::pipe::{Batches, Pipe};
use stadtwin_crs::{CRS84, HeightModel, LonLatBox, Transformer};
use stadtwin_formats::{Version, geojson};
use stadtwin_model::{Collection, Crs, Feature, Lod, RevisionState};
use stadtwin_query::{Cell, FeatureQuery, Region};
use stadtwin_store::Store;

/// Keys on a page.
const KEYS: u32 = 20_000;
/// Footprints on a page.
const FOOTPRINTS: u32 = 1_000;
/// The extent of all that a collection ever held is not known.
const WORLD: [f64; 4] = [-180.0, -90.0, 180.0, 90.0];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    CityGml(Version),
    CityJson,
    CityJsonSeq,
    /// Footprints with attributes, in CRS84.
    GeoJson,
    /// Footprints with attributes, and surfaces in space.
    GeoPackage,
    /// Footprints with attributes in CRS84, and one shape in space.
    JsonFg,
    /// Footprints with attributes.
    FlatGeobuf,
    GeoParquet,
}

/// What is written.
#[derive(Debug, Clone)]
pub struct Export {
    pub collection: String,
    pub format: ExportFormat,
    /// Only features whose footprint meets the box, or that have none.
    pub bbox: Option<LonLatBox>,
    /// Only features for which it is true; its geometries are in CRS84.
    pub filter: Option<WrittenFilter>,
    /// Only features of one cell of a grid.
    pub cell: Option<Cell>,
    /// Another CRS than the storage's.
    pub crs: Option<Crs>,
    /// `None`: the head.
    pub revision: Option<i64>,
    /// Only geometries of this LoD, and only features that have one.
    pub lod: Option<Lod>,
    /// Height of the geoid above the ellipsoid [m] in place of a grid.
    pub geoid_constant_m: Option<f64>,
}

/// What was written, and what was not.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ExportReport {
    pub features: u64,
    /// Features without a geometry of the LoD asked for.
    pub left_out: u64,
    /// What had no place in the format: what it was, and how often.
    pub losses: BTreeMap<&'static str, u64>,
    /// Texture images written beside the file.
    pub images: u64,
}

impl Export {
    /// Into a file that appears when it is whole; what stood there before stays until then.
    pub async fn run_to_file(&self, store: &Store, path: &Path) -> anyhow::Result<ExportReport> {
        let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if path.exists() && !path.is_file() {
            bail!("{} is no file; `-o -` writes to standard output", path.display());
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let beside = tempfile::Builder::new()
            .prefix(".stadtwin-export-")
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder)
            .with_context(|| format!("no file can be made in {}", folder.display()))?;
        let is_archive = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("zip"));
        let names = ImageNames::beside((!is_archive).then(|| folder.to_owned()));
        let (mut file, mut report, names): Drawn<File> =
            self.run_with(store, beside.as_file().try_clone()?, Some(names)).await?;
        let names = names.unwrap_or_default();
        if is_archive {
            (file, report.images) = self.pack(store, file, &names).await?;
        } else {
            report.images = names.copy_to(store, folder).await?;
        }
        tokio::task::spawn_blocking(move || -> anyhow::Result<()> {
            file.sync_all()?;
            beside.persist(&path).with_context(|| format!("{} cannot be written", path.display()))?;
            Ok(())
        })
        .await??;
        Ok(report)
    }

    /// Into any sink; on an error it holds a part. Images keep the names that they came with.
    pub async fn run<W: Write + Send + 'static>(
        &self,
        store: &Store,
        out: W,
    ) -> anyhow::Result<(W, ExportReport)> {
        let (out, report, _) = self.run_with(store, out, None).await?;
        Ok((out, report))
    }

    async fn run_with<W: Write + Send + 'static>(
        &self,
        store: &Store,
        out: W,
        images: Option<ImageNames>,
    ) -> anyhow::Result<Drawn<W>> {
        let storage = store.storage_crs().await?;
        let query = self.query(store, storage).await?;
        let form = match self.format {
            ExportFormat::CityGml(version) => CityForm::Gml(version),
            ExportFormat::CityJson => CityForm::Document,
            ExportFormat::CityJsonSeq => CityForm::Sequence,
            ExportFormat::GeoJson if self.lod.is_some() => {
                bail!("GeoJSON holds footprints, which have no LoD: leave `--lod` out")
            }
            ExportFormat::GeoJson => {
                self.target_crs(storage)?;
                let (out, report) = footprints(store, query, storage, out).await?;
                return Ok((out, report, None));
            }
            ExportFormat::GeoPackage => {
                let (out, report) = self.geopackage(store, query, storage, out).await?;
                return Ok((out, report, None));
            }
            ExportFormat::JsonFg => {
                let (out, report) = self.jsonfg(store, query, storage, out).await?;
                return Ok((out, report, None));
            }
            ExportFormat::FlatGeobuf => {
                let (out, report) = self.table(store, TableForm::FlatGeobuf, query, storage, out).await?;
                return Ok((out, report, None));
            }
            ExportFormat::GeoParquet => {
                let (out, report) = self.table(store, TableForm::GeoParquet, query, storage, out).await?;
                return Ok((out, report, None));
            }
        };
        let target = self.target_crs(storage)?;
        let crs = target.or(storage);
        let mut style = Style { lod: self.lod, images, ..Style::new(form, &query.collection, crs) };
        style.reproject(storage.zip(target));
        if form == CityForm::Sequence && target.is_none() {
            style.options.templates = templates(store, query.clone()).await?;
        }
        let (out, mut report, images) = objects(store, query, CityPen::start(style, out)).await?;
        if crs.is_some_and(|crs| loses_height_system(form, &crs)) {
            report.losses.insert("the name of the height system", 1);
        }
        Ok((out, report, images))
    }

    pub(super) async fn query(&self, store: &Store, storage: Option<Crs>) -> anyhow::Result<FeatureQuery> {
        let collection = store.collection(&self.collection).await?.with_context(|| {
            format!("no collection `{}`; `stadtwin collections` lists them", self.collection)
        })?;
        if let Some(number) = self.revision {
            let revisions = store.revisions(&collection).await?;
            let is_published = revisions
                .iter()
                .any(|known| known.number == number && known.state == RevisionState::Published);
            if !is_published {
                let id = &collection.id;
                bail!(
                    "`{id}` has no published revision {number}; `stadtwin revisions --collection {id}` lists them"
                );
            }
        }
        let revision = self.revision.unwrap_or(collection.head);
        let region = self.region(store, &collection, revision, storage).await?;
        let extent = if revision == collection.head { collection.extent } else { Some(WORLD) };
        let filter = self.checked_filter(&collection, storage, extent).await?;
        Ok(FeatureQuery {
            revision,
            limit: KEYS,
            sort: Vec::new(),
            after: None,
            region,
            datetime: None,
            cell: self.cell,
            overlay: None,
            filter,
            collection: Arc::new(collection),
        })
    }

    async fn region(
        &self,
        store: &Store,
        collection: &Collection,
        revision: i64,
        storage: Option<Crs>,
    ) -> anyhow::Result<Option<Region>> {
        let Some(bbox) = self.bbox else { return Ok(None) };
        let Some(storage) = storage else { return Ok(Some(Region { rings: Vec::new(), heights_m: None })) };
        let heights = match bbox.heights_m {
            Some(_) => height_model(store, self.geoid_constant_m).await?,
            None => HeightModel::Constant(0.0),
        };
        let heights_m = bbox.heights_above_geoid(collection.extent, &heights);
        let extent = if revision == collection.head { collection.extent } else { Some(WORLD) };
        let rings = tokio::task::spawn_blocking(move || {
            bbox.rings(extent, &Transformer::new(&CRS84, &storage)?)
                .context("the box cannot be brought into the store's coordinate reference system")
        });
        Ok(Some(Region { rings: rings.await??, heights_m }))
    }
}

/// All that the question's objects show.
async fn templates(
    store: &Store,
    mut query: FeatureQuery,
) -> anyhow::Result<Vec<std::sync::Arc<stadtwin_model::Template>>> {
    let mut templates = Vec::new();
    loop {
        let page = store.feature_keys(&query).await?;
        let keys: Vec<_> = page.items.iter().map(|(key, _)| *key).collect();
        templates.append(&mut store.templates_shown(&query.collection, &keys).await?);
        templates = in_order(templates);
        if page.next.is_none() {
            return Ok(templates);
        }
        query.after = page.next;
    }
}

async fn objects<W: Write + Send + 'static>(
    store: &Store,
    mut query: FeatureQuery,
    pen: CityPen<W>,
) -> anyhow::Result<Drawn<W>> {
    loop {
        let page = store.feature_keys(&query).await?;
        let is_writing = pen.draw(store, &query.collection, &page.items).await?;
        if page.next.is_none() || !is_writing {
            return pen.finish().await;
        }
        query.after = page.next;
    }
}

async fn footprints<W: Write + Send + 'static>(
    store: &Store,
    mut query: FeatureQuery,
    storage: Option<Crs>,
    out: W,
) -> anyhow::Result<(W, ExportReport)> {
    query.limit = FOOTPRINTS;
    // An empty store has no CRS, and nothing to bring into another.
    let storage = storage.unwrap_or(CRS84);
    let pipe = Pipe::start(move |batches| write_footprints(&storage, out, batches));
    loop {
        let page = store.features(&query).await?;
        if !pipe.send(page.items).await || page.next.is_none() {
            return pipe.finish().await;
        }
        query.after = page.next;
    }
}

fn write_footprints<W: Write>(
    storage: &Crs,
    out: W,
    mut batches: Batches<Feature>,
) -> anyhow::Result<(W, ExportReport)> {
    let transformer = Transformer::new(storage, &CRS84)?;
    let mut report = ExportReport::default();
    let mut out = BufWriter::new(out);
    let mut text = Vec::new();
    out.write_all(br#"{"type":"FeatureCollection","features":["#)?;
    while let Some(features) = batches.next()? {
        for mut feature in features {
            feature.runs_mut().try_for_each(|run| transformer.convert_2d(run))?;
            text.clear();
            text.extend_from_slice(if report.features > 0 { b",\n" } else { b"\n" });
            geojson::write_feature(&mut text, &feature, &[])?;
            out.write_all(&text)?;
            report.features += 1;
        }
    }
    out.write_all(b"\n]}\n")?;
    if report.features > 0 {
        report.losses.insert("solids, surfaces and parts (GeoJSON holds footprints)", report.features);
    }
    Ok((out.into_inner().map_err(io::IntoInnerError::into_error)?, report))
}

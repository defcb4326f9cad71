//! A collection as a GeoPackage: made beside, then handed on, since SQLite writes into a file.

use std::io::Write;

use anyhow::Context;

use super::city_pen::{chunks, keep_lod};
use super::export::{Export, ExportReport};
use super::pipe::{Batches, Pipe};
use super::reproject::Reprojection;
use stadtwin_formats::geopackage::{GeoPackageWriter, SpatialReference};
use stadtwin_model::{Collection, Crs, Lod};
use stadtwin_query::FeatureQuery;
use stadtwin_store::{Store, StoredObject};

/// What the writer's thread has to know.
struct Task {
    collection: Collection,
    srs: SpatialReference,
    /// From, to.
    reprojection: Option<(Crs, Crs)>,
    lod: Option<Lod>,
}

impl Export {
    pub(super) async fn geopackage<W: Write + Send + 'static>(
        &self,
        store: &Store,
        mut query: FeatureQuery,
        storage: Option<Crs>,
        out: W,
    ) -> anyhow::Result<(W, ExportReport)> {
        let storage = storage.context("the store is empty: nothing was imported yet")?;
        let target = self.target_crs(Some(storage))?;
        let code = target.unwrap_or(storage).horizontal;
        let definition = store.crs_definition(code).await?.unwrap_or_else(|| "undefined".to_owned());
        let srs = SpatialReference { code, name: name_of(&definition, code), definition };
        let reprojection = target.map(|target| (storage, target));
        let task = Task { collection: query.collection.as_ref().clone(), srs, reprojection, lod: self.lod };
        let pipe = Pipe::start(move |batches| write(&task, out, batches));
        loop {
            let page = store.feature_keys(&query).await?;
            for keys in chunks(&page.items) {
                if !pipe.send(store.objects(&query.collection, &keys).await?).await {
                    return pipe.finish().await;
                }
            }
            if page.next.is_none() {
                return pipe.finish().await;
            }
            query.after = page.next;
        }
    }
}

/// The name in Well-Known Text: the first text in quotation marks.
fn name_of(definition: &str, code: u32) -> String {
    match definition.split('"').nth(1) {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => format!("EPSG:{code}"),
    }
}

fn write<W: Write>(
    task: &Task,
    mut out: W,
    mut batches: Batches<StoredObject>,
) -> anyhow::Result<(W, ExportReport)> {
    let folder = tempfile::tempdir().context("no temporary folder can be made")?;
    let path = folder.path().join("export.gpkg");
    let Collection { id, title, properties, .. } = &task.collection;
    let mut writer = GeoPackageWriter::create(&path, id, title, &task.srs, properties)?;
    let reprojection = match &task.reprojection {
        // GeoPackage has east first, whatever the definition says.
        Some((from, to)) => Some(Reprojection::new(from, to, false)?),
        None => None,
    };
    let mut report = ExportReport::default();
    while let Some(objects) = batches.next()? {
        for (_, mut object, mut footprint, _) in objects {
            if task.lod.is_some_and(|lod| !keep_lod(&mut object, lod)) {
                report.left_out += 1;
                continue;
            }
            if let Some(reprojection) = &reprojection {
                object = reprojection.convert(object)?;
                reprojection.convert_footprint(&mut footprint)?;
            }
            writer.write(&object, &footprint)?;
            report.features += 1;
        }
    }
    report.losses = writer.finish()?;
    std::io::copy(&mut std::fs::File::open(&path)?, &mut out)?;
    Ok((out, report))
}

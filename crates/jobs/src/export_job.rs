//! An export as a job of the queue: its file stays on the server for a while.

use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context, anyhow};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::export::{Export, ExportFormat};
use super::export_options::WrittenFilter;
use super::queue::{Job, JobContext};
use super::results::{ResultFile, of_job};
use stadtwin_crs::{LonLatBox, parse_user_crs};
use stadtwin_model::{Lod, Target};
use stadtwin_query::FilterLanguage;
use stadtwin_store::Store;

/// The parameters of an export that waits in the queue.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct ExportJob {
    pub collection: String,
    /// One of `ExportFormat::NAMED`.
    pub format: String,
    /// West, south, east, north in degrees; with heights six numbers.
    pub bbox: Option<Vec<f64>>,
    pub filter: Option<String>,
    /// `cql2-json`, else CQL2 text.
    pub filter_lang: Option<String>,
    pub crs: Option<String>,
    pub revision: Option<i64>,
    pub lod: Option<String>,
    /// One archive of the file and its images.
    pub archive: bool,
    pub geoid_constant_m: Option<f64>,
}

impl Job for ExportJob {
    const KIND: &'static str = "export";

    fn target(&self) -> Target {
        Target::Collection(self.collection.clone())
    }

    async fn run(&self, context: &JobContext) -> anyhow::Result<Value> {
        let (results, job) = of_job(context)?;
        let export = self.export()?;
        let name = self.file_name(export.format);
        let (store, is_archive) = (context.store.clone(), self.archive);
        context.progress.say("writing");
        let write = |path: PathBuf| async move {
            if is_archive {
                return export.run_to_file(&store, &path).await;
            }
            let file = std::fs::File::create(&path).context("the result cannot be written")?;
            Ok(export.run(&store, file).await?.1)
        };
        let (report, bytes) = results.make(job, &name, write).await?;
        let result = ResultFile { name, media_type: self.media_type()?.to_owned(), bytes };
        let mut document = serde_json::to_value(report)?;
        document["result"] = json!(result);
        Ok(document)
    }
}

impl ExportJob {
    /// Errors unless collection, revision, filter and CRS are there and go together.
    pub async fn check(&self, store: &Store) -> anyhow::Result<()> {
        let export = self.export()?;
        let storage = store.storage_crs().await?;
        export.query(store, storage).await?;
        export.target_crs(storage)?;
        if export.format == ExportFormat::GeoJson && export.lod.is_some() {
            return Err(anyhow!("GeoJSON holds footprints, which have no LoD: leave `lod` out"));
        }
        Ok(())
    }

    /// Of the file.
    pub fn media_type(&self) -> anyhow::Result<&'static str> {
        Ok(if self.archive { "application/zip" } else { self.format()?.media_type() })
    }

    fn file_name(&self, format: ExportFormat) -> String {
        let end = if self.archive { "zip" } else { format.extension() };
        format!("{}.{end}", self.collection)
    }

    fn format(&self) -> anyhow::Result<ExportFormat> {
        let named = ExportFormat::NAMED.iter().find(|(name, _)| *name == self.format);
        named.map(|(_, format)| *format).with_context(|| format!("no format `{}`", self.format))
    }

    fn export(&self) -> anyhow::Result<Export> {
        let bbox = self.bbox.as_ref().map(|numbers| {
            let text = numbers.iter().map(f64::to_string).collect::<Vec<_>>().join(",");
            LonLatBox::from_str(&text).map_err(|why| anyhow!("the box is wrong: {why}"))
        });
        let language = match self.filter_lang.as_deref() {
            Some("cql2-json") => FilterLanguage::Json,
            _ => FilterLanguage::Text,
        };
        let lod = self.lod.as_deref().map(|text| Lod::from_str(text).map_err(|why| anyhow!("{why}")));
        Ok(Export {
            collection: self.collection.clone(),
            format: self.format()?,
            bbox: bbox.transpose()?,
            filter: self.filter.clone().map(|text| WrittenFilter { language, text }),
            cell: None,
            crs: self.crs.as_deref().map(parse_user_crs).transpose()?,
            revision: self.revision,
            lod: lod.transpose()?,
            geoid_constant_m: self.geoid_constant_m,
        })
    }
}

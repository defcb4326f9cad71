//! `stadtwin export`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

use anyhow::Context;
use clap::{Args, ValueEnum};

use super::Global;
use super::backend::Backend;
use super::stop_signal;
use stadtwin_crs::{LonLatBox, parse_user_crs};
use stadtwin_jobs::{Export, ExportFormat, ExportReport, FilterLanguage, Version, WrittenFilter};
use stadtwin_model::{Crs, Lod};

#[derive(Debug, Args)]
pub(super) struct ExportCommand {
    /// Collection to write
    #[arg(long)]
    collection: String,
    /// CityGML, CityJSON 2.0, CityJSONSeq (a line for each feature), JSON-FG (footprints and one shape in space each),
    /// a GeoPackage of footprints and surfaces, or footprints as GeoJSON, FlatGeobuf or GeoParquet
    #[arg(long, value_enum)]
    format: Format,
    /// Only features that meet the box, in degrees
    #[arg(long, value_name = "W,S,E,N", allow_hyphen_values = true)]
    bbox: Option<LonLatBox>,
    /// Only features for which this CQL2 condition is true, such as "measuredHeight > 20"; geometries are in degrees
    #[arg(long, value_name = "CQL2")]
    filter: Option<String>,
    /// How --filter is written
    #[arg(long, value_enum, default_value = "cql2-text")]
    filter_lang: FilterLang,
    /// Another CRS for the file, such as 25833, 4258 or 31468; heights stay as they are [default: the storage's]
    #[arg(long, value_name = "CODE", value_parser = parse_user_crs)]
    crs: Option<Crs>,
    /// A file for each cell of a grid of this size [m] in the storage CRS, named as the survey names its tiles (696_5346);
    /// a feature goes to the cell of the middle of its footprint. --output is a folder then
    #[arg(long, value_name = "METRES")]
    tile_size: Option<f64>,
    /// An earlier state; `stadtwin revisions` lists them [default: the present one]
    #[arg(long)]
    revision: Option<i64>,
    /// Only geometries of exactly this LoD (2, 2.2), and features that have one
    #[arg(long, value_parser = Lod::from_str)]
    lod: Option<Lod>,
    /// File that gets what had no place in the format, as JSON (with --tile-size: by file)
    #[arg(long, value_name = "FILE")]
    loss_report: Option<PathBuf>,
    /// File to write (with --tile-size: folder), or `-` for standard output; texture images of CityGML and CityJSON go
    /// into the folder `appearance` beside it, or all into one archive where the name ends in `.zip`
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "lower")]
enum Format {
    #[value(name = "citygml-3.0")]
    CityGml3,
    #[value(name = "citygml-2.0")]
    CityGml2,
    #[value(name = "citygml-1.0")]
    CityGml1,
    CityJson,
    CityJsonSeq,
    GeoJson,
    GeoPackage,
    JsonFg,
    FlatGeobuf,
    GeoParquet,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FilterLang {
    #[value(name = "cql2-text")]
    Text,
    #[value(name = "cql2-json")]
    Json,
}

impl From<Format> for ExportFormat {
    fn from(format: Format) -> ExportFormat {
        match format {
            Format::CityGml3 => ExportFormat::CityGml(Version::V3),
            Format::CityGml2 => ExportFormat::CityGml(Version::V2),
            Format::CityGml1 => ExportFormat::CityGml(Version::V1),
            Format::CityJson => ExportFormat::CityJson,
            Format::CityJsonSeq => ExportFormat::CityJsonSeq,
            Format::GeoJson => ExportFormat::GeoJson,
            Format::GeoPackage => ExportFormat::GeoPackage,
            Format::JsonFg => ExportFormat::JsonFg,
            Format::FlatGeobuf => ExportFormat::FlatGeobuf,
            Format::GeoParquet => ExportFormat::GeoParquet,
        }
    }
}

impl ExportCommand {
    pub async fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let backend = Backend::open(global).await?;
        let export = Export {
            collection: self.collection,
            format: self.format.into(),
            bbox: self.bbox,
            filter: self.filter.map(|text| WrittenFilter {
                language: match self.filter_lang {
                    FilterLang::Text => FilterLanguage::Text,
                    FilterLang::Json => FilterLanguage::Json,
                },
                text,
            }),
            cell: None,
            crs: self.crs,
            revision: self.revision,
            lod: self.lod,
            geoid_constant_m: global.geoid_constant,
        };
        let written = async {
            if let Some(tile_size_m) = self.tile_size {
                return export.run_to_folder(&backend.store, &self.output, tile_size_m).await;
            }
            let report = match self.output.as_os_str() == "-" {
                true => export.run(&backend.store, std::io::stdout()).await?.1,
                false => export.run_to_file(&backend.store, &self.output).await?,
            };
            Ok(vec![(String::new(), report)])
        };
        let outcome = tokio::select! {
            outcome = written => Some(outcome),
            _ = stop_signal() => None,
        };
        let code = match outcome {
            None => {
                eprintln!("stadtwin: stopped; no file was written");
                ExitCode::from(130)
            }
            Some(reports) => {
                let reports = reports?;
                reports.iter().for_each(|(file, report)| tell(file, report));
                if let Some(path) = &self.loss_report {
                    std::fs::write(path, losses(&reports)?)
                        .with_context(|| format!("{} cannot be written", path.display()))?;
                }
                ExitCode::SUCCESS
            }
        };
        backend.close().await?;
        Ok(code)
    }
}

/// The report of the one file, or those of all by name.
fn losses(reports: &[(String, ExportReport)]) -> serde_json::Result<Vec<u8>> {
    match reports {
        [(file, report)] if file.is_empty() => serde_json::to_vec_pretty(report),
        several => {
            let by_name: BTreeMap<_, _> = several.iter().map(|(file, report)| (file, report)).collect();
            serde_json::to_vec_pretty(&by_name)
        }
    }
}

/// On standard error: standard output may be the file.
fn tell(file: &str, report: &ExportReport) {
    let file = if file.is_empty() { String::new() } else { format!("{file}: ") };
    eprintln!("{file}{} features written", report.features);
    if report.images > 0 {
        eprintln!("{} texture images written", report.images);
    }
    if report.left_out > 0 {
        eprintln!("left out, without a geometry of this LoD: {}", report.left_out);
    }
    for (what, count) in &report.losses {
        eprintln!("no place in this format: {what} ({count})");
    }
}

//! `stadtwin terrain modify`.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::Value;

use stadtwin_crs::{CRS84, Transformer, parse_crs_uri};
use stadtwin_jobs::{
    KeptHeights, MOST_MODIFICATIONS, add_modification, figures_now, modification_feature, parse_modification,
};
use stadtwin_model::{Terrain, TerrainModification};
use stadtwin_store::Written;

use super::Global;
use super::backend::Backend;

/// Unpacked blocks kept meanwhile [bytes].
const MEMORY_BYTES: u64 = 32 << 20;

#[derive(Debug, Args)]
pub(super) struct ModifyCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Add modifications from a GeoJSON file: a Feature or a FeatureCollection of polygons with a `target`
    Add(Add),
    /// List the modifications of a terrain with the earth that they move
    List(List),
    /// Remove a modification
    Remove(Remove),
}

#[derive(Debug, Args)]
struct Add {
    /// Terrain to change
    #[arg(long, value_name = "TERRAIN")]
    terrain: String,
    /// CRS of the coordinates, with the axes of its definition: an EPSG code or URI [default: CRS84]
    #[arg(long)]
    crs: Option<String>,
    /// GeoJSON file
    file: PathBuf,
}

#[derive(Debug, Args)]
struct List {
    /// Terrain that is changed
    #[arg(long, value_name = "TERRAIN")]
    terrain: String,
    /// Print one GeoJSON feature a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Remove {
    /// Terrain that is changed
    #[arg(long, value_name = "TERRAIN")]
    terrain: String,
    /// The modification's number, as `terrain modify list` shows it
    id: i64,
}

impl ModifyCommand {
    pub async fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let backend = Backend::open(global).await?;
        match &self.action {
            Action::Add(command) => command.run(&backend).await?,
            Action::List(command) => command.run(&backend).await?,
            Action::Remove(command) => command.run(&backend).await?,
        }
        backend.close().await?;
        Ok(ExitCode::SUCCESS)
    }
}

async fn named(backend: &Backend, id: &str) -> anyhow::Result<Terrain> {
    let terrain = backend.store.terrain(id).await?.filter(|terrain| terrain.head > 0);
    terrain.with_context(|| format!("no terrain `{id}`; `stadtwin terrain list` lists them"))
}

impl Add {
    async fn run(&self, backend: &Backend) -> anyhow::Result<()> {
        let terrain = named(backend, &self.terrain).await?;
        let crs = match &self.crs {
            Some(text) => parse_crs_uri(text)?,
            None => CRS84,
        };
        let text =
            std::fs::read(&self.file).with_context(|| format!("cannot read {}", self.file.display()))?;
        let document: Value =
            serde_json::from_slice(&text).with_context(|| format!("{} is no JSON", self.file.display()))?;
        let features = match document.get("features").and_then(Value::as_array) {
            Some(features) => features.clone(),
            None => vec![document],
        };
        let kept = KeptHeights::new(MEMORY_BYTES);
        for (number, feature) in features.iter().enumerate() {
            let of = || format!("feature {number} of {}", self.file.display());
            let new = parse_modification(feature.to_string().as_bytes(), &crs, &terrain).with_context(of)?;
            let added = add_modification(&backend.store, &kept, &terrain, new).await.with_context(of)?;
            line(backend, &kept, &terrain, &added).await?;
        }
        Ok(())
    }
}

impl List {
    async fn run(&self, backend: &Backend) -> anyhow::Result<()> {
        let terrain = named(backend, &self.terrain).await?;
        let kept = KeptHeights::new(MEMORY_BYTES);
        let all = backend.store.terrain_modifications(terrain.key, 0, MOST_MODIFICATIONS as u32).await?;
        if self.json {
            return features(backend, &kept, &terrain, &all).await;
        }
        for modification in &all {
            line(backend, &kept, &terrain, modification).await?;
        }
        Ok(())
    }
}

/// A feature in CRS84 on each line.
async fn features(
    backend: &Backend,
    kept: &KeptHeights,
    terrain: &Terrain,
    all: &[TerrainModification],
) -> anyhow::Result<()> {
    let mut figures = Vec::with_capacity(all.len());
    for modification in all {
        figures.push(figures_now(&backend.store, kept, terrain, modification).await?);
    }
    let transformer = Transformer::new(&terrain.crs, &CRS84)?;
    let mut out = std::io::stdout();
    for (modification, figures) in all.iter().zip(&figures) {
        let feature = modification_feature(terrain, modification, figures, &CRS84, &transformer)?;
        writeln!(out, "{feature}")?;
    }
    Ok(())
}

/// The figures of a modification on one line, for people.
async fn line(
    backend: &Backend,
    kept: &KeptHeights,
    terrain: &Terrain,
    modification: &TerrainModification,
) -> anyhow::Result<()> {
    let figures = figures_now(&backend.store, kept, terrain, modification).await?;
    let mut out = std::io::stdout();
    let state = match (modification.is_enabled, modification.in_base) {
        (false, _) => "disabled",
        (true, true) => "in the base",
        (true, false) => "on request",
    };
    writeln!(
        out,
        "{}\t{state}\tcut {:.1} m³\tfill {:.1} m³\t{}",
        modification.id, figures.earth.cut_m3, figures.earth.fill_m3, modification.name
    )?;
    Ok(())
}

impl Remove {
    async fn run(&self, backend: &Backend) -> anyhow::Result<()> {
        let terrain = named(backend, &self.terrain).await?;
        match backend.store.remove_terrain_modification(terrain.key, self.id, None).await? {
            Written::Done(()) => Ok(()),
            _ => bail!(
                "terrain `{}` has no modification {}; `stadtwin terrain modify list` lists them",
                terrain.id,
                self.id
            ),
        }
    }
}

//! `stadtwin terrain`.

use std::io::Write;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use stadtwin_jobs::drop_terrain;
use stadtwin_model::{Terrain, VerticalCrs};

use super::Global;
use super::backend::Backend;
use super::terrain_compare::CompareCommand;
use super::terrain_import::TerrainImportCommand;
use super::terrain_modify::ModifyCommand;
use super::terrain_seed::SeedCommand;

#[derive(Debug, Args)]
pub(super) struct TerrainCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Read heights of the ground: GeoTIFF, ESRI ASCII grids, XYZ, LandXML
    Import(TerrainImportCommand),
    /// List the terrains
    List(List),
    /// Compare the buildings of a collection with the ground: which ones float, which ones have sunk
    Compare(CompareCommand),
    /// Change the ground within polygons: cut and fill
    Modify(ModifyCommand),
    /// Make the tiles of a terrain before anybody asks for them
    Seed(SeedCommand),
    /// Remove a terrain with all its history; cannot be undone
    Delete(Delete),
}

impl TerrainCommand {
    pub async fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        match self.action {
            Action::Import(command) => command.run(global).await,
            Action::List(command) => command.run(global).await,
            Action::Compare(command) => command.run(global).await,
            Action::Modify(command) => command.run(global).await,
            Action::Seed(command) => command.run(global).await,
            Action::Delete(command) => command.run(global).await,
        }
    }
}

#[derive(Debug, Args)]
struct List {
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

impl List {
    async fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let backend = Backend::open(global).await?;
        let mut out = std::io::stdout();
        for terrain in backend.store.terrains().await? {
            if self.json {
                let line = serde_json::json!({
                    "id": terrain.id, "title": terrain.title, "revision": terrain.head,
                    "samples": terrain.sample_count, "cell_m": terrain.grid.cell_m, "extent_m": terrain.extent_m,
                    "heights_m": terrain.heights_m, "updated": terrain.updated,
                    "crs": terrain.crs.horizontal, "vertical_crs": vertical(&terrain),
                });
                writeln!(out, "{line}")?;
                continue;
            }
            let heights =
                terrain.heights_m.map_or_else(String::new, |[low, high]| format!("{low:.1} to {high:.1} m"));
            writeln!(
                out,
                "{}\t{} samples\tcell {} m\t{heights}\tEPSG:{}, heights {}\textent {}\trevision {} of {}\t{}",
                terrain.id,
                terrain.sample_count,
                terrain.grid.cell_m,
                terrain.crs.horizontal,
                vertical(&terrain),
                terrain
                    .extent_m
                    .map_or_else(String::new, |extent| extent.map(|metres| format!("{metres:.1}")).join(" ")),
                terrain.head,
                terrain.updated.as_deref().unwrap_or("-"),
                terrain.title
            )?;
        }
        backend.close().await?;
        Ok(ExitCode::SUCCESS)
    }
}

fn vertical(terrain: &Terrain) -> String {
    match terrain.crs.vertical {
        VerticalCrs::Epsg(code) => format!("EPSG:{code}"),
        VerticalCrs::Ellipsoidal => "above the ellipsoid".to_owned(),
        VerticalCrs::Unknown => "of an unknown system".to_owned(),
    }
}

#[derive(Debug, Args)]
struct Delete {
    /// Terrain to remove
    #[arg(long, value_name = "TERRAIN")]
    terrain: String,
}

impl Delete {
    async fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let backend = Backend::open(global).await?;
        drop_terrain(&backend.store, &self.terrain, global.geoid_constant).await?;
        backend.close().await?;
        Ok(ExitCode::SUCCESS)
    }
}

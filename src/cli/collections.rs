//! `stadtwin collections`.

use std::io::Write;
use std::process::ExitCode;

use clap::Args;

use super::Global;
use super::backend::Backend;
use stadtwin_jobs::Clamp;

#[derive(Debug, Args)]
pub(super) struct Collections {
    /// Remove this collection with all its history; cannot be undone
    #[arg(long, value_name = "COLLECTION")]
    remove: Option<String>,
    /// Let tiles of the collection set plants, furniture and things of LoD0 or LoD1 on this terrain; `off` leaves them at
    /// their height. What was surveyed from LoD2 on never moves
    #[arg(long, value_name = "COLLECTION=TERRAIN|off", value_parser = clamp)]
    clamp: Option<(String, Option<String>)>,
}

/// `trees=dgm`, `trees=off`.
fn clamp(text: &str) -> Result<(String, Option<String>), String> {
    match text.split_once('=') {
        Some((collection, terrain)) if !collection.is_empty() && !terrain.is_empty() => {
            Ok((collection.to_owned(), (terrain != "off").then(|| terrain.to_owned())))
        }
        _ => Err("give a collection and a terrain, or `off`, such as `trees=dgm`".to_owned()),
    }
}

impl Collections {
    pub async fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let backend = Backend::open(global).await?;
        if let Some(id) = &self.remove {
            backend.store.drop_collection(id).await?;
        }
        if let Some((collection, terrain)) = self.clamp {
            let setting = Clamp { collection, terrain, geoid_constant_m: global.geoid_constant };
            setting.run(&backend.store).await?;
        }
        let mut out = std::io::stdout();
        for collection in backend.store.collections().await? {
            let clamp = collection.clamp_terrain.map(|id| format!("\ton terrain {id}")).unwrap_or_default();
            writeln!(
                out,
                "{}\t{} features\trevision {}\t{}{clamp}",
                collection.id, collection.feature_count, collection.head, collection.title
            )?;
        }
        backend.close().await?;
        Ok(ExitCode::SUCCESS)
    }
}

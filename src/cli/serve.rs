//! `stadtwin serve`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use tracing::info;

use crate::api;
use crate::jobs::{height_model, refresh_tile_plan};

use super::Global;
use super::backend::Backend;
use super::stop_signal;

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Address and port to listen on
    #[arg(long, env = "STADTWIN_ADDRESS", default_value = "127.0.0.1:8080")]
    address: SocketAddr,
    /// Address that users see, when a proxy stands in front, for example https://twin.example.de
    #[arg(long, env = "STADTWIN_PUBLIC_URL")]
    public_url: Option<String>,
    /// Name of the twin, shown to people
    #[arg(long, env = "STADTWIN_TITLE", default_value = "stadtwin")]
    title: String,
    /// Serve the viewer from this folder instead of the built-in one
    #[arg(long)]
    viewer_dir: Option<PathBuf>,
}

impl Serve {
    pub async fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let backend = Backend::open(global).await?;
        let heights = height_model(&backend.store, global.geoid_constant).await?;
        for collection in backend.store.collections().await? {
            let wanted = Some((collection.head, heights.variant()));
            if collection.head > 0 && backend.store.tile_plan_state(&collection).await? != wanted {
                let report = refresh_tile_plan(&backend.store, &collection, &heights).await?;
                info!(
                    collection = collection.id,
                    tiles = report.tiles,
                    "Planned the tiles of a collection anew"
                );
            }
        }
        let listener = tokio::net::TcpListener::bind(self.address)
            .await
            .with_context(|| format!("cannot listen on {}: choose another with `--address`", self.address))?;
        let address = listener.local_addr()?;
        let url = self.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
        println!("3D city     {url}/viewer/");
        println!("API         {url}/");
        println!("API docs    {url}/api?f=html");
        println!("for QGIS    {url}/  (Layer > Add Layer > Add WFS / OGC API Features Layer)");
        println!("heights     {}", heights.name());
        println!("Stop with Ctrl-C.");
        let state = api::AppState {
            public_url: self.public_url,
            title: self.title,
            viewer_dir: self.viewer_dir,
            ..api::AppState::new(backend.store.clone(), heights)
        };
        api::serve(state, listener, stop_signal()).await?;
        backend.close().await?;
        Ok(ExitCode::SUCCESS)
    }
}

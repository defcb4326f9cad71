//! `stadtwin serve`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::{info, warn};

use crate::api;
use stadtwin_jobs::{
    AllowList, Catalog, Lease, Quota, Spool, Supply, WebhookSender, Worker, height_model, is_planned,
    keep_packed, refresh_tile_plan, with_causes,
};
use stadtwin_store::Store;

use super::Global;
use super::backend::{Backend, data_dir};
use super::results::ResultArguments;
use super::stop_signal;
use super::supply::SupplyArguments;

/// How long readers may not see what another process imported.
const CATALOGUE_AGE: Duration = Duration::from_millis(100);

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
    /// Who the data are from, shown below pages and the 3D view, for example `Bayerische Vermessungsverwaltung, CC BY 4.0`
    #[arg(long, env = "STADTWIN_ATTRIBUTION", value_name = "TEXT")]
    attribution: Option<String>,
    /// Page that says who runs this server; linked below pages and the 3D view
    #[arg(long, env = "STADTWIN_IMPRINT_URL", value_name = "URL", value_parser = page_address)]
    imprint_url: Option<String>,
    /// Serve the viewer from this folder instead of the built-in one
    #[arg(long)]
    viewer_dir: Option<PathBuf>,
    /// Jobs done at the same time by this server; 0: leave them to `stadtwin worker`
    #[arg(long, env = "STADTWIN_WORKERS", default_value_t = 1)]
    workers: usize,
    /// Folder that imports over HTTP may read files from; may be given several times
    #[arg(long, value_name = "FOLDER")]
    import_folder: Vec<PathBuf>,
    #[command(flatten)]
    supply: SupplyArguments,
    /// Beginning of addresses that notifications may be sent to although they are not of the public network over TLS, such
    /// as http://127.0.0.1:9000/, or such a network; may be given several times
    #[arg(long, env = "STADTWIN_WEBHOOK_ALLOW", value_name = "PREFIX", value_delimiter = ',')]
    webhook_allow: Vec<String>,
    /// What is kept of features in memory, so that they are answered without the database [MiB]; 0: nothing
    #[arg(long, env = "STADTWIN_FEATURE_MEMORY", value_name = "MIB", default_value_t = 384)]
    feature_memory: u32,
    /// Longest upload [GiB]
    #[arg(long, env = "STADTWIN_UPLOAD_LIMIT", value_name = "GIB", default_value_t = 20)]
    upload_limit: u32,
    /// Most that all uploads may take together until they are imported [GiB]
    #[arg(long, env = "STADTWIN_UPLOAD_QUOTA", value_name = "GIB", default_value_t = 100)]
    upload_quota: u32,
    /// Most uploads at the same time that are not yet imported
    #[arg(long, env = "STADTWIN_UPLOAD_COUNT", value_name = "COUNT", default_value_t = 100)]
    upload_count: usize,
    /// Requests a second that a caller may send for long, ten seconds' worth at once; 0: as many as they like
    #[arg(long, env = "STADTWIN_RATE_LIMIT", value_name = "PER_SECOND", default_value_t = 500)]
    rate_limit: u32,
    /// For trying things out: everybody on this machine is an admin of all organizations; refuses any other address
    #[arg(long, conflicts_with = "public_url")]
    local_development: bool,
    #[command(flatten)]
    catalog: CatalogArguments,
    #[command(flatten)]
    results: ResultArguments,
}

/// Where published scenarios are told of.
#[derive(Debug, Args)]
struct CatalogArguments {
    /// A CKAN catalogue that is told of published scenarios, such as https://catalogue.example
    #[arg(long, env = "STADTWIN_CKAN_URL", value_name = "URL", requires_all = ["ckan_token", "public_url"])]
    ckan_url: Option<String>,
    /// API token of the catalogue, of an editor of its organization: better in the environment than on the command line
    #[arg(long, env = "STADTWIN_CKAN_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    ckan_token: Option<String>,
    /// The catalogue's organization that entries belong to; without it the one whose name is the id of the project's owner
    #[arg(long, env = "STADTWIN_CKAN_ORGANIZATION", value_name = "NAME")]
    ckan_organization: Option<String>,
    /// The catalogue's id of the licence of published scenarios
    #[arg(long, env = "STADTWIN_CKAN_LICENCE", value_name = "ID", default_value = "other-closed")]
    ckan_licence: String,
}

impl CatalogArguments {
    fn catalog(&self, public_url: Option<&str>) -> anyhow::Result<Option<Catalog>> {
        let (Some(url), Some(token), Some(public_url)) = (&self.ckan_url, &self.ckan_token, public_url)
        else {
            return Ok(None);
        };
        Catalog::new(url, token, public_url, &self.ckan_licence, self.ckan_organization.clone()).map(Some)
    }
}

impl Serve {
    pub async fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        if self.local_development && !self.address.ip().is_loopback() {
            bail!(
                "`--local-development` makes everybody an admin and listens on this machine alone, not on {}",
                self.address
            );
        }
        let supply = self.supply.supply()?;
        let catalog = self.catalog.catalog(self.public_url.as_deref())?;
        let backend = Backend::open(global).await?;
        let heights = height_model(&backend.store, global.geoid_constant).await?;
        for collection in backend.store.collections().await? {
            if collection.head > 0 && !is_planned(&backend.store, &collection, &heights).await? {
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
        if self.local_development {
            println!("LOCAL DEVELOPMENT: everybody on this machine is an admin of all organizations");
            warn!("Local development: everybody on this machine is an admin of all organizations");
        }
        println!("Stop with Ctrl-C.");
        let spool = open_spool(global, &self.results);
        let (stop, stopped) = watch::channel(false);
        let keeper = backend.keep_alive(global, stopped.clone())?;
        let store = backend.store.clone().with_catalogue_age(CATALOGUE_AGE);
        let workers = start_workers(self.workers, &store, spool.as_ref(), &supply, &stopped);
        let packer = start_packer(&store, &stopped);
        let webhooks = WebhookSender { allow: AllowList::new(&self.webhook_allow)? };
        let sender = start_sender(&store, webhooks.clone(), &stopped);
        let has_catalog = catalog.is_some();
        let teller = catalog.map(|catalog| start_teller(&store, catalog, &stopped));
        let state = api::AppState {
            has_catalog,
            spool,
            supply,
            upload_limit_bytes: u64::from(self.upload_limit) << 30,
            upload_quota: Quota { bytes: u64::from(self.upload_quota) << 30, count: self.upload_count },
            memory: Arc::new(api::Memory::new(u64::from(self.feature_memory) << 20)),
            webhooks: Arc::new(webhooks),
            import_folders: self.import_folder,
            geoid_constant_m: global.geoid_constant,
            public_url: self.public_url,
            local_development: self.local_development,
            rates: Arc::new(api::Rates::new(self.rate_limit)),
            title: self.title,
            attribution: self.attribution,
            imprint_url: self.imprint_url,
            viewer_dir: self.viewer_dir,
            ..api::AppState::new(store.clone(), heights)
        };
        let reader = start_reader(&state, &stopped);
        let watch = start_watch(&state, &stopped);
        let requests = state.store.clone();
        api::serve(state, listener, stop_signal()).await;
        let _ = stop.send(true);
        for worker in workers.into_iter().chain([packer, sender, reader, watch]).chain(teller) {
            worker.await?;
        }
        if let Some(keeper) = keeper {
            keeper.await?;
        }
        requests.close().await;
        backend.close().await?;
        Ok(ExitCode::SUCCESS)
    }
}

/// An address that may stand in a link.
fn page_address(text: &str) -> Result<String, String> {
    match text.split_once("://") {
        Some(("http" | "https", rest)) if !rest.is_empty() && !text.contains(char::is_whitespace) => {
            Ok(text.to_owned())
        }
        _ => Err("give an address that begins with http:// or https://".to_owned()),
    }
}

/// The folder for uploads; without one, the server goes on and takes none.
fn open_spool(global: &Global, results: &ResultArguments) -> Option<Arc<Spool>> {
    match data_dir(global).and_then(|folder| Spool::open(&folder.join("spool"))) {
        Ok(spool) => Some(Arc::new(spool.keeping(results.bounds()))),
        Err(error) => {
            warn!("No uploads are taken: {}", with_causes(&error));
            None
        }
    }
}

fn start_workers(
    count: usize,
    store: &Store,
    spool: Option<&Arc<Spool>>,
    supply: &Arc<Supply>,
    stopped: &watch::Receiver<bool>,
) -> Vec<JoinHandle<()>> {
    let start = |_| {
        let worker = Worker {
            store: store.clone(),
            spool: spool.cloned(),
            supply: supply.clone(),
            lease: Lease::default(),
        };
        let mut stopped = stopped.clone();
        tokio::spawn(async move {
            // An error means that the server is gone.
            worker.run(async move { drop(stopped.wait_for(|stop| *stop).await) }).await;
        })
    };
    (0..count).map(start).collect()
}

/// Maps are packed beside the requests.
fn start_packer(store: &Store, stopped: &watch::Receiver<bool>) -> JoinHandle<()> {
    let (store, mut stopped) = (store.clone(), stopped.clone());
    tokio::spawn(async move {
        keep_packed(store, async move { drop(stopped.wait_for(|stop| *stop).await) }).await;
    })
}

/// Maps, then features, are read into memory before somebody asks for them.
fn start_reader(state: &api::AppState, stopped: &watch::Receiver<bool>) -> JoinHandle<()> {
    let (state, mut stopped) = (state.clone(), stopped.clone());
    tokio::spawn(async move {
        let maps = api::read_ahead(state.store.clone(), state.packs.clone());
        let both = async { tokio::join!(maps, api::read_rows_ahead(state)) };
        tokio::select! {
            _ = both => {}
            _ = stopped.wait_for(|stop| *stop) => {}
        }
    })
}

/// Plans are looked after beside the requests.
fn start_watch(state: &api::AppState, stopped: &watch::Receiver<bool>) -> JoinHandle<()> {
    let (state, mut stopped) = (state.clone(), stopped.clone());
    tokio::spawn(async move {
        tokio::select! {
            () = api::look_after_plans(state) => {}
            _ = stopped.wait_for(|stop| *stop) => {}
        }
    })
}

/// Notifications are sent on beside the requests.
fn start_sender(store: &Store, sender: WebhookSender, stopped: &watch::Receiver<bool>) -> JoinHandle<()> {
    let (store, mut stopped) = (store.clone(), stopped.clone());
    tokio::spawn(async move {
        tokio::select! {
            () = sender.run(store) => {}
            _ = stopped.wait_for(|stop| *stop) => {}
        }
    })
}

/// A catalogue is told of scenarios beside the requests.
fn start_teller(store: &Store, catalog: Catalog, stopped: &watch::Receiver<bool>) -> JoinHandle<()> {
    let (store, mut stopped) = (store.clone(), stopped.clone());
    tokio::spawn(async move {
        tokio::select! {
            () = catalog.run(store) => {}
            _ = stopped.wait_for(|stop| *stop) => {}
        }
    })
}

#[cfg(test)]
mod tests {
    use super::page_address;

    #[test]
    fn only_addresses_of_the_web_become_links() {
        for (text, is_good) in [
            ("https://town.example/imprint", true),
            ("http://town.example", true),
            ("javascript:alert(1)", false),
            ("https://", false),
            ("https://a b", false),
            ("imprint.html", false),
        ] {
            assert_eq!(page_address(text).is_ok(), is_good, "{text}");
        }
    }
}

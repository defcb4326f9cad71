//! What every request may use: the store, the height model and bounded caches.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use moka::future::Cache;
use tokio::sync::Semaphore;

use super::connections::Patience;
use super::editing::Desk;
use super::history::Feeds;
use super::map_tiles::Packs;
use super::memory::Memory;
use super::metrics::Metrics;
use super::plans::{Overlays, PlanTiles};
use super::rates::Rates;
use super::searches;
use stadtwin_crs::HeightModel;
use stadtwin_jobs::{
    Issuers, KeptHeights, Quota, Selection, Spool, Supply, Surroundings, TerrainEdits, WebhookSender,
};
use stadtwin_store::Store;

/// Tiles kept in memory [bytes].
const TILE_MEMORY_BYTES: u64 = 64 * 1024 * 1024;
/// Packs of map features kept in memory [bytes].
const PACK_MEMORY_BYTES: u64 = 64 * 1024 * 1024;
/// Unpacked blocks of terrains kept in memory [bytes].
const HEIGHTS_MEMORY_BYTES: u64 = 96 * 1024 * 1024;
/// Modifications of terrains kept ready in memory [bytes].
const EDITS_MEMORY_BYTES: u64 = 96 * 1024 * 1024;
/// Tiles kept in the store unless configured [bytes].
const TILE_STORE_BYTES: i64 = 4 * 1024 * 1024 * 1024;

/// Longest time for an answer.
const LONGEST_ANSWER: Duration = Duration::from_secs(60);
/// Longest statement of a request: who waits for it has had an answer before.
const LONGEST_STATEMENT: Duration = Duration::from_secs(65);
/// Beginnings of pages that are remembered.
const PLACES: u64 = 10_000;
/// Longest upload unless configured [bytes].
const UPLOAD_BYTES: u64 = 20 * 1024 * 1024 * 1024;
/// All uploads together unless configured.
const UPLOAD_QUOTA: Quota = Quota { bytes: 100 * 1024 * 1024 * 1024, count: 100 };

/// One for all requests.
#[derive(Clone)]
pub struct AppState {
    pub store: Store,
    pub heights: Arc<HeightModel>,
    /// The address that links carry; `None` takes it from each request.
    pub public_url: Option<String>,
    /// Name of the twin on its landing page.
    pub title: String,
    /// Who the data are from.
    pub attribution: Option<String>,
    /// Page that says who runs the server.
    pub imprint_url: Option<String>,
    /// Files of the viewer from a folder instead of the ones built in.
    pub viewer_dir: Option<PathBuf>,
    /// Files on their way to an import; without it, no uploads are taken.
    pub spool: Option<Arc<Spool>>,
    /// What imports may fetch.
    pub supply: Arc<Supply>,
    /// Longest upload [bytes].
    pub upload_limit_bytes: u64,
    /// All uploads together.
    pub upload_quota: Quota,
    /// Folders of the server that imports may read from.
    pub import_folders: Vec<PathBuf>,
    /// Height of the geoid above the ellipsoid [m] in place of a grid, for imports.
    pub geoid_constant_m: Option<f64>,
    /// Longest time for an answer.
    pub timeout: Duration,
    /// How long it waits for clients.
    pub patience: Patience,
    /// Who looks for conflicts of plans takes it.
    pub conflict_searches: Arc<tokio::sync::Mutex<()>>,
    /// Budget of the tiles kept in the store [bytes].
    pub tile_budget_bytes: i64,
    pub metrics: Arc<Metrics>,
    /// glb bytes by content hash, bounded by their size.
    pub tiles: Cache<String, Bytes>,
    /// Packs of map features, bounded by their size.
    pub packs: Arc<Packs>,
    /// `/ground.json` by the heads of all collections: the present one and the one before.
    pub grounds: Cache<String, Bytes>,
    /// Unpacked blocks of terrains, bounded by their size.
    pub heights_kept: KeptHeights,
    /// The ground around a terrain's data, by terrain and revision.
    pub surroundings: Cache<(i32, i64), Arc<Surroundings>>,
    /// Modifications of terrains made ready: by terrain, revision, count of changes and what was asked for.
    pub terrain_edits: Cache<(i32, i64, i64, Selection), TerrainEdits>,
    /// Terrain tiles with their tags by all that they depend on, bounded by their size.
    pub terrain_tiles: Cache<String, (String, Bytes)>,
    /// Keys behind which pages of lists begin, by what is listed and how many features lie before.
    pub places: Cache<String, i64>,
    /// What is kept of features; nothing unless configured.
    pub memory: Arc<Memory>,
    /// What scenarios make of collections.
    pub overlays: Arc<Overlays>,
    /// What notifications may be sent to.
    pub webhooks: Arc<WebhookSender>,
    /// Whether a catalogue is told of published scenarios.
    pub has_catalog: bool,
    /// Tiles of scenarios.
    pub plan_tiles: Arc<PlanTiles>,
    /// Where edits wait for their turn.
    pub desk: Arc<Desk>,
    /// Everybody on this machine is an admin of all organizations.
    pub local_development: bool,
    /// How often somebody may ask.
    pub rates: Arc<Rates>,
    /// The keys of identity providers.
    pub issuers: Arc<Issuers>,
    /// Who listens to what changes.
    pub feeds: Arc<Feeds>,
    /// One permit a connection that searches may hold.
    pub searches: Arc<Semaphore>,
    /// One permit a core: meshes and projections never crowd out small requests.
    pub encoders: Arc<Semaphore>,
}

impl AppState {
    pub fn new(store: Store, heights: HeightModel) -> AppState {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        AppState {
            store: store.for_requests(LONGEST_STATEMENT),
            heights: Arc::new(heights),
            public_url: None,
            title: "stadtwin".to_owned(),
            attribution: None,
            imprint_url: None,
            viewer_dir: None,
            spool: None,
            supply: Arc::default(),
            upload_limit_bytes: UPLOAD_BYTES,
            upload_quota: UPLOAD_QUOTA,
            import_folders: Vec::new(),
            geoid_constant_m: None,
            timeout: LONGEST_ANSWER,
            patience: Patience::default(),
            conflict_searches: Arc::default(),
            tile_budget_bytes: TILE_STORE_BYTES,
            metrics: Arc::new(Metrics::default()),
            tiles: Cache::builder()
                .max_capacity(TILE_MEMORY_BYTES)
                .weigher(|_: &String, bytes: &Bytes| u32::try_from(bytes.len()).unwrap_or(u32::MAX))
                .build(),
            packs: Arc::new(Packs::new(PACK_MEMORY_BYTES)),
            grounds: Cache::new(2),
            heights_kept: KeptHeights::new(HEIGHTS_MEMORY_BYTES),
            surroundings: Cache::new(16),
            terrain_edits: Cache::builder()
                .max_capacity(EDITS_MEMORY_BYTES)
                .weigher(|(.., selection): &(i32, i64, i64, Selection), edits: &TerrainEdits| {
                    u32::try_from(selection.size_bytes() + edits.size_bytes()).unwrap_or(u32::MAX)
                })
                .build(),
            terrain_tiles: Cache::builder()
                .max_capacity(TILE_MEMORY_BYTES / 2)
                .weigher(|_: &String, (_, bytes): &(String, Bytes)| {
                    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
                })
                .build(),
            places: Cache::new(PLACES),
            memory: Arc::new(Memory::new(0)),
            overlays: Arc::default(),
            webhooks: Arc::default(),
            has_catalog: false,
            plan_tiles: Arc::default(),
            desk: Arc::default(),
            local_development: false,
            rates: Arc::new(Rates::new(0)),
            issuers: Arc::default(),
            feeds: Arc::default(),
            searches: Arc::new(searches::places()),
            encoders: Arc::new(Semaphore::new(cores)),
        }
    }
}

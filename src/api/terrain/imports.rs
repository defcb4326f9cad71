//! `/terrain/{t}/imports`: files of heights come as those of collections do; a worker then imports them.

use axum::body::Body;
use serde::Deserialize;

use super::{named, path};
use crate::api::answer::Answer;
use crate::api::auth::Caller;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::html;
use crate::api::jobs;
use crate::api::negotiate::{Language, Media};
use crate::api::orders::{
    self, Held, Order, Origin, Sources, check_crs, given, priority, priority_field, word, wrong,
};
use crate::api::params::shortened;
use stadtwin_access::is_collection_id;
use stadtwin_jobs::{Asked, ReliefSource, TerrainImport, TerrainImportJob, TerrainMode};
use stadtwin_model::{Lod, Target};

/// What is to be imported and how: the JSON body, and the fields of the form.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct TerrainOrder {
    /// A file or folder of the server, within the folders that it may import from, or an address that it may fetch.
    #[serde(deserialize_with = "given")]
    pub href: Option<String>,
    /// Id of a finished upload.
    #[serde(deserialize_with = "given")]
    pub upload: Option<String>,
    /// Id of a collection whose relief becomes the terrain.
    #[serde(deserialize_with = "given")]
    pub collection: Option<String>,
    /// Level of detail of that relief.
    #[serde(deserialize_with = "given")]
    pub lod: Option<Lod>,
    #[serde(deserialize_with = "given")]
    pub title: Option<String>,
    #[serde(deserialize_with = "given")]
    pub crs: Option<String>,
    pub mode: TerrainMode,
    /// Between the nodes of a new terrain [m].
    #[serde(deserialize_with = "given")]
    pub cell: Option<f64>,
    pub dry_run: bool,
    pub partial_delivery: bool,
    #[serde(deserialize_with = "priority")]
    pub priority: i32,
}

impl Order for TerrainOrder {
    const FILES: &'static str = "file of heights";
    const HAS_TEXTURES: bool = false;

    fn origin(&self) -> Origin<'_> {
        match (&self.upload, &self.href, &self.collection) {
            (Some(upload), None, None) => Origin::Upload(upload),
            (None, Some(href), None) => Origin::Href(href),
            _ => Origin::Nowhere,
        }
    }

    fn set(&mut self, name: &str, text: &str) -> Result<(), ApiError> {
        let wrong = |expected: &str| wrong(name, text, expected);
        match name {
            "mode" => self.mode = word(text).ok_or_else(|| wrong("one of update, replace"))?,
            "cell" => self.cell = Some(text.parse().map_err(|_| wrong("a number of metres"))?),
            "dryRun" => self.dry_run = text.parse().map_err(|_| wrong("true or false"))?,
            "partialDelivery" => self.partial_delivery = text.parse().map_err(|_| wrong("true or false"))?,
            "priority" => self.priority = priority_field(text)?,
            "title" => self.title = Some(text.to_owned()),
            "crs" => self.crs = Some(text.to_owned()),
            _ => {
                let name = shortened(name);
                return Err(ApiError::BadRequest(format!(
                    "unknown field `{name}`; known: mode, cell, dryRun, partialDelivery, priority, title, crs, and files"
                )));
            }
        }
        Ok(())
    }
}

pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let terrain = named(&call).await?;
    let page = jobs::page_of(&call, Some(&Target::Terrain(terrain.id.clone()))).await?;
    if html::wanted(&call) {
        let all = if call.language == Language::German { "Gelände" } else { "Terrain" };
        let prefix = call.base.prefix();
        let crumbs = vec![
            (all.to_owned(), format!("{prefix}/terrain?f=html")),
            (terrain.title.clone(), format!("{prefix}{}?f=html", path(&terrain))),
        ];
        return jobs::list_page(&call, page, &format!("{} – Import", terrain.title), crumbs);
    }
    Ok(jobs::personal(Answer::json(Media::Json, &jobs::list_document(&call, &page))))
}

pub async fn start(call: Call, caller: Caller, body: Body) -> Result<Answer, ApiError> {
    let target = orders::target(&call, &caller)?;
    let (order, sources) = orders::receive::<TerrainOrder>(&call, &target, body).await?;
    let has_relief = matches!((&order.collection, &order.upload, &order.href), (Some(_), None, None));
    let sources = match sources {
        Some(sources) => sources,
        None if has_relief => Sources::default(),
        None => {
            return Err(ApiError::BadRequest(
                "give one of `upload` (id of a finished upload), `href` and `collection` (whose relief is the source)"
                    .to_owned(),
            ));
        }
    };
    let (held, priority) = (Held::by(&order, &sources), order.priority);
    let terrain = target.terrain().unwrap_or_default();
    let job = job(&call, terrain, order, sources);
    let job = orders::queue(&call, &caller, job, held, priority, Asked::default()).await?;
    Ok(orders::created(&call, &job))
}

fn job(
    call: &Call,
    terrain: &str,
    order: TerrainOrder,
    sources: Sources,
) -> Result<TerrainImportJob, ApiError> {
    check_crs(order.crs.as_deref())?;
    if let Some(cell_m) = order.cell.filter(|cell_m| !(0.01..=100_000.0).contains(cell_m)) {
        let message = format!("a cell of {cell_m} m is not possible: give `cell` between 0.01 and 100000 m");
        return Err(ApiError::BadRequest(message));
    }
    let relief = relief(order.collection, order.lod)?;
    let text = |(path, name): (std::path::PathBuf, String)| (path.display().to_string(), name);
    let named: Vec<(String, String)> = sources.names.into_iter().map(text).collect();
    Ok(TerrainImportJob {
        import: TerrainImport {
            // In the order of the form: later ones lie above earlier ones.
            sources: named.iter().map(|(source, _)| source.clone()).collect(),
            relief,
            terrain: terrain.to_owned(),
            title: order.title,
            crs: order.crs,
            mode: order.mode,
            cell_m: order.cell,
            dry_run: order.dry_run,
            geoid_constant_m: call.state.geoid_constant_m,
            // The worker's own number.
            jobs: 0,
        },
        // What lies in a folder of the server has its own name and what belongs to it beside it.
        names: if sources.entry.is_some() { named.into_iter().collect() } else { Default::default() },
        upload: sources.entry.map(|entry| entry.id),
        partial_delivery: order.partial_delivery,
    })
}

fn relief(collection: Option<String>, lod: Option<Lod>) -> Result<Option<ReliefSource>, ApiError> {
    match (collection, lod) {
        (None, Some(_)) => {
            Err(ApiError::BadRequest("`lod` belongs to the relief of a `collection`".to_owned()))
        }
        (Some(id), _) if !is_collection_id(&id) => {
            Err(ApiError::BadRequest(format!("`{}` is no name for a collection", shortened(&id))))
        }
        (collection, lod) => Ok(collection.map(|collection| ReliefSource { collection, lod })),
    }
}

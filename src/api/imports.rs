//! `/collections/{c}/imports`: files come as a form, as a finished upload, or lie in a folder of the server; a worker then
//! imports them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use axum::body::Body;
use axum::http::{StatusCode, header};
use serde::Deserialize;

use super::answer::Answer;
use super::auth::Caller;
use super::call::Call;
use super::collections;
use super::error::ApiError;
use super::form;
use super::html;
use super::jobs;
use super::negotiate::Media;
use super::params::shortened;
use super::uploads;
use crate::access::is_collection_id;
use crate::jobs::{Checks, Entry, Import, ImportJob, MatchBy, Mode, OnError, Order, is_address, new_job};

/// Longest JSON body [bytes].
const ORDER_BYTES: usize = 64 * 1024;

/// What is to be imported and how: the JSON body, and the fields of the form.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct ImportOrder {
    /// A file or folder of the server, within the folders that it may import from, or an address that it may fetch.
    pub href: Option<String>,
    /// Id of a finished upload.
    pub upload: Option<String>,
    pub title: Option<String>,
    pub crs: Option<String>,
    pub mode: Mode,
    pub checks: Checks,
    pub on_error: OnError,
    pub dry_run: bool,
    pub priority: i32,
    #[serde(rename = "match")]
    pub match_by: MatchBy,
    pub match_overlap: Option<f64>,
    pub partial_delivery: bool,
}

/// Files that are here: their paths with names for people, and the spool's entry that holds them.
pub struct Sources {
    pub names: Vec<(PathBuf, String)>,
    /// Images that came without folders, by name in lower case.
    pub images: BTreeMap<String, PathBuf>,
    pub entry: Option<Entry>,
}

pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let collection = collections::named(&call).await?;
    let page = jobs::page_of(&call, Some(&collection.id)).await?;
    if html::wanted(&call) {
        let crumbs = vec![
            html::Frame::collections_crumb(&call),
            (
                collection.title.clone(),
                format!("{}{}?f=html", call.base.prefix(), collections::path(&collection)),
            ),
        ];
        return jobs::list_page(&call, page, &format!("{} – Import", collection.title), crumbs);
    }
    Ok(jobs::personal(Answer::json(Media::Json, &jobs::list_document(&call, &page))))
}

pub async fn start(call: Call, caller: Caller, body: Body) -> Result<Answer, ApiError> {
    let collection = target(&call, &caller)?;
    let content_type = call.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_lowercase();
    let (order, sources) = match kind.as_str() {
        "multipart/form-data" => form::receive(&call, content_type.unwrap_or_default(), body).await?,
        "application/json" => {
            let order = read_order(body).await?;
            let sources = resolve(&call, &collection, &order).await?;
            (order, sources)
        }
        _ => {
            return Err(ApiError::refused(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "send the files as multipart/form-data, or application/json with `upload` or `href`"
                    .to_owned(),
            ));
        }
    };
    let is_upload = order.upload.is_some();
    let Some(entry) = sources.entry.clone() else {
        return queue(&call, &caller, collection, order, sources).await;
    };
    if !entry.order().map_err(ApiError::internal)? {
        return Err(uploads::conflict(format!("upload `{}` is being imported already", entry.id)));
    }
    let queued = queue(&call, &caller, collection, order, sources).await;
    if queued.is_err() {
        // A finished upload stays for a better order; what came with this one does not.
        if is_upload { entry.unorder() } else { entry.remove() }
    }
    queued
}

/// The collection in the path, which need not exist yet, if the caller may import into it.
pub fn target(call: &Call, caller: &Caller) -> Result<String, ApiError> {
    let id = call.segment("collectionId");
    if !is_collection_id(id) {
        let shown = shortened(id);
        let message =
            format!("`{shown}` is no name for a collection: use up to 60 of a to z, 0 to 9, `_` and `-`");
        return Err(ApiError::BadRequest(message));
    }
    caller.may_import(Some(id))?;
    Ok(id.to_owned())
}

async fn read_order(body: Body) -> Result<ImportOrder, ApiError> {
    let bytes = axum::body::to_bytes(body, ORDER_BYTES).await.map_err(|_| {
        ApiError::refused(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the body is longer than {ORDER_BYTES} bytes"),
        )
    })?;
    serde_json::from_slice(&bytes)
        .map_err(|error| ApiError::BadRequest(format!("the body is not what is asked for: {error}")))
}

async fn resolve(call: &Call, collection: &str, order: &ImportOrder) -> Result<Sources, ApiError> {
    match (&order.upload, &order.href) {
        (Some(upload), None) => uploads::finished(call, collection, upload),
        (None, Some(href)) if is_address(href) => remote(call, href),
        (None, Some(href)) => {
            let path = allowed_path(call, href)?;
            Ok(Sources { names: vec![(path, href.clone())], images: BTreeMap::new(), entry: None })
        }
        _ => {
            Err(ApiError::BadRequest("give one of `upload` (id of a finished upload) and `href`".to_owned()))
        }
    }
}

/// A file of another server, which the job will fetch into an entry of the spool.
fn remote(call: &Call, href: &str) -> Result<Sources, ApiError> {
    let address = call
        .state
        .supply
        .fetch
        .allow
        .check(href)
        .map_err(|error| ApiError::BadRequest(format!("{error:#}")))?;
    // Its size is not known yet; what has come of it counts.
    let entry = uploads::reserve(call, 0)?;
    entry.settle();
    let names = vec![(PathBuf::from(address.whole()), address.file_name())];
    Ok(Sources { names, images: BTreeMap::new(), entry: Some(entry) })
}

/// A path within the folders that the server may import from, links followed. What lies elsewhere and what is not there
/// are told alike.
fn allowed_path(call: &Call, href: &str) -> Result<PathBuf, ApiError> {
    let path = href.strip_prefix("file://").unwrap_or(href);
    let within = |folder: &PathBuf| {
        let folder = folder.canonicalize().ok()?;
        folder.join(path).canonicalize().ok().filter(|found| found.starts_with(&folder))
    };
    call.state.import_folders.iter().find_map(within).ok_or_else(|| {
        ApiError::BadRequest(format!(
            "`{}` is in none of the folders that this server imports from (`stadtwin serve --import-folder …`)",
            shortened(href)
        ))
    })
}

async fn queue(
    call: &Call,
    caller: &Caller,
    collection: String,
    order: ImportOrder,
    sources: Sources,
) -> Result<Answer, ApiError> {
    if let Some(crs) = &order.crs {
        crate::crs::parse_user_crs(crs).map_err(|error| ApiError::BadRequest(error.to_string()))?;
    }
    let names: BTreeMap<String, String> =
        sources.names.into_iter().map(|(path, name)| (path.display().to_string(), name)).collect();
    let job = ImportJob {
        import: Import {
            sources: names.keys().cloned().collect(),
            collection: collection.clone(),
            title: order.title,
            crs: order.crs,
            mode: order.mode,
            dry_run: order.dry_run,
            checks: order.checks,
            on_error: order.on_error,
            match_by: order.match_by,
            match_overlap: order.match_overlap,
            partial_delivery: order.partial_delivery,
            geoid_constant_m: call.state.geoid_constant_m,
            // The worker's own number.
            jobs: 0,
        },
        names,
        images: sources.images,
        upload: sources.entry.map(|entry| entry.id),
    };
    job.import.check_matching().map_err(|error| ApiError::BadRequest(error.to_string()))?;
    let place = call.state.spool.as_ref().map(|spool| spool.place().to_owned());
    let order = Order { place, priority: order.priority.clamp(-100, 100), created_by: caller.name.clone() };
    let new = new_job(&job, order).map_err(ApiError::internal)?;
    let id = call.state.store.add_job(&new).await?;
    tracing::info!(job = id, collection, token = caller.name, "Queued an import");
    let job = call.state.store.job(id).await?.ok_or_else(|| ApiError::internal("the job vanished"))?;
    let answer =
        Answer { status: StatusCode::CREATED, ..Answer::json(Media::Json, &jobs::document(call, &job)) };
    Ok(answer.with(header::LOCATION, &call.base.to(&format!("/jobs/{id}"))).uncached())
}

//! What all imports over HTTP share: files that come as a form, as a finished upload, or lie in a folder of the server, and
//! the job that is made of them.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use axum::body::Body;
use axum::http::{StatusCode, header};
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};

use super::answer::Answer;
use super::auth::{self, Caller};
use super::call::Call;
use super::error::{ApiError, crs_fault};
use super::form;
use super::jobs;
use super::negotiate::Media;
use super::params::shortened;
use super::uploads;
use stadtwin_access::is_collection_id;
use stadtwin_jobs::{Asked, Entry, Job, is_address, new_job};
use stadtwin_model::Target;
use stadtwin_store::StoredJob;

/// Longest JSON body [bytes].
pub const ORDER_BYTES: usize = 64 * 1024;

/// What is to be imported and how: the JSON body, and the fields of the form.
pub trait Order: DeserializeOwned + Default + Send {
    /// What a form must hold.
    const FILES: &'static str;
    /// Images of a form are textures, not what is imported.
    const HAS_TEXTURES: bool;

    /// Where the files are that do not come along.
    fn origin(&self) -> Origin<'_>;

    /// Sets a field of the form, or says what would be possible.
    fn set(&mut self, name: &str, text: &str) -> Result<(), ApiError>;
}

/// Where files of an order are.
#[derive(Debug, Clone, Copy)]
pub enum Origin<'a> {
    /// A finished upload.
    Upload(&'a str),
    /// A file or folder of the server, or an address.
    Href(&'a str),
    /// There are none: the order names nothing, several things, or something that is no file.
    Nowhere,
}

/// Files that are here: their paths with names for people, and the spool's entry that holds them.
#[derive(Default)]
pub struct Sources {
    pub names: Vec<(PathBuf, String)>,
    /// Images that came without folders, by name in lower case.
    pub images: BTreeMap<String, PathBuf>,
    pub entry: Option<Entry>,
}

/// The target in the path, which need not exist yet, if the caller may import into it.
pub fn target(call: &Call, caller: &Caller) -> Result<Target, ApiError> {
    let target = target_of(call).map_err(ApiError::NotFound)?;
    auth::check_import(caller, Some(&target))?;
    Ok(target)
}

/// The target in the path, or why there can be none of its name.
pub fn target_of(call: &Call) -> Result<Target, String> {
    let (target, id, what) = match call.segment("terrainId") {
        "" => {
            let id = call.segment("collectionId");
            (Target::Collection(id.to_owned()), id, "collection")
        }
        id => (Target::Terrain(id.to_owned()), id, "terrain"),
    };
    if is_collection_id(id) {
        return Ok(target);
    }
    let shown = shortened(id);
    Err(format!("`{shown}` is no name for a {what}: use up to 60 of a to z, 0 to 9, `_` and `-`"))
}

/// The order with its files, which are this order's from now on; `None` for files: it names none.
pub async fn receive<O: Order>(
    call: &Call,
    target: &Target,
    body: Body,
) -> Result<(O, Option<Sources>), ApiError> {
    let content_type = call.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_lowercase();
    let (order, sources) = match kind.as_str() {
        "multipart/form-data" => {
            let (order, sources) = form::receive(call, content_type.unwrap_or_default(), body).await?;
            (order, Some(sources))
        }
        "application/json" => {
            let order: O = read_order(body).await?;
            let sources = found(call, target, order.origin())?;
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
    take(sources.as_ref())?;
    Ok((order, sources))
}

/// Files that do not come along with an order, which are this order's from now on; `None`: it names none.
pub fn locate(call: &Call, target: &Target, origin: Origin<'_>) -> Result<Option<Sources>, ApiError> {
    let sources = found(call, target, origin)?;
    take(sources.as_ref())?;
    Ok(sources)
}

fn found(call: &Call, target: &Target, origin: Origin<'_>) -> Result<Option<Sources>, ApiError> {
    Ok(match origin {
        Origin::Upload(upload) => Some(uploads::finished(call, target, upload)?),
        Origin::Href(href) if is_address(href) => Some(remote(call, href)?),
        Origin::Href(href) => {
            let names = vec![(allowed_path(call, href)?, href.to_owned())];
            Some(Sources { names, ..Sources::default() })
        }
        Origin::Nowhere => None,
    })
}

/// No two orders have the same upload.
fn take(sources: Option<&Sources>) -> Result<(), ApiError> {
    if let Some(entry) = sources.and_then(|sources| sources.entry.as_ref())
        && !entry.order().map_err(ApiError::internal)?
    {
        return Err(uploads::conflict(format!("upload `{}` is being imported already", entry.id)));
    }
    Ok(())
}

/// Puts the job into the queue. On a fault, a finished upload stays for a better order; what came with this one does not.
pub async fn queue<J: Job>(
    call: &Call,
    caller: &Caller,
    job: Result<J, ApiError>,
    held: Held,
    priority: i32,
    asked: Asked,
) -> Result<StoredJob, ApiError> {
    let queued = match job {
        Ok(job) => put(call, caller, &job, priority, asked).await,
        Err(error) => Err(error),
    };
    if queued.is_err()
        && let Some(entry) = held.entry
    {
        if held.is_upload { entry.unorder() } else { entry.remove() }
    }
    queued
}

/// The entry of the spool that an order has taken.
#[derive(Default)]
pub struct Held {
    entry: Option<Entry>,
    is_upload: bool,
}

impl Held {
    pub fn by<O: Order>(order: &O, sources: &Sources) -> Held {
        Held::of(sources, matches!(order.origin(), Origin::Upload(_)))
    }

    pub fn of(sources: &Sources, is_upload: bool) -> Held {
        Held { entry: sources.entry.clone(), is_upload }
    }
}

/// 400 for a CRS that is none.
pub fn check_crs(crs: Option<&str>) -> Result<(), ApiError> {
    let checked = crs.map(stadtwin_crs::parse_user_crs).transpose();
    let fault = |error| ApiError::BadRequest(format!("`crs` is wrong: {}", crs_fault(&error)));
    checked.map(|_| ()).map_err(fault)
}

/// Within what the queue knows; workers take greater ones first.
pub const PRIORITIES: RangeInclusive<i32> = -100..=100;

/// A member that may be left out, but not be null: the definition says so of all of them.
pub fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// A priority in the JSON body.
pub fn priority<'de, D: Deserializer<'de>>(from: D) -> Result<i32, D::Error> {
    let priority = i32::deserialize(from)?;
    if PRIORITIES.contains(&priority) {
        Ok(priority)
    } else {
        Err(D::Error::custom(format_args!(
            "`priority` must be a whole number from {} to {}, not {priority}",
            PRIORITIES.start(),
            PRIORITIES.end()
        )))
    }
}

/// A priority in a field of the form.
pub fn priority_field(text: &str) -> Result<i32, ApiError> {
    let priority = text.parse().ok().filter(|priority| PRIORITIES.contains(priority));
    priority.ok_or_else(|| {
        wrong(
            "priority",
            text,
            &format!("a whole number from {} to {}", PRIORITIES.start(), PRIORITIES.end()),
        )
    })
}

/// The variant of this name.
pub fn word<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::from(text)).ok()
}

/// 400: the field of a form has another value than it may have.
pub fn wrong(name: &str, text: &str, expected: &str) -> ApiError {
    ApiError::BadRequest(format!("`{name}` must be {expected}, not `{}`", shortened(text)))
}

/// A job that waits in the queue, in the name of its caller.
pub async fn put<J: Job>(
    call: &Call,
    caller: &Caller,
    job: &J,
    priority: i32,
    asked: Asked,
) -> Result<StoredJob, ApiError> {
    let place = call.state.spool.as_ref().map(|spool| spool.place().to_owned());
    let order = stadtwin_jobs::Order { place, priority, created_by: caller.name.clone() };
    let mut new = new_job(job, order).map_err(ApiError::internal)?;
    if asked != Asked::default() {
        asked.note(&mut new).map_err(ApiError::internal)?;
    }
    let id = call.state.store.add_job(&new).await?;
    tracing::info!(job = id, kind = J::KIND, target = %job.target(), token = caller.name, "Queued a job");
    call.state.store.job(id).await?.ok_or_else(|| ApiError::internal("the job vanished"))
}

/// 201: where the job is, and what there is to know of it.
pub fn created(call: &Call, job: &StoredJob) -> Answer {
    let answer =
        Answer { status: StatusCode::CREATED, ..Answer::json(Media::Json, &jobs::document(call, job)) };
    answer.with(header::LOCATION, &call.base.to(&format!("/jobs/{}", job.id))).uncached()
}

async fn read_order<O: Order>(body: Body) -> Result<O, ApiError> {
    let bytes = axum::body::to_bytes(body, ORDER_BYTES).await.map_err(|_| {
        ApiError::refused(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the body is longer than {ORDER_BYTES} bytes"),
        )
    })?;
    serde_json::from_slice(&bytes)
        .map_err(|error| ApiError::BadRequest(format!("the body is not what is asked for: {error}")))
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
    Ok(Sources { names, entry: Some(entry), ..Sources::default() })
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

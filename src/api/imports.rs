//! `/collections/{c}/imports`: files come as a form, as a finished upload, or lie in a folder of the server; a worker then
//! imports them.

use std::collections::BTreeMap;

use axum::body::Body;
use serde::Deserialize;

use super::answer::Answer;
use super::auth::Caller;
use super::call::Call;
use super::collections;
use super::error::ApiError;
use super::html;
use super::jobs;
use super::negotiate::Media;
use super::orders::{
    self, Held, Order, Origin, Sources, check_crs, given, priority, priority_field, word, wrong,
};
use super::params::shortened;
use stadtwin_jobs::{Asked, Checks, Import, ImportJob, MatchBy, Mode, OnError};
use stadtwin_model::Target;

/// What is to be imported and how: the JSON body, and the fields of the form.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct ImportOrder {
    /// A file or folder of the server, within the folders that it may import from, or an address that it may fetch.
    #[serde(deserialize_with = "given")]
    pub href: Option<String>,
    /// Id of a finished upload.
    #[serde(deserialize_with = "given")]
    pub upload: Option<String>,
    #[serde(deserialize_with = "given")]
    pub title: Option<String>,
    #[serde(deserialize_with = "given")]
    pub crs: Option<String>,
    pub mode: Mode,
    pub checks: Checks,
    pub on_error: OnError,
    pub dry_run: bool,
    #[serde(deserialize_with = "priority")]
    pub priority: i32,
    #[serde(rename = "match")]
    pub match_by: MatchBy,
    #[serde(deserialize_with = "given")]
    pub match_overlap: Option<f64>,
    pub partial_delivery: bool,
}

impl Order for ImportOrder {
    const FILES: &'static str = "city model";
    const HAS_TEXTURES: bool = true;

    fn origin(&self) -> Origin<'_> {
        match (&self.upload, &self.href) {
            (Some(upload), None) => Origin::Upload(upload),
            (None, Some(href)) => Origin::Href(href),
            _ => Origin::Nowhere,
        }
    }

    fn set(&mut self, name: &str, text: &str) -> Result<(), ApiError> {
        let wrong = |expected: &str| wrong(name, text, expected);
        match name {
            "mode" => self.mode = word(text).ok_or_else(|| wrong("one of update, append, replace"))?,
            "checks" => self.checks = word(text).ok_or_else(|| wrong("all or none"))?,
            "onError" => self.on_error = word(text).ok_or_else(|| wrong("one of keep, quarantine, fail"))?,
            "dryRun" => self.dry_run = text.parse().map_err(|_| wrong("true or false"))?,
            "partialDelivery" => self.partial_delivery = text.parse().map_err(|_| wrong("true or false"))?,
            "priority" => self.priority = priority_field(text)?,
            "match" => self.match_by = word(text).ok_or_else(|| wrong("one of id, reference, overlap"))?,
            "matchOverlap" => self.match_overlap = Some(text.parse().map_err(|_| wrong("a number"))?),
            "title" => self.title = Some(text.to_owned()),
            "crs" => self.crs = Some(text.to_owned()),
            _ => {
                let name = shortened(name);
                return Err(ApiError::BadRequest(format!(
                    "unknown field `{name}`; known: mode, checks, onError, dryRun, match, matchOverlap, partialDelivery, priority, title, crs, and files"
                )));
            }
        }
        Ok(())
    }
}

pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let collection = collections::named(&call).await?;
    let target = Target::Collection(collection.id.clone());
    let page = jobs::page_of(&call, Some(&target)).await?;
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
    let target = orders::target(&call, &caller)?;
    let (order, sources) = orders::receive::<ImportOrder>(&call, &target, body).await?;
    let Some(sources) = sources else {
        return Err(ApiError::BadRequest(
            "give one of `upload` (id of a finished upload) and `href`".to_owned(),
        ));
    };
    let (held, priority) = (Held::by(&order, &sources), order.priority);
    let collection = target.collection().unwrap_or_default();
    let job = job(&call, collection, order, sources);
    let job = orders::queue(&call, &caller, job, held, priority, Asked::default()).await?;
    Ok(orders::created(&call, &job))
}

pub fn job(
    call: &Call,
    collection: &str,
    order: ImportOrder,
    sources: Sources,
) -> Result<ImportJob, ApiError> {
    check_crs(order.crs.as_deref())?;
    let names: BTreeMap<String, String> =
        sources.names.into_iter().map(|(path, name)| (path.display().to_string(), name)).collect();
    let job = ImportJob {
        import: Import {
            sources: names.keys().cloned().collect(),
            collection: collection.to_owned(),
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
    Ok(job)
}

//! `GET /collections/{c}/items/{id}/surfaces`: what bounds an object, each surface with its openings.

use serde_json::{Value, json};

use super::child::{collection_link, json_url, own_links};
use super::children::{class, next_path, window};
use super::expand::{Surface, surfaces};
use super::holder::holder;
use super::pages;
use super::surface_json::{feature, place, totals, totals_json};
use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::items::crs_header;
use crate::api::links::link;
use crate::api::negotiate::Media;
use crate::api::params::shortened;
use crate::api::projection::compute;
use crate::api::{collections, reference};
use stadtwin_model::{ClassId, Collection, Lod};

pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let collection = collections::named(&call).await?;
    let storage = call.state.store.storage_crs().await?;
    let reference = reference::of_surfaces(&call, storage.as_ref())?;
    let (class, lod) = (class(&call)?, lod(&call)?);
    let holder = holder(&call, &collection).await?;
    let (media, uri) = (call.media, reference.uri.clone());
    let body = compute(move || {
        let mut all = surfaces(holder.object().0, lod, None);
        if let Some(storage) = &storage {
            place(&reference, storage, &call.state.heights, &mut all)?;
        }
        let listed =
            Listed { call: &call, collection: &collection, feature: &holder.whole.id, all: &all, class };
        match call.media {
            Media::Html => pages::surfaces(&call, &collection, listed.rows(), &totals(&all), listed.next()),
            _ => Ok(listed.document().to_string().into_bytes()),
        }
    })
    .await?;
    Ok(crs_header(Answer::new(media, body), &uri))
}

fn lod(call: &Call) -> Result<Option<Lod>, ApiError> {
    let Some(text) = call.query.get("lod") else { return Ok(None) };
    let wrong = |why| ApiError::BadRequest(format!("`lod` is wrong: {why}, not as `{}`", shortened(text)));
    text.parse().map(Some).map_err(wrong)
}

/// The surfaces of one answer.
struct Listed<'a> {
    call: &'a Call,
    collection: &'a Collection,
    /// Id of the top-level object.
    feature: &'a str,
    all: &'a [Surface],
    class: Option<ClassId>,
}

impl<'a> Listed<'a> {
    /// Openings stand under their surface, unless a class is asked for.
    fn asked(&self) -> Vec<(usize, &'a Surface)> {
        let is_asked = |surface: &Surface| match self.class {
            Some(class) => surface.class == class,
            None => surface.parent.is_none(),
        };
        self.all.iter().enumerate().filter(|(_, surface)| is_asked(surface)).collect()
    }

    fn next(&self) -> Option<usize> {
        let (first, limit) = window(self.call);
        first.checked_add(limit).filter(|next| *next < self.asked().len())
    }

    /// Those of the page, each with its openings.
    fn rows(&self) -> Vec<(&'a Surface, Vec<&'a Surface>)> {
        let (first, limit) = window(self.call);
        let openings = |of: usize| self.all.iter().filter(|surface| surface.parent == Some(of)).collect();
        let shown = self.asked().into_iter().skip(first).take(limit);
        shown.map(|(at, surface)| (surface, openings(at))).collect()
    }

    fn document(&self) -> Value {
        let Listed { call, collection, .. } = self;
        let mut links = own_links(call);
        if let Some(next) = self.next() {
            links.push(link("next", &call.base.to(&next_path(call, next)), call.media, "the next page"));
        }
        let of = json_url(call, collection, call.segment("featureId"), "");
        links.push(link("up", &of, Media::GeoJson, "the object that they bound"));
        links.push(collection_link(call, collection));
        let with_geometry = call.query.get("skipGeometry") != Some("true");
        let one = |(surface, openings): &(&Surface, Vec<&Surface>)| {
            feature(surface, &surface.id, self.feature, openings, with_geometry)
        };
        let rows = self.rows();
        json!({
            "type": "FeatureCollection",
            "numberMatched": self.asked().len(),
            "numberReturned": rows.len(),
            "totals": totals_json(&totals(self.all)),
            "links": links,
            "features": rows.iter().map(one).collect::<Vec<_>>(),
        })
    }
}

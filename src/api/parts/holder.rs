//! The whole object behind the id of a feature or of something below one.

use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::{history, item, plans};
use stadtwin_model::{CityObject, Collection};

/// A top-level object, and which of it is meant.
pub struct Holder {
    pub whole: CityObject,
    /// Of the newest revision.
    pub revision: i64,
    /// Within the whole; the whole itself for a feature.
    pub asked: String,
}

/// What the path's `featureId` names: a feature by any of its names, else an object below one.
pub async fn holder(call: &Call, collection: &Collection) -> Result<Holder, ApiError> {
    let overlay = plans::overlay(call, collection).await?;
    if overlay.is_none() && call.query.get("datetime").is_some() {
        return Err(ApiError::BadRequest(
            "`datetime` goes with `scenario` here: parts and surfaces have no dates of their own".to_owned(),
        ));
    }
    let found = match &overlay {
        Some(overlay) => item::planned(call, collection, overlay).await,
        None => history::find(call, collection).await,
    };
    let feature = match found {
        Err(error @ ApiError::NotFound(_)) => {
            return below(call, collection, call.segment("featureId")).await?.ok_or(error);
        }
        other => other?.feature,
    };
    let whole = read(call, collection, feature.key).await?;
    Ok(Holder { asked: whole.id.clone(), whole, revision: feature.revision })
}

/// The holder of an object below a feature, as a scenario makes it where one is asked for.
pub async fn below(call: &Call, collection: &Collection, id: &str) -> Result<Option<Holder>, ApiError> {
    let (store, overlay) = (&call.state.store, plans::overlay(call, collection).await?);
    let (revision, root) = match &overlay {
        None => (collection.head, store.part_root(collection, collection.head, id).await?),
        Some(overlay) => {
            let stock = store.part_root(collection, overlay.revision, id).await?;
            let root = match stock.filter(|root| !overlay.is_hidden(*root)) {
                None => store.planned_part_root(collection, &overlay.planned_keys(), id).await?,
                stock => stock,
            };
            (overlay.revision, root)
        }
    };
    let Some(root) = root else { return Ok(None) };
    let whole = read(call, collection, root).await?;
    Ok(Some(Holder { whole, revision, asked: id.to_owned() }))
}

async fn read(call: &Call, collection: &Collection, key: i64) -> Result<CityObject, ApiError> {
    let found = call.state.store.objects(collection, &[key]).await?.into_iter().next();
    let gone = || ApiError::internal(format!("object {key} of `{}` went while it was read", collection.id));
    found.map(|(_, object, ..)| object).ok_or_else(gone)
}

impl Holder {
    /// The object that was asked for, and its parent's id; `None` for the whole.
    pub fn object(&self) -> (&CityObject, Option<&str>) {
        if self.asked == self.whole.id {
            return (&self.whole, None);
        }
        let mut parents = vec![&self.whole];
        while let Some(parent) = parents.pop() {
            if let Some(child) = parent.children.iter().find(|child| child.id == self.asked) {
                return (child, Some(&parent.id));
            }
            parents.extend(&parent.children);
        }
        (&self.whole, None)
    }
}

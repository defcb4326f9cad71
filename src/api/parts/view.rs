//! A collection for a class: `buildings:RoofSurface` in place of a collection's name.

use std::sync::Arc;

use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::links::segment;
use crate::api::params::shortened;
use stadtwin_model::{ClassId, Collection, class_by_name};
use stadtwin_query::Queryables;

/// All things of one class that lie below the features of a collection.
pub struct View {
    pub collection: Arc<Collection>,
    pub class: ClassId,
}

/// What the path names, if it names a class; 404 where the collection or the class is unknown.
pub async fn view(call: &Call) -> Result<Option<View>, ApiError> {
    let id = call.segment("collectionId");
    let Some((holder, name)) = id.rsplit_once(':') else { return Ok(None) };
    let catalogue = call.state.store.catalogue().await?;
    // Names with a colon stay names.
    if catalogue.collection(id).is_some() {
        return Ok(None);
    }
    let found = catalogue.collection(holder).filter(|collection| collection.head > 0);
    let collection = found.cloned().ok_or_else(|| ApiError::no_collection(id))?;
    let class = class_by_name(name).ok_or_else(|| {
        ApiError::NotFound(format!(
            "no class `{}`: a collection for a class is called such as `{holder}:RoofSurface` or \
             `{holder}:BuildingPart`, by the names of CityGML 3.0",
            shortened(name)
        ))
    })?;
    Ok(Some(View { collection, class }))
}

impl View {
    pub fn of_surfaces(&self) -> bool {
        self.class.get().is_surface
    }

    pub fn queryables(&self) -> Queryables {
        match self.of_surfaces() {
            true => Queryables::of_surfaces(),
            false => Queryables::of_parts(&self.collection),
        }
    }

    pub fn id(&self) -> String {
        format!("{}:{}", self.collection.id, self.class.name())
    }

    /// Without the base.
    pub fn path(&self) -> String {
        format!("/collections/{}:{}", segment(&self.collection.id), segment(self.class.name()))
    }
}

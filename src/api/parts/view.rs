//! A collection for a class: `buildings:RoofSurface` in place of a collection's name.

use std::sync::Arc;

use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::links::segment;
use crate::api::params::shortened;
use crate::api::state::AppState;
use stadtwin_model::{ClassId, Collection, class_by_name, classes};
use stadtwin_query::{Queryable, Queryables, Source, Type};

/// All things of one class that lie below the features of a collection.
pub struct View {
    pub collection: Arc<Collection>,
    pub class: ClassId,
}

/// What the path names, if it names a class; 404 where the collection or the class is unknown.
pub async fn view(call: &Call) -> Result<Option<View>, ApiError> {
    view_of(&call.state, call.segment("collectionId")).await
}

/// The same by the id of a collection.
pub async fn view_of(state: &AppState, id: &str) -> Result<Option<View>, ApiError> {
    let Some((holder, name)) = id.rsplit_once(':') else { return Ok(None) };
    let catalogue = state.store.catalogue().await?;
    // Names with a colon stay names.
    if catalogue.collection(id).is_some() {
        return Ok(None);
    }
    let found = catalogue.collection(holder).filter(|collection| collection.head > 0);
    let collection = found.cloned().ok_or_else(|| ApiError::no_collection(id))?;
    let class = class_by_name(name).ok_or_else(|| {
        ApiError::NotFound(format!(
            "no class `{}`: a collection for a class is called such as `{holder}:RoofSurface`; there are: {}",
            shortened(name),
            classes().map(|(_, class)| class.name).collect::<Vec<_>>().join(", ")
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

    /// What its items show: besides what filters may name their shape, and of parts what they belong to.
    pub fn returnables(&self) -> Queryables {
        let mut queryables = self.queryables();
        let attribute = |name: &str| Source::Attribute(vec![name.to_owned()]);
        let mut add = |name: &str, title: &str, kind, source| {
            let (name, title) = (name.to_owned(), title.to_owned());
            queryables.all.push(Queryable {
                name,
                title,
                kind,
                is_integer: false,
                values: Vec::new(),
                source,
            });
        };
        add("geometry", "Shape", Type::Shape, Source::Footprint);
        if !self.of_surfaces() {
            add("feature", "Top-level object", Type::Text, attribute("feature"));
            add("parent", "Object that it is part of", Type::Text, attribute("parent"));
            add("children", "Objects below it by class", Type::Any, attribute("children"));
        }
        queryables
    }

    pub fn id(&self) -> String {
        format!("{}:{}", self.collection.id, self.class.name())
    }

    /// Without the base.
    pub fn path(&self) -> String {
        format!("/collections/{}:{}", segment(&self.collection.id), segment(self.class.name()))
    }
}

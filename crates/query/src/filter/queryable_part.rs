//! What can be asked for among the parts and the surfaces of objects.

use super::{Queryable, Queryables, Source, Type};
use stadtwin_model::Collection;

/// Name, title and type of what every surface has.
const OF_SURFACES: [(&str, &str, Type); 8] = [
    ("id", "Id", Type::Text),
    ("class", "Class", Type::Text),
    ("feature", "Top-level object", Type::Text),
    ("object", "Object that it bounds", Type::Text),
    ("lod", "Level of detail", Type::Text),
    ("area", "Area", Type::Number),
    ("tilt", "Tilt", Type::Number),
    ("azimuth", "Azimuth", Type::Number),
];

impl Queryables {
    /// Of parts: as of features, without what parts have only by their whole, an outline and a time.
    pub fn of_parts(collection: &Collection) -> Queryables {
        let mut queryables = Queryables::of(collection);
        queryables.all.retain(|queryable| {
            matches!(
                queryable.source,
                Source::Attribute(_)
                    | Source::Id
                    | Source::Class
                    | Source::Lods
                    | Source::LowestM
                    | Source::HighestM
                    | Source::Revision
            )
        });
        queryables.shown.clear();
        queryables
    }

    /// Whether they come from `of_surfaces`: features have an id that is none of their attributes.
    pub fn are_of_surfaces(&self) -> bool {
        self.get("id").is_some_and(|id| id.source != Source::Id)
    }

    /// The same kind of things, of which nothing is known.
    pub fn emptied(self) -> Queryables {
        Queryables { all: Vec::new(), shown: Vec::new(), ..self }
    }

    /// Of boundary surfaces: each value stands by its name among those of a surface.
    pub fn of_surfaces() -> Queryables {
        let all = OF_SURFACES.map(|(name, title, kind)| Queryable {
            name: name.to_owned(),
            title: title.to_owned(),
            kind,
            is_integer: false,
            values: Vec::new(),
            source: Source::Attribute(vec![name.to_owned()]),
        });
        Queryables { all: all.into(), shown: Vec::new(), has_foreign_classes: true }
    }
}

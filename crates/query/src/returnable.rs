//! What features show of themselves.

use super::{Queryable, Queryables, Source, Type};

impl Queryables {
    /// The properties of features in GeoJSON, without what stands beside them: id and geometry.
    pub fn returnables(&self) -> impl Iterator<Item = &Queryable> {
        let is_beside =
            |source: &Source| matches!(source, Source::Id | Source::Footprint | Source::ValidTime);
        self.all.iter().filter(move |queryable| !is_beside(&queryable.source)).chain(&self.shown)
    }

    /// Whether a feature can have this property: one of its own, or what stands beside an attribute, its unit and the
    /// texts of its codes.
    pub fn returns(&self, name: &str) -> bool {
        let is_known = |name: &str| self.returnables().any(|known| known.name == name);
        let beside = ["_text", "_uom"].into_iter().filter_map(|ending| name.strip_suffix(ending));
        is_known(name) || beside.into_iter().any(is_known)
    }
}

/// Name and title of what features show and filters cannot name.
pub(super) const SHOWN: [(&str, &str, Type); 6] = [
    ("children", "Objects below it by class", Type::Any),
    ("groundTerrain", "Terrain compared with", Type::Text),
    ("groundTerrainRevision", "Revision of the terrain compared with", Type::Number),
    ("aliases", "Further names", Type::List),
    ("predecessors", "What it came from", Type::List),
    ("successors", "What stands in its place", Type::List),
];

/// Of a collection that was compared with a terrain, or was not.
pub(super) fn shown(is_compared: bool) -> Vec<Queryable> {
    let is_there = |name: &str| is_compared || !name.starts_with("ground");
    SHOWN
        .into_iter()
        .filter(|(name, ..)| is_there(name))
        .map(|(name, title, kind)| Queryable {
            name: name.to_owned(),
            title: title.to_owned(),
            kind,
            is_integer: kind == Type::Number,
            values: Vec::new(),
            source: Source::Attribute(vec![name.to_owned()]),
        })
        .collect()
}

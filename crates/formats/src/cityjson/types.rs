//! CityJSON type names and our classes, both ways.

use stadtwin_model::{ClassId, class_by_name, classes};
use std::collections::HashMap;
use std::sync::LazyLock;

/// By name of type, objects and surfaces apart.
struct Types {
    objects: HashMap<&'static str, ClassId>,
    surfaces: HashMap<&'static str, ClassId>,
}

static TYPES: LazyLock<Types> = LazyLock::new(|| {
    let mut types = Types { objects: HashMap::new(), surfaces: HashMap::new() };
    // A class's own name before another class's CityJSON name: `Road` is no `Track`.
    for own in [true, false] {
        for (id, class) in classes() {
            let table = if class.is_surface { &mut types.surfaces } else { &mut types.objects };
            let names = if own { class.aliases } else { &[] };
            let first = if own { class.name } else { class.cityjson };
            for name in std::iter::once(first).chain(names.iter().copied()).filter(|name| !name.is_empty()) {
                table.entry(name).or_insert(id);
            }
        }
    }
    types
});

/// The class of a city object's type; `None` for extensions and unknown types.
pub fn object_class(name: &str) -> Option<ClassId> {
    TYPES.objects.get(name).copied()
}

/// The class of a semantic surface's type.
pub fn surface_class(name: &str) -> Option<ClassId> {
    TYPES.surfaces.get(name).copied()
}

/// A class of objects by its own name.
pub fn own_class(name: &str) -> Option<ClassId> {
    class_by_name(name).filter(|class| !class.get().is_surface)
}

pub fn generic_object() -> ClassId {
    class_by_name("GenericCityObject").unwrap_or_default()
}

pub fn generic_surface() -> ClassId {
    class_by_name("GenericThematicSurface").unwrap_or_default()
}

/// Its children are members that stand for themselves, not parts.
pub const GROUP: &str = "CityObjectGroup";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_lead_to_classes() {
        let cases = [
            ("Building", "Building"),
            ("BuildingStorey", "Storey"),
            ("BuildingInstallation", "BuildingInstallation"),
            ("BridgeConstructionElement", "BridgeConstructiveElement"),
            ("TransportSquare", "Square"),
            ("Road", "Road"),
            ("TunnelHollowSpace", "HollowSpace"),
            ("GenericCityObject", "GenericCityObject"),
        ];
        for (name, expected) in cases {
            assert_eq!(object_class(name).map(ClassId::name), Some(expected), "{name}");
        }
        assert_eq!(object_class("+Potato"), None);
        assert_eq!(object_class("RoofSurface"), None);
        assert_eq!(surface_class("TransportationMarking").map(ClassId::name), Some("Marking"));
        assert_eq!(surface_class("Building"), None);
    }

    #[test]
    fn every_cityjson_name_leads_to_a_class_that_writes_it() {
        for (_, class) in classes().filter(|(_, class)| !class.cityjson.is_empty()) {
            let found =
                if class.is_surface { surface_class(class.cityjson) } else { object_class(class.cityjson) };
            assert_eq!(found.map(|id| id.get().cityjson), Some(class.cityjson), "{}", class.name);
        }
    }
}

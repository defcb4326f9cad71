//! Properties of GeoJSON features back into attributes: what the API adds to them is known, and no attribute.

use serde_json::{Map, Value};

use super::beside;
use super::values::is_same;
use stadtwin_formats::geojson;
use stadtwin_model::{Attributes, CityObject, ClassId, Feature, Module, class_by_name};

/// Of an attribute's name [characters].
const LONGEST_NAME: usize = 200;

/// Names that the API makes and that a client that puts back what it read need not care for.
const PASSING: [&str; 9] = [
    "revision",
    "groundDifferenceMin",
    "groundDifferenceMedian",
    "groundDifferenceMax",
    "groundTerrain",
    "groundTerrainRevision",
    "aliases",
    "predecessors",
    "successors",
];

/// How properties are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// They are all that there is: what they do not name goes.
    Whole,
    /// A merge patch: what they do not name stays, null removes.
    Merge,
}

/// Attributes of a feature that is new, and its class; `qualifiers` are what other features have.
pub(crate) fn of_new(
    properties: &Map<String, Value>,
    qualifiers: &Attributes,
) -> Result<(ClassId, Attributes), String> {
    let class = class_of(properties.get("class"))?;
    let mut attributes = Attributes::new();
    for (name, value) in properties.iter().filter(|(_, value)| !value.is_null()) {
        let attribute = match name.as_str() {
            "validFrom" if is_same_day(properties.get("creationDate"), value) => continue,
            "validTo" if is_same_day(properties.get("terminationDate"), value) => continue,
            "validFrom" | "validTo" => name,
            own if is_own(own) => continue,
            _ => attribute_of(name, &attributes),
        };
        check_name(attribute)?;
        check_time(attribute, value)?;
        attributes.insert(attribute.to_owned(), value.clone());
    }
    beside::strip_new(&mut attributes, qualifiers);
    Ok((class, attributes))
}

/// Changes the attributes of a feature; `shown` is what the API says of it.
pub(crate) fn change(
    object: &mut CityObject,
    shown: &Feature,
    properties: &Map<String, Value>,
    way: Way,
) -> Result<(), String> {
    let before = object.clone();
    let shown: Map<String, Value> = geojson::properties(shown).into_iter().collect();
    let answered = beside::shown(&before.attributes, &before.qualifiers);
    let beside = beside::names(&before.attributes, &answered);
    for (name, value) in properties {
        let is_same = is_same(shown.get(name).unwrap_or(&Value::Null), value);
        match name.as_str() {
            passing if way == Way::Whole && PASSING.contains(&passing) => {}
            "validFrom" | "validTo" if is_same => {}
            "validFrom" | "validTo" => set_time(object, name, value, shown.contains_key(name))?,
            own if is_own(own) && is_same => {}
            own if is_own(own) => {
                return Err(format!("`{own}` is made by the server from the object and cannot be set"));
            }
            made if beside.contains(made) => {
                if way == Way::Merge && !value.is_null() {
                    let base = made.rsplit_once('_').map_or(made, |(base, _)| base);
                    return Err(format!("`{made}` is made by the server beside `{base}`: change that"));
                }
            }
            _ => {
                let attribute = attribute_of(name, &before.attributes);
                let own = before.attributes.get(attribute);
                set(object, attribute, &beside::bare(value, answered.get(attribute), own), way)?;
            }
        }
    }
    if way == Way::Whole {
        let names: Vec<String> = before.attributes.keys().cloned().collect();
        let named = |name: &String| {
            properties.contains_key(name) && !is_own(name)
                || properties.contains_key(&geojson::property_name(name))
        };
        for name in names.iter().filter(|name| !named(name) && !is_extension(&before, name)) {
            // Times that are shown under another name.
            let shown_as = match name.as_str() {
                "validFrom" | "creationDate" => "validFrom",
                "validTo" | "terminationDate" => "validTo",
                _ => "",
            };
            if !properties.contains_key(shown_as) {
                remove(object, name);
            }
        }
    }
    Ok(())
}

fn is_own(name: &str) -> bool {
    geojson::property_name(name) != name
}

/// The attribute that a property shows.
fn attribute_of<'a>(property: &'a str, known: &Attributes) -> &'a str {
    match property.strip_prefix("gen_") {
        Some(inner) if is_own(inner) && !known.contains_key(property) => inner,
        _ => property,
    }
}

/// The readable side of foreign XML, which only CityGML can change.
fn is_extension(object: &CityObject, attribute: &str) -> bool {
    let below = format!("{attribute}/");
    object.qualifiers.iter().any(|(path, said)| {
        let is_of = path == attribute || path.starts_with(&below);
        let marks = |said: &Value| said["extension"] == true;
        is_of && (marks(said) || said.as_array().is_some_and(|all| all.iter().any(marks)))
    })
}

fn set(object: &mut CityObject, attribute: &str, value: &Value, way: Way) -> Result<(), String> {
    check_name(attribute)?;
    check_time(attribute, value)?;
    let old = object.attributes.get(attribute);
    let mut new = match way {
        Way::Whole => value.clone(),
        Way::Merge => old.cloned().unwrap_or(Value::Null),
    };
    if way == Way::Merge {
        merge(&mut new, value);
    }
    if is_same(old.unwrap_or(&Value::Null), &new) {
        return Ok(());
    }
    if is_extension(object, attribute) {
        return Err(format!(
            "`{attribute}` comes from the XML of an extension: send the object as CityGML to change it"
        ));
    }
    if new.is_null() {
        remove(object, attribute);
        return Ok(());
    }
    // Units and code spaces go on holding for values of the same kind.
    let kind = |value: &Value| (value.is_number(), value.is_string(), value.as_array().map(Vec::len));
    if old.is_some_and(|old| kind(old) != kind(&new)) {
        forget(object, attribute);
    }
    object.attributes.insert(attribute.to_owned(), new);
    Ok(())
}

/// RFC 7396.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(members) = target.as_object_mut() else { return };
    for (name, value) in patch {
        match value {
            Value::Null => drop(members.shift_remove(name)),
            value => merge(members.entry(name.clone()).or_insert(Value::Null), value),
        }
    }
}

fn remove(object: &mut CityObject, attribute: &str) {
    object.attributes.shift_remove(attribute);
    forget(object, attribute);
}

fn forget(object: &mut CityObject, attribute: &str) {
    let below = format!("{attribute}/");
    object.qualifiers.retain(|path, _| path != attribute && !path.starts_with(&below));
}

/// Begin or end in the real world: the attribute of that name goes before the date of creation or termination.
fn set_time(object: &mut CityObject, name: &str, value: &Value, is_shown: bool) -> Result<(), String> {
    if value.is_null() {
        let had = object.attributes.contains_key(name);
        remove(object, name);
        let other = if name == "validFrom" { "creationDate" } else { "terminationDate" };
        return match had || !is_shown {
            true => Ok(()),
            false => Err(format!("`{name}` comes from `{other}`: remove that")),
        };
    }
    check_time(name, value)?;
    object.attributes.insert(name.to_owned(), value.clone());
    Ok(())
}

fn check_name(name: &str) -> Result<(), String> {
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(format!(
            "a property's name has 1 to {LONGEST_NAME} characters, none of them a control character"
        ));
    }
    Ok(())
}

/// Times are what intervals are compared with: a wrong one would never be found.
fn check_time(name: &str, value: &Value) -> Result<(), String> {
    let is_time = ["validFrom", "validTo", "creationDate", "terminationDate"].contains(&name);
    if !is_time || value.is_null() {
        return Ok(());
    }
    let is_good = value.as_str().is_some_and(|text| {
        let kind = stadtwin_model::PropertyType::of(&Value::from(text));
        matches!(kind, Some(stadtwin_model::PropertyType::Date | stadtwin_model::PropertyType::DateTime))
    });
    if is_good {
        Ok(())
    } else {
        Err(format!("`{name}` must be a date or time, as 2020-01-31 or 2020-01-31T12:00:00Z"))
    }
}

fn is_same_day(date: Option<&Value>, time: &Value) -> bool {
    match (date.and_then(Value::as_str).and_then(|date| date.get(..10)), time.as_str()) {
        (Some(day), Some(time)) => time.starts_with(day),
        _ => false,
    }
}

/// The class of a feature that stands for itself.
fn class_of(name: Option<&Value>) -> Result<ClassId, String> {
    let Some(name) = name.filter(|name| !name.is_null()) else {
        return Err(
            "say what the feature is: `properties.class`, such as Building or SolitaryVegetationObject"
                .into(),
        );
    };
    let name = name.as_str().unwrap_or_default();
    let shown: String = name.chars().take(80).collect();
    let class = class_by_name(name)
        .ok_or_else(|| format!("`properties.class` names no class of CityGML 3.0: `{shown}`"))?;
    let described = class.get();
    let is_below = name != "CityFurniture"
        && ["Part", "Installation", "Room", "Storey", "Unit", "Furniture", "ConstructiveElement"]
            .iter()
            .any(|ending| name.ends_with(ending));
    let is_data = matches!(described.module, Module::Versioning | Module::Dynamizer | Module::PointCloud);
    if described.is_surface || is_below || is_data {
        return Err(format!("`{shown}` is no class of features: it belongs to another object"));
    }
    Ok(class)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use stadtwin_model::Place;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    fn object() -> CityObject {
        CityObject {
            id: "B".into(),
            class: class_by_name("Building").unwrap(),
            attributes: map(json!({
                "function": "31001_1000", "height": 5, "revision": "A", "creationDate": "2001-02-03",
                "address": [{"street": "Hauptstraße", "number": "1"}], "owner": {"name": "N", "since": 1990},
            })),
            qualifiers: map(json!({"height": {"uom": "ft"}})),
            ..CityObject::default()
        }
    }

    fn feature(object: &CityObject) -> Feature {
        Feature {
            key: 1,
            id: object.id.clone(),
            class: object.class,
            source_class: None,
            attributes: object.attributes.clone(),
            qualifiers: object.qualifiers.clone(),
            footprint: Vec::new(),
            place: Place::Nothing,
            heights_m: Some([1.0, 2.0]),
            lods: Vec::new(),
            children: Vec::new(),
            valid_from: Some("2001-02-03T00:00:00Z".into()),
            valid_to: None,
            revision: 7,
            content_hash: [0; 16],
            ground: None,
            lineage: None,
        }
    }

    fn changed(properties: Value, way: Way) -> Result<Attributes, String> {
        let mut object = object();
        let shown = feature(&object);
        change(&mut object, &shown, &map(properties), way).map(|()| object.attributes)
    }

    #[test]
    fn what_was_read_can_be_put_back() {
        let object = object();
        let mut read: Map<String, Value> = geojson::properties(&feature(&object)).into_iter().collect();
        // As answers have them beside.
        read.insert("function_text".into(), json!("Wohnhaus"));
        read.insert("height_uom".into(), json!("ft"));
        assert_eq!(changed(read.clone().into(), Way::Whole).unwrap(), object.attributes);
        read.remove("owner");
        read.insert("gen_revision".into(), json!("B"));
        let put = changed(read.into(), Way::Whole).unwrap();
        assert!(!put.contains_key("owner") && put["revision"] == "B" && put["creationDate"] == "2001-02-03");
    }

    #[test]
    fn patches_merge() {
        let patch =
            json!({"owner": {"name": null, "phone": "1"}, "height": null, "new": [1, null], "zMin": 1.0});
        let patched = changed(patch, Way::Merge).unwrap();
        assert_eq!(patched["owner"], json!({"since": 1990, "phone": "1"}));
        assert_eq!(patched["new"], json!([1, null]));
        assert!(!patched.contains_key("height") && patched["function"] == "31001_1000");
        for (patch, part) in [
            (json!({"zMin": 3.0}), "`zMin` is made by the server"),
            (json!({"class": "Bridge"}), "`class`"),
            (json!({"function_text": "x"}), "beside `function`"),
            (json!({"validFrom": null}), "comes from `creationDate`"),
            (json!({"validTo": "tomorrow"}), "must be a date"),
            (json!({"": 1}), "1 to 200 characters"),
        ] {
            let error = changed(patch.clone(), Way::Merge).unwrap_err();
            assert!(error.contains(part), "{patch}: {error}");
        }
        assert_eq!(changed(json!({"validTo": "2030-01-01"}), Way::Merge).unwrap()["validTo"], "2030-01-01");
    }

    #[test]
    fn new_features_say_what_they_are() {
        let properties =
            map(json!({"class": "Building", "name": "H", "zMin": 4, "gen_revision": "A", "gone": null}));
        let (class, attributes) = of_new(&properties, &Map::new()).unwrap();
        assert_eq!(class.name(), "Building");
        assert_eq!(Value::from(attributes), json!({"name": "H", "revision": "A"}));
        for (properties, part) in [
            (json!({}), "say what the feature is"),
            (json!({"class": "House"}), "`House`"),
            (json!({"class": "RoofSurface"}), "belongs to another object"),
            (json!({"class": "BuildingPart"}), "belongs to another object"),
        ] {
            let error = of_new(&map(properties.clone()), &Map::new()).unwrap_err();
            assert!(error.contains(part), "{properties}: {error}");
        }
    }
}

//! Units of values put beside them, where they are others than metres.

use super::citygml::metres;
use serde_json::Value;
use stadtwin_model::Attributes;

/// The attributes with the unit of each number beside it, under its name and `_uom`; metres go without saying.
pub fn with_units(attributes: Attributes, qualifiers: &Attributes) -> Attributes {
    let unit = |name: &str| {
        let unit = unit_beside(name, qualifiers.get(name)?)?;
        (!attributes.contains_key(&format!("{name}_uom"))).then(|| unit.to_owned())
    };
    let measured = |(name, value): (&String, &Value)| {
        value.is_number().then(|| unit(name)).flatten().map(|unit| (name.clone(), unit))
    };
    let units: Vec<(String, String)> = attributes.iter().filter_map(measured).collect();
    if units.is_empty() {
        return attributes;
    }
    let mut all = Attributes::with_capacity(attributes.len() + units.len());
    let mut units = units.into_iter().peekable();
    for (name, value) in attributes {
        let unit = units.next_if(|(measured, _)| *measured == name);
        all.insert(name, value);
        if let Some((name, unit)) = unit {
            all.insert(format!("{name}_uom"), Value::from(unit));
        }
    }
    all
}

/// The unit of a number that is said beside it: of measuredHeight none, which is in metres whatever its unit in the file.
pub(super) fn unit_beside<'a>(name: &str, said: &'a Value) -> Option<&'a str> {
    let unit = said.get("uom")?.as_str().filter(|unit| metres(unit) != Some(1.0))?;
    (name != "measuredHeight").then_some(unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn units_other_than_metres_stand_beside_their_numbers() {
        let map = |value: Value| value.as_object().cloned().unwrap();
        let attributes = json!({"h": 1.5, "area": 2.0, "text": "3", "gen": 4.0, "gen_uom": "t", "height": 5, "measuredHeight": 1.0});
        let qualifiers = json!({
            "h": {"uom": "#m"}, "area": {"uom": "m2"}, "text": {"uom": "kWh"}, "gen": {"uom": "t"},
            "height": {"uom": "ft"}, "measuredHeight": {"uom": "cm"}, "gone": {"uom": "kWh"},
        });
        let found = with_units(map(attributes), &map(qualifiers));
        let expected = r#"{"h":1.5,"area":2.0,"area_uom":"m2","text":"3","gen":4.0,"gen_uom":"t","height":5,"height_uom":"ft","measuredHeight":1.0}"#;
        assert_eq!(serde_json::to_string(&found).unwrap(), expected);
    }
}

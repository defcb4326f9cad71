//! What a municipality counts by: heights of storeys, housing parameters, what is allowed on the plot.

use serde::{Deserialize, Serialize};

use crate::full_storey::FullStoreyRule;

/// Parameters of figures, versioned. Schema: `schemas/json/rule-set.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RuleSet {
    pub id: String,
    /// Grows with every change.
    pub version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Type of use after BauNVO: `WA`, `MU`, …; its orientation values (§ 17) stand in for limits that are not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub land_use: Option<String>,
    /// For storeys that are not told [m].
    #[serde(rename = "storeyHeight")]
    pub storey_height_m: f64,
    pub full_storey: FullStoreyRule,
    pub limits: Limits,
    pub housing: Housing,
    /// Of a tree, the part of its height that is crown.
    pub crown_share: f64,
    /// The first that fits decides what an object counts as; none: it counts as nothing.
    pub uses: Vec<UseRule>,
}

/// What the plan allows; `None`: it says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Limits {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grz: Option<f64>,
    /// With garages, drives, outbuildings; half as much again as `grz` up to 0.8 where not given (§ 19 (4) BauNVO).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grz_two: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gfz: Option<f64>,
    /// [m]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bmz: Option<f64>,
    /// Of the highest building above its ground [m].
    #[serde(rename = "height", skip_serializing_if = "Option::is_none")]
    pub height_m: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Housing {
    /// Living area as a part of the storeys' area.
    pub floor_area_factor: f64,
    /// Living area of a unit [m²].
    #[serde(rename = "areaPerUnit")]
    pub area_per_unit_m2: f64,
    pub persons_per_unit: f64,
}

/// What objects count as.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UseRule {
    /// `Building`, `Square`, …
    pub class: String,
    /// What their `function` begins with; nothing fits all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub function: String,
    pub counts_as: Use,
    /// Of their storeys' area.
    #[serde(default)]
    pub housing_share: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Use {
    /// Main building: GRZ, GFZ, BMZ.
    Main,
    /// Garage, outbuilding, drive: GRZ II.
    Ancillary,
    /// Below the ground alone: GRZ II.
    Underground,
    /// Sealed, but not of a plot: public roads.
    Paved,
    Green,
    Nothing,
}

impl Default for Housing {
    fn default() -> Housing {
        Housing { floor_area_factor: 0.8, area_per_unit_m2: 80.0, persons_per_unit: 2.1 }
    }
}

impl Default for RuleSet {
    fn default() -> RuleSet {
        RuleSet {
            id: "default".to_owned(),
            version: 1,
            title: None,
            land_use: None,
            storey_height_m: 3.0,
            full_storey: FullStoreyRule::default(),
            limits: Limits::default(),
            housing: Housing::default(),
            crown_share: 1.0,
            uses: default_uses(),
        }
    }
}

/// By the building functions of the German cadastre (`31001_…`). Buildings that tell none count as housing.
fn default_uses() -> Vec<UseRule> {
    use Use::{Ancillary, Green, Main, Paved, Underground};
    let rule = |(class, function, counts_as, housing_share): (&str, &str, Use, f64)| UseRule {
        class: class.to_owned(),
        function: function.to_owned(),
        counts_as,
        housing_share,
    };
    [
        ("Building", "31001_2465", Underground, 0.0),
        ("Building", "31001_2463", Ancillary, 0.0),
        ("Building", "31001_1313", Ancillary, 0.0),
        ("Building", "31001_2723", Ancillary, 0.0),
        ("Building", "31001_10", Main, 1.0),
        ("Building", "31001_11", Main, 0.5),
        ("Building", "31001_1210", Main, 1.0),
        ("Building", "31001_12", Main, 0.5),
        ("Building", "31001_23", Main, 0.5),
        ("Building", "31001_3100", Main, 0.5),
        ("Building", "31001_", Main, 0.0),
        ("Building", "", Main, 1.0),
        ("OtherConstruction", "", Ancillary, 0.0),
        ("Square", "", Ancillary, 0.0),
        ("Road", "", Paved, 0.0),
        ("Track", "", Paved, 0.0),
        ("Railway", "", Paved, 0.0),
        ("TransportationComplex", "", Paved, 0.0),
        ("SolitaryVegetationObject", "", Green, 0.0),
        ("PlantCover", "", Green, 0.0),
    ]
    .into_iter()
    .map(rule)
    .collect()
}

/// A value of a rule set that cannot be.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{field} {value} is not {expected}")]
pub struct RuleFault {
    /// As in JSON: `housing.areaPerUnit`.
    pub field: &'static str,
    pub value: f64,
    pub expected: &'static str,
}

impl RuleSet {
    /// `default@1`, as figures name it.
    pub fn name(&self) -> String {
        format!("{}@{}", self.id, self.version)
    }

    pub fn faults(&self) -> Vec<RuleFault> {
        let limit = |value: Option<f64>| value.unwrap_or(1.0);
        let checks = [
            (
                "storeyHeight",
                self.storey_height_m,
                (1.8..=20.0).contains(&self.storey_height_m),
                "from 1.8 to 20",
            ),
            above_zero("fullStorey.minHeight", self.full_storey.min_height_m),
            within_one("fullStorey.minShare", self.full_storey.min_share),
            above_zero("fullStorey.basementCeiling", self.full_storey.basement_ceiling_m),
            above_zero("limits.grz", limit(self.limits.grz)),
            above_zero("limits.grzTwo", limit(self.limits.grz_two)),
            above_zero("limits.gfz", limit(self.limits.gfz)),
            above_zero("limits.bmz", limit(self.limits.bmz)),
            above_zero("limits.height", limit(self.limits.height_m)),
            within_one("housing.floorAreaFactor", self.housing.floor_area_factor),
            above_zero("housing.areaPerUnit", self.housing.area_per_unit_m2),
            above_zero("housing.personsPerUnit", self.housing.persons_per_unit),
            within_one("crownShare", self.crown_share),
        ];
        let shares = self.uses.iter().map(|rule| within_one("uses.housingShare", rule.housing_share));
        let wrong = checks.into_iter().chain(shares).filter(|(.., is_well, _)| !is_well);
        wrong.map(|(field, value, _, expected)| RuleFault { field, value, expected }).collect()
    }

    /// What an object counts as, and the part of its storeys that is housing.
    pub fn use_of(&self, class: &str, function: Option<&str>) -> (Use, f64) {
        let function = function.unwrap_or_default();
        let fits = |rule: &&UseRule| rule.class == class && function.starts_with(&rule.function);
        self.uses.iter().find(fits).map_or((Use::Nothing, 0.0), |rule| (rule.counts_as, rule.housing_share))
    }

    /// The plan's limits, else the orientation values of its land use; the second of each says which.
    pub fn effective_limits(&self) -> EffectiveLimits {
        let [grz, gfz, bmz] = self.land_use.as_deref().and_then(orientation_values).unwrap_or_default();
        let of = |plan: Option<f64>, orientation: Option<f64>| match plan {
            Some(value) => Some((value, "plan")),
            None => orientation.map(|value| (value, "§ 17 BauNVO")),
        };
        let grz = of(self.limits.grz, grz);
        let by_rule = grz.map(|(grz, _)| ((1.5 * grz).min(0.8), "§ 19 (4) BauNVO"));
        EffectiveLimits {
            grz,
            grz_two: self.limits.grz_two.map(|value| (value, "plan")).or(by_rule),
            gfz: of(self.limits.gfz, gfz),
            bmz: of(self.limits.bmz, bmz),
            height_m: of(self.limits.height_m, None),
        }
    }
}

/// Field, value, whether it can be, what it should be.
type FieldCheck = (&'static str, f64, bool, &'static str);

fn above_zero(field: &'static str, value: f64) -> FieldCheck {
    (field, value, value > 0.0 && value.is_finite(), "above 0")
}

fn within_one(field: &'static str, value: f64) -> FieldCheck {
    (field, value, (0.0..=1.0).contains(&value), "from 0 to 1")
}

/// Values with where they are from.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct EffectiveLimits {
    pub grz: Option<(f64, &'static str)>,
    pub grz_two: Option<(f64, &'static str)>,
    pub gfz: Option<(f64, &'static str)>,
    pub bmz: Option<(f64, &'static str)>,
    pub height_m: Option<(f64, &'static str)>,
}

/// GRZ, GFZ, BMZ [m] of a type of use (§ 17 BauNVO as of June 2021: for orientation, no caps).
pub fn orientation_values(land_use: &str) -> Option<[Option<f64>; 3]> {
    Some(match land_use {
        "WS" => [Some(0.2), Some(0.4), None],
        "WR" | "WA" | "Ferienhaus" => [Some(0.4), Some(1.2), None],
        "WB" => [Some(0.6), Some(1.6), None],
        "MD" | "MI" | "MDW" => [Some(0.6), Some(1.2), None],
        "MU" => [Some(0.8), Some(3.0), None],
        "MK" => [Some(1.0), Some(3.0), None],
        "GE" | "GI" | "SO" => [Some(0.8), Some(2.4), Some(10.0)],
        "Wochenendhaus" => [Some(0.2), Some(0.2), None],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    const SCHEMA: &str = include_str!("../../../schemas/json/rule-set.json");

    /// N4.
    #[test]
    fn the_second_grz_is_capped() {
        let limit = |grz| {
            let limits = Limits { grz: Some(grz), ..Limits::default() };
            RuleSet { limits, ..RuleSet::default() }.effective_limits().grz_two.unwrap().0
        };
        assert!((limit(0.3) - 0.45).abs() < 1e-12);
        assert_eq!(limit(0.6), 0.8);
        let housing = RuleSet { land_use: Some("WA".into()), ..RuleSet::default() }.effective_limits();
        assert_eq!((housing.grz, housing.gfz), (Some((0.4, "§ 17 BauNVO")), Some((1.2, "§ 17 BauNVO"))));
    }

    #[test]
    fn functions_say_what_buildings_count_as() {
        let rules = RuleSet::default();
        for (class, function, expected) in [
            ("Building", Some("31001_1010"), (Use::Main, 1.0)),
            ("Building", Some("31001_1123"), (Use::Main, 0.5)),
            ("Building", Some("31001_2463"), (Use::Ancillary, 0.0)),
            ("Building", Some("31001_3000"), (Use::Main, 0.0)),
            ("Building", Some("31001_2320"), (Use::Main, 0.5)),
            ("Building", Some("31001_9998"), (Use::Main, 0.0)),
            ("Building", None, (Use::Main, 1.0)),
            ("Road", Some("1"), (Use::Paved, 0.0)),
            ("WaterBody", None, (Use::Nothing, 0.0)),
        ] {
            assert_eq!(rules.use_of(class, function), expected, "{class} {function:?}");
        }
    }

    #[test]
    fn impossible_values_are_named() {
        let mut rules = RuleSet::default();
        assert_eq!(rules.faults(), []);
        rules.housing.area_per_unit_m2 = 0.0;
        rules.limits.grz = Some(-0.4);
        rules.storey_height_m = f64::NAN;
        let said: Vec<_> = rules.faults().iter().map(ToString::to_string).collect();
        let expected = [
            "storeyHeight NaN is not from 1.8 to 20",
            "limits.grz -0.4 is not above 0",
            "housing.areaPerUnit 0 is not above 0",
        ];
        assert_eq!(said, expected);
    }

    fn compare(path: &str, value: &Value, schema: &Value) {
        let Some(fields) = value.as_object() else { return };
        assert_eq!(schema["additionalProperties"], Value::Bool(false), "{path}");
        let known = schema["properties"].as_object().unwrap();
        let names = |map: &serde_json::Map<String, Value>| {
            let mut names: Vec<_> = map.keys().cloned().collect();
            names.sort();
            names
        };
        assert_eq!(names(fields), names(known), "{path}");
        for (name, field) in fields {
            let schema = &known[name];
            compare(&format!("{path}.{name}"), field, schema);
            if let Some(first) = field.as_array().and_then(|items| items.first()) {
                compare(&format!("{path}.{name}[]"), first, &schema["items"]);
            }
            if let Some(default) = schema.get("default").filter(|_| field.is_number()) {
                assert_eq!(default.as_f64(), field.as_f64(), "{path}.{name}");
            }
        }
    }

    /// Every field is in the schema with its default, and nothing else is.
    #[test]
    fn the_schema_tells_of_every_field() {
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        let limits = Limits {
            grz: Some(0.4),
            grz_two: Some(0.6),
            gfz: Some(1.2),
            bmz: Some(5.0),
            height_m: Some(12.0),
        };
        let full = RuleSet {
            title: Some("Ortsmitte".into()),
            land_use: Some("WA".into()),
            limits,
            ..RuleSet::default()
        };
        let json = serde_json::to_value(&full).unwrap();
        compare("ruleSet", &json, &schema);
        assert_eq!(serde_json::from_value::<RuleSet>(json).unwrap(), full);
        assert_eq!(serde_json::from_str::<RuleSet>("{}").unwrap(), RuleSet::default());
        assert!(serde_json::from_str::<RuleSet>(r#"{"storeyheight": 3}"#).is_err());
    }
}

//! What a development plan permits as a volume: a building field raised to the highest that it allows.

use serde::{Deserialize, Serialize};
use serde_json::json;
use stadtwin_geometry::validate::ring::Point;
use stadtwin_model::{Attributes, CityObject, Lod, class_by_name};

use crate::extrude::{HIGHEST_M, prism, to_millimetres};
use crate::outline::{Outline, OutlineError};
use crate::overlap::Body;
use crate::rule_set::{Limits, RuleSet};

/// A building field (Baufenster) with what the plan fixes for it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct BuildingField {
    /// Rings `[east, north]` in the storage CRS: the exterior, then the holes.
    pub outline: Vec<Vec<Point>>,
    /// Z: number of full storeys at most, or exactly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storeys: Option<u32>,
    pub heights: Vec<FixedHeight>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grz: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gfz: Option<f64>,
    /// [m]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bmz: Option<f64>,
    /// Type of use after BauNVO: `WA`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub land_use: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FixedHeight {
    pub of: HeightOf,
    pub from: HeightFrom,
    /// At most, or exactly [m].
    pub value: f64,
}

/// What of a building a height is fixed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HeightOf {
    /// Eaves or top of the wall (TH, WH).
    Eaves,
    /// Ridge, top edge, building as a whole (FH, OK, GBH, HBA).
    Top,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HeightFrom {
    /// A height of the storage height system (NHN).
    Datum,
    /// Above the terrain, the pavement or the ground floor.
    Ground,
}

/// A volume to hold plans against, and the limits for their figures.
#[derive(Debug, Clone, PartialEq)]
pub struct Permitted {
    /// GenericLogicalSpace with a solid of LoD1.
    pub object: CityObject,
    pub limits: Limits,
    /// Where its top is from: `top`, `eaves`, `storeys`.
    pub top_from: &'static str,
    /// Whether a storey height of the rule set was taken, or what lies above the eaves is not known.
    pub is_estimated: bool,
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PermittedError {
    #[error("outline: {0}")]
    Outline(#[from] OutlineError),
    #[error("the building field fixes neither heights nor storeys")]
    NoHeight,
    #[error("a ground height of {0} m is not usable")]
    Ground(f64),
    #[error("a permitted top at {top_m} m is not above the ground at {ground_m} m by up to {HIGHEST_M} m")]
    Top { top_m: f64, ground_m: f64 },
}

/// From the ground, in the storage height system [m], up to the lowest top that the plan fixes, else its eaves, else its storeys.
pub fn permitted(
    id: &str,
    field: &BuildingField,
    ground_m: f64,
    rules: &RuleSet,
) -> Result<Permitted, PermittedError> {
    let outline = Outline::new(&field.outline)?;
    if !(-10_000.0..=10_000.0).contains(&ground_m) {
        return Err(PermittedError::Ground(ground_m));
    }
    let fixed = |of: HeightOf| {
        let heights = field.heights.iter().filter(|height| height.of == of);
        let absolute = heights.map(|height| match height.from {
            HeightFrom::Datum => height.value,
            HeightFrom::Ground => ground_m + height.value,
        });
        absolute.reduce(f64::min)
    };
    let by_storeys = || field.storeys.map(|storeys| ground_m + f64::from(storeys) * rules.storey_height_m);
    let tops = [("top", fixed(HeightOf::Top)), ("eaves", fixed(HeightOf::Eaves)), ("storeys", by_storeys())];
    let found = tops.into_iter().find_map(|(from, top_m)| Some((from, top_m?)));
    let (top_from, top_m) = found.ok_or(PermittedError::NoHeight)?;
    let height_m = top_m - ground_m;
    if !(height_m > 0.0 && height_m <= HIGHEST_M) {
        return Err(PermittedError::Top { top_m, ground_m });
    }
    let limits = Limits {
        grz: field.grz,
        grz_two: None,
        gfz: field.gfz,
        bmz: field.bmz,
        height_m: (top_from == "top").then_some(height_m),
    };
    let object = CityObject {
        id: id.to_owned(),
        class: class_by_name("GenericLogicalSpace").unwrap_or_default(),
        attributes: attributes(field, height_m, top_from),
        geometries: vec![prism(&outline, ground_m, height_m, Lod::whole(1))],
        ..CityObject::default()
    };
    Ok(Permitted { object, limits, top_from, is_estimated: top_from != "top" })
}

fn attributes(field: &BuildingField, height_m: f64, top_from: &str) -> Attributes {
    let told = [
        ("function", Some(json!("permittedEnvelope"))),
        ("landUse", field.land_use.as_ref().map(|code| json!(code))),
        ("permittedHeight", Some(json!(to_millimetres(height_m)))),
        ("permittedHeightFrom", Some(json!(top_from))),
        ("permittedStoreys", field.storeys.map(|storeys| json!(storeys))),
        ("grz", field.grz.map(|value| json!(value))),
        ("gfz", field.gfz.map(|value| json!(value))),
        ("bmz", field.bmz.map(|value| json!(value))),
    ];
    told.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// What of an object lies in none of the permitted volumes, which must not overlap [m³]; `None` where it has no shape.
pub fn beyond_permitted_m3(object: &CityObject, permitted: &[&CityObject]) -> Option<f64> {
    let body = Body::of(object)?;
    let inside: f64 = permitted.iter().filter_map(|one| Some(body.common_m3(&Body::of(one)?))).sum();
    Some((body.volume_m3() - inside).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Extrusion, RoofForm, extrude};
    use stadtwin_geometry::measures;
    use stadtwin_geometry::validate::{Checker, Tolerances};

    fn rectangle(width: f64, depth: f64) -> Vec<Point> {
        let (x, y) = (696_700.0, 5_347_400.0);
        vec![[x, y], [x + width, y], [x + width, y + depth], [x, y + depth], [x, y]]
    }

    fn field(storeys: Option<u32>, heights: &[(HeightOf, HeightFrom, f64)]) -> BuildingField {
        let fixed = |(of, from, value): &(HeightOf, HeightFrom, f64)| FixedHeight {
            of: *of,
            from: *from,
            value: *value,
        };
        BuildingField {
            outline: vec![rectangle(20.0, 15.0)],
            storeys,
            heights: heights.iter().map(fixed).collect(),
            grz: Some(0.4),
            gfz: Some(1.2),
            ..BuildingField::default()
        }
    }

    /// Volume over 300 m² of ground at 480 m, and where the top is from.
    fn check(field: &BuildingField, expected: Result<(f64, &str, bool), &str>) {
        let found = permitted("field-1", field, 480.0, &RuleSet::default());
        let found = found.map(|one| {
            let mut issues = Vec::new();
            Checker::new(Tolerances::default()).check(&one.object, &mut issues);
            assert!(issues.is_empty(), "{issues:?}");
            assert_eq!((one.limits.grz, one.limits.gfz), (Some(0.4), Some(1.2)));
            let volume = measures(&one.object).volume_m3.unwrap();
            ((volume * 1e3).round() / 1e3, one.top_from, one.is_estimated)
        });
        assert_eq!(found.map_err(|error| error.to_string()), expected.map_err(str::to_owned), "{field:?}");
    }

    #[test]
    fn the_lowest_fixed_height_decides() {
        use HeightFrom::{Datum, Ground};
        use HeightOf::{Eaves, Top};
        check(&field(Some(3), &[]), Ok((2700.0, "storeys", true)));
        check(&field(Some(3), &[(Eaves, Ground, 9.5)]), Ok((2850.0, "eaves", true)));
        check(&field(Some(3), &[(Eaves, Ground, 9.5), (Top, Datum, 492.0)]), Ok((3600.0, "top", false)));
        check(&field(None, &[(Top, Ground, 14.0), (Top, Datum, 492.0)]), Ok((3600.0, "top", false)));
        check(&field(None, &[]), Err("the building field fixes neither heights nor storeys"));
        check(
            &field(None, &[(Top, Datum, 12.0)]),
            Err("a permitted top at 12 m is not above the ground at 480 m by up to 1000 m"),
        );
        let mut crossed = field(Some(1), &[]);
        crossed.outline[0].swap(1, 2);
        check(&crossed, Err("outline: ring 0 crosses or touches itself at (696710.000, 5347407.500)"));
        let failed = permitted("field-1", &field(Some(1), &[]), f64::NAN, &RuleSet::default());
        assert_eq!(failed.unwrap_err().to_string(), "a ground height of NaN m is not usable");
    }

    #[test]
    fn what_is_too_high_is_measured() {
        let limit = permitted("field-1", &field(Some(3), &[]), 480.0, &RuleSet::default()).unwrap();
        assert_eq!(limit.object.attributes["permittedHeight"], json!(9.0));
        let house = |height_m| {
            let drawn = Extrusion {
                footprint: vec![rectangle(10.0, 12.0)],
                base_m: 480.0,
                height_m: Some(height_m),
                storeys: None,
                storey_height_m: None,
                roof: RoofForm::Flat,
                function: None,
            };
            extrude("H", &drawn).unwrap()
        };
        for (height_m, beyond_m3) in [(9.0, 0.0), (6.0, 0.0), (11.0, 240.0)] {
            let found = beyond_permitted_m3(&house(height_m), &[&limit.object]).unwrap();
            assert!((found - beyond_m3).abs() < 1e-6, "{height_m}: {found}");
        }
        assert_eq!(beyond_permitted_m3(&CityObject::default(), &[]), None);
    }
}

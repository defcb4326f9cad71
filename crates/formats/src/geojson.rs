//! Features as GeoJSON, written straight into bytes.

use std::io::Write;

use serde_json::Value;

use super::Selection;
use super::own_property::{class_name, own_properties};
use stadtwin_model::{Feature, Place};

/// Appends `{"type":"Feature",…}`; the footprint is in degrees already. `members` go along on a feature's own page.
pub fn write_feature(
    out: &mut Vec<u8>,
    feature: &Feature,
    members: &[(&str, Value)],
) -> serde_json::Result<()> {
    write_selected(out, feature, &Selection::default(), members)
}

/// The same with only what is selected.
pub fn write_selected(
    out: &mut Vec<u8>,
    feature: &Feature,
    selection: &Selection,
    members: &[(&str, Value)],
) -> serde_json::Result<()> {
    out.extend_from_slice(b"{\"type\":\"Feature\",\"id\":");
    serde_json::to_writer(&mut *out, &feature.id)?;
    out.extend_from_slice(b",\"geometry\":");
    if selection.skips_geometry {
        out.extend_from_slice(b"null");
    } else {
        write_outline(out, feature);
    }
    out.extend_from_slice(b",\"properties\":");
    write_properties(out, feature, selection)?;
    for (name, value) in members {
        out.push(b',');
        serde_json::to_writer(&mut *out, name)?;
        out.push(b':');
        serde_json::to_writer(&mut *out, value)?;
    }
    out.push(b'}');
    Ok(())
}

/// Names that attributes may not have.
pub(super) const OWN_NAMES: [&str; 19] = [
    "id",
    "geometry",
    "validTime",
    "class",
    "lods",
    "children",
    "zMin",
    "zMax",
    "validFrom",
    "validTo",
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

/// What an attribute goes by among the properties.
pub fn property_name(attribute: &str) -> String {
    if OWN_NAMES.contains(&attribute) { format!("gen_{attribute}") } else { attribute.to_owned() }
}

/// Own properties first, then the attributes; an attribute of the same name as one of ours gets `gen_` before it.
pub fn properties(feature: &Feature) -> Vec<(String, Value)> {
    let mut properties = vec![("class".to_owned(), Value::from(class_name(feature)))];
    for (name, value) in &feature.attributes {
        // The text of a code goes by the name that the code goes by.
        let code = name.strip_suffix("_text").filter(|code| feature.attributes.contains_key(*code));
        let is_own = OWN_NAMES.contains(&code.unwrap_or(name));
        let name = if is_own { format!("gen_{name}") } else { name.clone() };
        properties.push((name, value.clone()));
    }
    own_properties(feature, &mut |name, own| properties.push((name.to_owned(), own.value())));
    properties
}

pub(super) fn write_properties(
    out: &mut Vec<u8>,
    feature: &Feature,
    selection: &Selection,
) -> serde_json::Result<()> {
    out.push(b'{');
    let properties = properties(feature);
    let shown = properties.iter().filter(|(name, _)| selection.shows(name));
    for (index, (name, value)) in shown.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        serde_json::to_writer(&mut *out, name)?;
        out.push(b':');
        serde_json::to_writer(&mut *out, value)?;
    }
    out.push(b'}');
    Ok(())
}

pub(super) fn write_outline(out: &mut Vec<u8>, feature: &Feature) {
    match &feature.place {
        _ if !feature.footprint.is_empty() => {
            out.extend_from_slice(b"{\"type\":\"MultiPolygon\",\"coordinates\":");
            write_list(out, &feature.footprint, |out, polygon| {
                write_list(out, polygon, |out, ring| write_list(out, ring, write_point));
            });
        }
        Place::Nothing => return out.extend_from_slice(b"null"),
        Place::Lines(lines) => {
            out.extend_from_slice(b"{\"type\":\"MultiLineString\",\"coordinates\":");
            write_list(out, lines, |out, line| write_list(out, line, write_point));
        }
        Place::Points(points) => {
            out.extend_from_slice(b"{\"type\":\"MultiPoint\",\"coordinates\":");
            write_list(out, points, write_point);
        }
    }
    out.push(b'}');
}

fn write_point(out: &mut Vec<u8>, &[longitude_deg, latitude_deg]: &[f64; 2]) {
    out.push(b'[');
    write_number(out, longitude_deg);
    out.push(b',');
    write_number(out, latitude_deg);
    out.push(b']');
}

fn write_list<T>(out: &mut Vec<u8>, items: &[T], write: impl Fn(&mut Vec<u8>, &T)) {
    out.push(b'[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(out, item);
    }
    out.push(b']');
}

/// Seven decimals (a centimetre), zeros at the end left out.
pub fn write_number(out: &mut Vec<u8>, degrees: f64) {
    let scaled = (degrees * 1e7).round() as i64;
    if scaled < 0 {
        out.push(b'-');
    }
    let scaled = scaled.unsigned_abs();
    let (whole, mut fraction) = (scaled / 10_000_000, scaled % 10_000_000);
    // Writing into a vector cannot fail.
    let _ = write!(out, "{whole}");
    if fraction == 0 {
        return;
    }
    let mut digits = 7;
    while fraction % 10 == 0 {
        fraction /= 10;
        digits -= 1;
    }
    let _ = write!(out, ".{fraction:0digits$}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use stadtwin_model::{Lod, class_by_name};

    #[test]
    fn degrees_have_seven_decimals_at_most() {
        let cases = [
            (11.5, "11.5"),
            (-0.00000004, "0"),
            (-0.1234567, "-0.1234567"),
            (48.13719999, "48.1372"),
            (180.0, "180"),
            (7.00000012, "7.0000001"),
        ];
        for (degrees, expected) in cases {
            let mut out = Vec::new();
            write_number(&mut out, degrees);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }

    #[test]
    fn a_feature_is_geojson() {
        let mut feature = Feature {
            key: 1,
            id: "B \"1\"".to_owned(),
            class: class_by_name("Building").unwrap(),
            source_class: None,
            qualifiers: Default::default(),
            attributes: [
                ("measuredHeight".to_owned(), Value::from(9.5)),
                ("revision".to_owned(), Value::from("A")),
            ]
            .into_iter()
            .collect(),
            footprint: vec![vec![vec![[11.0, 48.0], [11.5, 48.0], [11.5, 48.5], [11.0, 48.0]]]],
            place: Place::Nothing,
            heights_m: Some([500.12345, 510.0]),
            lods: vec![Lod::whole(2)],
            children: vec![("BuildingPart".to_owned(), 2)],
            valid_from: None,
            valid_to: None,
            revision: 3,
            content_hash: [0; 16],
            ground: None,
            lineage: None,
        };
        let expected = concat!(
            r#"{"type":"Feature","id":"B \"1\"","geometry":{"type":"MultiPolygon","coordinates":"#,
            r#"[[[[11,48],[11.5,48],[11.5,48.5],[11,48]]]]},"properties":{"class":"Building","measuredHeight":9.5,"#,
            r#""gen_revision":"A","lods":["2"],"children":{"BuildingPart":2},"zMin":500.123,"zMax":510.0,"revision":3}}"#
        );
        let mut out = Vec::new();
        write_feature(&mut out, &feature, &[]).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected);
        feature.footprint.clear();
        let mut out = Vec::new();
        write_feature(&mut out, &feature, &[("links", serde_json::json!([]))]).unwrap();
        let value: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!((&value["geometry"], &value["links"]), (&Value::Null, &serde_json::json!([])));
        feature.place = Place::Lines(vec![vec![[11.0, 48.0], [11.5, 48.0]]]);
        let mut out = Vec::new();
        write_feature(&mut out, &feature, &[]).unwrap();
        let value: Value = serde_json::from_slice(&out).unwrap();
        let expected =
            serde_json::json!({ "type": "MultiLineString", "coordinates": [[[11, 48], [11.5, 48]]] });
        assert_eq!(value["geometry"], expected);
    }
}

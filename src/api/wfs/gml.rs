//! Features in GML 3.2, simple features level 0.

use std::collections::HashMap;
use std::fmt::Write;

use serde_json::Value;

use super::super::reference::Reference;
use super::super::time;
use super::schema::{NAMESPACE, PREFIX, Property, properties, type_name};
use super::xml::{escaped, id_of};
use stadtwin_crs::is_geographic;
use stadtwin_formats::geojson;
use stadtwin_model::{Collection, Feature, Place};

/// What a collection of features says of itself.
pub struct Head<'a> {
    /// The address of the service.
    pub schema_url: &'a str,
    /// `None`: not counted, "unknown" (WFS 2.0, 7.7.4.2).
    pub matched: Option<i64>,
    pub next: Option<&'a str>,
}

const NAMESPACES: &str = "xmlns:gml=\"http://www.opengis.net/gml/3.2\" \
                          xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";

/// wfs:FeatureCollection.
pub fn collection(
    owner: &Collection,
    features: &[Feature],
    reference: &Reference,
    head: &Head<'_>,
) -> String {
    let name = type_name(owner);
    let schema = format!(
        "{}?service=WFS&version=2.0.0&request=DescribeFeatureType&typeNames={PREFIX}:{name}",
        head.schema_url
    );
    let next = head.next.map(|next| format!(" next=\"{}\"", escaped(next))).unwrap_or_default();
    let mut out = String::with_capacity(1_024 + features.len().min(10_000) * 1_024);
    // Writing into a string does not fail.
    let _ = writeln!(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<wfs:FeatureCollection xmlns:wfs=\"http://www.opengis.net/wfs/2.0\" \
         {NAMESPACES} xmlns:{PREFIX}=\"{NAMESPACE}\" xsi:schemaLocation=\"http://www.opengis.net/wfs/2.0 \
         http://schemas.opengis.net/wfs/2.0/wfs.xsd {NAMESPACE} {}\" timeStamp=\"{}\" numberMatched=\"{}\" \
         numberReturned=\"{}\"{next}>",
        escaped(&schema),
        time::now(),
        head.matched.map_or_else(|| "unknown".to_owned(), |count| count.to_string()),
        features.len()
    );
    let writer = Writer::new(owner, reference);
    for feature in features {
        out.push_str("<wfs:member>");
        writer.write(&mut out, feature, "");
        out.push_str("</wfs:member>\n");
    }
    out.push_str("</wfs:FeatureCollection>\n");
    out
}

/// Features as roots of their own; there is one.
pub fn single(owner: &Collection, features: &[Feature], reference: &Reference) -> String {
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    let namespaces = format!(" {NAMESPACES} xmlns:{PREFIX}=\"{NAMESPACE}\"");
    let writer = Writer::new(owner, reference);
    features.iter().for_each(|feature| writer.write(&mut out, feature, &namespaces));
    out.push('\n');
    out
}

struct Writer {
    name: String,
    properties: Vec<Property>,
    /// As an attribute's value.
    srs_name: String,
    /// Decimals of coordinates: to the millimetre.
    decimals: usize,
}

impl Writer {
    fn new(owner: &Collection, reference: &Reference) -> Writer {
        Writer {
            name: type_name(owner),
            properties: properties(owner),
            srs_name: escaped(&reference.uri),
            decimals: if is_geographic(&reference.crs) { 8 } else { 3 },
        }
    }

    fn write(&self, out: &mut String, feature: &Feature, namespaces: &str) {
        let name = &self.name;
        let id = format!("{name}.{}", id_of(&feature.id));
        let _ = write!(out, "<{PREFIX}:{name}{namespaces} gml:id=\"{id}\">");
        self.bounds(out, feature);
        self.geometry(out, feature, &id);
        let values: HashMap<String, Value> = geojson::properties(feature).into_iter().collect();
        for Property { name, element, kind } in &self.properties {
            let own = Value::from(feature.id.as_str());
            let value = if name == "id" { Some(&own) } else { values.get(name) };
            let text = value.and_then(|value| text(value, kind));
            if let Some(text) = text {
                let _ = write!(out, "<{PREFIX}:{element}>{}</{PREFIX}:{element}>", escaped(&text));
            }
        }
        let _ = write!(out, "</{PREFIX}:{name}>");
    }

    fn bounds(&self, out: &mut String, feature: &Feature) {
        let runs = feature.footprint.iter().flatten().map(Vec::as_slice).chain(feature.place.runs());
        let start = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        let [a, b, c, d] = runs
            .flatten()
            .fold(start, |all, [x, y]| [all[0].min(*x), all[1].min(*y), all[2].max(*x), all[3].max(*y)]);
        if a > c {
            return;
        }
        let (srs, decimals) = (&self.srs_name, self.decimals);
        let _ = write!(
            out,
            "<gml:boundedBy><gml:Envelope srsName=\"{srs}\" srsDimension=\"2\"><gml:lowerCorner>{a:.decimals$} {b:.decimals$}\
             </gml:lowerCorner><gml:upperCorner>{c:.decimals$} {d:.decimals$}</gml:upperCorner></gml:Envelope></gml:boundedBy>"
        );
    }

    fn geometry(&self, out: &mut String, feature: &Feature, id: &str) {
        let kind = match (&feature.place, feature.footprint.is_empty()) {
            (_, false) => "MultiSurface",
            (Place::Lines(_), true) => "MultiCurve",
            (Place::Points(_), true) => "MultiPoint",
            (Place::Nothing, true) => return,
        };
        let srs = &self.srs_name;
        let _ = write!(
            out,
            "<{PREFIX}:geometry><gml:{kind} gml:id=\"{id}.g\" srsName=\"{srs}\" srsDimension=\"2\">"
        );
        for (index, polygon) in feature.footprint.iter().enumerate() {
            let _ = write!(out, "<gml:surfaceMember><gml:Polygon gml:id=\"{id}.g.{index}\">");
            for (place, ring) in polygon.iter().enumerate() {
                let role = if place == 0 { "exterior" } else { "interior" };
                let _ = write!(out, "<gml:{role}><gml:LinearRing><gml:posList>");
                self.positions(out, ring);
                let _ = write!(out, "</gml:posList></gml:LinearRing></gml:{role}>");
            }
            out.push_str("</gml:Polygon></gml:surfaceMember>");
        }
        if feature.footprint.is_empty() {
            self.place(out, &feature.place, id);
        }
        let _ = write!(out, "</gml:{kind}></{PREFIX}:geometry>");
    }

    fn place(&self, out: &mut String, place: &Place, id: &str) {
        let lines: &[Vec<[f64; 2]>] = if let Place::Lines(lines) = place { lines } else { &[] };
        for (index, line) in lines.iter().enumerate() {
            let _ = write!(out, "<gml:curveMember><gml:LineString gml:id=\"{id}.g.{index}\"><gml:posList>");
            self.positions(out, line);
            out.push_str("</gml:posList></gml:LineString></gml:curveMember>");
        }
        let points: &[[f64; 2]] = if let Place::Points(points) = place { points } else { &[] };
        for (index, point) in points.iter().enumerate() {
            let _ = write!(out, "<gml:pointMember><gml:Point gml:id=\"{id}.g.{index}\"><gml:pos>");
            self.positions(out, std::slice::from_ref(point));
            out.push_str("</gml:pos></gml:Point></gml:pointMember>");
        }
    }

    /// In the order of the axes already.
    fn positions(&self, out: &mut String, points: &[[f64; 2]]) {
        let decimals = self.decimals;
        for (index, [first, second]) in points.iter().enumerate() {
            let space = if index > 0 { " " } else { "" };
            let _ = write!(out, "{space}{first:.decimals$} {second:.decimals$}");
        }
    }
}

/// A value as text of its type; `None`: it is none of that type, or nothing.
fn text(value: &Value, kind: &str) -> Option<String> {
    match (kind, value) {
        (_, Value::Null) => None,
        ("boolean", Value::Bool(_)) | ("long" | "double", Value::Number(_)) => Some(value.to_string()),
        ("boolean" | "long" | "double", _) => None,
        (_, Value::String(text)) => Some(text.clone()),
        ("string", other) => Some(other.to_string()),
        _ => None,
    }
}

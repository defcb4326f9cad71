//! The CRS of a file as PROJJSON 0.7, made from Well-Known Text 1.

use serde_json::{Value, json};

use super::wkt::Node;

/// Method in Well-Known Text, its name and EPSG code, and its parameters: name in Well-Known Text, EPSG code.
type Method = (&'static str, &'static str, u32, &'static [(&'static str, u32)]);

const NATURAL_ORIGIN: &[(&str, u32)] = &[
    ("latitude_of_origin", 8801),
    ("central_meridian", 8802),
    ("scale_factor", 8805),
    ("false_easting", 8806),
    ("false_northing", 8807),
];
const METHODS: [Method; 7] = [
    ("Transverse_Mercator", "Transverse Mercator", 9807, NATURAL_ORIGIN),
    ("Mercator_1SP", "Mercator (variant A)", 9804, NATURAL_ORIGIN),
    ("Oblique_Stereographic", "Oblique Stereographic", 9809, NATURAL_ORIGIN),
    ("Lambert_Conformal_Conic_1SP", "Lambert Conic Conformal (1SP)", 9801, NATURAL_ORIGIN),
    (
        "Lambert_Conformal_Conic_2SP",
        "Lambert Conic Conformal (2SP)",
        9802,
        &[
            ("latitude_of_origin", 8821),
            ("central_meridian", 8822),
            ("standard_parallel_1", 8823),
            ("standard_parallel_2", 8824),
            ("false_easting", 8826),
            ("false_northing", 8827),
        ],
    ),
    (
        "Lambert_Azimuthal_Equal_Area",
        "Lambert Azimuthal Equal Area",
        9820,
        &[
            ("latitude_of_center", 8801),
            ("longitude_of_center", 8802),
            ("false_easting", 8806),
            ("false_northing", 8807),
        ],
    ),
    PSEUDO_MERCATOR,
];
const PSEUDO_MERCATOR: Method = (
    "",
    "Popular Visualisation Pseudo Mercator",
    1024,
    &[
        ("latitude_of_origin", 8801),
        ("central_meridian", 8802),
        ("false_easting", 8806),
        ("false_northing", 8807),
    ],
);
const PARAMETERS: [(u32, &str); 11] = [
    (8801, "Latitude of natural origin"),
    (8802, "Longitude of natural origin"),
    (8805, "Scale factor at natural origin"),
    (8806, "False easting"),
    (8807, "False northing"),
    (8821, "Latitude of false origin"),
    (8822, "Longitude of false origin"),
    (8823, "Latitude of 1st standard parallel"),
    (8824, "Latitude of 2nd standard parallel"),
    (8826, "Easting at false origin"),
    (8827, "Northing at false origin"),
];

/// Of a geographic system, or of a projected one in metres; `None` for methods that are not in the table.
pub fn projjson(definition: &str, code: u32) -> Option<Value> {
    let node = Node::parse(definition)?;
    let mut crs = match node.keyword.as_str() {
        "GEOGCS" => geographic(&node)?,
        "PROJCS" => projected(&node, code)?,
        _ => return None,
    };
    crs["$schema"] = "https://proj.org/schemas/v0.7/projjson.schema.json".into();
    crs["id"] = json!({ "authority": "EPSG", "code": code });
    Some(crs)
}

fn geographic(node: &Node) -> Option<Value> {
    let datum = node.find("DATUM")?;
    let ellipsoid = datum.find("SPHEROID")?;
    let [semi_major_axis, inverse_flattening] = ellipsoid.numbers[..] else { return None };
    let mut ellipsoid = json!({ "name": ellipsoid.name(), "semi_major_axis": semi_major_axis });
    if inverse_flattening > 0.0 {
        ellipsoid["inverse_flattening"] = inverse_flattening.into();
    } else {
        ellipsoid["semi_minor_axis"] = semi_major_axis.into();
    }
    let mut frame = json!({
        "type": "GeodeticReferenceFrame",
        "name": datum.name().replace('_', " "),
        "ellipsoid": ellipsoid,
    });
    add_id(&mut frame, datum);
    let prime_meridian = node.find("PRIMEM")?;
    if let Some(longitude_deg) = prime_meridian.numbers.first().filter(|longitude_deg| **longitude_deg != 0.0)
    {
        frame["prime_meridian"] = json!({ "name": prime_meridian.name(), "longitude": longitude_deg });
    }
    let mut crs = json!({
        "type": "GeographicCRS",
        "name": node.name(),
        "datum": frame,
        "coordinate_system": { "subtype": "ellipsoidal", "axis": [
            axis("Geodetic latitude", "Lat", "north", "degree"),
            axis("Geodetic longitude", "Lon", "east", "degree"),
        ] },
    });
    add_id(&mut crs, node);
    Some(crs)
}

fn projected(node: &Node, code: u32) -> Option<Value> {
    let is_in_metres = node.find("UNIT")?.numbers.first() == Some(&1.0);
    let name = node.find("PROJECTION")?.name();
    let method = match code {
        3857 => PSEUDO_MERCATOR,
        _ => *METHODS.iter().find(|method| method.0 == name && is_in_metres)?,
    };
    let (_, name, method_code, parameters) = method;
    let values: Vec<_> = node.nodes.iter().filter(|node| node.keyword == "PARAMETER").collect();
    let parameters = parameters.iter().map(|(wkt_name, code)| {
        let parameter = values.iter().find(|parameter| parameter.name() == *wkt_name)?;
        let (_, name) = PARAMETERS.iter().find(|(known, _)| known == code)?;
        let unit = match wkt_name {
            name if name.starts_with("false") => "metre",
            name if name.starts_with("scale") => "unity",
            _ => "degree",
        };
        let value = parameter.numbers.first()?;
        Some(json!({ "name": name, "value": value, "unit": unit, "id": { "authority": "EPSG", "code": code } }))
    });
    Some(json!({
        "type": "ProjectedCRS",
        "name": node.name(),
        "base_crs": geographic(node.find("GEOGCS")?)?,
        "conversion": {
            "name": "conversion",
            "method": { "name": name, "id": { "authority": "EPSG", "code": method_code } },
            "parameters": parameters.collect::<Option<Vec<_>>>()?,
        },
        "coordinate_system": { "subtype": "Cartesian", "axis": [
            axis("Easting", "E", "east", "metre"),
            axis("Northing", "N", "north", "metre"),
        ] },
    }))
}

fn axis(name: &str, abbreviation: &str, direction: &str, unit: &str) -> Value {
    json!({ "name": name, "abbreviation": abbreviation, "direction": direction, "unit": unit })
}

fn add_id(value: &mut Value, node: &Node) {
    let Some(authority) = node.find("AUTHORITY") else { return };
    if let [name, code] = authority.texts.as_slice()
        && let Ok(code) = code.parse::<u32>()
    {
        value["id"] = json!({ "authority": name, "code": code });
    }
}

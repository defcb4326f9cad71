//! Postal addresses: CityJSON's member names and ours.

use serde_json::{Map, Value};

/// CityJSON 1.1 and 2.0, CityJSON 1.0, ours.
const NAMES: [(&str, &str, &str); 6] = [
    ("thoroughfareName", "ThoroughfareName", "street"),
    ("thoroughfareNumber", "ThoroughfareNumber", "number"),
    ("postcode", "PostalCode", "postalCode"),
    ("locality", "LocalityName", "locality"),
    ("country", "CountryName", "country"),
    ("administrativeArea", "AdministrativeAreaName", "administrativeArea"),
];

/// One address under our names; `location` is geometry and goes another way.
pub fn from_cityjson(address: Map<String, Value>) -> Map<String, Value> {
    let ours = |name: String| {
        let known = NAMES.iter().find(|(new, old, _)| *new == name || *old == name);
        known.map_or(name, |(_, _, ours)| (*ours).to_owned())
    };
    address
        .into_iter()
        .filter(|(name, _)| name != "location")
        .map(|(name, value)| (ours(name), value))
        .collect()
}

/// One address under CityJSON's names.
pub fn to_cityjson(address: &Map<String, Value>) -> Map<String, Value> {
    let theirs = |name: &str| {
        NAMES.iter().find(|(_, _, ours)| *ours == name).map_or(name, |(theirs, _, _)| theirs).to_owned()
    };
    address.iter().map(|(name, value)| (theirs(name), value.clone())).collect()
}

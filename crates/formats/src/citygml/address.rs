//! Postal addresses in xAL 2 and xAL 3 as one flat shape.

use super::tree::Element;
use serde_json::{Map, Value};

/// `{country, locality, street, number, postalCode, text}` with what is there, and whether that is all.
pub fn address(property: Element) -> (Option<Value>, bool) {
    let mut address = Map::new();
    let mut is_whole = true;
    for element in property.descendants().filter(|element| element.first_child().is_none()) {
        let text = element.text();
        match field(element) {
            _ if text.is_empty() => {}
            Some(key) => {
                is_whole &= !address.contains_key(key);
                append(&mut address, key, &text);
            }
            None => is_whole = false,
        }
    }
    ((!address.is_empty()).then_some(Value::Object(address)), is_whole)
}

/// What the leaf is, by its name and that of the element around it.
fn field(leaf: Element) -> Option<&'static str> {
    let parent = leaf.parent()?;
    Some(match (parent.local(), leaf.local()) {
        (_, b"CountryName") | (b"Country", b"NameElement") => "country",
        (_, b"AdministrativeAreaName") | (b"AdministrativeArea", b"NameElement") => "administrativeArea",
        (b"DependentLocality", b"DependentLocalityName") => "dependentLocality",
        (_, b"LocalityName") | (b"Locality", b"NameElement") => "locality",
        (_, b"ThoroughfareName") | (b"Thoroughfare", b"NameElement") => "street",
        (_, b"ThoroughfareNumber") | (b"Thoroughfare", b"Number") => "number",
        (_, b"ThoroughfareNumberSuffix") => "numberSuffix",
        (_, b"PostalCodeNumber") | (b"PostCode", b"Identifier") => "postalCode",
        (_, b"AddressLine") | (_, b"Address") => "text",
        _ => return None,
    })
}

fn append(address: &mut Map<String, Value>, key: &str, text: &str) {
    let (key, separator) = match key {
        "numberSuffix" => ("number", ""),
        "text" => ("text", ", "),
        _ => (key, " "),
    };
    match address.get_mut(key) {
        Some(Value::String(known)) => {
            known.push_str(separator);
            known.push_str(text);
        }
        _ => {
            address.insert(key.to_owned(), Value::from(text));
        }
    }
}

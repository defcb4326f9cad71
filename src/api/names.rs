//! What people read in place of the names of attributes and classes. The viewer builds on the same table.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::negotiate::Language;

/// A name in both languages.
#[derive(Debug, Deserialize)]
struct Name {
    de: String,
    en: String,
    /// Of numbers under that name, where it is always the same.
    #[serde(default)]
    unit: String,
}

#[derive(Debug, Deserialize)]
struct Names {
    attributes: HashMap<String, Name>,
    classes: HashMap<String, Name>,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../assets/names.json")).expect("the table is checked by a test")
});

impl Name {
    fn text(&self, language: Language) -> &str {
        match language {
            Language::English => &self.en,
            Language::German => &self.de,
        }
    }
}

/// The name of an attribute for people; one that is not in the table is its own.
pub fn attribute<'a>(name: &'a str, language: Language) -> &'a str {
    // An attribute of the data that is called like one of ours.
    let plain = name.strip_prefix("gen_").unwrap_or(name);
    NAMES.attributes.get(plain).map_or(name, |found| found.text(language))
}

/// The name of a class for people.
pub fn class<'a>(name: &'a str, language: Language) -> &'a str {
    let plain = name.rsplit(':').next().unwrap_or(name);
    NAMES.classes.get(plain).map_or(name, |found| found.text(language))
}

/// The unit of an attribute that is a number; empty where there is none or it stands beside the number.
pub fn unit(name: &str) -> &'static str {
    NAMES.attributes.get(name).map_or("", |found| found.unit.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_there_in_both_languages() {
        assert!(NAMES.attributes.len() > 50 && NAMES.classes.len() > 20);
        for (name, found) in NAMES.attributes.iter().chain(&NAMES.classes) {
            assert!(!found.de.is_empty() && !found.en.is_empty(), "{name}");
        }
    }

    #[test]
    fn unknown_names_stay() {
        assert_eq!(attribute("zMin", Language::German), "Tiefster Punkt");
        assert_eq!(attribute("gen_class", Language::German), "Klasse");
        assert_eq!(attribute("ownWords", Language::German), "ownWords");
        assert_eq!(class("bldg:Building", Language::German), "Gebäude");
        assert_eq!(class("Spaceport", Language::English), "Spaceport");
    }
}

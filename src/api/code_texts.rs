//! The texts of codes, and units, put beside them in what the API answers.

use std::collections::{BTreeSet, HashMap};

use super::call::Call;
use super::error::ApiError;
use stadtwin_formats::{codes, with_texts, with_units};
use stadtwin_model::{Feature, text_in};

/// What the texts depend on besides the features: the state of the lists, and the language.
pub async fn state(call: &Call) -> Result<String, ApiError> {
    let catalogue = call.state.store.catalogue().await?;
    Ok(format!("{} {}", catalogue.code_lists, call.language.code()))
}

/// Gives each number in a unit other than metres that unit, and each attribute that holds codes of a known list its texts, in the language of the call where the list has it.
pub async fn add(call: &Call, features: &mut [Feature]) -> Result<(), ApiError> {
    for feature in features.iter_mut() {
        let attributes = std::mem::take(&mut feature.attributes);
        feature.attributes = with_units(attributes, &feature.qualifiers);
    }
    let mut wanted = BTreeSet::new();
    for feature in &*features {
        codes(&feature.attributes, &feature.qualifiers, &mut |value| {
            wanted.extend(value.list_names().into_iter().map(|name| (name, value.code.to_owned())));
        });
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let store = &call.state.store;
    let known = store.known_texts(&*store.catalogue().await?, wanted).await?;
    let language = call.language.code();
    let texts: HashMap<(&str, &str), &str> = known
        .iter()
        .filter_map(|((name, code), texts)| Some(((name.as_str(), code.as_str()), text_in(texts, language)?)))
        .collect();
    let text = |names: &[String], code: &str| {
        names.iter().find_map(|name| texts.get(&(name.as_str(), code)).map(|text| (*text).to_owned()))
    };
    for feature in features {
        let attributes = std::mem::take(&mut feature.attributes);
        feature.attributes = with_texts(attributes, &feature.qualifiers, &text);
    }
    Ok(())
}

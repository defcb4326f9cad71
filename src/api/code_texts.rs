//! The texts of codes, and units, put beside them in what the API answers.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::call::Call;
use super::error::ApiError;
use stadtwin_formats::{TextOf, with_texts, with_units};
use stadtwin_model::Feature;

/// Codes are asked for once; lists may change meanwhile.
const MOST_ROUNDS: usize = 3;

/// What the texts depend on besides the features: the state of the lists, and the language.
pub async fn state(call: &Call) -> Result<String, ApiError> {
    let catalogue = call.state.store.catalogue().await?;
    Ok(format!("{} {}", catalogue.code_lists, call.language.code()))
}

/// Runs `write` with what gives the text of a code for the names of its list, in the language of the call where the
/// list has it; again where it met codes that had to be asked for first.
pub async fn with_known<T>(
    call: &Call,
    mut write: impl FnMut(&TextOf<'_>) -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    let store = &call.state.store;
    let catalogue = store.catalogue().await?;
    for _ in 0..MOST_ROUNDS {
        let unknown = RefCell::new(BTreeSet::new());
        let written = write(&|lists, code| {
            catalogue.text(lists, code, call.language.code(), &mut unknown.borrow_mut())
        })?;
        let unknown = unknown.into_inner();
        if unknown.is_empty() {
            return Ok(written);
        }
        store.learn_texts(&catalogue, unknown).await?;
    }
    // More codes than are kept in memory: some go without texts.
    write(&|lists, code| catalogue.text(lists, code, call.language.code(), &mut BTreeSet::new()))
}

/// Gives each number in a unit other than metres that unit, and each attribute that holds codes of a known list its
/// texts.
pub async fn add(call: &Call, features: &mut [Feature]) -> Result<(), ApiError> {
    for feature in features.iter_mut() {
        let attributes = std::mem::take(&mut feature.attributes);
        feature.attributes = with_units(attributes, &feature.qualifiers);
    }
    let texts = with_known(call, |text| {
        let of = |feature: &Feature| with_texts(feature.attributes.clone(), &feature.qualifiers, text);
        Ok(features.iter().map(of).collect::<Vec<_>>())
    })
    .await?;
    for (feature, attributes) in features.iter_mut().zip(texts) {
        feature.attributes = attributes;
    }
    Ok(())
}

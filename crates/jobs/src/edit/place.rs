//! `place` of JSON-FG that comes back: compared with what the server shows.

use serde_json::Value;

use stadtwin_crs::{compound_uri, parse_crs_uri};
use stadtwin_formats::Selection;
use stadtwin_model::{Collection, Crs, Feature};
use stadtwin_store::Store;

use super::values::is_same;
use super::{EditTools, GivenPlace};
use crate::jsonfg::{JsonFgStyle, jsonfg_features};

/// Whether the feature (storage CRS) is shown with this `place`; the error says what cannot be compared.
pub(super) async fn is_shown(
    store: &Store,
    collection: &Collection,
    tools: &EditTools,
    storage: &Crs,
    feature: &Feature,
    place: &GivenPlace,
) -> Result<bool, String> {
    let crs = place.crs.as_ref().map(named).transpose()?;
    let mut style = JsonFgStyle::new(storage, crs, Selection::default());
    style.heights = Some(tools.heights.clone());
    let keys = [(feature.key, 0)];
    let written = jsonfg_features(store, collection, vec![feature.clone()], &keys, style).await;
    let written = written.map_err(|error| format!("`place` cannot be compared: {error}"))?;
    let members = written.members.concat();
    let shown: Value = serde_json::from_slice(&[b"{", members.as_slice(), b"}"].concat())
        .map_err(|error| format!("`place` cannot be compared: {error}"))?;
    Ok(is_same(&shown["place"], &place.shape))
}

/// What `coordRefSys` says: a URI, or those of a horizontal and of a vertical system.
fn named(said: &Value) -> Result<Crs, String> {
    let uri = match said {
        Value::String(uri) => Some(uri.clone()),
        Value::Array(pair) => match pair.as_slice() {
            [Value::String(horizontal), Value::String(vertical)] => Some(compound_uri(horizontal, vertical)),
            _ => None,
        },
        _ => None,
    };
    let uri = uri.ok_or("`coordRefSys` must be a URI, or those of a horizontal and of a vertical system")?;
    parse_crs_uri(&uri).map_err(|_| {
        let shown: String = uri.chars().take(80).collect();
        format!("`coordRefSys` names no system that is known here: `{shown}`")
    })
}

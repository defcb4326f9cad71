//! Code lists in the schemas of features.

use std::collections::HashMap;

use serde_json::Value;

use super::call::Call;
use super::error::ApiError;
use super::links::segment;
use stadtwin_formats::{WITH_OWN_LISTS, list_names};
use stadtwin_model::Collection;
use stadtwin_query::{Queryable, Source, Type};

/// Codes of lists that are no longer than this stand in the schema.
const MOST_LISTED: i64 = 64;

/// Says of each attribute with codes which list they are of; of a short one that has all of them, the codes too.
pub async fn name_code_lists(
    call: &Call,
    collection: &Collection,
    all: &[&Queryable],
    properties: &mut Value,
) -> Result<(), ApiError> {
    let store = &call.state.store;
    let spaces: HashMap<_, _> = store.attribute_code_spaces(collection).await?.into_iter().collect();
    for queryable in all {
        let Source::Attribute(path) = &queryable.source else { continue };
        let [name] = path.as_slice() else { continue };
        let space = spaces.get(name).map(String::as_str);
        if space.is_none() && !WITH_OWN_LISTS.contains(&name.as_str()) {
            continue;
        }
        let names = list_names(name, space.unwrap_or_default());
        let Some(list) = store.code_list_named(&names).await? else { continue };
        let schema = &mut properties[&queryable.name];
        schema["x-ogc-codelistUri"] = call.base.to(&format!("/codelists/{}", segment(&list.id))).into();
        if list.is_complete && list.code_count <= MOST_LISTED && queryable.kind == Type::Text {
            let codes = store.codes(&list, 0, MOST_LISTED as u32).await?;
            schema["enum"] = codes.items.into_iter().map(|code| code.code).collect();
        }
    }
    Ok(())
}

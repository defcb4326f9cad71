//! Code lists in the schemas of features: OGC API – Common 3, "Profiles for codelists".

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::call::Call;
use super::error::ApiError;
use super::links::segment;
use super::negotiate::Language;
use stadtwin_formats::{WITH_OWN_LISTS, list_names};
use stadtwin_model::{Code, Collection};
use stadtwin_query::{Queryable, Source, Type};

/// Codes of lists that are no longer than this stand in the schema unasked.
const MOST_LISTED: i64 = 64;
/// And of those that are no longer than this, where their texts are asked for.
const MOST_EXPLAINED: i64 = 10_000;

/// What a schema says of an attribute with codes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CodeProfile {
    /// Where the list is; of a short one that has all of them, the codes too.
    Reference,
    /// The same of what is sent, which may have other codes.
    ReferenceAlone,
    /// Also each code with its text.
    Inline,
}

impl CodeProfile {
    /// What the client asks for, of what features have.
    pub fn asked(call: &Call) -> CodeProfile {
        match call.query.get("profile") {
            Some("codelist-inline") => CodeProfile::Inline,
            _ => CodeProfile::Reference,
        }
    }

    /// In the OGC's register.
    pub fn name(self) -> &'static str {
        match self {
            CodeProfile::Reference | CodeProfile::ReferenceAlone => "codelist-ref",
            CodeProfile::Inline => "codelist-inline",
        }
    }
}

/// Says of each attribute with codes which list they are of, and by the profile which codes there are.
pub async fn name_code_lists(
    call: &Call,
    collection: &Collection,
    all: &[&Queryable],
    profile: CodeProfile,
    properties: &mut Map<String, Value>,
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
        let Some(schema) = properties.get_mut(&queryable.name).and_then(Value::as_object_mut) else {
            continue;
        };
        let address = call.base.to(&format!("/codelists/{}", segment(&list.id)));
        schema.insert("x-ogc-codelistUri".to_owned(), address.into());
        let most = match profile {
            CodeProfile::Reference if list.is_complete => MOST_LISTED,
            CodeProfile::Inline => MOST_EXPLAINED,
            _ => 0,
        };
        if list.code_count > most || queryable.kind != Type::Text {
            continue;
        }
        let codes = store.codes(&list, 0, most as u32).await?.items;
        match profile {
            CodeProfile::Inline => {
                schema.insert("oneOf".to_owned(), explained(codes, list.is_complete, call.language).into())
            }
            _ => schema.insert("enum".to_owned(), codes.into_iter().map(|code| code.code).collect()),
        };
    }
    Ok(())
}

/// A schema a code; and one for any other, where the list does not have all of them.
fn explained(codes: Vec<Code>, is_complete: bool, language: Language) -> Vec<Value> {
    let others = codes.iter().map(|code| code.code.as_str()).collect::<Vec<_>>();
    let title = if language == Language::German { "anderer Wert" } else { "another code" };
    let others = json!({ "not": { "enum": others }, "title": title });
    let mut schemas: Vec<_> = codes
        .into_iter()
        .map(|code| {
            let mut schema = json!({ "const": code.code });
            if let Some(text) = code.text(language.code()) {
                schema["title"] = text.into();
            }
            schema
        })
        .collect();
    if !is_complete {
        schemas.push(others);
    }
    schemas
}

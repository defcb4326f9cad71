//! What a process takes and gives. Descriptions that are published and checks of what comes are made from one table.

use std::pin::Pin;

use serde_json::{Map, Value, json};

use super::super::auth::Caller;
use super::super::call::Call;
use super::super::collections::CRS84_URI;
use super::super::error::ApiError;
use super::super::params::shortened;
use stadtwin_access::is_collection_id;
use stadtwin_jobs::Asked;
use stadtwin_store::StoredJob;

/// English and German.
pub type Words = [&'static str; 2];
pub type Ordered = Pin<Box<dyn Future<Output = Result<StoredJob, ApiError>> + Send>>;

/// One process.
pub struct Process {
    pub id: &'static str,
    /// Kind of the jobs that it is done as.
    pub kind: &'static str,
    pub title: Words,
    pub description: Words,
    pub inputs: &'static [Input],
    pub output: Output,
    /// Quick enough that a client may wait for its result.
    pub may_wait: bool,
    /// Puts checked inputs into the queue.
    pub order: fn(Call, Caller, Map<String, Value>, Asked) -> Ordered,
}

/// The one thing that a process gives.
pub struct Output {
    pub id: &'static str,
    pub title: Words,
    /// Media types that it may have.
    pub media: &'static [&'static str],
    /// A file that is kept for a while; else a part of the job.
    pub is_file: bool,
}

pub struct Input {
    pub name: &'static str,
    pub description: Words,
    pub kind: Kind,
    pub is_required: bool,
}

/// What values an input takes.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Id of a collection or a terrain.
    Id,
    /// Up to so many characters.
    Text(usize),
    /// One of these; the first is taken when the client does not say, if so.
    Choice(&'static [&'static str], bool),
    /// False when the client does not say.
    Flag,
    Integer(i64, i64),
    /// From, to, and what is taken when the client does not say.
    Number(f64, f64, Option<f64>),
    /// A box in CRS84.
    Bbox,
}

impl Kind {
    /// JSON Schema, and within OpenAPI 3.0.
    pub fn schema(self) -> Value {
        match self {
            Kind::Id => json!({ "type": "string", "pattern": "^[a-z0-9_-]{1,60}$" }),
            Kind::Text(most) => json!({ "type": "string", "minLength": 1, "maxLength": most }),
            Kind::Choice(values, false) => json!({ "type": "string", "enum": values }),
            Kind::Choice(values, true) => {
                json!({ "type": "string", "enum": values, "default": values.first() })
            }
            Kind::Flag => json!({ "type": "boolean", "default": false }),
            Kind::Integer(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
            Kind::Number(least, most, default) => {
                let mut schema = json!({ "type": "number", "minimum": least, "maximum": most });
                if let Some(default) = default {
                    schema["default"] = json!(default);
                }
                schema
            }
            Kind::Bbox => {
                let numbers = |count: u8| json!({ "type": "array", "minItems": count, "maxItems": count, "items": { "type": "number" } });
                let boxes = json!({ "oneOf": [numbers(4), numbers(6)] });
                json!({ "oneOf": [
                    numbers(4),
                    numbers(6),
                    {
                        "type": "object",
                        "format": "ogc-bbox",
                        "required": ["bbox"],
                        "additionalProperties": false,
                        "properties": { "bbox": boxes, "crs": { "type": "string", "enum": [CRS84_URI] } },
                    },
                ] })
            }
        }
    }

    /// The value as jobs take it, or what it must be.
    fn check(self, value: &Value) -> Result<Value, String> {
        let text = value.as_str();
        match self {
            Kind::Id => match text.filter(|text| is_collection_id(text)) {
                Some(_) => Ok(value.clone()),
                None => Err("up to 60 of a to z, 0 to 9, `_` and `-`".to_owned()),
            },
            Kind::Text(most) => {
                let fits = |text: &&str| (1..=most).contains(&text.chars().count()) && !text.contains('\0');
                match text.filter(fits) {
                    Some(_) => Ok(value.clone()),
                    None => Err(format!("a text of 1 to {most} characters")),
                }
            }
            Kind::Choice(values, _) => match text.filter(|text| values.contains(text)) {
                Some(_) => Ok(value.clone()),
                None => Err(format!("one of {}", values.join(", "))),
            },
            Kind::Flag if value.is_boolean() => Ok(value.clone()),
            Kind::Flag => Err("true or false".to_owned()),
            Kind::Integer(least, most) => {
                // JSON Schema counts 2.0 as an integer.
                let whole = value
                    .as_f64()
                    .filter(|number| number.fract() == 0.0 && number.abs() <= 9e15)
                    .map(|number| number as i64);
                match whole.filter(|number| (least..=most).contains(number)) {
                    Some(number) => Ok(json!(number)),
                    None => Err(format!("a whole number from {least} to {most}")),
                }
            }
            Kind::Number(least, most, _) => {
                match value.as_f64().filter(|number| (least..=most).contains(number)) {
                    Some(number) => Ok(json!(number)),
                    None => Err(format!("a number from {least} to {most}")),
                }
            }
            Kind::Bbox => check_box(value).ok_or_else(|| {
                "4 or 6 numbers: west, south, east, north in degrees (with heights west, south, lowest, east, north, \
                 highest), or `{\"bbox\": […]}` in CRS84"
                    .to_owned()
            }),
        }
    }
}

fn check_box(value: &Value) -> Option<Value> {
    let numbers = match value.as_object() {
        Some(members) => {
            let is_known = members.keys().all(|name| name == "bbox" || name == "crs");
            let is_crs84 = members.get("crs").is_none_or(|crs| crs == CRS84_URI);
            members.get("bbox").filter(|_| is_known && is_crs84)?
        }
        None => value,
    };
    let list = numbers.as_array().filter(|list| matches!(list.len(), 4 | 6))?;
    list.iter().all(Value::is_number).then(|| numbers.clone())
}

impl Process {
    /// The inputs as the table asks for them; 400 names the first that is not so.
    pub fn check(&self, inputs: &Map<String, Value>) -> Result<Map<String, Value>, ApiError> {
        let known = || self.inputs.iter().map(|input| input.name).collect::<Vec<_>>().join(", ");
        if let Some(name) = inputs.keys().find(|name| self.inputs.iter().all(|input| input.name != *name)) {
            let name = shortened(name);
            return Err(wrong(format!("`inputs.{name}` is unknown; known: {}", known())));
        }
        let mut checked = Map::new();
        for input in self.inputs {
            let name = input.name;
            match inputs.get(name).map(|value| plain(name, value)).transpose()? {
                Some(value) => {
                    let fits = input.kind.check(value);
                    let fits = fits.map_err(|must| {
                        let shown = shortened(&value.to_string());
                        wrong(format!("`inputs.{name}` must be {must}, not `{shown}`"))
                    })?;
                    checked.insert(name.to_owned(), fits);
                }
                None if input.is_required => {
                    return Err(wrong(format!(
                        "`inputs.{name}` is missing: {}; `/processes/{}` describes all inputs",
                        input.description[0], self.id
                    )));
                }
                None => {}
            }
        }
        Ok(checked)
    }
}

/// The value of a qualified value `{"value": …}`.
fn plain<'a>(name: &str, value: &'a Value) -> Result<&'a Value, ApiError> {
    let Some(members) = value.as_object() else { return Ok(value) };
    if members.contains_key("href") {
        return Err(wrong(format!(
            "`inputs.{name}` is a reference, which is not followed: give the value itself"
        )));
    }
    Ok(members.get("value").unwrap_or(value))
}

fn wrong(detail: String) -> ApiError {
    ApiError::BadRequest(detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kind, value, what comes of it.
    #[test]
    fn values_are_checked_as_their_schemas_say() {
        let cases = [
            (Kind::Id, json!("a_1-b"), Ok(json!("a_1-b"))),
            (Kind::Id, json!("A"), Err("up to 60")),
            (Kind::Id, json!(1), Err("up to 60")),
            (Kind::Text(3), json!("äöü"), Ok(json!("äöü"))),
            (Kind::Text(3), json!("four"), Err("1 to 3 characters")),
            (Kind::Text(3), json!("a\0"), Err("1 to 3 characters")),
            (Kind::Choice(&["a", "b"], true), json!("b"), Ok(json!("b"))),
            (Kind::Choice(&["a", "b"], true), json!("c"), Err("one of a, b")),
            (Kind::Flag, json!(true), Ok(json!(true))),
            (Kind::Flag, json!("true"), Err("true or false")),
            (Kind::Integer(1, 9), json!(2.0), Ok(json!(2))),
            (Kind::Integer(1, 9), json!(2.5), Err("whole number from 1 to 9")),
            (Kind::Integer(1, 9), json!(10), Err("whole number from 1 to 9")),
            (Kind::Number(0.0, 1.0, None), json!(0.5), Ok(json!(0.5))),
            (Kind::Number(0.0, 1.0, None), json!(-0.5), Err("number from 0 to 1")),
            (Kind::Bbox, json!([1, 2, 3, 4]), Ok(json!([1, 2, 3, 4]))),
            (Kind::Bbox, json!({ "bbox": [1, 2, 3, 4], "crs": CRS84_URI }), Ok(json!([1, 2, 3, 4]))),
            (Kind::Bbox, json!({ "bbox": [1, 2, 3, 4], "crs": "EPSG:25832" }), Err("4 or 6 numbers")),
            (Kind::Bbox, json!([1, 2, 3, 4, 5]), Err("4 or 6 numbers")),
            (Kind::Bbox, json!([1, 2, 3, "4"]), Err("4 or 6 numbers")),
        ];
        for (kind, value, expected) in cases {
            match (kind.check(&value), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected),
                (Err(told), Err(part)) => assert!(told.contains(part), "{told}"),
                (found, expected) => panic!("{kind:?} {value}: {found:?}, not {expected:?}"),
            }
        }
    }
}

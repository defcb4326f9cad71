//! The query parameters that operations know, once: checked here, described to clients by the API definition.

mod table;

pub use table::*;

use std::borrow::Cow;

use serde_json::{Value, json};

use super::error::ApiError;

/// The most features on one page; a greater `limit` means this one.
pub const MAX_LIMIT: u32 = 10_000;
/// Features on a page when the client does not say.
pub const DEFAULT_LIMIT: u32 = 10;
/// What profiles of the OGC begin with, as URI and as safe CURIE (OGC API – Common 3, `profile`).
pub const PROFILE_URI: &str = "http://www.opengis.net/def/profile/OGC/0/";
const PROFILE_CURIE: &str = "[ogc-profile:";
/// Digits that always fit into an `i64`.
const ID_DIGITS: usize = 18;

/// What values a parameter takes.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Integer {
        minimum: i64,
        maximum: Option<i64>,
        default: Option<i64>,
    },
    /// A number; both bounds belong to it.
    Number {
        minimum: f64,
        maximum: f64,
    },
    /// Numbers separated by commas.
    Numbers {
        least: u32,
        most: u32,
    },
    Text,
    /// The URI of a coordinate reference system, which its handler looks up.
    Uri,
    /// A text of this form, which its handler checks.
    Form(&'static str),
    /// One of the words, or up to so many whole numbers separated by commas.
    WordOrIds {
        words: &'static [&'static str],
        most: usize,
    },
    /// Texts separated by commas.
    Texts,
    Choice(&'static [&'static str]),
    /// Names of profiles separated by commas, the most wanted first; each also as URI or CURIE.
    Profiles(&'static [&'static str]),
    /// `true` or `false`, which is taken when the client does not say.
    Flag,
    /// A choice whose first is taken when the client does not say.
    FirstOf(&'static [&'static str]),
}

/// One query parameter.
#[derive(Debug)]
pub struct Parameter {
    pub name: &'static str,
    /// Its name in the API definition: a parameter may take other values elsewhere.
    pub component: &'static str,
    pub description: &'static str,
    pub kind: Kind,
}

impl Parameter {
    /// OpenAPI 3.0 parameter object.
    pub fn describe(&self) -> Value {
        let schema = match self.kind {
            Kind::Integer { minimum, maximum, default } => {
                let mut schema =
                    json!({ "type": "integer", "minimum": minimum, "maximum": maximum.unwrap_or(i64::MAX) });
                if maximum.is_none() {
                    schema["format"] = "int64".into();
                }
                if let Some(default) = default {
                    schema["default"] = default.into();
                }
                schema
            }
            Kind::Numbers { least, most } => {
                json!({ "type": "array", "minItems": least, "maxItems": most, "items": { "type": "number" } })
            }
            Kind::Number { minimum, maximum } => {
                json!({ "type": "number", "minimum": minimum, "maximum": maximum })
            }
            Kind::Text => json!({ "type": "string" }),
            Kind::Uri => json!({ "type": "string", "format": "uri" }),
            Kind::Form(pattern) => json!({ "type": "string", "pattern": pattern }),
            Kind::WordOrIds { words, most } => {
                let (words, more) = (words.join("|"), most - 1);
                let id = format!("[0-9]{{1,{ID_DIGITS}}}");
                let pattern = match more {
                    0 => format!("^({words}|{id})$"),
                    _ => format!("^({words}|{id}(,{id}){{0,{more}}})$"),
                };
                json!({ "type": "string", "pattern": pattern })
            }
            Kind::Texts => json!({ "type": "array", "items": { "type": "string" } }),
            Kind::Flag => json!({ "type": "boolean", "default": false }),
            Kind::Choice(values) => json!({ "type": "string", "enum": values }),
            Kind::Profiles(names) => {
                let forms = |name: &&str| {
                    [(*name).to_owned(), format!("{PROFILE_URI}{name}"), format!("{PROFILE_CURIE}{name}]")]
                };
                let all: Vec<_> = names.iter().flat_map(forms).collect();
                json!({ "type": "array", "minItems": 1, "items": { "type": "string", "enum": all } })
            }
            Kind::FirstOf(values) => json!({ "type": "string", "enum": values, "default": values.first() }),
        };
        json!({
            "name": self.name,
            "in": "query",
            "description": self.description,
            "required": false,
            "schema": schema,
            "style": "form",
            "explode": false,
        })
    }

    fn check(&self, value: &str) -> Result<(), ApiError> {
        let fault = |expected: &str| {
            Err(ApiError::BadRequest(format!(
                "`{}` must be {expected}, not `{}`",
                self.name,
                shortened(value)
            )))
        };
        match self.kind {
            Kind::Integer { minimum, .. } => match value.parse::<i64>() {
                Ok(number) if number >= minimum => Ok(()),
                _ => fault(&format!("a whole number from {minimum}")),
            },
            Kind::Number { minimum, maximum } => match value.parse::<f64>() {
                Ok(number) if (minimum..=maximum).contains(&number) => Ok(()),
                _ => fault(&format!("a number from {minimum} to {maximum}")),
            },
            Kind::WordOrIds { words, most } if !is_word_or_ids(value, words, most) => {
                let words = words.join(", ");
                match most {
                    1 => fault(&format!("{words} or a whole number")),
                    _ => fault(&format!("{words} or up to {most} ids separated by commas")),
                }
            }
            Kind::Flag if !matches!(value, "true" | "false") => fault("true or false"),
            Kind::Profiles(names) if profile(value, names).is_none() => fault(&format!(
                "one of {}, by name, as `{PROFILE_CURIE}…]` or as {PROFILE_URI}…",
                names.join(", ")
            )),
            Kind::Choice(values) | Kind::FirstOf(values) if !values.contains(&value) => {
                fault(&format!("one of {}", values.join(", ")))
            }
            _ => Ok(()),
        }
    }
}

/// Of profiles by name, URI or safe CURIE the name of the first; `None` where one of them is unknown.
fn profile(value: &str, names: &[&'static str]) -> Option<&'static str> {
    let named = |part: &str| {
        let curie = part.strip_prefix(PROFILE_CURIE).and_then(|rest| rest.strip_suffix(']'));
        let name = part.strip_prefix(PROFILE_URI).or(curie).unwrap_or(part);
        names.iter().find(|known| **known == name).copied()
    };
    let all: Option<Vec<_>> = value.split(',').map(|part| named(part.trim())).collect();
    all?.first().copied()
}

fn is_word_or_ids(value: &str, words: &[&str], most: usize) -> bool {
    let is_id =
        |id: &str| (1..=ID_DIGITS).contains(&id.len()) && id.bytes().all(|digit| digit.is_ascii_digit());
    words.contains(&value) || (value.split(',').count() <= most && value.split(',').all(is_id))
}

/// The checked query of a request.
#[derive(Debug, Clone, Default)]
pub struct Query {
    pairs: Vec<(String, String)>,
}

impl Query {
    /// Refuses unknown names and wrong values; the same pair twice is one pair (clients that follow `next` links send
    /// some twice). `open` takes any other name too and ignores it.
    pub fn parse(raw: &str, known: &[&'static Parameter], open: bool) -> Result<Query, ApiError> {
        let mut query = Query::default();
        for (name, value) in form_urlencoded::parse(raw.as_bytes()) {
            let Some(parameter) = known.iter().find(|parameter| parameter.name == name) else {
                if open || name.is_empty() {
                    continue;
                }
                return Err(unknown(&name, known));
            };
            parameter.check(&value)?;
            let value = match parameter.kind {
                Kind::Profiles(names) => profile(&value, names).map_or(value, Cow::from),
                // No text of the database holds it, nor what stands in its place.
                _ if value.contains('\0') => Cow::from(value.replace('\0', "\u{FFFD}")),
                _ => value,
            };
            match query.get(parameter.name) {
                // A client that walks `next` links with a limit of its own sends both: the greater one holds.
                Some(before) if parameter.name == LIMIT.name => {
                    if before.parse::<u64>().ok() < value.parse().ok() {
                        query.pairs.retain(|(name, _)| name != LIMIT.name);
                        query.pairs.push((name.into_owned(), value.into_owned()));
                    }
                }
                None => query.pairs.push((name.into_owned(), value.into_owned())),
                Some(before) if before == value => {}
                Some(before) => {
                    let (before, value) = (shortened(before), shortened(&value));
                    let name = parameter.name;
                    return Err(ApiError::BadRequest(format!(
                        "`{name}` comes twice: `{before}` and `{value}`"
                    )));
                }
            }
        }
        Ok(query)
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn integer(&self, name: &str) -> Option<i64> {
        self.get(name).and_then(|value| value.parse().ok())
    }

    /// Of `Kind::Number`.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.get(name).and_then(|value| value.parse().ok())
    }

    /// The query again with some pairs set (`Some`) or left out (`None`); starts with `?` unless empty.
    pub fn with(&self, changes: &[(&str, Option<&str>)]) -> String {
        let changed = |name: &str| changes.iter().any(|(changed, _)| *changed == name);
        let mut text = form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.pairs.iter().filter(|(name, _)| !changed(name)) {
            text.append_pair(name, value);
        }
        for (name, value) in changes.iter().filter_map(|(name, value)| Some((name, (*value)?))) {
            text.append_pair(name, value);
        }
        let text = text.finish();
        if text.is_empty() { text } else { format!("?{text}") }
    }
}

fn unknown(name: &str, known: &[&'static Parameter]) -> ApiError {
    let names: Vec<_> = known.iter().map(|parameter| parameter.name).collect();
    let there_are = if names.is_empty() { "there are none here".to_owned() } else { names.join(", ") };
    ApiError::BadRequest(format!("unknown query parameter `{}`; known: {there_are}", shortened(name)))
}

/// Text from outside, cut to 80 characters for messages.
pub fn shortened(text: &str) -> String {
    if text.chars().count() <= 80 { text.to_owned() } else { text.chars().take(80).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, expected: Result<&str, &str>) {
        let known = [&F, &LIMIT, &BBOX, &DATETIME, &STEP, &MODIFICATIONS, &PROFILE];
        match (Query::parse(raw, &known, false), expected) {
            (Ok(query), Ok(again)) => assert_eq!(query.with(&[]), again, "{raw}"),
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{raw}: {error}"),
            (got, _) => panic!("{raw}: {got:?}"),
        }
    }

    #[test]
    fn queries_are_checked_against_the_table() {
        check("", Ok(""));
        check("limit=10&limit=10", Ok("?limit=10"));
        check("limit=10&limit=11&limit=9", Ok("?limit=11"));
        check("f=json&f=html", Err("comes twice"));
        check("limit=20000", Ok("?limit=20000"));
        check("limit=0", Err("`limit` must be a whole number from 1, not `0`"));
        check("limit=-3", Err("whole number"));
        check("limit=", Err("whole number"));
        check("limit=unlimited", Err("unlimited"));
        check("limit=1&", Ok("?limit=1"));
        check("f=gml", Err("one of json, html"));
        check(
            "unknownQueryParameter1=1",
            Err("known: f, limit, bbox, datetime, step, modifications, profile"),
        );
        check("datetime=a%00", Ok("?datetime=a%EF%BF%BD"));
        check("bbox=1%2C2,3,4", Ok("?bbox=1%2C2%2C3%2C4"));
        check("profile=%5Bogc-profile:jsonfg%5D,rfc7946", Ok("?profile=jsonfg"));
        check(&format!("profile={PROFILE_URI}jsonfg-plus"), Ok("?profile=jsonfg-plus"));
        for profile in ["", "x", "jsonfg,", "[ogc-profile:jsonfg", "http://example.org/jsonfg"] {
            check(
                &format!("profile={profile}"),
                Err("`profile` must be one of rfc7946, jsonfg, jsonfg-plus"),
            );
        }
        check("step=2.5", Ok("?step=2.5"));
        for step in ["", "x", "0", "NaN", "inf", "10000.5"] {
            check(&format!("step={step}"), Err("`step` must be a number from 0.01 to 10000"));
        }
        check("modifications=all", Ok("?modifications=all"));
        check("modifications=7,12", Ok("?modifications=7%2C12"));
        for ids in ["", "nonsense", "1,", "-1", "1.5", "1234567890123456789"] {
            check(
                &format!("modifications={ids}"),
                Err("`modifications` must be all, none or up to 1000 ids"),
            );
        }
    }
}

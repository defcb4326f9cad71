//! Pages for people: the frame that all share, and the templates' data. Everything is escaped by the templates.

use askama::Template;

use super::call::{Call, Context};
use super::error::ApiError;
use super::links::segment;
use super::names;
use super::negotiate::{Language, Media};
use super::texts::Texts;

/// The frame of every page.
pub struct Frame {
    pub texts: &'static Texts,
    /// For numbers and dates.
    pub speech: Language,
    pub language: &'static str,
    pub other_language: &'static str,
    pub other_language_url: String,
    /// Empty on error pages.
    pub json_url: String,
    pub title: String,
    pub site: String,
    pub attribution: Option<String>,
    pub imprint_url: Option<String>,
    /// Everybody on this machine may do everything.
    pub is_local_development: bool,
    /// Path before every local address.
    pub prefix: String,
    /// `(name, address)` from the start page down, without the page itself.
    pub crumbs: Vec<(String, String)>,
}

impl Frame {
    pub fn of(call: &Call, title: &str, crumbs: Vec<(String, String)>) -> Frame {
        let other = other(call.language).code();
        let address = |changes: &[(&str, Option<&str>)]| {
            format!("{}{}{}", call.base.prefix(), call.path, call.query.with(changes))
        };
        Frame {
            texts: call.language.texts(),
            speech: call.language,
            language: call.language.code(),
            other_language: other,
            other_language_url: address(&[("f", Some("html")), ("lang", Some(other))]),
            json_url: address(&[("f", Some("json")), ("lang", None)]),
            title: title.to_owned(),
            site: call.state.title.clone(),
            attribution: call.state.attribution.clone(),
            imprint_url: call.state.imprint_url.clone(),
            is_local_development: call.state.local_development,
            prefix: call.base.prefix().to_owned(),
            crumbs,
        }
    }

    /// So many features, in words.
    pub fn features(&self, count: &i64) -> String {
        let word = if *count == 1 { self.texts.feature } else { self.texts.features };
        format!("{} {word}", self.speech.count(*count))
    }

    /// The name of a class for people.
    pub fn class<'a>(&self, name: &'a str) -> &'a str {
        names::class(name, self.speech)
    }

    /// The name of an attribute for people.
    pub fn attribute<'a>(&self, name: &'a str) -> &'a str {
        names::attribute(name, self.speech)
    }

    /// Text with what stands between backticks as code; the rest is escaped.
    pub fn coded(&self, text: &str) -> String {
        coded(text)
    }

    /// Below `/collections`.
    pub fn collections_crumb(call: &Call) -> (String, String) {
        (call.language.texts().collections.to_owned(), format!("{}/collections?f=html", call.base.prefix()))
    }
}

fn other(language: Language) -> Language {
    match language {
        Language::English => Language::German,
        Language::German => Language::English,
    }
}

/// A representation that a page leads to.
pub struct Format {
    pub name: &'static str,
    pub url: String,
}

/// What the resource of the call can be had as, besides the page.
pub fn formats(call: &Call) -> Vec<Format> {
    let address = |media: &Media| {
        let query = call.query.with(&[("f", Some(media.format())), ("lang", None)]);
        format!("{}{}{query}", call.base.prefix(), call.path)
    };
    let named = |media: &Media| Some(Format { name: format_name(*media)?, url: address(media) });
    call.route.produces.iter().filter_map(named).collect()
}

fn format_name(media: Media) -> Option<&'static str> {
    Some(match media {
        Media::Html | Media::EventStream => return None,
        Media::GeoJson | Media::ProfileGeoJson => "GeoJSON",
        Media::JsonFg => "JSON-FG",
        Media::CityJson => "CityJSON",
        Media::CityJsonSeq => "CityJSONSeq",
        Media::CityGml3 => "CityGML 3.0",
        Media::CityGml2 => "CityGML 2.0",
        Media::Csv => "CSV",
        Media::JsonLines => "JSON Lines",
        Media::FlatGeobuf => "FlatGeobuf",
        Media::GeoParquet => "GeoParquet",
        Media::Glb => "glTF (glb)",
        _ => "JSON",
    })
}

fn coded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let is_paired = text.matches('`').count().is_multiple_of(2);
    for (index, part) in text.split('`').enumerate() {
        if index > 0 && is_paired {
            out.push_str(if index % 2 == 1 { "<code>" } else { "</code>" });
        } else if index > 0 {
            out.push('`');
        }
        for sign in part.chars() {
            match sign {
                '&' => out.push_str("&#38;"),
                '<' => out.push_str("&#60;"),
                '>' => out.push_str("&#62;"),
                '"' => out.push_str("&#34;"),
                '\'' => out.push_str("&#39;"),
                sign => out.push(sign),
            }
        }
    }
    out
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    frame: Frame,
    status: u16,
    detail: String,
    /// Of something that is no more.
    versions_url: String,
    /// Name and address of what stands in its place.
    successors: Vec<(String, String)>,
}

/// The page that tells of a failed request.
pub fn error_page(error: &ApiError, context: &Context) -> Result<String, askama::Error> {
    let other = other(context.language).code();
    let prefix = context.base.prefix().to_owned();
    let frame = Frame {
        texts: context.language.texts(),
        speech: context.language,
        language: context.language.code(),
        other_language: other,
        other_language_url: format!("{prefix}/?f=html&lang={other}"),
        json_url: String::new(),
        title: context.language.texts().error.to_owned(),
        site: context.title.clone(),
        attribution: None,
        imprint_url: None,
        is_local_development: false,
        prefix: prefix.clone(),
        crumbs: Vec::new(),
    };
    let members = match error {
        ApiError::Explained { members, .. } => Some(members),
        _ => None,
    };
    let versions = members.and_then(|members| members.get("versions")?.as_str());
    let siblings = context.path.rsplit_once('/').map_or("", |(siblings, _)| siblings);
    let successors = members.and_then(|members| members.get("successors")?.as_array());
    let successors = successors.into_iter().flatten().filter_map(|id| id.as_str());
    ErrorPage {
        frame,
        status: error.status().as_u16(),
        detail: error.to_string(),
        versions_url: versions.map(|url| format!("{url}?f=html")).unwrap_or_default(),
        successors: successors
            .map(|id| (id.to_owned(), format!("{prefix}{siblings}/{}?f=html", segment(id))))
            .collect(),
    }
    .render()
}

/// Whether the call wants a page.
pub fn wanted(call: &Call) -> bool {
    call.media == Media::Html
}

#[cfg(test)]
mod tests {
    use super::coded;

    #[test]
    fn what_stands_between_backticks_is_code_and_nothing_is_markup() {
        assert_eq!(coded("give `f=json` or `f`"), "give <code>f=json</code> or <code>f</code>");
        assert_eq!(coded("`<b>&'\"`"), "<code>&#60;b&#62;&#38;&#39;&#34;</code>");
        assert_eq!(coded("one ` alone"), "one ` alone");
    }
}

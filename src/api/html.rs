//! Pages for people: the frame that all share, and the templates' data. Everything is escaped by the templates.

use askama::Template;

use super::call::{Call, Context};
use super::error::ApiError;
use super::names;
use super::negotiate::{Language, Media};

/// The words of the pages in one language.
pub struct Texts {
    pub home: &'static str,
    pub collections: &'static str,
    pub terrain: &'static str,
    pub api: &'static str,
    pub conformance: &'static str,
    pub viewer: &'static str,
    pub view_3d: &'static str,
    pub skip: &'static str,
    pub machine: &'static str,
    pub other_language: &'static str,
    pub features: &'static str,
    pub of: &'static str,
    pub of_features: &'static str,
    pub about: &'static str,
    pub empty: &'static str,
    pub no_features: &'static str,
    pub extent: &'static str,
    pub heights: &'static str,
    pub lods: &'static str,
    pub classes: &'static str,
    pub attributes: &'static str,
    pub attribute: &'static str,
    pub kind: &'static str,
    pub value: &'static str,
    pub count: &'static str,
    pub updated: &'static str,
    pub next: &'static str,
    pub first: &'static str,
    pub map: &'static str,
    pub flat_map: &'static str,
    pub clients: &'static str,
    pub catalogue: &'static str,
    pub table: &'static str,
    pub id: &'static str,
    pub class: &'static str,
    pub height: &'static str,
    pub intro: &'static str,
    pub conformance_intro: &'static str,
    pub api_intro: &'static str,
    pub parameters: &'static str,
    pub standards: &'static str,
    pub limit_hint: &'static str,
    pub show: &'static str,
    pub error: &'static str,
    pub back: &'static str,
    pub crs: &'static str,
    pub imprint: &'static str,
    pub valid: &'static str,
    pub revisions: &'static str,
    pub report: &'static str,
    pub ground: &'static str,
    pub clamp: &'static str,
    pub findings: &'static str,
    pub queryables: &'static str,
    pub sortables: &'static str,
    pub returnables: &'static str,
    pub imports: &'static str,
    pub tileset: &'static str,
    pub more: &'static str,
    pub title: &'static str,
    pub unit: &'static str,
    pub name: &'static str,
}

static ENGLISH: Texts = Texts {
    home: "Home",
    collections: "Collections",
    terrain: "Terrain",
    api: "API",
    conformance: "Standards",
    viewer: "3D view",
    view_3d: "Show in 3D",
    skip: "Skip to the content",
    machine: "This page as JSON",
    other_language: "Deutsch",
    features: "features",
    of: "of",
    of_features: "features",
    about: "about",
    empty: "Nothing has been imported yet.",
    no_features: "No features here.",
    extent: "Extent (west, south, east, north)",
    heights: "Heights [m]",
    lods: "Levels of detail",
    classes: "Classes",
    attributes: "Attributes",
    attribute: "Attribute",
    kind: "Type",
    value: "Value",
    count: "Count",
    updated: "Last change",
    next: "Next page",
    first: "First page",
    map: "Map of the footprints",
    flat_map: "Map",
    clients: "In other programs",
    catalogue: "Catalogue",
    table: "Features of this page",
    id: "Id",
    class: "Class",
    height: "Height [m]",
    intro: "A digital twin: features by OGC API, 3D Tiles and a view in three dimensions.",
    conformance_intro: "The requirement classes that this server meets.",
    api_intro: "Every resource answers GET, HEAD and OPTIONS; writing needs a token.",
    parameters: "Parameters",
    standards: "Answers as",
    limit_hint: "Features on a page",
    show: "Show",
    error: "That did not work",
    back: "Back to the start",
    crs: "Storage coordinate system",
    imprint: "Imprint",
    valid: "Valid",
    revisions: "Revisions",
    report: "Quality report",
    ground: "Buildings against the ground",
    clamp: "In 3D on the terrain",
    findings: "Findings",
    queryables: "What filters may name",
    sortables: "What features can be sorted by",
    returnables: "Properties of features",
    imports: "Imports",
    tileset: "3D Tiles (tileset.json)",
    more: "More about this collection",
    title: "Title",
    unit: "Unit",
    name: "Name",
};

static GERMAN: Texts = Texts {
    home: "Start",
    collections: "Sammlungen",
    terrain: "Gelände",
    api: "Schnittstelle",
    conformance: "Standards",
    viewer: "3D-Ansicht",
    view_3d: "In 3D zeigen",
    skip: "Zum Inhalt springen",
    machine: "Diese Seite als JSON",
    other_language: "English",
    features: "Objekte",
    of: "von",
    of_features: "Objekten",
    about: "etwa",
    empty: "Es wurde noch nichts importiert.",
    no_features: "Hier gibt es keine Objekte.",
    extent: "Ausdehnung (West, Süd, Ost, Nord)",
    heights: "Höhen [m]",
    lods: "Detaillierungsgrade",
    classes: "Klassen",
    attributes: "Attribute",
    attribute: "Attribut",
    kind: "Typ",
    value: "Wert",
    count: "Anzahl",
    updated: "Letzte Änderung",
    next: "Nächste Seite",
    first: "Erste Seite",
    map: "Karte der Grundrisse",
    flat_map: "Karte",
    clients: "In anderen Programmen",
    catalogue: "Katalog",
    table: "Objekte dieser Seite",
    id: "Kennung",
    class: "Klasse",
    height: "Höhe [m]",
    intro: "Ein digitaler Zwilling: Objekte über OGC API, 3D Tiles und eine Ansicht in drei Dimensionen.",
    conformance_intro: "Die Anforderungsklassen, die dieser Server erfüllt.",
    api_intro: "Jede Ressource antwortet auf GET, HEAD und OPTIONS; Schreiben braucht ein Token.",
    parameters: "Parameter",
    standards: "Antwortet als",
    limit_hint: "Objekte je Seite",
    show: "Zeigen",
    error: "Das hat nicht geklappt",
    back: "Zurück zum Start",
    crs: "Koordinatensystem der Ablage",
    imprint: "Impressum",
    valid: "Gültig",
    revisions: "Fassungen",
    report: "Qualitätsbericht",
    ground: "Gebäude gegen das Gelände",
    clamp: "In 3D auf dem Gelände",
    findings: "Befunde",
    queryables: "Was Filter nennen dürfen",
    sortables: "Wonach geordnet werden kann",
    returnables: "Eigenschaften der Objekte",
    imports: "Importe",
    tileset: "3D Tiles (tileset.json)",
    more: "Mehr zu dieser Sammlung",
    title: "Bezeichnung",
    unit: "Einheit",
    name: "Name",
};

impl Language {
    pub fn texts(self) -> &'static Texts {
        match self {
            Language::English => &ENGLISH,
            Language::German => &GERMAN,
        }
    }
}

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
            prefix: call.base.prefix().to_owned(),
            crumbs,
        }
    }

    /// The name of a class for people.
    pub fn class<'a>(&self, name: &'a str) -> &'a str {
        names::class(name, self.speech)
    }

    /// The name of an attribute for people.
    pub fn attribute<'a>(&self, name: &'a str) -> &'a str {
        names::attribute(name, self.speech)
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

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    frame: Frame,
    status: u16,
    detail: String,
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
        prefix,
        crumbs: Vec::new(),
    };
    ErrorPage { frame, status: error.status().as_u16(), detail: error.to_string() }.render()
}

/// Whether the call wants a page.
pub fn wanted(call: &Call) -> bool {
    call.media == Media::Html
}

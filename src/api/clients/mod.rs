//! `GET /clients`: what to paste into other programs so that they show this twin, with the right addresses in it.

mod arcgis;
mod cesium;
mod maplibre;
mod masterportal;
mod offer;
mod page;
mod qgis;
mod vcmap;

use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::error::ApiError;
use super::html;
use super::links::{link, self_and_alternates};
use super::negotiate::Media;
use super::params::shortened;
use axum::http::header::CONTENT_DISPOSITION;
use offer::Offer;

const DOCUMENT: &[Media] = &[Media::Json, Media::Html];

/// A program that shows data of others.
struct Client {
    id: &'static str,
    title: &'static str,
    /// English and German.
    description: [&'static str; 2],
    snippets: fn(&Offer) -> Vec<Snippet>,
}

/// A piece of configuration, ready to be used.
pub struct Snippet {
    /// Name of the file that it is, or is a part of.
    pub file: &'static str,
    pub media: &'static str,
    /// What to do with it: English and German.
    pub note: [&'static str; 2],
    pub content: String,
}

static CLIENTS: &[Client] = &[
    Client {
        id: "masterportal",
        title: "Masterportal",
        description: [
            "entries for services.json and the layers of config.json",
            "Einträge für services.json und die Ebenen von config.json",
        ],
        snippets: masterportal::snippets,
    },
    Client {
        id: "vcmap",
        title: "VC Map",
        description: ["a module with all layers", "ein Modul mit allen Ebenen"],
        snippets: vcmap::snippets,
    },
    Client {
        id: "cesium",
        title: "CesiumJS",
        description: ["terrain and buildings in a page", "Gelände und Gebäude in einer Seite"],
        snippets: cesium::snippets,
    },
    Client {
        id: "qgis",
        title: "QGIS",
        description: [
            "connections to import in the data source manager",
            "Verbindungen zum Laden in der Datenquellenverwaltung",
        ],
        snippets: qgis::snippets,
    },
    Client {
        id: "maplibre",
        title: "MapLibre GL JS",
        description: ["a flat map in a page", "eine flache Karte in einer Seite"],
        snippets: maplibre::snippets,
    },
    Client {
        id: "arcgis",
        title: "ArcGIS",
        description: ["layers for the Maps SDK for JavaScript", "Ebenen für das Maps SDK for JavaScript"],
        snippets: arcgis::snippets,
    },
];

pub async fn list(call: Call) -> Result<Answer, ApiError> {
    if html::wanted(&call) {
        return page::list(&call);
    }
    let entry = |client: &Client| {
        let url = call.base.to(&format!("/clients/{}", client.id));
        json!({
            "id": client.id,
            "title": client.title,
            "description": client.description[0],
            "links": self_and_alternates(&url, DOCUMENT, Media::Json, |format| format!("?f={format}")),
        })
    };
    let clients: Vec<_> = CLIENTS.iter().map(entry).collect();
    Ok(Answer::json(Media::Json, &json!({ "links": call.own_links(), "clients": clients })))
}

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let client = named(&call)?;
    let snippets = (client.snippets)(&Offer::of(&call).await?);
    if html::wanted(&call) {
        return page::show(&call, client, &snippets);
    }
    let entry = |snippet: &Snippet| {
        json!({
            "file": snippet.file,
            "type": snippet.media,
            "description": snippet.note[0],
            "href": call.base.to(&file_path(client, snippet)),
            "content": snippet.content,
        })
    };
    let mut links = call.own_links();
    links.push(link("up", &call.base.to("/clients?f=json"), Media::Json, "all clients"));
    Ok(Answer::json(
        Media::Json,
        &json!({
            "id": client.id,
            "title": client.title,
            "description": client.description[0],
            "snippets": snippets.iter().map(entry).collect::<Vec<_>>(),
            "links": links,
        }),
    ))
}

/// `GET /clients/{clientId}/{fileName}`: a snippet as a file to save.
pub async fn file(call: Call) -> Result<Answer, ApiError> {
    let client = named(&call)?;
    let name = call.segment("fileName");
    let snippets = (client.snippets)(&Offer::of(&call).await?);
    let found = snippets.into_iter().find(|snippet| snippet.file == name);
    let snippet = found.ok_or_else(|| {
        ApiError::NotFound(format!("no file `{}` for the client `{}`", shortened(name), client.id))
    })?;
    let disposition = format!("attachment; filename=\"{}\"", snippet.file);
    Ok(Answer::file(&format!("{}; charset=utf-8", snippet.media), snippet.content)
        .with(CONTENT_DISPOSITION, &disposition))
}

fn named(call: &Call) -> Result<&'static Client, ApiError> {
    let id = call.segment("clientId");
    CLIENTS.iter().find(|client| client.id == id).ok_or_else(|| {
        let known: Vec<_> = CLIENTS.iter().map(|client| client.id).collect();
        ApiError::NotFound(format!("no client `{}`; there are {}", shortened(id), known.join(", ")))
    })
}

/// Without the base.
fn file_path(client: &Client, snippet: &Snippet) -> String {
    format!("/clients/{}/{}", client.id, snippet.file)
}

/// Of the API's definition.
pub fn schemas() -> Value {
    let text = json!({ "type": "string" });
    let links = json!({ "type": "array", "items": { "$ref": "#/components/schemas/link" } });
    json!({
        "clients": {
            "type": "object",
            "required": ["clients"],
            "properties": { "links": links, "clients": { "type": "array", "items": { "type": "object" } } },
        },
        "client": {
            "type": "object",
            "required": ["id", "snippets"],
            "properties": {
                "id": text, "title": text, "description": text, "links": links,
                "snippets": { "type": "array", "items": {
                    "type": "object",
                    "required": ["file", "content"],
                    "properties": { "file": text, "type": text, "description": text, "href": text, "content": text },
                } },
            },
        },
    })
}

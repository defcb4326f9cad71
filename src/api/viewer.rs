//! Files: the 3D viewer, the pages' style sheet and icon. Built in, or from a folder for those who develop the viewer.

use std::borrow::Cow;
use std::path::{Component, Path};

use rust_embed::RustEmbed;
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::error::ApiError;
use super::etag;
use super::landing;
use super::negotiate::Media;
use super::params::shortened;
use super::state::AppState;
use axum::http::header::CONTENT_SECURITY_POLICY;
use stadtwin_jobs::{configuration_url, issuer_origin};
use stadtwin_store::{Issuer, Login};

/// The built viewer; a page that says how to build it where that has not been done.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/viewer/dist"]
struct ViewerFiles;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/assets"]
struct Assets;

/// What Cesium needs: compiled modules, workers, and blobs for textures.
const VIEWER_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; \
                             style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
                             connect-src 'self' data: blob:; font-src 'self'; base-uri 'none'; form-action 'none'; \
                             frame-ancestors 'self'";

/// `GET /viewer`
pub async fn redirect(call: Call) -> Result<Answer, ApiError> {
    Ok(Answer::moved(&format!("{}/viewer/", call.base.prefix())))
}

/// `GET /viewer/…`
pub async fn file(call: Call) -> Result<Answer, ApiError> {
    let name = match call.segment("file") {
        "" => "index.html",
        name => name,
    };
    let bytes = match &call.state.viewer_dir {
        Some(folder) => from_folder(folder, name).await,
        None => ViewerFiles::get(name).map(|file| file.data),
    };
    let bytes = bytes.ok_or_else(|| missing(name))?;
    if name == "index.html" {
        let policy = page_policy(&call.state).await?;
        let tag = etag::tag(&[&bytes, policy.as_bytes()]);
        return Ok(answer(name, bytes).tagged(tag).with(CONTENT_SECURITY_POLICY, &policy).revalidated());
    }
    let answer = answer(name, bytes).with(CONTENT_SECURITY_POLICY, VIEWER_POLICY);
    Ok(if is_hashed(name) { answer.immutable() } else { answer.revalidated() })
}

/// The page asks nobody but this server and the issuers at which people log in.
async fn page_policy(state: &AppState) -> Result<String, ApiError> {
    let mut sources = String::from("connect-src 'self'");
    for (issuer, _) in logins(state).await? {
        if let Ok(origin) = issuer_origin(&issuer.url) {
            sources.push(' ');
            sources.push_str(&origin);
        }
    }
    Ok(VIEWER_POLICY.replace("connect-src 'self'", &sources))
}

/// Issuers at which people log in from the viewer.
async fn logins(state: &AppState) -> Result<Vec<(Issuer, Login)>, ApiError> {
    let issuers = state.store.issuers().await?;
    Ok(issuers.into_iter().filter_map(|issuer| issuer.login.clone().map(|login| (issuer, login))).collect())
}

fn identity_provider((issuer, login): (Issuer, Login)) -> Value {
    let mut provider = json!({
        "issuer": issuer.url,
        "discovery": configuration_url(&issuer.url),
        "title": login.title,
        "clientId": login.client,
        "scope": login.scope,
    });
    if let Some(resource) = login.resource {
        provider["resource"] = resource.into();
    }
    provider
}

/// `GET /assets/…`
pub async fn asset(call: Call) -> Result<Answer, ApiError> {
    let name = call.segment("file");
    let file = Assets::get(name).ok_or_else(|| missing(name))?;
    Ok(answer(name, file.data).with(axum::http::header::CACHE_CONTROL, "public, max-age=3600"))
}

/// `GET /favicon.ico`
pub async fn icon(_: Call) -> Result<Answer, ApiError> {
    let file = Assets::get("icon.svg").ok_or_else(|| missing("icon.svg"))?;
    Ok(answer("icon.svg", file.data).with(axum::http::header::CACHE_CONTROL, "public, max-age=86400"))
}

/// `GET /viewer/config.json`
pub async fn config(call: Call) -> Result<Answer, ApiError> {
    let collections = call.state.store.collections().await?;
    let extent = landing::extent(&collections);
    let lowest_m =
        collections.iter().filter_map(|collection| Some(collection.height_range?[0])).reduce(f64::min);
    let undulation_m = extent.and_then(|[west, south, east, north]| {
        call.state.heights.undulation_m((west + east) / 2.0, (south + north) / 2.0)
    });
    let mut document = json!({
        "title": call.state.title,
        "extent": extent,
        "groundHeight": lowest_m.map(|lowest_m| lowest_m + undulation_m.unwrap_or(0.0)),
        "undulation": undulation_m,
        "heightModel": call.state.heights.name(),
        "languages": ["de", "en"],
        "identityProviders": logins(&call.state).await?.into_iter().map(identity_provider).collect::<Vec<_>>(),
    });
    let more = [("attribution", &call.state.attribution), ("imprintUrl", &call.state.imprint_url)];
    for (name, text) in more {
        if let Some(text) = text {
            document[name] = text.as_str().into();
        }
    }
    Ok(Answer::json(Media::Json, &document))
}

fn missing(name: &str) -> ApiError {
    ApiError::NotFound(format!("no file `{}`", shortened(name)))
}

fn answer(name: &str, bytes: Cow<'static, [u8]>) -> Answer {
    match bytes {
        Cow::Borrowed(bytes) => Answer::file(content_type(name), bytes),
        Cow::Owned(bytes) => Answer::file(content_type(name), bytes),
    }
}

/// Only plain names below the folder.
async fn from_folder(folder: &Path, name: &str) -> Option<Cow<'static, [u8]>> {
    let name = Path::new(name);
    if !name.components().all(|component| matches!(component, Component::Normal(_))) {
        return None;
    }
    tokio::fs::read(folder.join(name)).await.ok().map(Cow::Owned)
}

/// Vite names files by their content: `index-BdR2x0aQ.js`; Cesium's folder carries its version.
fn is_hashed(name: &str) -> bool {
    let Some((folder, file)) = name.split_once('/') else { return false };
    folder.starts_with("cesium-")
        || folder == "assets"
            && file.rsplit_once('.').and_then(|(stem, _)| stem.rsplit_once('-')).is_some_and(|(_, hash)| {
                hash.len() >= 8 && hash.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            })
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "glb" => "model/gltf-binary",
        "ktx2" => "image/ktx2",
        "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_named_by_content_are_kept_for_ever() {
        let cases = [
            ("assets/index-BdR2x0aQ.js", true),
            ("cesium-1.2/Workers/a.js", true),
            ("index.html", false),
            ("assets/logo.svg", false),
            ("assets/my-logo.svg", false),
        ];
        for (name, expected) in cases {
            assert_eq!(is_hashed(name), expected, "{name}");
        }
    }

    #[tokio::test]
    async fn no_name_leads_out_of_the_folder() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        assert!(from_folder(&folder, "lib.rs").await.is_some());
        for name in ["../Cargo.toml", "/etc/passwd", "api/../../Cargo.toml", "./lib.rs/.."] {
            assert!(from_folder(&folder, name).await.is_none(), "{name}");
        }
    }
}

//! HTTP: OGC API Features, 3D Tiles, the catalogue, the viewer's files and the state of the server. Holds no SQL and runs no long work.
//!
//! `routes` lists every resource; `call` takes a request through method, query and media type to its handler and gives
//! the answer its headers; each other file is one resource or one thing that all of them share.

mod answer;
mod api_page;
mod audit;
mod auth;
mod call;
mod city;
mod clients;
mod code_schemas;
mod code_texts;
mod codelists;
mod collections;
mod conformance;
mod connections;
mod contact;
mod cors;
mod editing;
mod error;
mod etag;
mod examples;
mod feature_files;
mod file_body;
mod filter;
mod form;
mod form_heads;
mod geovolumes;
mod german;
mod ground;
mod headers;
mod health;
mod history;
mod html;
mod images;
mod imports;
mod issues;
mod item;
mod item_page;
mod items;
mod items_page;
mod jobs;
mod landing;
mod links;
mod makers;
mod map;
mod map_tiles;
mod me;
mod memory;
mod metrics;
mod names;
mod needs;
mod negotiate;
mod object_links;
mod openapi;
mod orders;
mod organizations;
mod params;
mod parts;
mod path_parts;
mod paths;
mod patient_stream;
mod place;
mod plans;
mod processes;
mod projection;
mod property_schemas;
mod queryables;
mod rates;
mod readable;
mod records;
mod reference;
mod region;
mod revisions;
mod routes;
mod schemas;
mod searches;
mod selection;
mod state;
mod styles;
mod table;
mod terrain;
mod texts;
mod tiles;
mod time;
mod told;
mod uploads;
mod viewer;
mod wfs;
mod writes;

pub use audit::lines_of_events;
pub use connections::Patience;
pub use history::Feeds;
pub use map_tiles::{Packs, read_ahead};
pub use memory::{Memory, read_rows_ahead};
pub use plans::{look_after_plans, look_at_plans};
pub use rates::Rates;
pub use state::AppState;

use std::any::Any;
use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::header;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::any;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};

use error::ApiError;

/// The first moment of an RFC 3339 date-time or date, or what is wrong with it.
pub fn first_moment(text: &str) -> Result<String, String> {
    time::begin(text).map_err(|error| error.to_string())
}

/// Answers requests until `shutdown` comes, then finishes those under way.
pub async fn serve(
    state: AppState,
    listener: tokio::net::TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    let (feeds, patience) = (state.feeds.clone(), state.patience);
    let stopping = async move {
        shutdown.await;
        // Feeds have no end of their own.
        feeds.close();
    };
    connections::answer(listener, router(state), patience, stopping).await;
}

/// All routes with what surrounds them.
pub fn router(state: AppState) -> Router {
    let mut router = Router::new();
    for route in routes::all() {
        let answer = move |state: State<Arc<AppState>>, segments: Result<Path<_>, _>, request: Request| {
            call::answer(state, route, segments, request)
        };
        router = router.route(route.path, any(answer));
    }
    let compressed = SizeAbove::new(512)
        .and(NotForContentType::IMAGES)
        // Tiles are answered within milliseconds: squeezing each one again would take longer than sending it.
        .and(NotForContentType::new("model/gltf-binary"))
        // These are kept packed.
        .and(NotForContentType::new("application/vnd.quantized-mesh"))
        .and(NotForContentType::new("application/octet-stream"))
        // A feed is sent event by event.
        .and(NotForContentType::SSE);
    router
        .fallback(not_found)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(CompressionLayer::new().compress_when(compressed))
        .layer(axum::middleware::from_fn(etag::tag_encoding))
        .layer(axum::middleware::from_fn(cors::open_to_all))
        .with_state(Arc::new(state))
}

/// A path with a slash too many leads to the one without; any other is not there.
async fn not_found(State(state): State<Arc<AppState>>, headers: HeaderMap, request: Request) -> Response {
    let path = request.uri().path();
    let context = call::Context::unrouted(&state, &headers, request.uri());
    let error = ApiError::NotFound(format!("nothing at `{}`", params::shortened(path)));
    let mut response = call::refuse(&error, &context, request.method());
    let trimmed = path.trim_end_matches('/');
    if path.ends_with('/') && trimmed.starts_with('/') && !trimmed.starts_with("//") {
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        if let Ok(location) = format!("{}{trimmed}{query}", context.base.prefix()).parse() {
            response.headers_mut().insert(header::LOCATION, location);
            *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
        }
    }
    response
}

fn panicked(cause: Box<dyn Any + Send + 'static>) -> Response<axum::body::Body> {
    let text =
        cause.downcast_ref::<String>().map(String::as_str).or_else(|| cause.downcast_ref::<&str>().copied());
    tracing::error!(cause = text.unwrap_or("unknown"), "A handler panicked");
    let error = ApiError::internal("a handler panicked");
    let mut response = Response::new(axum::body::Body::from(error.problem().to_string()));
    *response.status_mut() = error.status();
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, axum::http::HeaderValue::from_static("application/problem+json"));
    response
}

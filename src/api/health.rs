//! `GET /health`: whether the process lives, can answer, and what it stands on.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::error::ApiError;
use super::negotiate::Media;
use stadtwin_model::VerticalCrs;

/// A database that takes longer than this is as good as away.
const PATIENCE: Duration = Duration::from_secs(5);

pub async fn live(_: Call) -> Result<Answer, ApiError> {
    Ok(Answer::json(Media::Json, &json!({ "status": "ok" })).uncached())
}

pub async fn ready(call: Call) -> Result<Answer, ApiError> {
    let ok = latency(&call).await.is_some();
    Ok(report(ok, &json!({ "status": status(ok) })))
}

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let latency = latency(&call).await;
    let (storage, schema_version) = match latency {
        Some(_) => (
            call.state.store.storage_crs().await.ok().flatten(),
            call.state.store.schema_version().await.ok(),
        ),
        None => (None, None),
    };
    let storage = storage.map(|crs| {
        let vertical = match crs.vertical {
            VerticalCrs::Epsg(code) => json!(format!("EPSG:{code}")),
            VerticalCrs::Ellipsoidal => json!("ellipsoidal"),
            VerticalCrs::Unknown => Value::Null,
        };
        json!({ "horizontal": format!("EPSG:{}", crs.horizontal), "vertical": vertical })
    });
    let ok = latency.is_some();
    let latency_ms = latency.map(|latency| (latency.as_secs_f64() * 1e4).round() / 10.0);
    let mut document = json!({
        "status": status(ok),
        "version": env!("CARGO_PKG_VERSION"),
        "database": { "status": status(ok), "latencyMs": latency_ms, "schemaVersion": schema_version },
        "heightModel": call.state.heights.name(),
        "storageCrs": storage,
    });
    if call.state.has_catalog && ok {
        document["catalog"] = catalog(&call).await;
    }
    if call.state.local_development {
        document["localDevelopment"] = true.into();
    }
    Ok(report(ok, &document))
}

/// How the catalogue that is told of scenarios stands: it may be behind, and the server answers all the same.
async fn catalog(call: &Call) -> Value {
    match call.state.store.catalog_standing().await {
        Ok(standing) => {
            let status = if standing.failing > 0 { "degraded" } else { "ok" };
            json!({ "status": status, "waiting": standing.waiting })
        }
        Err(error) => {
            tracing::warn!(cause = %error, "Cannot say how the catalogue stands");
            json!({ "status": "degraded" })
        }
    }
}

fn status(ok: bool) -> &'static str {
    if ok { "ok" } else { "unavailable" }
}

fn report(ok: bool, document: &Value) -> Answer {
    let mut answer = Answer::json(Media::Json, document).uncached();
    if !ok {
        answer.status = StatusCode::SERVICE_UNAVAILABLE;
    }
    answer
}

/// Of one round trip to the database; `None` when it does not answer.
async fn latency(call: &Call) -> Option<Duration> {
    let started = Instant::now();
    match tokio::time::timeout(PATIENCE, call.state.store.ping()).await {
        Ok(Ok(_)) => Some(started.elapsed()),
        Ok(Err(error)) => {
            tracing::warn!(cause = %error, "The database does not answer");
            None
        }
        Err(_) => None,
    }
}

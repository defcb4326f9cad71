//! Phases of scenarios.

use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;

use super::{Store, StoreError};
use stadtwin_model::Span;

/// A name for a span of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phase {
    pub label: String,
    pub span: Span,
}

/// As it is kept.
#[derive(Serialize, Deserialize)]
struct PhaseEntry {
    label: String,
    from: Option<i64>,
    to: Option<i64>,
}

impl Store {
    /// The phases of a version of a scenario, by `Scenario::key`, in their order.
    pub async fn phases(&self, (scenario, version): (i64, i64)) -> Result<Vec<Phase>, StoreError> {
        let kept: Option<Json<Vec<PhaseEntry>>> = sqlx::query_scalar(
            "SELECT phases FROM scenario_phases WHERE scenario = $1 AND version_from <= $2
             ORDER BY version_from DESC LIMIT 1",
        )
        .bind(scenario)
        .bind(version)
        .fetch_optional(&self.pool)
        .await?;
        let phase =
            |entry: PhaseEntry| Phase { label: entry.label, span: Span { from: entry.from, to: entry.to } };
        Ok(kept.map(|Json(kept)| kept).unwrap_or_default().into_iter().map(phase).collect())
    }
}

/// Those that a scenario has from a version on.
pub(super) async fn write_phases(
    connection: &mut PgConnection,
    scenario: i64,
    version: i64,
    phases: &[Phase],
) -> Result<(), StoreError> {
    let entry =
        |phase: &Phase| PhaseEntry { label: phase.label.clone(), from: phase.span.from, to: phase.span.to };
    let entries: Vec<PhaseEntry> = phases.iter().map(entry).collect();
    sqlx::query("INSERT INTO scenario_phases (scenario, version_from, phases) VALUES ($1, $2, $3)")
        .bind(scenario)
        .bind(version)
        .bind(Json(entries))
        .execute(connection)
        .await?;
    Ok(())
}

//! Phases of scenarios.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::types::Json;

use super::acting::What;
use super::{Store, StoreError};
use stadtwin_model::{Scenario, Span};

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
    /// The phases of a scenario, by `Scenario::key`, in their order.
    pub async fn phases(&self, scenario: i64) -> Result<Vec<Phase>, StoreError> {
        let kept: Option<Json<Vec<PhaseEntry>>> =
            sqlx::query_scalar("SELECT phases FROM scenario WHERE key = $1")
                .bind(scenario)
                .fetch_optional(&self.pool)
                .await?;
        let phase =
            |entry: PhaseEntry| Phase { label: entry.label, span: Span { from: entry.from, to: entry.to } };
        Ok(kept.map(|Json(kept)| kept).unwrap_or_default().into_iter().map(phase).collect())
    }

    /// False: the scenario is no longer in the version that was read, or no draft.
    pub async fn set_phases(&self, scenario: &Scenario, phases: &[Phase]) -> Result<bool, StoreError> {
        let entry = |phase: &Phase| PhaseEntry {
            label: phase.label.clone(),
            from: phase.span.from,
            to: phase.span.to,
        };
        let entries: Vec<PhaseEntry> = phases.iter().map(entry).collect();
        let mut change = self.change().await?;
        let changed = sqlx::query(
            "UPDATE scenario SET phases = $3, updated = now() WHERE key = $1 AND version = $2 AND state = 'draft'",
        )
        .bind(scenario.key)
        .bind(scenario.version)
        .bind(Json(entries))
        .execute(&mut *change)
        .await?;
        if changed.rows_affected() == 0 {
            return Ok(false);
        }
        let labels: Vec<&str> = phases.iter().map(|phase| phase.label.as_str()).collect();
        let what = What::of("scenario.phases", format!("/scenarios/{}/phases", scenario.id));
        change.commit(what.with(json!({ "phases": labels }))).await?;
        Ok(true)
    }
}

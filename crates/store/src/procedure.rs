//! Stages of projects, and what is displayed in them.

use serde_json::json;
use sqlx::FromRow;

use super::acting::What;
use super::{Store, StoreError};

/// A stage that a project entered; times are RFC 3339.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct StageEvent {
    pub id: i64,
    /// XPlanung `BP_Rechtsstand`.
    pub stage: i32,
    /// A day.
    pub decided: String,
    pub begins: Option<String>,
    pub ends: Option<String>,
    pub note: Option<String>,
    pub reason: Option<String>,
    pub set_at: String,
    pub set_by: String,
    /// The scenarios displayed, as `id@revision`.
    pub displayed: Vec<String>,
    /// Whether the display has begun and is not over.
    pub is_running: bool,
}

/// A stage to be entered; moments in microseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStage {
    pub stage: i32,
    /// A day, as 2026-11-26.
    pub decided: String,
    pub begins: Option<i64>,
    pub ends: Option<i64>,
    pub note: Option<String>,
    pub reason: Option<String>,
    pub by: String,
    /// `Scenario::key` and number of the revision.
    pub displayed: Vec<(i64, i32)>,
}

/// A display that is running.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct RunningDisplay {
    pub stage: i32,
    pub revision: i32,
    /// RFC 3339.
    pub begins: String,
    pub ends: String,
}

impl Store {
    /// The stages of a project, the newest first.
    pub async fn stages(&self, project: i64) -> Result<Vec<StageEvent>, StoreError> {
        let events = sqlx::query_as(
            "SELECT e.id, e.stage, e.decided::text AS decided, utc_text(e.begins) AS begins, utc_text(e.ends) AS ends,
                e.note, e.reason, utc_text(e.set_at) AS set_at, e.set_by,
                ARRAY(SELECT s.id || '@' || d.revision FROM displayed AS d JOIN scenario AS s ON s.key = d.scenario
                    WHERE d.stage_event = e.id ORDER BY s.key) AS displayed,
                coalesce(e.begins <= now() AND e.ends > now(), false) AS is_running
             FROM stage_event AS e WHERE e.project = $1 ORDER BY e.id DESC",
        )
        .bind(project)
        .fetch_all(&self.pool)
        .await?;
        Ok(events)
    }

    /// Enters a stage; the project shows it from then on.
    pub async fn add_stage(&self, project: i64, new: &NewStage) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO stage_event (project, stage, decided, begins, ends, note, reason, set_by)
             VALUES ($1, $2, $3::text::date, from_micros($4), from_micros($5), $6, $7, $8) RETURNING id",
        )
        .bind(project)
        .bind(new.stage)
        .bind(&new.decided)
        .bind(new.begins)
        .bind(new.ends)
        .bind(&new.note)
        .bind(&new.reason)
        .bind(&new.by)
        .fetch_one(&mut *change)
        .await?;
        let (scenarios, revisions): (Vec<i64>, Vec<i32>) = new.displayed.iter().copied().unzip();
        sqlx::query(
            "INSERT INTO displayed (stage_event, scenario, revision)
             SELECT $1, scenario, revision FROM unnest($2::bigint[], $3::integer[]) AS d (scenario, revision)",
        )
        .bind(id)
        .bind(scenarios)
        .bind(revisions)
        .execute(&mut *change)
        .await?;
        sqlx::query("UPDATE project SET stage = $2, version = version + 1, updated = now() WHERE key = $1")
            .bind(project)
            .bind(new.stage)
            .execute(&mut *change)
            .await?;
        let details = json!({ "stage": new.stage, "decided": new.decided, "reason": new.reason });
        change.commit(What::of("project.stage", format!("stage {id}")).with(details)).await
    }

    /// Displays of a scenario that are running.
    pub async fn running_displays(&self, scenario: i64) -> Result<Vec<RunningDisplay>, StoreError> {
        let displays = sqlx::query_as(
            "SELECT e.stage, d.revision, utc_text(e.begins) AS begins, utc_text(e.ends) AS ends
             FROM displayed AS d JOIN stage_event AS e ON e.id = d.stage_event
             WHERE d.scenario = $1 AND e.begins <= now() AND e.ends > now() ORDER BY e.id",
        )
        .bind(scenario)
        .fetch_all(&self.pool)
        .await?;
        Ok(displays)
    }

    /// Whether a revision of a scenario was displayed, and whether all its displays are over.
    pub async fn display_is_over(&self, scenario: i64, revision: i32) -> Result<bool, StoreError> {
        let over: Option<bool> = sqlx::query_scalar(
            "SELECT bool_and(e.ends <= now()) FROM displayed AS d JOIN stage_event AS e ON e.id = d.stage_event
             WHERE d.scenario = $1 AND d.revision = $2",
        )
        .bind(scenario)
        .bind(revision)
        .fetch_one(&self.pool)
        .await?;
        Ok(over.unwrap_or(false))
    }
}

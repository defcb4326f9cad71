//! Scenarios: variants of the city, their states and their revisions.

use std::collections::HashMap;

use serde_json::json;
use sqlx::types::Json;
use sqlx::{FromRow, PgConnection};

use super::acting::What;
use super::{Store, StoreError};
use stadtwin_model::{EditState, Scenario};

/// A scenario to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct NewScenario {
    pub id: String,
    /// `Project::key`.
    pub project: i64,
    /// `Scenario::key` and version of what it builds on.
    pub parent: Option<(i64, i64)>,
    pub title: String,
    pub description: String,
    pub tags: Vec<String>,
    pub visibility: String,
    /// The pinned revision of each collection, by `Collection::key`.
    pub revisions: HashMap<i32, i64>,
}

/// A state of a scenario that stays as it is.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct ScenarioRevision {
    pub number: i32,
    /// Of the scenario.
    pub version: i64,
    pub hash: Vec<u8>,
    /// `submit` or `publish`.
    pub reason: String,
    pub comment: Option<String>,
    pub is_public: bool,
    /// RFC 3339.
    pub made: String,
    pub made_by: String,
}

/// From one editing state into another.
#[derive(Debug, Clone, PartialEq)]
pub struct Transition {
    pub from: Vec<EditState>,
    pub to: EditState,
    /// Reason, hash and whether it is published: of a revision that is made on the way.
    pub revision: Option<(&'static str, [u8; 32], bool)>,
    pub comment: Option<String>,
    pub by: String,
    /// What the log calls it, such as `scenario.published`.
    pub told: &'static str,
}

#[derive(FromRow)]
struct ScenarioRow {
    key: i64,
    id: String,
    project: String,
    project_key: i64,
    parent: Option<String>,
    title: String,
    description: String,
    tags: Vec<String>,
    state: String,
    visibility: String,
    version: i64,
    next_seq: i64,
    published_revision: Option<i32>,
    agreed: Vec<String>,
    created: String,
    created_by: String,
    updated: String,
}

impl ScenarioRow {
    fn into_scenario(self) -> Result<Scenario, StoreError> {
        let state = EditState::of_name(&self.state)
            .ok_or_else(|| StoreError::Damaged { what: "a scenario", detail: self.state.clone() })?;
        Ok(Scenario {
            key: self.key,
            id: self.id,
            project: self.project,
            project_key: self.project_key,
            parent: self.parent,
            title: self.title,
            description: self.description,
            tags: self.tags,
            state,
            visibility: self.visibility,
            version: self.version,
            next_seq: self.next_seq,
            published_revision: self.published_revision,
            agreed: self.agreed,
            created: self.created,
            created_by: self.created_by,
            updated: self.updated,
        })
    }
}

macro_rules! scenarios {
    ($rest:literal) => {
        concat!(
            "SELECT s.key, s.id, p.id AS project, p.key AS project_key, up.id AS parent, s.title, s.description, s.tags,
                s.state, s.visibility, s.version, s.next_seq, s.published_revision, utc_text(s.created) AS created,
                s.created_by, utc_text(s.updated) AS updated,
                ARRAY(SELECT organization::text FROM scenario_agreement WHERE scenario = s.key ORDER BY 1) AS agreed
             FROM scenario AS s JOIN project AS p ON p.key = s.project
             LEFT JOIN scenario AS up ON up.key = s.parent ",
            $rest
        )
    };
}

impl Store {
    pub async fn add_scenario(&self, new: &NewScenario, by: &str) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        insert(&mut change, new, by).await?;
        let details = json!({ "id": new.id, "title": new.title, "visibility": new.visibility });
        change.commit(What::of("scenario.made", format!("/scenarios/{}", new.id)).with(details)).await
    }

    /// An empty draft that its first batch makes one to speak of, or that goes again with `forget_scenario`.
    pub async fn begin_scenario(&self, new: &NewScenario, by: &str) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        insert(&mut change, new, by).await?;
        change.commit_unseen().await
    }

    /// Removes a draft that was begun and did not come to anything.
    pub async fn forget_scenario(&self, scenario: &Scenario) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        delete(&mut change, scenario.key).await?;
        change.commit_unseen().await
    }

    pub async fn scenario(&self, id: &str) -> Result<Option<Scenario>, StoreError> {
        let row: Option<ScenarioRow> =
            sqlx::query_as(scenarios!("WHERE s.id = $1")).bind(id).fetch_optional(&self.pool).await?;
        row.map(ScenarioRow::into_scenario).transpose()
    }

    /// All of a project, by their making.
    pub async fn scenarios(&self, project: i64) -> Result<Vec<Scenario>, StoreError> {
        self.scenarios_behind(Some(project), 0, i64::MAX).await
    }

    /// By their making, those behind a number; of one project, or of all.
    pub async fn scenarios_behind(
        &self,
        project: Option<i64>,
        after: i64,
        limit: i64,
    ) -> Result<Vec<Scenario>, StoreError> {
        let rows: Vec<ScenarioRow> = sqlx::query_as(scenarios!(
            "WHERE ($1::bigint IS NULL OR s.project = $1) AND s.key > $2 ORDER BY s.key LIMIT $3"
        ))
        .bind(project)
        .bind(after)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(ScenarioRow::into_scenario).collect()
    }

    /// What is said of a scenario; false: it is no longer in the version that was read.
    pub async fn describe_scenario(
        &self,
        before: &Scenario,
        title: &str,
        description: &str,
        tags: &[String],
        visibility: &str,
    ) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let changed = sqlx::query(
            "UPDATE scenario SET title = $3, description = $4, tags = $5, visibility = $6, updated = now()
             WHERE key = $1 AND version = $2",
        )
        .bind(before.key)
        .bind(before.version)
        .bind(title)
        .bind(description)
        .bind(tags)
        .bind(visibility)
        .execute(&mut *change)
        .await?;
        if changed.rows_affected() == 0 {
            return Ok(false);
        }
        if visibility != before.visibility {
            forget_agreements(&mut change, before).await?;
        }
        let details = json!({ "title": title, "visibility": visibility });
        let what = What::of("scenario.described", format!("/scenarios/{}", before.id)).with(details);
        change.commit(what).await?;
        Ok(true)
    }

    /// Whether something of it is or was published.
    pub async fn was_published(&self, scenario: i64) -> Result<bool, StoreError> {
        let was = "SELECT EXISTS (SELECT FROM scenario_revision WHERE scenario = $1 AND reason = 'publish')";
        Ok(sqlx::query_scalar(was).bind(scenario).fetch_one(&self.pool).await?)
    }

    /// Removes a scenario with all that it brought; false: another builds on it.
    pub async fn remove_scenario(&self, scenario: &Scenario) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let is_parent: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM scenario WHERE parent = $1)")
            .bind(scenario.key)
            .fetch_one(&mut *change)
            .await?;
        if is_parent {
            return Ok(false);
        }
        delete(&mut change, scenario.key).await?;
        change.commit(What::of("scenario.removed", format!("/scenarios/{}", scenario.id))).await?;
        Ok(true)
    }

    /// Puts a scenario into another state, and makes a revision of it where the transition wants one; its number, or
    /// nothing. `None`: the scenario is no longer in the version that was read, or in none of the states that the
    /// transition begins with.
    pub async fn change_state(
        &self,
        scenario: &Scenario,
        transition: &Transition,
    ) -> Result<Option<Option<i32>>, StoreError> {
        let mut change = self.change().await?;
        let from: Vec<&str> = transition.from.iter().map(|state| state.name()).collect();
        let changed = sqlx::query(
            "UPDATE scenario SET state = $4, updated = now() WHERE key = $1 AND version = $2 AND state = ANY($3)",
        )
        .bind(scenario.key)
        .bind(scenario.version)
        .bind(&from)
        .bind(transition.to.name())
        .execute(&mut *change)
        .await?;
        if changed.rows_affected() == 0 {
            return Ok(None);
        }
        forget_agreements(&mut change, scenario).await?;
        let number = match &transition.revision {
            Some(revision) => Some(make_revision(&mut change, scenario, transition, revision).await?),
            None => None,
        };
        if transition.to == EditState::Withdrawn {
            hide_revisions(&mut change, scenario).await?;
        }
        let details = json!({
            "from": scenario.state.name(), "version": scenario.version, "revision": number,
            "comment": transition.comment,
        });
        let what = What::of(transition.told, format!("/scenarios/{}", scenario.id)).with(details);
        change.commit(what).await?;
        Ok(Some(number))
    }

    /// Owners agree to publish an approved scenario as it was read; all that have agreed by now. `None`: it has changed.
    pub async fn agree_to_publish(
        &self,
        scenario: &Scenario,
        organizations: &[String],
        by: &str,
    ) -> Result<Option<Vec<String>>, StoreError> {
        let mut change = self.change().await?;
        // Who agrees at the same moment comes after and sees this.
        let is_the_same: Option<i64> = sqlx::query_scalar(
            "SELECT key FROM scenario WHERE key = $1 AND version = $2 AND visibility = $3 AND state = 'approved' FOR UPDATE",
        )
        .bind(scenario.key)
        .bind(scenario.version)
        .bind(&scenario.visibility)
        .fetch_optional(&mut *change)
        .await?;
        if is_the_same.is_none() {
            return Ok(None);
        }
        let added = sqlx::query(
            "INSERT INTO scenario_agreement (scenario, organization, agreed_by) SELECT $1, unnest($2::text[]), $3
             ON CONFLICT DO NOTHING",
        )
        .bind(scenario.key)
        .bind(organizations)
        .bind(by)
        .execute(&mut *change)
        .await?;
        let agreed: Vec<String> = sqlx::query_scalar(
            "SELECT organization::text FROM scenario_agreement WHERE scenario = $1 ORDER BY 1",
        )
        .bind(scenario.key)
        .fetch_all(&mut *change)
        .await?;
        if added.rows_affected() > 0 {
            let details = json!({ "organizations": organizations, "version": scenario.version });
            let what = What::of("scenario.agreed", format!("/scenarios/{}", scenario.id)).with(details);
            change.commit(what).await?;
        }
        Ok(Some(agreed))
    }

    /// The revisions of a scenario, newest first.
    pub async fn scenario_revisions(&self, scenario: &Scenario) -> Result<Vec<ScenarioRevision>, StoreError> {
        let rows = sqlx::query_as(
            "SELECT number, version, hash, reason, comment, is_public, utc_text(made) AS made, made_by
             FROM scenario_revision WHERE scenario = $1 ORDER BY number DESC",
        )
        .bind(scenario.key)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows)
    }
}

async fn insert(connection: &mut PgConnection, new: &NewScenario, by: &str) -> Result<(), StoreError> {
    let key: i64 = sqlx::query_scalar(
        "INSERT INTO scenario (id, project, parent, title, description, tags, visibility, created_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING key",
    )
    .bind(&new.id)
    .bind(new.project)
    .bind(new.parent.map(|(key, _)| key))
    .bind(&new.title)
    .bind(&new.description)
    .bind(&new.tags)
    .bind(&new.visibility)
    .bind(by)
    .fetch_one(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT INTO scenario_base (scenario, version_from, revisions, parent_version) VALUES ($1, 1, $2, $3)",
    )
    .bind(key)
    .bind(Json(&new.revisions))
    .bind(new.parent.map(|(_, version)| version))
    .execute(connection)
    .await?;
    Ok(())
}

async fn delete(connection: &mut PgConnection, scenario: i64) -> Result<(), StoreError> {
    for table in [
        "WITH gone AS MATERIALIZED (
            SELECT collection + 1000000000 AS collection, planned AS id FROM effect WHERE scenario = $1
            UNION SELECT collection + 1000000000, unnest(made_rows) FROM operation WHERE scenario = $1
         ) DELETE FROM object_geometry AS g USING gone WHERE g.collection = gone.collection AND g.root = gone.id",
        "WITH gone AS MATERIALIZED (
            SELECT collection + 1000000000 AS collection, planned AS id FROM effect WHERE scenario = $1
            UNION SELECT collection + 1000000000, unnest(made_rows) FROM operation WHERE scenario = $1
         ) DELETE FROM city_object AS o USING gone WHERE o.collection = gone.collection AND o.root = gone.id",
        "DELETE FROM scenario WHERE key = $1",
    ] {
        sqlx::query(table).bind(scenario).execute(&mut *connection).await?;
    }
    Ok(())
}

/// What was agreed on is no longer what it was.
async fn forget_agreements(connection: &mut PgConnection, scenario: &Scenario) -> Result<(), StoreError> {
    let forget = sqlx::query("DELETE FROM scenario_agreement WHERE scenario = $1").bind(scenario.key);
    forget.execute(connection).await?;
    Ok(())
}

/// Nothing of it is shown to others any more, by its number neither.
async fn hide_revisions(connection: &mut PgConnection, scenario: &Scenario) -> Result<(), StoreError> {
    for statement in [
        "UPDATE scenario SET published_revision = NULL WHERE key = $1",
        "UPDATE scenario_revision SET is_public = false WHERE scenario = $1 AND is_public",
    ] {
        sqlx::query(statement).bind(scenario.key).execute(&mut *connection).await?;
    }
    Ok(())
}

async fn make_revision(
    connection: &mut PgConnection,
    scenario: &Scenario,
    transition: &Transition,
    (reason, hash, is_public): &(&'static str, [u8; 32], bool),
) -> Result<i32, StoreError> {
    let number: i32 = sqlx::query_scalar(
        "INSERT INTO scenario_revision (scenario, number, version, hash, reason, comment, is_public, made_by)
         SELECT $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5, $6, $7 FROM scenario_revision WHERE scenario = $1
         RETURNING number",
    )
    .bind(scenario.key)
    .bind(scenario.version)
    .bind(hash.as_slice())
    .bind(reason)
    .bind(&transition.comment)
    .bind(is_public)
    .bind(&transition.by)
    .fetch_one(&mut *connection)
    .await?;
    if *is_public {
        sqlx::query("UPDATE scenario SET published_revision = $2 WHERE key = $1")
            .bind(scenario.key)
            .bind(number)
            .execute(connection)
            .await?;
    }
    Ok(number)
}

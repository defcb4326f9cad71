//! What is looked at by itself, whether somebody asks or not.

use super::{Store, StoreError};

impl Store {
    /// Whether this night's look at all plans is still to be begun: true for one of all servers, from one o'clock UTC on.
    pub async fn begin_night(&self) -> Result<bool, StoreError> {
        let begun = sqlx::query(
            "UPDATE plan_watch SET night = (now() AT TIME ZONE 'UTC' - interval '1 hour')::date
             WHERE night < (now() AT TIME ZONE 'UTC' - interval '1 hour')::date",
        );
        Ok(begun.execute(&self.pool).await?.rows_affected() > 0)
    }

    /// Ids of the scenarios that somebody works on or shows, in the order of their making.
    pub async fn living_scenarios(&self) -> Result<Vec<String>, StoreError> {
        let living =
            "SELECT id FROM scenario WHERE state NOT IN ('archived', 'withdrawn', 'realized') ORDER BY key";
        Ok(sqlx::query_scalar(living).fetch_all(&self.pool).await?)
    }

    /// Tells those who have not answered a request that a week is left (`coordination.due`) or that the deadline is over
    /// (`coordination.overdue`), the sender too; each once.
    pub async fn remind_of_requests(&self) -> Result<u64, StoreError> {
        let told = sqlx::query(
            "WITH due AS (
                UPDATE coordination_addressee AS a SET reminded = CASE WHEN r.deadline <= now() THEN 2 ELSE 1 END
                FROM coordination_request AS r JOIN scenario AS s ON s.key = r.scenario JOIN project AS p ON p.key = s.project
                WHERE r.id = a.request AND r.closed IS NULL AND a.answered IS NULL AND a.reminded < CASE
                    WHEN r.deadline <= now() THEN 2 WHEN r.deadline <= now() + interval '7 days' THEN 1 ELSE 0 END
                RETURNING a.organization, a.reminded, r.id, r.sender, r.kind, r.deadline, s.id AS scenario, p.id AS project
             ), told AS (
                SELECT organization, CASE reminded WHEN 2 THEN 'coordination.overdue' ELSE 'coordination.due' END AS name,
                    project, scenario, jsonb_build_object('request', id, 'from', sender, 'kind', kind,
                        'deadline', utc_text(deadline)) AS subject
                FROM due
                UNION ALL
                SELECT sender, 'coordination.overdue', project, scenario, jsonb_build_object('request', id, 'from', sender,
                    'kind', kind, 'deadline', utc_text(deadline), 'unanswered', jsonb_agg(organization ORDER BY organization))
                FROM due WHERE reminded = 2 GROUP BY sender, project, scenario, id, kind, deadline
             )
             INSERT INTO notification (organization, kind, project, scenario, subject)
             SELECT organization, name, project, scenario, subject FROM told ORDER BY organization, name",
        );
        Ok(told.execute(&self.pool).await?.rows_affected())
    }
}

//! On whose behalf a store writes: the one way in which anything is changed, and noted with it.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use sqlx::{Connection, PgConnection, Postgres, Transaction};

use super::audit::{Actor, AuditEvent, note_audit};
use super::{Store, StoreError};

/// Who a store and its clones write for.
#[derive(Debug)]
pub(super) struct Acting {
    pub by: Actor,
    request: Option<Request>,
}

/// A request is noted once, with the first that it changes.
#[derive(Debug)]
struct Request {
    object: String,
    organization: Option<String>,
    noted: AtomicBool,
}

impl Acting {
    pub fn command() -> Arc<Acting> {
        Arc::new(Acting { by: Actor::command(), request: None })
    }
}

/// What was changed, as whoever changes it knows it.
#[derive(Debug)]
pub(super) struct What {
    /// Such as `organization.changed`.
    action: &'static str,
    /// Path in the API, or a name; the path of the request where there is one.
    object: String,
    organization: Option<String>,
    details: Value,
}

impl What {
    pub fn of(action: &'static str, object: impl Into<String>) -> What {
        What { action, object: object.into(), organization: None, details: Value::Null }
    }

    /// Whose admins may read of it, where that is not whom the request is about.
    pub fn within(self, organization: Option<&str>) -> What {
        What { organization: organization.map(str::to_owned), ..self }
    }

    /// What else there is to know; no secrets.
    pub fn with(self, details: Value) -> What {
        What { details, ..self }
    }
}

/// A transaction that changes something for somebody. It ends with `commit`, which says what; dropped, it changed nothing.
#[must_use = "a change that is not committed is none"]
pub(super) struct Change<'c> {
    transaction: Transaction<'c, Postgres>,
    acting: Arc<Acting>,
}

impl Deref for Change<'_> {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.transaction
    }
}

impl DerefMut for Change<'_> {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.transaction
    }
}

impl Change<'_> {
    /// Ends it, and notes it in the same transaction.
    pub async fn commit(mut self, what: What) -> Result<(), StoreError> {
        let request = self.acting.request.as_ref();
        if request.is_none_or(|request| !request.noted.load(Ordering::Acquire)) {
            let event = AuditEvent {
                by: self.acting.by.clone(),
                action: what.action.to_owned(),
                object: request.map_or(what.object, |request| request.object.clone()),
                organization: what
                    .organization
                    .or_else(|| request.and_then(|request| request.organization.clone())),
                details: what.details,
            };
            note_audit(&mut self.transaction, &event).await?;
        }
        self.transaction.commit().await?;
        if let Some(request) = request {
            request.noted.store(true, Ordering::Release);
        }
        Ok(())
    }

    /// Ends it where nothing has changed for anybody who reads: what was never published went, or all was as it is.
    pub async fn commit_unseen(self) -> Result<(), StoreError> {
        Ok(self.transaction.commit().await?)
    }
}

impl Store {
    /// The same store, writing for somebody else.
    pub fn acting_as(&self, by: Actor) -> Store {
        Store { acting: Arc::new(Acting { by, request: None }), ..self.clone() }
    }

    /// The same store, writing for a request to `object`; the admins of `organization` may read of it. Of all that the
    /// request changes, the first is noted.
    pub fn acting_for(&self, by: Actor, object: String, organization: Option<String>) -> Store {
        let request = Request { object, organization, noted: AtomicBool::new(false) };
        Store { acting: Arc::new(Acting { by, request: Some(request) }), ..self.clone() }
    }

    /// Begins a change.
    pub(super) async fn change(&self) -> Result<Change<'static>, StoreError> {
        Ok(Change { transaction: self.pool.begin().await?, acting: self.acting.clone() })
    }

    /// Begins a change on a connection that holds locks or temporary tables.
    pub(super) async fn change_on<'c>(
        &self,
        connection: &'c mut PgConnection,
    ) -> Result<Change<'c>, StoreError> {
        Ok(Change { transaction: connection.begin().await?, acting: self.acting.clone() })
    }
}

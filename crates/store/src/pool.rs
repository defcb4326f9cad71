//! Pools of connections: one for work that may take its time, one for requests, whose statements end with them.

use std::sync::Arc;
use std::time::Duration;

use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use tokio::sync::Semaphore;

use super::Store;

/// Connections of a pool.
const POOL_SIZE: u32 = 8;
/// Until there is one.
const ACQUIRE: Duration = Duration::from_secs(5);
/// A connection that rested longer is tried before it is used.
const UNTRIED: Duration = Duration::from_secs(5);
/// A statement that nobody waits for any more may go on so long before its connection is closed: most end by themselves.
const LAST_MOMENT: Duration = Duration::from_millis(100);
/// The database looks once a second whether the other end of a connection is still there.
const UNNOTICED: Duration = Duration::from_millis(1200);

/// What holds for all connections, those outside pools too.
pub(super) fn with_settings(options: PgConnectOptions) -> PgConnectOptions {
    options.options([
        ("jit", "off"),
        // Starting workers costs more than any request: PostGIS' functions are reckoned dear.
        ("max_parallel_workers_per_gather", "0"),
        ("timezone", "UTC"),
        // A statement whose client has gone ends within a second.
        ("client_connection_check_interval", "1s"),
    ])
}

/// How a pool lends its connections and takes them back.
pub(super) fn pool_options() -> PgPoolOptions {
    // Connections closed in the midst of a statement, as long as the database may still work on it: as many as the pool has.
    let leaving = Arc::new(Semaphore::new(POOL_SIZE as usize));
    PgPoolOptions::new()
        .max_connections(POOL_SIZE)
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false)
        .before_acquire(|connection, used| {
            Box::pin(async move {
                if used.idle_for > UNTRIED {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .after_release(move |connection, _| {
            let leaving = leaving.clone();
            Box::pin(async move {
                // Answers at once where no statement is under way.
                if let Ok(ended) = tokio::time::timeout(LAST_MOMENT, connection.flush()).await {
                    return Ok(ended.is_ok());
                }
                tokio::select! {
                    ended = connection.flush() => Ok(ended.is_ok()),
                    permit = leaving.acquire_owned() => {
                        tokio::spawn(async move {
                            tokio::time::sleep(UNNOTICED).await;
                            drop(permit);
                        });
                        Ok(false)
                    }
                }
            })
        })
}

impl Store {
    /// The same store for requests: on connections of their own, so that many of them leave some to other work, and none
    /// of their statements takes longer than this.
    pub fn for_requests(&self, longest: Duration) -> Store {
        let longest = longest.as_millis().to_string();
        let options = self.options.clone().options([("statement_timeout", longest)]);
        Store { pool: pool_options().connect_lazy_with(options), ..self.clone() }
    }

    /// The same store for work that no request waits for, or that must come to its end.
    pub fn unhurried(&self) -> Store {
        Store { pool: self.unhurried.clone(), ..self.clone() }
    }

    /// Closes all connections, waiting for statements under way.
    pub async fn close(&self) {
        self.pool.close().await;
        self.unhurried.close().await;
    }
}

/// Opens the pool that has no bounds on time.
pub(super) async fn open(options: &PgConnectOptions) -> Result<PgPool, sqlx::Error> {
    pool_options().connect_with(options.clone()).await
}

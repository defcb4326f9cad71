//! A fresh database for each test: a clone of a migrated template, on `DATABASE_URL` or on an embedded cluster.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::str::FromStr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection};
use stadtwin::store::{Embedded, EmbeddedError, Store};
use tokio::sync::OnceCell;

/// One test's database; removed when dropped by `close`, or by the next run's server start.
pub struct Database {
    pub store: Store,
    pub url: String,
    name: String,
}

impl Database {
    pub async fn close(self) {
        self.store.close().await;
        let mut server = connect(server_url()).await;
        server
            .execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)))
            .await
            .unwrap();
    }
}

/// A store over a fresh, migrated database.
pub async fn database() -> Database {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let template = template().await;
    let name = format!("stadtwin_test_{}_{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
    let mut server = connect(server_url()).await;
    clone(&mut server, &name, template).await;
    let url = with_database(server_url(), &name);
    Database { store: Store::connect(&url).await.unwrap(), url, name }
}

/// Migrated once a run.
async fn template() -> &'static str {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    TEMPLATE
        .get_or_init(|| async {
            let name = format!("stadtwin_template_{}", std::process::id());
            let mut server = connect(server_url()).await;
            drop_leftovers(&mut server).await;
            server.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
            let store = Store::connect(&with_database(server_url(), &name)).await.unwrap();
            store.close().await;
            name
        })
        .await
}

/// Databases of runs whose process is gone.
async fn drop_leftovers(server: &mut PgConnection) {
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT datname::text FROM pg_database WHERE datname ~ '^stadtwin_(test|template)_'",
    )
    .fetch_all(&mut *server)
    .await
    .unwrap();
    for name in names {
        let process = name.split('_').nth(2).unwrap_or_default();
        if !PathBuf::from(format!("/proc/{process}")).exists() {
            let _ =
                server.execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))).await;
        }
    }
}

/// A template can be cloned by one at a time, and only while nobody is connected to it.
async fn clone(server: &mut PgConnection, name: &str, template: &str) {
    static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let _turn = ONE_AT_A_TIME.lock().await;
    for _ in 0..100 {
        match server.execute(AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE {template}"))).await {
            Ok(_) => return,
            Err(error) if error.to_string().contains("being accessed") => tokio::task::yield_now().await,
            Err(error) => panic!("cannot clone the template: {error}"),
        }
    }
    panic!("the template stayed in use");
}

async fn connect(url: &str) -> PgConnection {
    let options = PgConnectOptions::from_str(url).unwrap().disable_statement_logging();
    PgConnection::connect_with(&options).await.unwrap_or_else(|error| {
        panic!("no database at DATABASE_URL ({error}): unset it and the tests start their own")
    })
}

fn with_database(url: &str, name: &str) -> String {
    let (head, query) = url.split_once('?').map_or((url, ""), |(head, query)| (head, query));
    let start = head.rfind('/').unwrap();
    format!("{}/{name}?{query}", &head[..start])
}

/// `DATABASE_URL`, else an embedded cluster kept between runs and stopped when this process ends.
fn server_url() -> &'static str {
    static URL: OnceLock<String> = OnceLock::new();
    URL.get_or_init(|| std::env::var("DATABASE_URL").unwrap_or_else(|_| embedded_url()))
}

fn embedded_url() -> String {
    let near = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("database");
    // Started by root, the server runs as another account, which may not reach the sources.
    let (folder, embedded) = match Embedded::start(&near) {
        Err(EmbeddedError::Untraversable { .. }) => {
            let away = std::env::temp_dir().join("stadtwin-test-database");
            let embedded = Embedded::start(&away).unwrap();
            (away, embedded)
        }
        other => (near, other.unwrap()),
    };
    let url = embedded.url().to_owned();
    stop_with_us(&folder.join("postgres"));
    // Statics are not dropped at the end of a process: the child above takes care.
    std::mem::forget(embedded);
    url
}

/// A child that reads from us until we are gone, whatever the reason, and stops the server if no other run uses it.
fn stop_with_us(folder: &std::path::Path) {
    let script = "cat >/dev/null; cd \"$0\" || exit; exec flock -w 5 users.lock kill -INT $(head -1 data/postmaster.pid)";
    let child = Command::new("sh")
        .args(["-c", script])
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    // The pipe stays open as long as this process.
    std::mem::forget(child.unwrap());
}

//! Workers that die.

use std::process::{Child, Command, Stdio};

use serde_json::json;

use super::server::{JSON, Server, city};

pub fn spawn_worker(server: &Server) -> Child {
    Command::new(env!("CARGO_BIN_EXE_stadtwin"))
        .args(["--database-url", &server.database.url, "worker", "--lease", "3", "--retry-pause", "0.1"])
        .args(["--data-dir", &server.folder.path().display().to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_survives_the_death_of_its_worker() {
    const BUILDINGS: u64 = 3_000;
    let server = Server::start().await;
    let token = server.token("write", None).await;
    std::fs::write(server.folder.path().join("deliveries/a.gml"), city(BUILDINGS)).unwrap();
    let order = json!({ "href": "a.gml" }).to_string();
    let imports = "/collections/buildings/imports";
    let answer = server.post(imports, &token, &[JSON], order.as_bytes()).await;
    let location = answer.header("location").to_owned();
    let mut child = spawn_worker(&server);
    while server.get(&location).await.json()["status"] == "accepted" {
        tokio::task::yield_now().await;
    }
    // In the middle: rows are being written.
    while row_count(&server.database.url).await == 0 {
        assert_eq!(server.get(&location).await.json()["status"], "running");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(server.feature_count("buildings").await, 0, "nothing partial is seen");
    assert_eq!(server.get(&location).await.json()["status"], "running", "nobody knows yet");

    let mut child = spawn_worker(&server);
    let job = server.ended(&location).await;
    assert_eq!((&job["status"], &job["attempts"]), (&json!("successful"), &json!(2)), "{job}");
    assert!(job["log"].to_string().contains("its worker died, attempt 1 of 3"), "{job}");
    assert_eq!(job["report"]["inserted"], BUILDINGS);
    assert_eq!(server.feature_count("buildings").await, BUILDINGS);
    child.kill().unwrap();
    child.wait().unwrap();
    server.database.close().await;
}

async fn row_count(url: &str) -> i64 {
    let mut connection = <sqlx::PgConnection as sqlx::Connection>::connect(url).await.unwrap();
    // Rows of an open transaction are not counted, its growth is.
    sqlx::query_scalar(
        "SELECT coalesce(sum(pg_relation_size(c.oid)), 0)::bigint FROM pg_class AS c
         WHERE c.relname LIKE 'object\\_geometry\\_%' AND c.relkind = 'r'",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap()
}

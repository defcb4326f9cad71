//! A server that takes uploads, its workers and its clients.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use stadtwin::access::issue_token;
use stadtwin::api::{AppState, serve};
use stadtwin::crs::HeightModel;
use stadtwin::jobs::{Lease, Quota, Spool, Supply, Worker};
use stadtwin::sample::write_city;
use stadtwin::store::NewToken;

use crate::http::{Answer, send};
use crate::support::database::{Database, database};

/// A server that takes uploads, and a folder of its own.
pub struct Server {
    pub address: String,
    pub database: Database,
    pub folder: tempfile::TempDir,
    pub spool: Arc<Spool>,
    pub supply: Arc<Supply>,
    /// A token of scope read.
    reader: String,
}

impl Server {
    pub async fn start() -> Server {
        Server::with(Supply::default()).await
    }

    pub async fn with(supply: Supply) -> Server {
        Server::with_bounds(supply, 4_000_000).await
    }

    /// Takes uploads of up to so many bytes.
    pub async fn with_limit(upload_limit_bytes: u64) -> Server {
        Server::with_bounds(Supply::default(), upload_limit_bytes).await
    }

    async fn with_bounds(supply: Supply, upload_limit_bytes: u64) -> Server {
        let supply = Arc::new(supply);
        let database = database().await;
        let folder = tempfile::tempdir().unwrap();
        let spool = Arc::new(Spool::open(&folder.path().join("spool")).unwrap());
        std::fs::create_dir(folder.path().join("deliveries")).unwrap();
        let state = AppState {
            spool: Some(spool.clone()),
            supply: supply.clone(),
            upload_limit_bytes,
            upload_quota: Quota { bytes: upload_limit_bytes / 2 * 5, count: 4 },
            import_folders: vec![folder.path().join("deliveries")],
            geoid_constant_m: Some(45.5),
            ..AppState::new(database.store.clone(), HeightModel::Constant(45.5))
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(serve(state, listener, std::future::pending()));
        let mut server = Server { address, database, folder, spool, supply, reader: String::new() };
        server.reader = server.token("read", None).await;
        server
    }

    pub fn work(&self) -> tokio::task::JoinHandle<()> {
        let (store, spool) = (self.database.store.clone(), Some(self.spool.clone()));
        let worker = Worker { store, spool, supply: self.supply.clone(), lease: Lease::default() };
        tokio::spawn(async move { worker.run(std::future::pending()).await })
    }

    pub async fn token(&self, scope: &str, expires_in_s: Option<i64>) -> String {
        let issued = issue_token().unwrap();
        let scopes = vec![scope.to_owned()];
        let (prefix, hash) = (issued.prefix, issued.hash);
        let token =
            NewToken { prefix, hash, name: "test".into(), scopes, memberships: Vec::new(), expires_in_s };
        self.database.store.add_token(&token).await.unwrap();
        issued.text
    }

    pub async fn get(&self, target: &str) -> Answer {
        send(&self.address, "GET", target, &[], b"").await
    }

    /// A job with all that there is to know of it.
    pub async fn job(&self, location: &str) -> Answer {
        self.send("GET", location, &self.reader, &[], b"").await
    }

    pub async fn post(&self, target: &str, token: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.send("POST", target, token, headers, body).await
    }

    pub async fn send(
        &self,
        method: &str,
        target: &str,
        token: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let bearer = format!("Bearer {token}");
        let mut all = vec![("authorization", bearer.as_str())];
        all.extend_from_slice(headers);
        send(&self.address, method, target, &all, body).await
    }

    /// The job once it has ended.
    pub async fn ended(&self, location: &str) -> Value {
        let deadline = Instant::now() + Duration::from_secs(120);
        loop {
            let job = self.job(location).await.json();
            if !["accepted", "running"].contains(&job["status"].as_str().unwrap()) {
                return job;
            }
            assert!(Instant::now() < deadline, "{job}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub async fn feature_count(&self, collection: &str) -> Value {
        let items = self.get(&format!("/collections/{collection}/items?limit=1&f=json")).await;
        if items.status == 404 { 0.into() } else { items.json()["numberMatched"].clone() }
    }
}

pub fn city(count: u64) -> Vec<u8> {
    let mut text = Vec::new();
    write_city(&mut text, count, 7).unwrap();
    text
}

pub const FORM: (&str, &str) = ("content-type", "multipart/form-data; boundary=XX");
pub const JSON: (&str, &str) = ("content-type", "application/json");

pub fn form(fields: &[(&str, &str)], file_name: &str, file: &[u8]) -> Vec<u8> {
    form_of(fields, &[(file_name, file)])
}

pub fn form_of(fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    for (file_name, file) in files {
        let disposition = format!("form-data; name=\"file\"; filename=\"{file_name}\"");
        body.extend_from_slice(format!("--XX\r\nContent-Disposition: {disposition}\r\n\r\n").as_bytes());
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--XX--\r\n");
    body
}

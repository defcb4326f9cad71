//! Imports as jobs: tokens, uploads, the queue and its workers, over HTTP against a real server and database.

use std::collections::HashMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stadtwin::access::issue_token;
use stadtwin::api::{AppState, serve};
use stadtwin::crs::HeightModel;
use stadtwin::jobs::{Import, Lease, Mode, Spool, Watch, Worker};
use stadtwin::sample::write_city;
use stadtwin::store::{JobState, NewJob, NewToken, Store};

use crate::http::{Answer, send};
use crate::support::database::{Database, database};

/// A server that takes uploads, and a folder of its own.
pub struct Server {
    pub address: String,
    pub database: Database,
    folder: tempfile::TempDir,
    spool: Arc<Spool>,
}

impl Server {
    pub async fn start() -> Server {
        Server::with_limit(4_000_000).await
    }

    /// Takes uploads of up to so many bytes.
    pub async fn with_limit(upload_limit_bytes: u64) -> Server {
        let database = database().await;
        let folder = tempfile::tempdir().unwrap();
        let spool = Arc::new(Spool::open(&folder.path().join("spool")).unwrap());
        std::fs::create_dir(folder.path().join("deliveries")).unwrap();
        let state = AppState {
            spool: Some(spool.clone()),
            upload_limit_bytes,
            import_folders: vec![folder.path().join("deliveries")],
            geoid_constant_m: Some(45.5),
            ..AppState::new(database.store.clone(), HeightModel::Constant(45.5))
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(serve(state, listener, std::future::pending()));
        Server { address, database, folder, spool }
    }

    fn work(&self) -> tokio::task::JoinHandle<()> {
        let (store, spool) = (self.database.store.clone(), Some(self.spool.clone()));
        let worker = Worker { store, spool, lease: Lease::default() };
        tokio::spawn(async move { worker.run(std::future::pending()).await })
    }

    pub async fn token(&self, scope: &str, expires_in_s: Option<i64>) -> String {
        let issued = issue_token().unwrap();
        let scopes = vec![scope.to_owned()];
        let (prefix, hash) = (issued.prefix, issued.hash);
        let token = NewToken { prefix, hash, name: "test".into(), scopes, expires_in_s };
        self.database.store.add_token(&token).await.unwrap();
        issued.text
    }

    pub async fn get(&self, target: &str) -> Answer {
        send(&self.address, "GET", target, &[], b"").await
    }

    pub async fn post(&self, target: &str, token: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.send("POST", target, token, headers, body).await
    }

    async fn send(
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
            let job = self.get(location).await.json();
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

fn city(count: u64) -> Vec<u8> {
    let mut text = Vec::new();
    write_city(&mut text, count, 7).unwrap();
    text
}

pub const FORM: (&str, &str) = ("content-type", "multipart/form-data; boundary=XX");
const JSON: (&str, &str) = ("content-type", "application/json");

pub fn form(fields: &[(&str, &str)], file_name: &str, file: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let head =
        format!("--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{file_name}\"\r\n\r\n");
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--XX--\r\n");
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_becomes_a_job_and_the_job_a_collection() {
    let server = Server::start().await;
    let token = server.token("import:buildings", None).await;
    let _worker = server.work();
    let fields = [("mode", "replace"), ("title", "Gebäude"), ("priority", "5")];
    let body = form(&fields, "../../etc/week 12.gml", &city(25));
    let answer = server.post("/collections/buildings/imports", &token, &[FORM], &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let location = answer.header("location").to_owned();
    let job = server.ended(&location).await;
    assert_eq!(job["status"], "successful", "{job}");
    // The name is its owner's; no path of the server shows.
    assert_eq!(job["report"]["files"][0]["file"], "week 12.gml", "{job}");
    assert!(!job.to_string().contains(&server.folder.path().display().to_string()), "{job}");
    assert_eq!((&job["report"]["inserted"], &job["progress"]), (&json!(25), &json!(100)));
    assert!(job["log"].as_array().unwrap().iter().any(|entry| entry["message"] == "week 12.gml"), "{job}");
    assert_eq!(server.feature_count("buildings").await, 25);
    let collection = server.get("/collections/buildings?f=json").await.json();
    assert_eq!(collection["title"], "Gebäude");
    // Nothing stays in the spool but its mark.
    assert_eq!(std::fs::read_dir(server.folder.path().join("spool")).unwrap().count(), 1);

    let jobs = server.get("/collections/buildings/imports?f=json").await.json();
    assert_eq!(jobs["jobs"].as_array().unwrap().len(), 1);
    assert_eq!(jobs["jobs"][0]["links"][0]["href"], format!("{location}?f=json"));
    let page = server.get(&format!("{location}?f=html&lang=de")).await;
    assert!(page.text().contains("Protokoll") && page.text().contains("week 12.gml"), "{}", page.text());

    // A file that lies on the server, only tried.
    std::fs::write(server.folder.path().join("deliveries/a.gml"), city(30)).unwrap();
    let order = json!({ "href": "a.gml", "dryRun": true }).to_string();
    let answer = server.post("/collections/buildings/imports", &token, &[JSON], order.as_bytes()).await;
    let job = server.ended(answer.header("location")).await;
    assert_eq!(job["report"]["inserted"], 5, "{job}");
    assert_eq!(server.feature_count("buildings").await, 25);
    let broken = server.post("/collections/buildings/imports", &token, &[FORM], &form(&[], "x", b"no")).await;
    let job = server.ended(broken.header("location")).await;
    assert_eq!(server.feature_count("buildings").await, 25, "{job}");
    server.database.close().await;
}

/// Scope, lifetime [s], whether it is revoked, method, target, status, what the detail says.
#[tokio::test(flavor = "multi_thread")]
async fn writing_needs_a_token_that_allows_it() {
    let server = Server::start().await;
    let imports = "/collections/buildings/imports";
    let body = form(&[], "a.gml", &city(2));
    for token in ["", "stw_0", &format!("stw_{}_{}", "0".repeat(12), "0".repeat(64))] {
        let answer = match token {
            "" => send(&server.address, "POST", imports, &[FORM], &body).await,
            token => server.post(imports, token, &[FORM], &body).await,
        };
        assert_eq!((answer.status, answer.header("content-type")), (401, "application/problem+json"));
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("stadtwin token create"), "{detail}");
    }
    let mut right = server.token("import:buildings", Some(3_600)).await;
    for (token, status) in [
        (server.token("read", None).await, 403),
        (server.token("import:trees", None).await, 403),
        (server.token("write", Some(0)).await, 401),
        (right.clone(), 201),
        (server.token("write", None).await, 201),
    ] {
        let answer = server.post(imports, &token, &[FORM], &body).await;
        assert_eq!(answer.status, status, "{}", answer.text());
    }
    let kept = server.database.store.tokens().await.unwrap();
    let prefix = right[4..16].to_owned();
    let used = kept.iter().find(|token| token.prefix == prefix).unwrap();
    assert!(used.last_used.is_some() && used.holds);
    // Another secret under a known prefix.
    let last = if right.ends_with('0') { "1" } else { "0" };
    let wrong = format!("{}{last}", &right[..right.len() - 1]);
    assert_eq!(server.post(imports, &wrong, &[FORM], &body).await.status, 401);
    assert!(server.database.store.revoke_token(&prefix).await.unwrap());
    assert_eq!(server.post(imports, &right, &[FORM], &body).await.status, 401);
    right.clear();

    let token = server.token("write", None).await;
    let large = vec![b' '; 4_100_000];
    type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], Vec<u8>, u16, &'a str);
    let cases: [Case; 9] = [
        ("POST", "/collections/B%C3%A4ume/imports", &[FORM], body.clone(), 400, "no name for a collection"),
        ("POST", imports, &[("content-type", "text/plain")], body.clone(), 415, "multipart/form-data"),
        ("POST", imports, &[FORM], form(&[("mode", "destroy")], "a", b""), 400, "update, append, replace"),
        ("POST", imports, &[FORM], form(&[("crs", "nonsense")], "a", b""), 400, "nonsense"),
        ("POST", imports, &[FORM], form(&[], "a", &large), 413, "4000000 bytes"),
        ("POST", imports, &[JSON], br#"{"href":"../spool/place"}"#.to_vec(), 400, "--import-folder"),
        ("POST", imports, &[JSON], br#"{"href":"http://127.0.0.1/"}"#.to_vec(), 400, "over the network"),
        ("POST", imports, &[JSON], br#"{"path":"/etc/passwd"}"#.to_vec(), 400, "unknown field `path`"),
        ("DELETE", "/jobs/4711", &[], Vec::new(), 404, "no job `4711`"),
    ];
    for (method, target, headers, body, status, part) in cases {
        let answer = server.send(method, target, &token, headers, &body).await;
        assert_eq!(answer.status, status, "{target}: {}", answer.text());
        assert!(answer.json()["detail"].as_str().unwrap().contains(part), "{}", answer.text());
    }
    // Two jobs were queued above, each with one upload; whatever was refused left nothing.
    assert_eq!(std::fs::read_dir(server.folder.path().join("spool")).unwrap().count(), 3);
    server.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_comes_in_pieces_and_goes_on_where_it_broke_off() {
    let server = Server::start().await;
    let token = server.token("import:buildings", None).await;
    let _worker = server.work();
    let uploads = "/collections/buildings/uploads";
    let file = city(12);
    let length = file.len().to_string();
    let offer = server.get(uploads).await;
    assert_eq!((offer.header("tus-version"), &offer.json()["maximumBytes"]), ("1.0.0", &json!(4_000_000)));
    // "woche.gml"
    let announced = [("upload-length", length.as_str()), ("upload-metadata", "filename d29jaGUuZ21s")];
    let answer = server.post(uploads, &token, &announced, b"").await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let upload = answer.header("location").to_owned();
    let id = upload.rsplit('/').next().unwrap().to_owned();
    let order = json!({ "upload": id }).to_string();
    let piece = async |offset: usize, bytes: &[u8], version: &str| {
        let offset = offset.to_string();
        let headers = [
            ("content-type", "application/offset+octet-stream"),
            ("upload-offset", offset.as_str()),
            ("tus-resumable", version),
        ];
        server.send("PATCH", &upload, &token, &headers, bytes).await
    };
    assert_eq!(piece(0, &file[..1_000], "0.2.2").await.status, 412);
    let answer = piece(0, &file[..1_000], "1.0.0").await;
    assert_eq!((answer.status, answer.header("upload-offset")), (204, "1000"));
    assert_eq!(piece(0, &file[..1_000], "1.0.0").await.status, 409, "so many have come already");
    let early = server.post("/collections/buildings/imports", &token, &[JSON], order.as_bytes()).await;
    assert!(early.status == 409 && early.text().contains("1000 of"), "{}", early.text());
    // A line that breaks: 5,000 bytes promised, 500 sent.
    let head = format!(
        "PATCH {uploads}/{id} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nupload-offset: 1000\r\n\
         content-type: application/offset+octet-stream\r\ncontent-length: 5000\r\n\r\n"
    );
    let mut stream = tokio::net::TcpStream::connect(&server.address).await.unwrap();
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(&file[1_000..1_500]);
    tokio::io::AsyncWriteExt::write_all(&mut stream, &bytes).await.unwrap();
    let offset = async || {
        let answer = send(&server.address, "HEAD", &upload, &[], b"").await;
        assert_eq!((answer.status, answer.header("upload-length")), (200, length.as_str()));
        answer.header("upload-offset").parse::<usize>().unwrap()
    };
    while offset().await < 1_500 {
        tokio::task::yield_now().await;
    }
    drop(stream);
    // As soon as the server has noticed, the rest is taken.
    let mut answer = piece(1_500, &file[1_500..], "1.0.0").await;
    while answer.status == 409 {
        answer = piece(1_500, &file[1_500..], "1.0.0").await;
    }
    assert_eq!((answer.status, answer.header("upload-offset")), (204, length.as_str()));
    assert_eq!(piece(file.len(), b"x", "1.0.0").await.status, 413);
    let answer = server.post("/collections/buildings/imports", &token, &[JSON], order.as_bytes()).await;
    let job = server.ended(answer.header("location")).await;
    assert_eq!(job["report"]["files"][0]["file"], "woche.gml", "{job}");
    assert_eq!(server.feature_count("buildings").await, 12);
    let gone = server.get(&upload).await;
    assert_eq!(gone.status, 404);
    let large = server.post(uploads, &token, &[("upload-length", "4000001")], b"").await;
    assert_eq!(large.status, 413);
    server.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_cancelled_whether_they_wait_or_run() {
    let server = Server::start().await;
    let token = server.token("import:buildings", None).await;
    let imports = "/collections/buildings/imports";
    std::fs::write(server.folder.path().join("deliveries/a.gml"), city(4_000)).unwrap();
    let order = json!({ "href": "a.gml" }).to_string();
    let start = async || {
        let answer = server.post(imports, &token, &[JSON], order.as_bytes()).await;
        answer.header("location").to_owned()
    };
    let waiting = start().await;
    let other = server.token("import:trees", None).await;
    assert_eq!(server.send("DELETE", &waiting, &other, &[], b"").await.status, 403);
    let answer = server.send("DELETE", &waiting, &token, &[], b"").await;
    assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("dismissed")));
    assert_eq!(server.send("DELETE", &waiting, &token, &[], b"").await.status, 409);

    let running = start().await;
    let store = server.database.store.clone();
    let lease = Lease { silence_s: 0.6, pause_s: 0.0 };
    let worker = Worker { store, spool: Some(server.spool.clone()), lease };
    let worker = tokio::spawn(async move { worker.run(std::future::pending()).await });
    while server.get(&running).await.json()["status"] == "accepted" {
        tokio::task::yield_now().await;
    }
    let answer = server.send("DELETE", &running, &token, &[], b"").await;
    assert_eq!(answer.json()["status"], "dismissed", "{}", answer.text());
    // The worker hears of it and is free for the next job, of which nothing was there before.
    std::fs::write(server.folder.path().join("deliveries/a.gml"), city(3)).unwrap();
    let job = server.ended(&start().await).await;
    assert_eq!((&job["status"], &job["report"]["inserted"]), (&json!("successful"), &json!(3)), "{job}");
    assert_eq!(server.feature_count("buildings").await, 3);
    worker.abort();
    server.database.close().await;
}

pub fn spawn_worker(server: &Server) -> Child {
    Command::new(env!("CARGO_BIN_EXE_stadtwin"))
        .args(["--database-url", &server.database.url, "worker", "--lease", "1", "--retry-pause", "0.1"])
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

fn job(kind: &'static str, priority: i32, place: Option<&str>) -> NewJob {
    NewJob {
        kind,
        collection: None,
        parameters: json!({}),
        place: place.map(str::to_owned),
        priority,
        max_attempts: 2,
        created_by: "test".into(),
    }
}

/// A file is taken when it stands still, once, and again when its content changed: also by another watcher.
#[tokio::test(flavor = "multi_thread")]
async fn a_watched_folder_hands_each_content_over_once() {
    let server = Server::start().await;
    let _worker = server.work();
    let folder = server.folder.path().join("deliveries");
    let watch = Watch {
        store: server.database.store.clone(),
        folder: folder.clone(),
        import: Import {
            sources: Vec::new(),
            collection: "buildings".into(),
            title: None,
            crs: None,
            mode: Mode::Update,
            dry_run: false,
            geoid_constant_m: Some(45.5),
            jobs: 0,
            ..Import::default()
        },
        place: Some(server.spool.place().to_owned()),
        pause: Duration::from_secs(1),
    };
    let file = folder.join("week.gml");
    std::fs::write(&file, city(3)).unwrap();
    std::fs::write(folder.join("week.gml.part"), city(9)).unwrap();
    std::fs::write(folder.join("read.me"), "no city").unwrap();
    let mut seen = HashMap::new();
    for (content, count) in [(None, 3), (Some(city(5)), 5)] {
        if let Some(content) = content {
            std::fs::write(&file, content).unwrap();
        }
        assert_eq!(watch.look(&mut seen).await.unwrap(), Vec::<i64>::new(), "it may still grow");
        let taken = watch.look(&mut seen).await.unwrap();
        assert_eq!(taken.len(), 1);
        let job = server.ended(&format!("/jobs/{}", taken[0])).await;
        assert_eq!(
            (&job["status"], &job["report"]["members"]),
            (&json!("successful"), &json!(count)),
            "{job}"
        );
        assert_eq!(watch.look(&mut seen).await.unwrap(), Vec::<i64>::new(), "once is enough");
    }
    assert_eq!(server.feature_count("buildings").await, 5);
    let mut anew = HashMap::new();
    for _ in 0..3 {
        assert_eq!(watch.look(&mut anew).await.unwrap(), Vec::<i64>::new(), "the store remembers");
    }
    server.database.close().await;
}

/// Priorities, places, postponement, and the last attempt.
#[tokio::test]
async fn the_queue_gives_each_job_to_one_worker() {
    let database = database().await;
    let store: &Store = &database.store;
    let low = store.add_job(&job("import", 0, None)).await.unwrap();
    let elsewhere = store.add_job(&job("import", 9, Some("there"))).await.unwrap();
    let high = store.add_job(&job("import", 1, None)).await.unwrap();
    let (a, b, c) =
        tokio::join!(store.claim_job(Some("here")), store.claim_job(None), store.claim_job(Some("here")));
    let mut claimed: Vec<_> =
        [a, b, c].into_iter().filter_map(|job| job.unwrap()).map(|job| job.id).collect();
    claimed.sort_unstable();
    assert_eq!(claimed, [low, high], "each once, and none whose files are elsewhere");
    assert_eq!(store.claim_job(Some("there")).await.unwrap().unwrap().id, elsewhere);

    // A worker that is silent, twice; one that lives.
    assert_eq!(store.revive_jobs(60.0, 0.0).await.unwrap(), 0);
    assert!(store.beat_job(high, 1, Some(40), "reading").await.unwrap());
    assert_eq!(store.revive_jobs(0.0, 0.0).await.unwrap(), 3);
    assert!(!store.beat_job(high, 1, None, "reading").await.unwrap(), "it was taken away");
    assert_eq!(store.claim_job(None).await.unwrap().map(|job| (job.id, job.attempts)), Some((high, 2)));
    assert_eq!(store.revive_jobs(0.0, 0.0).await.unwrap(), 1);
    let failed = store.job(high).await.unwrap().unwrap();
    assert_eq!((failed.state, failed.attempts), (JobState::Failed, 2));
    assert!(failed.message.ends_with("attempt 2 of 2: given up"), "{}", failed.message);

    // Busy is no attempt; later is later.
    let claimed = store.claim_job(None).await.unwrap().unwrap();
    assert_eq!((claimed.id, claimed.attempts), (low, 2));
    store.postpone_job(low, 2, "waits", 3_600.0, false).await.unwrap();
    let waiting = store.job(low).await.unwrap().unwrap();
    assert_eq!((waiting.state, waiting.attempts), (JobState::Queued, 1));
    assert_eq!(store.claim_job(None).await.unwrap(), None);
    assert!(store.dismiss_job(low).await.unwrap());
    assert!(!store.dismiss_job(low).await.unwrap());
    let page = store.jobs(None, None, 2).await.unwrap();
    assert_eq!(page.items.iter().map(|job| job.id).collect::<Vec<_>>(), [high, elsewhere]);
    let page = store.jobs(None, page.next, 2).await.unwrap();
    assert_eq!((page.items[0].id, page.next), (low, None));
    database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_makes_tokens_and_shows_jobs() {
    let database = database().await;
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_stadtwin"))
            .args(["--database-url", &database.url, "--geoid-constant", "45.5"])
            .args(arguments)
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.success(), text(output.stdout), text(output.stderr))
    };
    let (_, token, _) = run(&["token", "create", "--name", "Lieferant", "--scope", "import:buildings"]);
    assert!(token.starts_with("stw_") && token.trim().len() == 81, "{token}");
    let secret = token.trim().rsplit('_').next().unwrap();
    let (_, list, _) = run(&["token", "list"]);
    assert!(
        list.contains("Lieferant") && list.contains("import:buildings") && !list.contains(secret),
        "{list}"
    );
    assert!(run(&["token", "revoke", &token[4..16]]).0);
    let (again, _, told) = run(&["token", "revoke", &token[4..16]]);
    assert!(!again && told.contains("token list"), "{told}");
    assert!(!run(&["token", "create", "--name", "x", "--scope", "admin"]).0);

    let path = folder.path().join("a.gml");
    std::fs::write(&path, city(4)).unwrap();
    let import = |path: &Path| run(&["import", "--collection", "buildings", &path.display().to_string()]);
    assert!(import(&path).0);
    std::fs::write(&path, city(3)).unwrap();
    assert!(
        run(&["import", "--mode", "replace", "--collection", "buildings", &path.display().to_string()]).0
    );
    let (_, jobs, _) = run(&["jobs"]);
    assert_eq!(jobs.matches("\tsuccessful\timport\tbuildings\t").count(), 2, "{jobs}");
    let (_, revisions, _) = run(&["revisions", "--collection", "buildings"]);
    let numbers: Vec<&str> = revisions.lines().map(|line| line.split('\t').next().unwrap()).collect();
    let (done, told, _) = run(&["rollback", "--collection", "buildings", "--to", numbers[1]]);
    assert!(done && told.contains("1 objects came back, 0 went, 4 in all"), "{told}");
    let (_, revisions, _) = run(&["revisions", "--collection", "buildings"]);
    let first = revisions.lines().next().unwrap();
    assert!(first.ends_with(&format!("1 inserted\t0 ended\tas in {}\thead", numbers[1])), "{revisions}");
    database.close().await;
}

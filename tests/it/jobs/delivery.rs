//! Deliveries by Metalink: every file is verified, or none is imported.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::json;
use stadtwin::jobs::{Import, Supply, Watch, WatchedImport};

use super::remote::{Remote, Then, answer};
use super::server::{FORM, JSON, Server, city, form_of};
use crate::support::database::database;

/// What `sha256sum` says of the file.
fn sha256(path: &Path) -> String {
    let output = Command::new("sha256sum").arg(path).output().unwrap();
    String::from_utf8(output.stdout).unwrap().split(' ').next().unwrap().to_owned()
}

/// Each file as a Metalink names it: size and hash of what lies at the path, and addresses.
fn metalink(files: &[(&str, &Path, &[String])]) -> String {
    let file = |(name, path, urls): &(&str, &Path, &[String])| {
        let size = std::fs::metadata(path).unwrap().len();
        let urls: Vec<_> = urls
            .iter()
            .enumerate()
            .map(|(index, url)| format!("<url priority=\"{}\">{url}</url>", index + 1))
            .collect();
        format!(
            "<file name=\"{name}\"><size>{size}</size><hash type=\"sha-256\">{}</hash>{}</file>",
            sha256(path),
            urls.concat()
        )
    };
    let files: Vec<_> = files.iter().map(file).collect();
    format!(
        "<?xml version=\"1.0\"?><metalink xmlns=\"urn:ietf:params:xml:ns:metalink\">{}</metalink>",
        files.concat()
    )
}

/// Two files of 3 and 5 buildings, no two of which have the same id.
struct Delivery {
    folder: tempfile::TempDir,
}

impl Delivery {
    fn new() -> Delivery {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("b")).unwrap();
        std::fs::write(folder.path().join("a.gml"), city(3)).unwrap();
        let other = String::from_utf8(city(5)).unwrap().replace("DEXX_", "DEYY_");
        std::fs::write(folder.path().join("b/c.gml"), other).unwrap();
        let delivery = Delivery { folder };
        delivery.describe(&[], &[]);
        delivery
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn describe(&self, first: &[String], second: &[String]) {
        let files = [("a.gml", &*self.path("a.gml"), first), ("b/c.gml", &*self.path("b/c.gml"), second)];
        std::fs::write(self.path("week.meta4"), metalink(&files)).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_is_imported_whole_or_not_at_all() {
    let database = database().await;
    let delivery = Delivery::new();
    let import = |more: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_stadtwin"))
            .args([
                "--database-url",
                &database.url,
                "--geoid-constant",
                "45.5",
                "import",
                "--collection",
                "buildings",
            ])
            .arg(delivery.path("week.meta4"))
            .args(more)
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.success(), text(output.stdout), text(output.stderr))
    };
    // One byte of the second file is another one, its size is the same.
    let whole = std::fs::read(delivery.path("b/c.gml")).unwrap();
    let mut damaged = whole.clone();
    *damaged.last_mut().unwrap() ^= 1;
    std::fs::write(delivery.path("b/c.gml"), damaged).unwrap();
    let (done, _, told) = import(&[]);
    assert!(!done && told.contains("1 of 2 files") && told.contains("`b/c.gml`"), "{told}");
    assert!(told.contains("sha-256") && told.contains("nothing of it was imported"), "{told}");
    assert!(database.store.collection("buildings").await.unwrap().is_none());

    // The rest, when that is wanted: the objects of the missing file may be missing, so the exit code tells.
    let (done, report, _) = import(&["--partial-delivery", "--mode", "replace"]);
    assert!(
        !done && report.contains("delivery_file_refused") && report.contains("3 objects: 3 new"),
        "{report}"
    );

    // A mirror has it.
    let mirror = tempfile::tempdir().unwrap();
    std::fs::create_dir(mirror.path().join("b")).unwrap();
    std::fs::write(mirror.path().join("b/c.gml"), &whole).unwrap();
    let (done, report, told) = import(&["--mirror", &mirror.path().display().to_string()]);
    assert!(done && report.contains("8 objects: 5 new"), "{report} {told}");
    assert!(
        report.contains("b/c.gml: ") && !report.contains(&mirror.path().display().to_string()),
        "{report}"
    );

    std::fs::remove_file(delivery.path("b/c.gml")).unwrap();
    let (done, _, told) = import(&[]);
    assert!(!done && told.contains("it is not at hand"), "{told}");
    std::fs::write(delivery.path("week.meta4"), "<metalink/>").unwrap();
    let (done, _, told) = import(&[]);
    assert!(!done && told.contains("week.meta4") && told.contains("names no file"), "{told}");
    database.close().await;
}

/// The first address is not allowed, the second gives another file, the third is right.
#[tokio::test(flavor = "multi_thread")]
async fn missing_files_come_from_allowed_addresses_by_priority() {
    let delivery = Delivery::new();
    let (first, second) =
        (std::fs::read(delivery.path("a.gml")).unwrap(), std::fs::read(delivery.path("b/c.gml")).unwrap());
    let mut other = second.clone();
    other[10] ^= 1;
    let sent = first.clone();
    let remote = Remote::start(move |_, request| {
        let body = match request.split(' ').nth(1).unwrap() {
            "/data/a.gml" => &first,
            "/data/other.gml" => &other,
            _ => &second,
        };
        (answer("200 OK", "ETag: \"1\"\r\n", body), Then::Close)
    })
    .await;
    let at = |path: &str| format!("{}{path}", remote.url);
    delivery
        .describe(&[at("/data/a.gml")], &[at("/forbidden/c.gml"), at("/data/other.gml"), at("/data/c.gml")]);
    let metalink = std::fs::read(delivery.path("week.meta4")).unwrap();

    let server = Server::with(remote.supply()).await;
    let token = server.token("import:buildings", None).await;
    let _worker = server.work();
    let imports = "/collections/buildings/imports";
    // The first file comes with the Metalink, the second is fetched.
    let body = form_of(&[], &[("week.meta4", &metalink), ("a.gml", &sent)]);
    let answer = server.post(imports, &token, &[FORM], &body).await;
    let job = server.ended(answer.header("location")).await;
    assert_eq!((&job["status"], &job["report"]["members"]), (&json!("successful"), &json!(8)), "{job}");
    let files: Vec<_> =
        job["report"]["files"].as_array().unwrap().iter().map(|file| file["file"].clone()).collect();
    assert_eq!(files, [json!("a.gml"), json!("b/c.gml")], "{job}");
    let asked: Vec<String> =
        remote.asked().iter().map(|request| request.split(' ').nth(1).unwrap().to_owned()).collect();
    assert_eq!(asked, ["/data/other.gml", "/data/c.gml"]);

    // From a folder of the server, where the files lie beside it: nothing is fetched.
    for name in ["a.gml", "b/c.gml", "week.meta4"] {
        let to = server.folder.path().join("deliveries").join(name);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(delivery.path(name), to).unwrap();
    }
    let answer = server.post(imports, &token, &[JSON], br#"{"href":"week.meta4"}"#).await;
    let job = server.ended(answer.header("location")).await;
    assert_eq!((&job["status"], &job["report"]["members"]), (&json!("successful"), &json!(8)), "{job}");
    assert_eq!(remote.asked().len(), 2);

    // None of the addresses is right: nothing of the delivery is published.
    std::fs::write(server.folder.path().join("deliveries/a.gml"), city(9)).unwrap();
    delivery.describe(&[at("/data/other.gml")], &[]);
    let text = std::fs::read_to_string(delivery.path("week.meta4")).unwrap();
    std::fs::write(server.folder.path().join("deliveries/week.meta4"), text).unwrap();
    let before = server.feature_count("buildings").await;
    let answer = server.post(imports, &token, &[JSON], br#"{"href":"week.meta4"}"#).await;
    let job = server.ended(answer.header("location")).await;
    assert_eq!(job["status"], "failed", "{job}");
    let told = job["message"].as_str().unwrap();
    assert!(told.contains("`a.gml`: the copy at hand is another one"), "{told}");
    assert_eq!(server.feature_count("buildings").await, before);
    server.database.close().await;
}

/// The Metalink waits until its files stand still; they are not imported one by one.
#[tokio::test(flavor = "multi_thread")]
async fn a_watched_folder_waits_for_the_files_of_a_delivery() {
    let server = Server::start().await;
    let _worker = server.work();
    let delivery = Delivery::new();
    let folder = server.folder.path().join("deliveries");
    let watch = Watch {
        store: server.database.store.clone(),
        folder: folder.clone(),
        import: WatchedImport::City(Import {
            collection: "buildings".into(),
            geoid_constant_m: Some(45.5),
            ..Import::default()
        }),
        place: Some(server.spool.place().to_owned()),
        supply: Supply::default().into(),
        pause: Duration::from_secs(1),
    };
    let mut seen = HashMap::new();
    let mut look = async || watch.look(&mut seen).await.unwrap();
    std::fs::copy(delivery.path("week.meta4"), folder.join("week.meta4")).unwrap();
    std::fs::copy(delivery.path("a.gml"), folder.join("a.gml")).unwrap();
    for _ in 0..4 {
        assert_eq!(look().await, Vec::<i64>::new(), "the second file is missing");
    }
    std::fs::create_dir(folder.join("b")).unwrap();
    std::fs::copy(delivery.path("b/c.gml"), folder.join("b/c.gml")).unwrap();
    assert_eq!(look().await, Vec::<i64>::new(), "it may still grow");
    let jobs = look().await;
    assert_eq!(jobs.len(), 1);
    let job = server.ended(&format!("/jobs/{}", jobs[0])).await;
    assert_eq!((&job["status"], &job["report"]["members"]), (&json!("successful"), &json!(8)), "{job}");
    for _ in 0..3 {
        assert_eq!(look().await, Vec::<i64>::new(), "once is enough");
    }
    server.database.close().await;
}

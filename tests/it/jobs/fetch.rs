//! Files fetched from another server: allowed addresses alone, whatever that server does.

use std::path::Path;
use std::process::Command;

use serde_json::json;
use stadtwin::jobs::Fetch;

use super::remote::{Remote, Then, answer, head};
use super::server::{JSON, Server, city};
use crate::support::database::database;

const FILE: &[u8] = b"0123456789abcdefghij";

/// What came, or why nothing did.
async fn fetched(fetch: &Fetch, url: &str, to: &Path) -> Result<Vec<u8>, String> {
    fetch.fetch(url, to, None).await.map_err(|error| format!("{error:#}"))?;
    Ok(std::fs::read(to).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_off_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("file");
    // The first eight bytes, then the rest.
    let remote = Remote::start(|number, request| {
        let mut first = head("200 OK", "ETag: \"v1\"\r\nContent-Type: text/html\r\n", FILE.len());
        first.extend_from_slice(&FILE[..8]);
        match number {
            0 => (first, Then::Close),
            1 => (answer("503 Service Unavailable", "", b""), Then::Close),
            _ => {
                assert!(
                    request.contains("range: bytes=8-\r\n") && request.contains("if-range: \"v1\""),
                    "{request}"
                );
                (answer("206 Partial Content", "Content-Range: bytes 8-19/20\r\n", &FILE[8..]), Then::Close)
            }
        }
    })
    .await;
    let url = format!("{}/data/a.gml", remote.url);
    assert_eq!(fetched(&remote.fetch(), &url, &to).await.unwrap(), FILE);
    assert_eq!(remote.asked().len(), 3);

    // Meanwhile the file is another one; and a server that can only send all of it.
    for (headers, asks_for_rest) in [("ETag: \"v1\"\r\n", true), ("ETag: W/\"v1\"\r\n", false), ("", false)] {
        let remote = Remote::start(move |number, request| {
            let mut first = head("200 OK", headers, FILE.len());
            first.extend_from_slice(&FILE[..8]);
            assert_eq!(number > 0 && request.contains("range:"), number > 0 && asks_for_rest, "{request}");
            if number == 0 {
                (first, Then::Close)
            } else {
                (answer("200 OK", "", b"new content"), Then::Close)
            }
        })
        .await;
        let to = folder.path().join("other");
        let url = format!("{}/data/a.gml", remote.url);
        assert_eq!(fetched(&remote.fetch(), &url, &to).await.unwrap(), b"new content");
    }
}

/// A worker that dies leaves a part; the next one asks for the rest only.
#[tokio::test(flavor = "multi_thread")]
async fn another_attempt_goes_on_with_what_lies_there() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("file");
    let remote = Remote::start(|number, request| {
        let mut first = head("200 OK", "Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT\r\n", FILE.len());
        first.extend_from_slice(&FILE[..8]);
        match number {
            0 => (first, Then::Close),
            1..=4 => (answer("502 Bad Gateway", "", b""), Then::Close),
            _ => {
                assert!(request.contains("range: bytes=8-\r\n"), "{request}");
                (answer("206 Partial Content", "Content-Range: bytes 8-19/20\r\n", &FILE[8..]), Then::Close)
            }
        }
    })
    .await;
    let url = format!("{}/data/a.gml", remote.url);
    let told = fetched(&remote.fetch(), &url, &to).await.unwrap_err();
    assert!(told.contains("given up after 5 attempts") && told.contains("502"), "{told}");
    assert_eq!(fetched(&remote.fetch(), &url, &to).await.unwrap(), FILE);
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_lead_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = Remote::start(|_, _| (answer("200 OK", "", b"secret"), Then::Close)).await;
    let secret = format!("{}/data/secret", elsewhere.url);
    let remote = Remote::start(move |_, request| {
        let to = |location: &str| {
            (answer("302 Found", &format!("Location: {location}\r\n"), b"moved"), Then::Close)
        };
        match request.split(' ').nth(1).unwrap() {
            "/data/file" => (answer("200 OK", "", FILE), Then::Close),
            "/data/near" => to("/data/file"),
            "/data/beside" => to("file"),
            "/data/up" => to("/admin"),
            "/data/away" => to(&secret),
            "/data/local" => to("file:///etc/passwd"),
            "/data/nowhere" => (answer("302 Found", "", b""), Then::Close),
            _ => to("/data/circle"),
        }
    })
    .await;
    for (path, expected) in [
        ("near", Ok(())),
        ("beside", Ok(())),
        ("up", Err("redirects to another address")),
        ("away", Err("redirects to another address")),
        ("local", Err("redirects to another address")),
        ("nowhere", Err("redirects to nowhere")),
        ("circle", Err("redirects more than 5 times")),
    ] {
        let url = format!("{}/data/{path}", remote.url);
        let outcome = fetched(&remote.fetch(), &url, &folder.path().join(path)).await;
        match expected {
            Ok(()) => assert_eq!(outcome.unwrap(), FILE, "{path}"),
            Err(part) => assert!(outcome.as_ref().unwrap_err().contains(part), "{path}: {outcome:?}"),
        }
    }
    assert_eq!(elsewhere.asked().len(), 0);
    let told = fetched(&remote.fetch(), &format!("{}/admin", remote.url), &folder.path().join("x")).await;
    assert!(told.unwrap_err().contains("begins like none"));
    assert!(remote.asked().iter().all(|request| request.starts_with("get /data/")));
}

/// Bodies that never end, that are too long, that hang or drip, and answers that are none.
#[tokio::test(flavor = "multi_thread")]
async fn size_and_time_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let remote = Remote::start(|_, request| {
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n".to_vec();
        match request.split(' ').nth(1).unwrap() {
            "/data/endless" => (chunked, Then::Flood),
            "/data/unsized" => (b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), Then::Flood),
            "/data/long" => (head("200 OK", "", 1_000_001), Then::Hang),
            "/data/hanging" => (head("200 OK", "", 10), Then::Hang),
            "/data/silent" => (Vec::new(), Then::Hang),
            "/data/dripping" => (head("200 OK", "", 1_000_000), Then::Drip),
            "/data/heads" => (b"HTTP/1.1 200 OK\r\nx: ".to_vec(), Then::Flood),
            "/data/missing" => (answer("404 Not Found", "", b"no"), Then::Close),
            _ => (b"SSH-2.0-OpenSSH\r\n\r\n".to_vec(), Then::Close),
        }
    })
    .await;
    for (path, part) in [
        ("endless", "larger than the 1000000 bytes allowed"),
        ("unsized", "larger than the 1000000 bytes allowed"),
        ("long", "it has 1000001 bytes, and 1000000 are allowed"),
        ("hanging", "nothing came for 0.3 s"),
        ("silent", "no answer within"),
        ("dripping", "took longer than 3 s"),
        ("heads", "given up after 5 attempts"),
        ("missing", "answered 404 Not Found"),
        ("odd", "given up after 5 attempts"),
    ] {
        let to = folder.path().join(path);
        let told = fetched(&remote.fetch(), &format!("{}/data/{path}", remote.url), &to).await.unwrap_err();
        assert!(told.contains(part), "{path}: {told}");
        let length = std::fs::metadata(&to).map_or(0, |data| data.len());
        assert!(length <= 1_000_000, "{path}: {length} bytes");
    }
    // Not TLS where TLS is asked for.
    let secure = Fetch {
        allow: stadtwin::jobs::AllowList::new(&[remote.url.replace("http:", "https:")]).unwrap(),
        ..remote.fetch()
    };
    let url = format!("{}/data/x", remote.url.replace("http:", "https:"));
    assert!(fetched(&secure, &url, &folder.path().join("tls")).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_imported_as_a_job() {
    let file = city(6);
    let remote =
        Remote::start(move |_, _| (answer("200 OK", "Content-Type: image/png\r\n", &file), Then::Close))
            .await;
    let server = Server::with(remote.supply()).await;
    let token = server.token("import:buildings", None).await;
    let _worker = server.work();
    let imports = "/collections/buildings/imports";
    let order = |path: &str| json!({ "href": format!("{}{path}", remote.url) }).to_string();
    let answer = server.post(imports, &token, &[JSON], order("/data/week%2012.gml?key=1").as_bytes()).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let job = server.ended(answer.header("location")).await;
    assert_eq!((&job["status"], &job["report"]["inserted"]), (&json!("successful"), &json!(6)), "{job}");
    assert!(job["report"]["files"][0]["file"].as_str().unwrap().starts_with("week"), "{job}");
    assert!(!job.to_string().contains("key=1"), "{job}");
    for path in ["/other/a.gml", "/data/../other/a.gml", "/data/%2e%2e/a.gml"] {
        let refused = server.post(imports, &token, &[JSON], order(path).as_bytes()).await;
        assert_eq!(refused.status, 400, "{path}: {}", refused.text());
    }
    // Nothing stays in the spool but its mark.
    assert_eq!(std::fs::read_dir(server.folder.path().join("spool")).unwrap().count(), 1);
    server.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_fetches_what_is_allowed() {
    let file = city(4);
    let remote = Remote::start(move |_, _| (answer("200 OK", "", &file), Then::Close)).await;
    let database = database().await;
    let import = async |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stadtwin"));
        command
            .args([
                "--database-url",
                &database.url,
                "--geoid-constant",
                "45.5",
                "import",
                "--collection",
                "buildings",
            ])
            .arg(format!("{}/data/a.gml", remote.url))
            .args(more);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.success(), text(output.stdout), text(output.stderr))
    };
    let (done, _, told) = import(&[]).await;
    assert!(!done && told.contains("--import-allow"), "{told}");
    let (done, report, told) = import(&["--import-allow", &remote.url]).await;
    assert!(done && report.contains("4 objects: 4 new") && report.contains("a.gml"), "{report} {told}");
    database.close().await;
}

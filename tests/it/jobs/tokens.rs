//! Who may write, and who may read what of a job.

use super::server::{FORM, JSON, Server, city, form};
use crate::http::send;

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
    let cases: [Case; 10] = [
        ("POST", "/collections/B%C3%A4ume/imports", &[FORM], body.clone(), 404, "no name for a collection"),
        ("POST", imports, &[("content-type", "text/plain")], body.clone(), 415, "multipart/form-data"),
        ("POST", imports, &[FORM], form(&[("mode", "destroy")], "a", b""), 400, "update, append, replace"),
        ("POST", imports, &[FORM], form(&[("matchOverlap", "2")], "a", b""), 400, "above 0 and up to 1"),
        ("POST", imports, &[FORM], form(&[("crs", "nonsense")], "a", b""), 400, "nonsense"),
        ("POST", imports, &[FORM], form(&[], "a", &large), 413, "4000000 bytes"),
        ("POST", imports, &[JSON], br#"{"href":"../spool/place"}"#.to_vec(), 400, "--import-folder"),
        ("POST", imports, &[JSON], br#"{"href":"http://127.0.0.1/"}"#.to_vec(), 400, "--import-allow"),
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

/// Everybody sees how far a job is; what it says of files needs a token that reads.
#[tokio::test(flavor = "multi_thread")]
async fn logs_and_reports_need_a_token() {
    let server = Server::start().await;
    let token = server.token("import:buildings", None).await;
    let _worker = server.work();
    let body = form(&[], "secret-name.gml", &city(2));
    let answer = server.post("/collections/buildings/imports", &token, &[FORM], &body).await;
    let location = answer.header("location").to_owned();
    server.ended(&location).await;
    let other = server.token("import:trees", None).await;
    let write = server.token("write", None).await;
    let read = server.token("read", None).await;
    for target in [location.as_str(), "/jobs?f=json", "/collections/buildings/imports?f=json", "/jobs?f=html"]
    {
        let detailed = target == location;
        for (token, sees) in [("", false), (&other, false), (&token, true), (&read, true), (&write, true)] {
            let answer = match token {
                "" => server.get(target).await,
                token => server.send("GET", target, token, &[], b"").await,
            };
            assert_eq!(answer.status, 200, "{target}");
            let text = answer.text();
            assert!(text.contains("successful") && text.contains("buildings"), "{text}");
            assert_eq!(text.contains("secret-name.gml"), sees && detailed, "{target}: {text}");
            assert_eq!(text.contains("report\":"), sees && detailed, "{target}: {text}");
            let done = text.contains("\"done\"") || text.contains(">done<");
            assert_eq!(done, sees, "{target}: {text}");
            assert!(answer.header("vary").contains("Authorization"), "{target}");
            assert!(answer.header("cache-control").starts_with("private"), "{target}");
        }
    }
    let wrong = format!("{}x", &read[..read.len() - 1]);
    assert_eq!(server.send("GET", "/jobs", &wrong, &[], b"").await.status, 401);
    server.database.close().await;
}

//! OGC API – Processes over HTTP: descriptions, both ways of execution, jobs, results; a worker does what is asked for.

use serde_json::{Value, json};
use stadtwin::jobs::{ResultBounds, Spool, Supply, Worker};

use crate::http::{Answer, send};
use crate::jobs::{FORM, JSON, Server, form};

/// Two boxes of 10 m × 10 m × 6 m; the second, `open`, lacks its roof.
const BOXES: &str = include_str!("../fixtures/two_boxes.gml");
const EXCEPTION: &str = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0";
const RESULTS_REL: &str = "http://www.opengis.net/def/rel/ogc/1.0/results";
const ASYNC: (&str, &str) = ("prefer", "respond-async");

async fn execute(
    server: &Server,
    process: &str,
    token: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> Answer {
    let mut all = vec![JSON];
    all.extend_from_slice(headers);
    server.post(&format!("/processes/{process}/execution"), token, &all, body.to_string().as_bytes()).await
}

/// Writes a file that the server may import from, and imports it by the process.
async fn import(server: &Server, token: &str, content: &str) -> Value {
    std::fs::write(server.folder.path().join("deliveries/boxes.gml"), content).unwrap();
    let order = json!({ "inputs": { "collection": "boxes", "href": "boxes.gml", "title": "Boxes" } });
    let answer = execute(server, "import", token, &[], &order).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let queued = answer.json();
    assert_eq!((&queued["processID"], &queued["type"]), (&json!("import"), &json!("process")), "{queued}");
    let job = server.ended(answer.header("location")).await;
    assert_eq!(job["status"], "successful", "{job}");
    job
}

fn link<'a>(document: &'a Value, rel: &str) -> Option<&'a str> {
    document["links"].as_array()?.iter().find(|link| link["rel"] == rel)?["href"].as_str()
}

#[tokio::test]
async fn processes_are_described() {
    let server = Server::start().await;
    let landing = server.get("/").await.json();
    let list = link(&landing, "http://www.opengis.net/def/rel/ogc/1.0/processes").unwrap();
    assert!(link(&landing, "http://www.opengis.net/def/rel/ogc/1.0/job-list").is_some());
    let all = server.get(list).await.json();
    let ids: Vec<_> =
        all["processes"].as_array().unwrap().iter().map(|p| p["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["change-detection", "compare-ground", "export", "import", "seed", "validate"]);
    assert_eq!(server.get("/processes?limit=2").await.json()["processes"].as_array().unwrap().len(), 2);
    for (process, summary) in ids.iter().zip(all["processes"].as_array().unwrap()) {
        let described = server.get(link(summary, "self").unwrap()).await.json();
        assert_eq!(described["id"], *process);
        for member in ["version", "title", "description"] {
            assert!(described[member].as_str().is_some_and(|text| !text.is_empty()), "{described}");
        }
        let modes = described["jobControlOptions"].as_array().unwrap();
        assert!(modes.contains(&json!("async-execute")) && modes.contains(&json!("dismiss")), "{modes:?}");
        assert!(
            link(&described, "http://www.opengis.net/def/rel/ogc/1.0/execute")
                .unwrap()
                .ends_with("/execution")
        );
        assert_eq!(described["outputs"].as_object().unwrap().len(), 1);
        for (name, input) in described["inputs"].as_object().unwrap() {
            let schema = &input["schema"];
            assert!(schema["type"].is_string() || schema["oneOf"].is_array(), "{process} {name}: {schema}");
            assert!(input["minOccurs"].is_number() && input["title"].is_string(), "{process} {name}");
        }
        let german = server.get(&format!("/processes/{process}?lang=de")).await;
        assert_eq!(german.header("content-language"), "de");
        let german = german.json();
        assert_eq!(
            german["inputs"].as_object().unwrap().len(),
            described["inputs"].as_object().unwrap().len()
        );
        for name in ["title", "description"] {
            assert_ne!(german[name], described[name], "{process} {name}");
        }
        for (name, input) in german["inputs"].as_object().unwrap() {
            assert_ne!(input["title"], described["inputs"][name]["title"], "{process} {name}");
        }
        let page = server.get(&format!("/processes/{process}?f=html&lang=de")).await.text();
        assert!(page.contains("Eingaben") && page.contains("collection") || *process == "seed", "{page}");
    }
    let gone = server.get("/processes/nothing").await;
    assert_eq!(
        (gone.status, gone.json()["type"].clone()),
        (404, json!(format!("{EXCEPTION}/no-such-process")))
    );
    let read = server.get("/processes/export/execution").await;
    assert_eq!((read.status, read.header("allow")), (405, "OPTIONS, POST"));
    let classes = server.get("/conformance").await.json()["conformsTo"].to_string();
    for class in ["core", "ogc-process-description", "json", "html", "oas30", "job-list", "dismiss"] {
        assert!(classes.contains(&format!("/spec/ogcapi-processes-1/1.0/conf/{class}\"")), "{class}");
    }
    server.database.close().await;
}

/// Process, body, status, what the detail says.
#[tokio::test]
async fn what_is_wrong_with_an_order_is_told() {
    let server = Server::start().await;
    let token = server.token("write", None).await;
    let inputs = |inputs: Value| json!({ "inputs": inputs });
    let long = "a".repeat(70_000);
    let cases = [
        ("nothing", json!({}), 404, "no process `nothing`; there are: change-detection"),
        ("export", json!({}), 400, "`inputs.collection` is missing"),
        ("export", inputs(json!({ "collection": "a" })), 400, "`inputs.format` is missing"),
        (
            "export",
            inputs(json!({ "collection": "A", "format": "cityjson" })),
            400,
            "`inputs.collection` must be up to 60",
        ),
        (
            "export",
            inputs(json!({ "collection": "a", "format": "shape" })),
            400,
            "must be one of citygml-3.0, citygml-2.0",
        ),
        (
            "export",
            inputs(json!({ "collection": "a", "format": "cityjson", "colour": 1 })),
            400,
            "`inputs.colour` is unknown; known: collection, format",
        ),
        ("export", inputs(json!({ "collection": "a", "format": "cityjson" })), 400, "no collection `a`"),
        (
            "export",
            inputs(json!({ "collection": { "href": "http://localhost/" }, "format": "cityjson" })),
            400,
            "reference, which is not followed",
        ),
        (
            "export",
            json!({ "inputs": { "collection": "a", "format": "cityjson" }, "outputs": { "picture": {} } }),
            400,
            "`outputs.picture` is unknown; there is `file`",
        ),
        (
            "export",
            json!({ "inputs": {}, "outputs": { "file": { "transmissionMode": "pigeon" } } }),
            400,
            "value or reference",
        ),
        (
            "export",
            json!({ "inputs": {}, "response": "document", "outputs": { "file": { "transmissionMode": "value" } } }),
            400,
            "does not fit into a document",
        ),
        (
            "export",
            json!({ "inputs": {}, "subscriber": { "successUri": "http://localhost" } }),
            400,
            "`subscriber` is not offered",
        ),
        ("export", json!({ "input": {} }), 400, "unknown field `input`"),
        ("export", json!([1]), 400, "not what is asked for"),
        ("export", inputs(json!({ "collection": long })), 413, "longer than 65536 bytes"),
        ("import", inputs(json!({ "collection": "a" })), 400, "give one of `inputs.upload`"),
        ("import", inputs(json!({ "collection": "a", "href": "../spool/place" })), 400, "--import-folder"),
        ("import", inputs(json!({ "collection": "a", "href": "http://127.0.0.1/" })), 400, "--import-allow"),
        (
            "validate",
            inputs(json!({ "collection": "a", "href": "x", "snap": 2 })),
            400,
            "`inputs.snap` must be a number from 0 to 1, not `2`",
        ),
        ("seed", inputs(json!({ "terrain": "ground" })), 400, "no terrain `ground`"),
        ("seed", inputs(json!({ "terrain": "ground", "level": 99 })), 400, "a whole number from 0 to 24"),
        ("change-detection", inputs(json!({ "collection": "a" })), 400, "no collection `a`"),
    ];
    for (process, body, status, part) in cases {
        let answer = execute(&server, process, &token, &[], &body).await;
        let text = answer.text();
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (status, "application/problem+json"),
            "{text}"
        );
        assert!(answer.json()["detail"].as_str().unwrap().contains(part), "{part}: {text}");
    }
    let export = "/processes/export/execution";
    let body = inputs(json!({ "collection": "boxes", "format": "cityjson" })).to_string();
    let plain = server.post(export, &token, &[("content-type", "text/plain")], body.as_bytes()).await;
    assert_eq!(plain.status, 415, "{}", plain.text());
    assert_eq!(send(&server.address, "POST", export, &[JSON], body.as_bytes()).await.status, 401);
    for (scope, status) in [("read", 403), ("import:trees", 403), ("import:boxes", 400)] {
        let token = server.token(scope, None).await;
        assert_eq!(server.post(export, &token, &[JSON], body.as_bytes()).await.status, status, "{scope}");
    }
    assert_eq!(server.get("/jobs").await.json()["jobs"], json!([]), "nothing was queued");
    server.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_made_kept_and_dismissed() {
    let server = Server::start().await;
    let token = server.token("import:boxes", None).await;
    let inputs = json!({ "collection": "boxes", "format": "cityjson" });
    let order = json!({ "inputs": inputs });
    // Nobody works yet: a client that waits for a second gets the job.
    {
        std::fs::write(server.folder.path().join("deliveries/boxes.gml"), BOXES).unwrap();
        let import = json!({ "inputs": { "collection": "boxes", "href": "boxes.gml" } });
        let queued = execute(&server, "import", &token, &[("prefer", "wait=1")], &import).await;
        assert_eq!((queued.status, queued.json()["status"].clone()), (201, json!("accepted")));
        let waiting =
            server.send("GET", &format!("{}/results", queued.header("location")), &token, &[], b"").await;
        let told = waiting.json();
        assert_eq!(
            (waiting.status, &told["type"]),
            (404, &json!(format!("{EXCEPTION}/result-not-ready"))),
            "{told}"
        );
    }
    let _worker = server.work();
    server.ended("/jobs/1").await;
    assert_eq!(server.feature_count("boxes").await, 2);

    // At once: the file itself, with the job that made it.
    let answer = execute(&server, "export", &token, &[], &order).await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, "application/city+json"),
        "{}",
        answer.text()
    );
    let model = answer.json();
    assert_eq!(model["CityObjects"].as_object().unwrap().len(), 2);
    assert!(answer.header("link").contains("rel=\"monitor\""), "{}", answer.header("link"));
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"boxes.city.json\"");
    assert_eq!(answer.header("cache-control"), "private, no-cache");

    // As a job whose result is a document that leads to the file.
    let document = json!({ "inputs": { "collection": "boxes", "format": "citygml-2.0", "archive": true, "bbox": { "bbox": [11.0, 48.0, 12.0, 49.0] } }, "response": "document" });
    let answer = execute(&server, "export", &token, &[ASYNC], &document).await;
    assert_eq!(
        (answer.status, answer.header("preference-applied")),
        (201, "respond-async"),
        "{}",
        answer.text()
    );
    let location = answer.header("location").to_owned();
    let job = server.ended(&location).await;
    assert_eq!((&job["status"], &job["report"]["features"]), (&json!("successful"), &json!(2)), "{job}");
    let results = link(&job, RESULTS_REL).unwrap().to_owned();
    assert_eq!(server.get(&results).await.status, 401);
    let other = server.token("import:trees", None).await;
    assert_eq!(server.send("GET", &results, &other, &[], b"").await.status, 403);
    let told = server.send("GET", &results, &token, &[], b"").await.json();
    assert_eq!(told["file"]["type"], "application/zip", "{told}");
    let href = told["file"]["href"].as_str().unwrap().to_owned();
    assert_eq!(server.send("GET", &href.replace("/file", "/picture"), &token, &[], b"").await.status, 404);
    let file = server.send("GET", &href, &token, &[], b"").await;
    assert_eq!((file.status, file.header("content-type")), (200, "application/zip"));
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(file.body)).unwrap();
    let text = std::io::read_to_string(archive.by_index(0).unwrap()).unwrap();
    assert_eq!(text.matches("<bldg:Building ").count(), 2, "{text}");

    // By reference alone: an empty answer that leads to the file.
    let reference = json!({ "inputs": inputs, "outputs": { "file": { "transmissionMode": "reference" } } });
    let answer = execute(&server, "export", &token, &[], &reference).await;
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    assert!(answer.headers.iter().any(|(name, value)| name == "link" && value.contains("/results/file>")));

    // Dismissed, the file is gone and the job says so.
    let dismissed = server.send("DELETE", &location, &token, &[], b"").await;
    assert_eq!((dismissed.status, dismissed.json()["status"].clone()), (200, json!("dismissed")));
    for gone in [&results, &href] {
        assert_eq!(server.send("GET", gone, &token, &[], b"").await.status, 410, "{gone}");
    }
    assert_eq!(server.send("DELETE", &location, &token, &[], b"").await.status, 409);
    let kept = std::fs::read_dir(server.folder.path().join("spool/results")).unwrap().count();
    assert_eq!(kept, 2, "the other two exports");
    check_lists(&server).await;
    server.database.close().await;
}

/// One import and three exports, one of them dismissed.
async fn check_lists(server: &Server) {
    let cases = [
        ("", 4),
        ("?type=process", 4),
        ("?processID=export", 3),
        ("?processID=import,export", 4),
        ("?processID=nothing", 0),
        ("?status=successful", 3),
        ("?status=dismissed,running", 1),
        ("?status=accepted", 0),
        ("?datetime=2020-01-01T00:00:00Z/..", 4),
        ("?datetime=../2020-01-01T00:00:00Z", 0),
        ("?minDuration=600", 0),
        ("?maxDuration=600", 4),
        ("?limit=2", 2),
    ];
    for (query, count) in cases {
        let list = server.get(&format!("/jobs{query}")).await.json();
        let jobs = list["jobs"].as_array().unwrap_or_else(|| panic!("{query}: {list}"));
        assert_eq!(jobs.len(), count, "{query}: {list}");
        for job in jobs {
            for member in ["jobID", "processID", "status", "created", "updated"] {
                assert!(job[member].is_string(), "{job}");
            }
        }
    }
    for (query, part) in [("?status=done", "accepted, running"), ("?datetime=soon", "RFC 3339")] {
        let answer = server.get(&format!("/jobs{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
        assert!(answer.text().contains(part), "{}", answer.text());
    }
    let none = server.get("/jobs/4711").await;
    assert_eq!((none.status, none.json()["type"].clone()), (404, json!(format!("{EXCEPTION}/no-such-job"))));
}

/// The second delivery has one building with another height, one that is new, and one less.
#[tokio::test(flavor = "multi_thread")]
async fn changes_between_revisions_are_told() {
    let server = Server::start().await;
    let token = server.token("write", None).await;
    let _worker = server.work();
    import(&server, &token, BOXES).await;
    let order = json!({ "inputs": { "collection": "boxes" } });
    let first = execute(&server, "change-detection", &token, &[], &order).await;
    assert_eq!(first.status, 400, "{}", first.text());
    assert!(first.text().contains("has no revision before 1"), "{}", first.text());

    let changed =
        BOXES.replacen("<bldg:measuredHeight uom=\"m\">6.0", "<bldg:measuredHeight uom=\"m\">7.5", 1);
    let changed = changed.replace("gml:id=\"open\"", "gml:id=\"other\"");
    std::fs::write(server.folder.path().join("deliveries/boxes.gml"), changed).unwrap();
    let replace = json!({ "inputs": { "collection": "boxes", "href": "boxes.gml", "mode": "replace" } });
    let answer = execute(&server, "import", &token, &[], &replace).await;
    assert_eq!(server.ended(answer.header("location")).await["status"], "successful");
    let answer = execute(&server, "change-detection", &token, &[], &order).await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, "application/json"),
        "{}",
        answer.text()
    );
    let told = answer.json();
    assert_eq!(told["summary"], json!({ "added": 1, "removed": 1, "changed": 1 }), "{told}");
    assert_eq!((&told["from"], &told["to"]), (&json!(1), &json!(2)));
    let changes: Vec<_> = told["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| (change["id"].as_str().unwrap(), change["change"].as_str().unwrap()))
        .collect();
    assert_eq!(changes, [("open", "removed"), ("other", "added"), ("well", "changed")]);
    let well = &told["changes"][2]["attributes"][0];
    assert_eq!(
        (&well["name"], &well["old"], &well["new"]),
        (&json!("measuredHeight"), &json!(6.0), &json!(7.5)),
        "{told}"
    );
    assert!(told["changes"][2].get("geometry").is_none(), "{told}");

    // Back to the first state: nothing differs between the first and the third.
    import(&server, &token, BOXES).await;
    let back = json!({ "inputs": { "collection": "boxes", "from": 2, "to": 1 } });
    let answer = execute(&server, "change-detection", &token, &[], &back).await;
    assert!(answer.status == 400 && answer.text().contains("earlier revision"), "{}", answer.text());
    let far = json!({ "inputs": { "collection": "boxes", "from": 1, "to": 3 } });
    let told = execute(&server, "change-detection", &token, &[], &far).await.json();
    // An update leaves `other` of the second delivery.
    assert_eq!(told["summary"], json!({ "added": 1, "removed": 0, "changed": 0 }), "{told}");
    server.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_checked_without_an_import() {
    let server = Server::start().await;
    let token = server.token("import:boxes", None).await;
    let _worker = server.work();
    std::fs::write(server.folder.path().join("deliveries/boxes.gml"), BOXES).unwrap();
    let order = json!({ "inputs": { "collection": "boxes", "href": "boxes.gml" } });
    let answer = execute(&server, "validate", &token, &[], &order).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let told = answer.json();
    assert_eq!(
        (&told["summary"]["objects"], &told["summary"]["valid"]),
        (&json!(2), &json!(false)),
        "{told}"
    );
    // val3dity 302: the shell is not closed.
    let open: Vec<_> =
        told["files"][0]["issues"].as_array().unwrap().iter().map(|issue| &issue["object"]).collect();
    assert!(open.contains(&&json!("open")) && !open.contains(&&json!("well")), "{told}");
    assert_eq!(told["files"][0]["file"], "boxes.gml", "{told}");
    assert!(!told.to_string().contains(&server.folder.path().display().to_string()), "{told}");
    assert_eq!(server.feature_count("boxes").await, 0, "nothing was imported");
    server.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn terrain_is_seeded_and_compared_with() {
    let server = Server::with_limit(40_000_000).await;
    let token = server.token("write", None).await;
    let _worker = server.work();
    let square =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/terrain/dgm_696_5346.tif");
    let body = form(&[("crs", "25832+7837")], "dgm.tif", &std::fs::read(square).unwrap());
    let answer = server.post("/terrain/ground/imports", &token, &[FORM], &body).await;
    assert_eq!(server.ended(answer.header("location")).await["status"], "successful");

    let seed = json!({ "inputs": { "terrain": "ground", "level": 10 } });
    let answer = execute(&server, "seed", &server.token("terrain:ground", None).await, &[], &seed).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let job = server.ended(answer.header("location")).await;
    assert_eq!((&job["status"], &job["report"]["to_level"]), (&json!("successful"), &json!(10)), "{job}");
    let report = server.send("GET", link(&job, RESULTS_REL).unwrap(), &token, &[], b"").await.json();
    assert_eq!(
        (report["tiles_kept"].as_i64(), report["tiles_made"].as_i64() > Some(0)),
        (Some(0), true),
        "{report}"
    );

    // gdallocationinfo gives the ground below both boxes 481.8 m to 482.0 m: floors at 480 m are 1.8 m and more below.
    import(&server, &token, &BOXES.replace("53470", "53465").replace("6960", "6965")).await;
    for (sunken, count) in [(1.0, 2), (2.5, 0)] {
        let order = json!({ "inputs": { "collection": "boxes", "terrain": "ground", "sunken": sunken }, "response": "document" });
        let answer = execute(&server, "compare-ground", &token, &[], &order).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let report = &answer.json()["report"];
        assert_eq!((&report["objects"], &report["sunken_count"]), (&json!(2), &json!(count)), "{report}");
        let job = &server.get("/jobs?limit=1").await.json()["jobs"][0];
        assert_eq!(job["processID"], "compare-ground", "{job}");
    }
    server.database.close().await;
}

/// A worker that may keep a hundred bytes makes no export, and says what to do.
#[tokio::test(flavor = "multi_thread")]
async fn exports_past_the_quota_fail() {
    let server = Server::start().await;
    let token = server.token("write", None).await;
    let bounds = ResultBounds { bytes: 100, ..ResultBounds::default() };
    let spool = Spool::open(&server.folder.path().join("spool")).unwrap().keeping(bounds);
    let worker = Worker {
        store: server.database.store.clone(),
        spool: Some(std::sync::Arc::new(spool)),
        supply: std::sync::Arc::new(Supply::default()),
        lease: stadtwin::jobs::Lease::default(),
    };
    tokio::spawn(async move { worker.run(std::future::pending()).await });
    import(&server, &token, BOXES).await;
    let order = json!({ "inputs": { "collection": "boxes", "format": "geojson" } });
    let answer = execute(&server, "export", &token, &[], &order).await;
    assert_eq!(answer.status, 500, "{}", answer.text());
    let told = answer.json();
    assert!(told["detail"].as_str().unwrap().contains("100 are allowed (`--result-quota`)"), "{told}");
    assert_eq!(std::fs::read_dir(server.folder.path().join("spool/results")).unwrap().count(), 0);
    server.database.close().await;
}

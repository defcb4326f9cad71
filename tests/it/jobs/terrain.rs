//! Heights that come over HTTP: the town's own squares, in a form, in pieces, in an archive, from a watched folder.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use stadtwin::jobs::{TerrainImport, Watch, WatchedImport};

use super::server::{FORM, JSON, Server, form, form_of};
use crate::http::send;

const IMPORTS: &str = "/terrain/ground/imports";

/// A square of the town's ground; its place is in its name.
fn square(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/terrain").join(name);
    std::fs::read(path).unwrap()
}

async fn elevation(server: &Server, point: &str) -> Value {
    server.get(&format!("/terrain/ground/elevation?crs=25832&point={point}")).await.json()["elevation"]
        .clone()
}

/// `gdallocationinfo -geoloc -valonly dgm_696_5346.tif 696502.5 5346502.5`, and of the others likewise.
const KNOWN: [(&str, f64); 4] = [
    ("696502.5,5346502.5", 481.940),
    ("697502.5,5346502.5", 479.910),
    ("696502.5,5347402.5", 479.180),
    ("697502.5,5347402.5", 478.580),
];

async fn check_heights(server: &Server, count: usize) {
    for (index, (point, expected)) in KNOWN.iter().enumerate() {
        let found = elevation(server, point).await;
        match found.as_f64() {
            Some(height) => {
                assert!(index < count && (height - expected).abs() < 0.001, "{point}: {height}");
            }
            None => assert!(index >= count, "{point}: {found}"),
        }
    }
}

/// Several squares in one form, then others in an archive that comes in pieces; the job tells what it did.
#[tokio::test(flavor = "multi_thread")]
async fn heights_come_as_city_models_do() {
    let server = Server::with_limit(40_000_000).await;
    let token = server.token("terrain:ground", None).await;
    let _worker = server.work();
    let files = [
        ("../a/dgm_696_5346.tif", square("dgm_696_5346.tif")),
        ("dgm_697_5346.tif", square("dgm_697_5346.tif")),
    ];
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    let body = form_of(&[("title", "Gelände"), ("priority", "3"), ("crs", "25832+7837")], &files);
    let answer = server.post(IMPORTS, &token, &[FORM], &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let queued = answer.json();
    assert_eq!((&queued["processID"], &queued["terrain"]), (&json!("terrain"), &json!("ground")));
    let job = server.ended(answer.header("location")).await;
    assert_eq!(job["status"], "successful", "{job}");
    assert_eq!(job["report"]["files"][0]["file"], "dgm_696_5346.tif", "{job}");
    assert_eq!((&job["report"]["samples"], &job["progress"]), (&json!(42_480), &json!(100)), "{job}");
    assert!(!job.to_string().contains(&server.folder.path().display().to_string()), "{job}");
    check_heights(&server, 2).await;
    assert_eq!(server.get("/terrain/ground?f=json").await.json()["title"], "Gelände");

    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for name in ["dgm_696_5347.tif", "dgm_697_5347.tif"] {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(&square(name)).unwrap();
    }
    let archive = archive.finish().unwrap().into_inner();
    let length = archive.len().to_string();
    // "nord.zip"
    let announced = [("upload-length", length.as_str()), ("upload-metadata", "filename bm9yZC56aXA=")];
    let answer = server.post("/terrain/ground/uploads", &token, &announced, b"").await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let upload = answer.header("location").to_owned();
    let headers = [("content-type", "application/offset+octet-stream"), ("upload-offset", "0")];
    assert_eq!(server.send("PATCH", &upload, &token, &headers, &archive).await.status, 204);
    let order = json!({ "upload": upload.rsplit('/').next().unwrap() }).to_string();
    // It is the terrain's, not that of a collection of the same name.
    let writer = server.token("write", None).await;
    let other = server.post("/collections/ground/imports", &writer, &[JSON], order.as_bytes()).await;
    assert_eq!(other.status, 404, "{}", other.text());
    let answer = server.post(IMPORTS, &token, &[JSON], order.as_bytes()).await;
    let job = server.ended(answer.header("location")).await;
    assert_eq!(job["report"]["files"][1]["file"], "nord.zip!dgm_697_5347.tif", "{job}");
    check_heights(&server, 4).await;
    // Nothing stays in the spool but its mark.
    assert_eq!(std::fs::read_dir(server.folder.path().join("spool")).unwrap().count(), 1);

    let imports = server.get(&format!("{IMPORTS}?f=json")).await.json();
    assert_eq!(imports["jobs"].as_array().unwrap().len(), 2, "{imports}");
    assert!(imports["jobs"][0].get("report").is_none(), "{imports}");
    let page = server.get(&format!("{IMPORTS}?f=html&lang=de")).await;
    assert!(page.text().contains("terrain/ground"), "{}", page.text());
    server.database.close().await;
}

/// A grid in text says nothing of its place: its projection file comes along, or it is refused and nothing is published.
#[tokio::test(flavor = "multi_thread")]
async fn what_lies_beside_a_raster_comes_along_and_faults_are_told() {
    let server = Server::start().await;
    let token = server.token("terrain:ground", None).await;
    let _worker = server.work();
    let grid =
        "ncols 3\nnrows 2\nxllcorner 696500\nyllcorner 5347300\ncellsize 1\n480 481 482\n490 491 492\n";
    let job = async |files: &[(&str, &[u8])], fields: &[(&str, &str)]| {
        let answer = server.post(IMPORTS, &token, &[FORM], &form_of(fields, files)).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        server.ended(answer.header("location")).await
    };
    for (files, told) in [
        (vec![("a.asc", grid.as_bytes())], "no coordinate reference system is named in `a.asc`"),
        (vec![("a.gml", b"<gml/>".as_slice())], "`a.gml`"),
        (vec![("a.tif", b"II*\0\x08\0\0\0\xff\xff".as_slice())], "`a.tif`"),
        (vec![("a.zip", b"PK\x03\x04broken".as_slice())], "a.zip`"),
    ] {
        let job = job(&files, &[]).await;
        assert_eq!(job["status"], "failed", "{job}");
        let message = job["message"].as_str().unwrap();
        assert!(message.contains(told) && !message.contains('/'), "{message}");
        assert_eq!(server.get("/terrain/ground").await.status, 404);
    }
    let prj = r#"COMPD_CS["x",PROJCS["ETRS89 / UTM zone 32N",AUTHORITY["EPSG","25832"]],VERT_CS["DHHN2016 height",AUTHORITY["EPSG","7837"]]]"#;
    let job = job(&[("a.asc", grid.as_bytes()), ("a.prj", prj.as_bytes())], &[]).await;
    assert_eq!(job["status"], "successful", "{job}");
    // Hand: the first line of the grid is the northern one.
    assert_eq!(elevation(&server, "696501.5,5347301.5").await, 481.0);
    server.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_fitting_tokens_and_orders_are_taken() {
    let server = Server::start().await;
    let body = form(&[], "a.tif", b"x");
    assert_eq!(send(&server.address, "POST", IMPORTS, &[FORM], &body).await.status, 401);
    for scope in ["import:ground", "terrain:other", "read"] {
        let token = server.token(scope, None).await;
        let answer = server.post(IMPORTS, &token, &[FORM], &body).await;
        assert!(answer.status == 403 && answer.text().contains("`terrain:ground` or `write`"), "{scope}");
        let upload = server.post("/terrain/ground/uploads", &token, &[("upload-length", "1")], b"").await;
        assert_eq!(upload.status, 403, "{scope}");
    }
    let token = server.token("terrain:ground", None).await;
    for (fields, told) in [
        (("cell", "0"), "a cell of 0 m is not possible"),
        (("cell", "wide"), "`cell` must be a number of metres"),
        (("mode", "append"), "one of update, replace"),
        (("crs", "none"), "`crs` is wrong: the coordinate reference system"),
        (("priority", "101"), "`priority` must be a whole number from -100 to 100"),
        (("checks", "all"), "unknown field `checks`; known: mode, cell"),
    ] {
        let answer = server.post(IMPORTS, &token, &[FORM], &form(&[fields], "a.tif", b"x")).await;
        assert!(answer.status == 400 && answer.text().contains(told), "{fields:?}: {}", answer.text());
    }
    for (order, told) in [
        ("{}", "give one of `upload`"),
        (r#"{"href":"../secret.tif"}"#, "in none of the folders"),
        (r#"{"href":"https://example.org/a.tif"}"#, "example.org"),
        (r#"{"upload":"0"}"#, "no upload `0` for `terrain/ground`"),
        (r#"{"sources":["/etc/passwd"]}"#, "unknown field `sources`"),
        (
            r#"{"collection":"dem","priority":101}"#,
            "`priority` must be a whole number from -100 to 100, not 101",
        ),
        (r#"{"collection":"dem","priority":-101}"#, "not -101"),
        (r#"{"collection":"dem","lod":null}"#, "null"),
        (r#"{"collection":"dem","crs":""}"#, "such as 25832, 25832+7837"),
    ] {
        let answer = server.post(IMPORTS, &token, &[JSON], order.as_bytes()).await;
        assert!([400, 404].contains(&answer.status) && answer.text().contains(told), "{}", answer.text());
        assert!(!answer.text().contains("--crs"), "{}", answer.text());
    }
    for target in ["/terrain/%C2%84/uploads", "/collections/%C2%84/uploads"] {
        assert_eq!(server.get(target).await.status, 404, "{target}");
    }
    assert_eq!(server.post("/terrain/Ground/imports", &token, &[FORM], &body).await.status, 404);
    // Nothing came of any of it.
    assert_eq!(std::fs::read_dir(server.folder.path().join("spool")).unwrap().count(), 1);
    assert_eq!(server.get("/jobs?f=json").await.json()["jobs"], json!([]));
    // A job waits; its terrain's token cancels it, another one does not.
    let answer = server.post(IMPORTS, &token, &[FORM], &body).await;
    let location = answer.header("location").to_owned();
    let other = server.token("import:ground", None).await;
    assert_eq!(server.send("DELETE", &location, &other, &[], b"").await.status, 403);
    assert_eq!(server.send("DELETE", &location, &token, &[], b"").await.status, 200);
    server.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watched_folder_delivers_heights() {
    let server = Server::start().await;
    let _worker = server.work();
    let folder = server.folder.path().join("deliveries");
    let import =
        TerrainImport { terrain: "ground".into(), crs: Some("25832+7837".into()), ..Default::default() };
    let watch = Watch {
        store: server.database.store.clone(),
        folder: folder.clone(),
        import: WatchedImport::Terrain { import, partial_delivery: false },
        place: Some(server.spool.place().to_owned()),
        supply: server.supply.clone(),
        pause: Duration::from_secs(1),
    };
    std::fs::write(folder.join("a.tif"), square("dgm_696_5346.tif")).unwrap();
    std::fs::write(folder.join("a.gml"), "no heights").unwrap();
    let mut seen = HashMap::new();
    assert_eq!(watch.look(&mut seen).await.unwrap(), Vec::<i64>::new());
    let taken = watch.look(&mut seen).await.unwrap();
    assert_eq!(taken.len(), 1);
    let job = server.ended(&format!("/jobs/{}", taken[0])).await;
    assert_eq!((&job["status"], &job["terrain"]), (&json!("successful"), &json!("ground")), "{job}");
    assert!(!job.to_string().contains(&folder.display().to_string()), "{job}");
    check_heights(&server, 1).await;
    let mut anew = HashMap::new();
    for _ in 0..3 {
        assert_eq!(watch.look(&mut anew).await.unwrap(), Vec::<i64>::new(), "the store remembers");
    }
    server.database.close().await;
}

//! Every refusal that the definition declares, provoked: the served definition is walked operation by operation, and each 4xx
//! of it needs a row here.

use std::sync::Arc;

use serde_json::{Value, json};
use stadtwin::jobs::{AllowList, Checks, Fetch, Import, Progress, Supply, TerrainImport};
use stadtwin::model::{GroundEdit, GroundTarget};
use stadtwin::store::{ModificationCount, NewModification};

use super::plans::publish_conflicting;
use crate::http::{Answer, send};
use crate::jobs::{FORM, JSON, Server, city, form};
use crate::support::geotiff::Raster;
use crate::support::served::Served;

/// Their refusals are those of `tests/it/editing/refusals.rs`, and of plans those of `tests/it/plans/refusals.rs`.
const EDITS: [&str; 4] = ["createFeatures", "replaceFeature", "updateFeature", "deleteFeature"];
/// Its faults are ows:ExceptionReports.
const WFS: &str = "getWfs";

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Who {
    Nobody,
    /// With a token that does not hold.
    Stranger,
    /// With one that holds for another collection.
    Neighbour,
    Writer,
}

/// One request and what its refusal says.
struct Row {
    who: Who,
    target: String,
    headers: Vec<(&'static str, &'static str)>,
    body: Vec<u8>,
    detail: &'static str,
    /// Media types that are named too.
    offered: Vec<String>,
}

/// Operation, status, query behind the path (or a whole path), header, body, what the detail says.
type Own = (&'static str, u16, &'static str, Option<(&'static str, &'static str)>, Body, &'static str);

#[derive(Clone, Copy)]
enum Body {
    None,
    Text(&'static str),
    /// So many bytes.
    Long(usize),
    File,
}

const PIECE: (&str, &str) = ("content-type", "application/offset+octet-stream");
const GEOJSON: (&str, &str) = ("content-type", "application/geo+json");
const PLAIN: (&str, &str) = ("content-type", "text/plain");
const OTHER_TUS: (&str, &str) = ("tus-resumable", "0.2.2");
const LENGTH: (&str, &str) = ("upload-length", "100");
const TOO_LONG: (&str, &str) = ("upload-length", "4000001");
const OTHER_STATE: (&str, &str) = ("if-match", "\"9.x\"");
const TRIANGLE: &str = r#"{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[11.6473,48.2505],[11.6477,48.2505],
    [11.6477,48.2508],[11.6473,48.2505]]]},"properties":{"target":{"type":"level","height":470}}}"#;
/// `{upload}` becomes the collection's upload, of which nothing has come; `{heights}` the terrain's.
const ORDER: &str = r#"{"upload":"{upload}"}"#;
const HEIGHTS: &str = r#"{"upload":"{heights}"}"#;
const IMPORT: &str = r#"{"inputs":{"collection":"buildings","upload":"{upload}"}}"#;
const GML_ID: &str = "/wfs?service=WFS&version=2.0.0&request=GetFeature&\
                      storedquery_id=urn:ogc:def:query:OGC-WFS::GetFeatureById&id=nosuch";
const FETCH: &str = r#"{"inputs":{"collection":"buildings","href":"http://127.0.0.1:1/a.gml"}}"#;

/// What no rule for all says.
static OWN: &[Own] = &[
    ("getFeatures", 409, "/collections/buildings/items?scenarios=A,C", None, Body::None, "the same objects"),
    (
        "getFeature",
        409,
        "/collections/buildings/items/any?scenarios=A,C",
        None,
        Body::None,
        "the same objects",
    ),
    ("startImport", 404, "", Some(JSON), Body::Text(r#"{"upload":"nosuch"}"#), "`nosuch`"),
    ("startImport", 409, "", Some(JSON), Body::Text(ORDER), "0 of 100 bytes"),
    ("startImport", 413, "", Some(JSON), Body::Long(70_000), "65536 bytes"),
    ("startImport", 415, "", Some(PLAIN), Body::Text("x"), "multipart/form-data"),
    ("startImport", 429, "", Some(FORM), Body::File, "4 uploads"),
    ("startTerrainImport", 404, "", Some(JSON), Body::Text(r#"{"upload":"nosuch"}"#), "`nosuch`"),
    ("startTerrainImport", 409, "", Some(JSON), Body::Text(HEIGHTS), "0 of 100 bytes"),
    ("startTerrainImport", 413, "", Some(JSON), Body::Long(70_000), "65536 bytes"),
    ("startTerrainImport", 415, "", Some(PLAIN), Body::Text("x"), "multipart/form-data"),
    ("startTerrainImport", 429, "", Some(FORM), Body::File, "4 uploads"),
    ("createUpload", 404, "/collections/No/uploads", Some(LENGTH), Body::None, "`No`"),
    ("createUpload", 412, "", Some(OTHER_TUS), Body::None, "1.0.0"),
    ("createUpload", 413, "", Some(TOO_LONG), Body::None, "4000000 bytes"),
    ("createUpload", 429, "", Some(LENGTH), Body::None, "4 uploads"),
    ("getUploadOffer", 404, "/collections/No/uploads", None, Body::None, "`No`"),
    ("getTerrainUploadOffer", 404, "/terrain/No/uploads", None, Body::None, "`No`"),
    ("createTerrainUpload", 404, "/terrain/No/uploads", Some(LENGTH), Body::None, "`No`"),
    ("createTerrainUpload", 412, "", Some(OTHER_TUS), Body::None, "1.0.0"),
    ("createTerrainUpload", 413, "", Some(TOO_LONG), Body::None, "4000000 bytes"),
    ("createTerrainUpload", 429, "", Some(LENGTH), Body::None, "4 uploads"),
    ("continueUpload", 409, "", Some(PIECE), Body::Text("x"), "`Upload-Offset`"),
    ("continueUpload", 412, "", Some(OTHER_TUS), Body::None, "1.0.0"),
    ("continueUpload", 413, "", Some(("upload-offset", "0")), Body::Long(101), "100 bytes"),
    ("continueUpload", 415, "", Some(PLAIN), Body::Text("x"), "offset+octet-stream"),
    ("continueTerrainUpload", 409, "", Some(PIECE), Body::Text("x"), "`Upload-Offset`"),
    ("continueTerrainUpload", 412, "", Some(OTHER_TUS), Body::None, "1.0.0"),
    ("continueTerrainUpload", 413, "", Some(("upload-offset", "0")), Body::Long(101), "100 bytes"),
    ("continueTerrainUpload", 415, "", Some(PLAIN), Body::Text("x"), "offset+octet-stream"),
    (
        "getTileContent",
        404,
        "/collections/buildings/3dtiles/content/00.glb",
        None,
        Body::None,
        "no tile `00.glb`",
    ),
    ("dataset.vector.getTileSetsList", 404, "/tiles?collections=nosuch", None, Body::None, "`nosuch`"),
    ("getWfs", 400, "/wfs?service=WFS", None, Body::None, ""),
    ("getWfs", 404, GML_ID, None, Body::None, ""),
    ("dismissJob", 409, "/jobs/2", None, Body::None, "it is dismissed"),
    ("getResults", 410, "/jobs/2/results", None, Body::None, "was dismissed"),
    ("getResult", 410, "/jobs/2/results/file", None, Body::None, "was dismissed"),
    ("getElevations", 413, "", Some(JSON), Body::Long(3_000_000), "bytes"),
    ("createTerrainModification", 409, "", Some(GEOJSON), Body::Text(TRIANGLE), "points"),
    ("createTerrainModification", 413, "", Some(GEOJSON), Body::Long((16 << 20) + 1), "16777216 bytes"),
    ("createTerrainModification", 415, "", Some(PLAIN), Body::Text("x"), "`text/plain`"),
    ("replaceTerrainModification", 409, "", Some(GEOJSON), Body::Text(TRIANGLE), "points"),
    ("replaceTerrainModification", 412, "", Some(OTHER_STATE), Body::Text(TRIANGLE), "`If-Match`"),
    ("replaceTerrainModification", 413, "", Some(GEOJSON), Body::Long((16 << 20) + 1), "16777216 bytes"),
    ("replaceTerrainModification", 415, "", Some(PLAIN), Body::Text("x"), "`text/plain`"),
    ("deleteTerrainModification", 412, "", Some(OTHER_STATE), Body::None, "`If-Match`"),
    ("execute", 400, "", Some(JSON), Body::Text(r#"{"inputs":{}}"#), "`inputs.collection`"),
    ("execute", 404, "/processes/nosuch/execution", Some(JSON), Body::Text("{}"), "`nosuch`"),
    ("execute", 409, "", Some(JSON), Body::Text(IMPORT), "0 of 100 bytes"),
    ("execute", 413, "", Some(JSON), Body::Long(70_000), "65536 bytes"),
    ("execute", 415, "", Some(PLAIN), Body::Text("x"), "application/json"),
    ("execute", 429, "", Some(JSON), Body::Text(FETCH), "4 uploads"),
];

/// A city, its terrain, jobs and uploads in every state that a row needs.
pub struct Town {
    pub server: Server,
    /// Of a server without data.
    empty: Served,
    writer: String,
    neighbour: String,
    feature: String,
    ended: String,
    upload: String,
    heights: String,
}

impl Town {
    /// `points` of the largest modification of the ground.
    pub async fn build(points: u32) -> Town {
        let allow = AllowList::new(&["http://127.0.0.1:1/".to_owned()]).unwrap();
        let server =
            Server::with(Supply { fetch: Fetch { allow, ..Fetch::default() }, mirrors: Vec::new() }).await;
        let store = &server.database.store;
        let source = server.folder.path().join("city.gml");
        std::fs::write(&source, city(3)).unwrap();
        let import = Import {
            sources: vec![source.display().to_string()],
            collection: "buildings".into(),
            checks: Checks::All,
            geoid_constant_m: Some(45.5),
            jobs: 1,
            ..Import::default()
        };
        import.run(store, Arc::new(Progress::default())).await.unwrap();
        let heights = server.folder.path().join("a.tif");
        Raster::square([696_500.0, 5_347_600.0], 100).write(&heights, |_| 480.0);
        let import = TerrainImport {
            sources: vec![heights.display().to_string()],
            terrain: "ground".into(),
            geoid_constant_m: Some(45.5),
            jobs: 1,
            ..TerrainImport::default()
        };
        import.run(store, Arc::default()).await.unwrap();
        modify(&server, points).await;
        let (writer, neighbour) =
            (server.token("write", None).await, server.token("import:elsewhere", None).await);
        let list = server.get("/collections/buildings/items").await.json();
        let id = |at: usize| list["features"][at]["id"].as_str().unwrap().to_owned();
        let (feature, ended) = (id(0), id(1));
        publish_conflicting(&server, &feature).await;
        let target = format!("/collections/buildings/items/{ended}");
        assert_eq!(server.send("DELETE", &target, &writer, &[], b"").await.status, 204);
        // Nobody works on them: the first waits, the second is dismissed.
        for id in ["1", "2"] {
            let order = json!({ "inputs": { "collection": "buildings", "format": "cityjson" } }).to_string();
            let headers = [JSON, ("prefer", "respond-async")];
            let made = server.post("/processes/export/execution", &writer, &headers, order.as_bytes()).await;
            assert!(made.header("location").ends_with(&format!("/jobs/{id}")), "{}", made.text());
        }
        assert_eq!(server.send("DELETE", "/jobs/2", &writer, &[], b"").await.status, 200);
        let announce = async |uploads: &str| {
            let made = server.post(uploads, &writer, &[LENGTH], b"").await;
            assert_eq!(made.status, 201, "{}", made.text());
            made.header("location").rsplit('/').next().unwrap().to_owned()
        };
        let (upload, heights) =
            (announce("/collections/buildings/uploads").await, announce("/terrain/ground/uploads").await);
        Town { empty: Served::start().await, server, writer, neighbour, feature, ended, upload, heights }
    }

    pub async fn close(self) {
        self.server.database.close().await;
        self.empty.database.close().await;
    }

    /// No more room for uploads.
    async fn fill(&self) {
        for _ in 0..2 {
            let uploads = "/collections/buildings/uploads";
            assert_eq!(self.server.post(uploads, &self.writer, &[LENGTH], b"").await.status, 201);
        }
    }

    async fn ask(&self, method: &str, row: &Row) -> Answer {
        let token = match row.who {
            Who::Nobody => None,
            Who::Stranger => Some("stt_nobody"),
            Who::Neighbour => Some(self.neighbour.as_str()),
            Who::Writer => Some(self.writer.as_str()),
        };
        let bearer = format!("Bearer {}", token.unwrap_or_default());
        let mut headers = row.headers.clone();
        if token.is_some() {
            headers.push(("authorization", &bearer));
        }
        // Nothing was imported: that is the only way for these.
        let address = if row.target == "/ground.json" { &self.empty.address } else { &self.server.address };
        send(address, method, &row.target, &headers, &row.body).await
    }

    /// A path at which there is something.
    pub fn sample(&self, path: &str) -> String {
        let upload = if path.starts_with("/terrain") { &self.heights } else { &self.upload };
        let names = [
            ("collectionId", "buildings"),
            ("featureId", self.feature.as_str()),
            ("uploadId", upload),
            ("jobId", "1"),
            ("processId", "import"),
            ("outputId", "file"),
            ("tileMatrixSetId", "WebMercatorQuad"),
            ("tileMatrix", "0"),
            ("tileRow", "0"),
            ("tileCol", "0"),
            ("terrainId", "ground"),
            ("organizationId", "garching"),
            ("modificationId", "1"),
            ("clientId", "masterportal"),
            ("styleId", "hillshade"),
            ("z", "0"),
            ("x", "0"),
            ("yTerrain", "0.terrain"),
        ];
        let path = names
            .iter()
            .fold(path.to_owned(), |path, (name, value)| path.replace(&format!("{{{name}}}"), value));
        // Of the rest anything will do.
        path.replace(['{', '}'], "")
    }

    /// The rule for all, where there is one.
    fn general(&self, path: &str, operation: &Value, is_read: bool, status: u16) -> Option<Row> {
        let needs_token = operation["security"].is_array();
        let sample = self.sample(path);
        let row = |who, target: String, detail| {
            Some(Row { who, target, headers: Vec::new(), body: Vec::new(), detail, offered: Vec::new() })
        };
        let who = if needs_token { Who::Writer } else { Who::Nobody };
        let part = path.split(['{', '}']).nth(1);
        match status {
            400 if operation["x-open"] == true => {
                let detail = part.map(|part| &*format!("`{part}`").leak())?;
                row(who, self.sample(&path.replacen(&format!("{{{}}}", part?), "a%00b", 1)), detail)
            }
            400 => row(who, format!("{sample}?nosuch=1"), "`nosuch`"),
            401 if is_read => row(Who::Stranger, sample, "token"),
            401 => row(Who::Nobody, sample, "token"),
            // What it is about stands in the body.
            403 if path.ends_with("/execution") => Some(Row {
                headers: vec![JSON],
                body: IMPORT.replace("{upload}", &self.upload).into(),
                ..row(Who::Neighbour, sample, "token")?
            }),
            403 => row(Who::Neighbour, sample, "token"),
            404 if path == "/ground.json" => row(who, sample, "ground"),
            404 => row(who, self.sample(&path.replacen(&format!("{{{}}}", part?), "nosuch", 1)), "nosuch"),
            406 => {
                let answers = operation["responses"].as_object()?.iter();
                let contents = answers.filter(|(status, _)| status.starts_with('2'));
                let contents = contents.filter_map(|(_, answer)| answer["content"].as_object());
                let offered: Vec<_> = contents.flat_map(|content| content.keys().cloned()).collect();
                assert!(offered.len() > usize::from(is_read), "{path}: one kind would be sent to anybody");
                Some(Row {
                    headers: vec![("accept", "x/y")],
                    offered,
                    ..row(who, sample, "none of the accepted")?
                })
            }
            410 => row(who, sample.replace(&self.feature, &self.ended), "is no more"),
            _ => None,
        }
    }

    fn row(&self, path: &str, operation: &Value, is_read: bool, status: u16) -> Option<Row> {
        let id = operation["operationId"].as_str().unwrap();
        let Some((.., target, header, body, detail)) = OWN.iter().find(|own| (own.0, own.1) == (id, status))
        else {
            return self.general(path, operation, is_read, status);
        };
        let target = if target.is_empty() { self.sample(path) } else { (*target).to_owned() };
        let body = match body {
            Body::None => Vec::new(),
            Body::Text(text) => {
                text.replace("{upload}", &self.upload).replace("{heights}", &self.heights).into()
            }
            Body::Long(bytes) => vec![b' '; *bytes],
            Body::File => form(&[], "a.gml", b"x"),
        };
        let mut headers: Vec<_> = header.iter().copied().collect();
        if headers == [("upload-offset", "0")] {
            headers.push(PIECE);
        }
        Some(Row { who: Who::Writer, target, headers, body, detail, offered: Vec::new() })
    }
}

/// A small modification, and one of so many points.
async fn modify(server: &Server, points: u32) {
    let store = &server.database.store;
    let terrain = store.terrain("ground").await.unwrap().unwrap();
    for points in [3, points] {
        let ring = (0..points).map(|at| [696_510.0 + f64::from(at) * 1e-5, 5_347_510.0]).collect();
        let edit = GroundEdit { polygon: vec![ring], target: GroundTarget::Level(470.0), embankment: None };
        let new =
            NewModification { name: String::new(), is_enabled: false, in_base: false, edit, figures: None };
        let most = ModificationCount { modifications: 9, points: 1_000_000 };
        store.add_terrain_modification(terrain.key, &new, most).await.unwrap();
    }
}

/// What is wrong with the answer.
fn fault(operation: &str, row: &Row, status: u16, answer: &Answer) -> Option<String> {
    let at = format!("{operation} {status} {}: {} {}", row.target, answer.status, answer.text());
    if answer.status != status {
        return Some(at);
    }
    if operation == WFS {
        let is_report = answer.header("content-type") == "application/xml"
            && answer.text().contains("ows:ExceptionReport");
        return (!is_report).then_some(at);
    }
    if answer.header("content-type") != "application/problem+json" {
        return Some(at);
    }
    let problem = answer.json();
    let is_text = |name: &str| problem[name].as_str().is_some_and(|text| !text.is_empty());
    let is_whole = ["type", "title", "detail"].into_iter().all(is_text) && problem["status"] == status;
    let is_told = problem["detail"].as_str().is_some_and(|detail| {
        let is_named = |media: &String| detail.split([' ', ',']).any(|word| word == media);
        detail.contains(row.detail) && row.offered.iter().all(is_named)
    });
    (!is_whole || !is_told).then_some(at)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_declared_refusal_is_provoked() {
    // All that there may be.
    let town = Town::build(500_000).await;
    let definition = town.server.get("/api").await.json();
    let mut all = Vec::new();
    let mut wrong = Vec::new();
    for (path, item) in definition["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            if EDITS.contains(&id) || operation["tags"] == json!(["Plans"]) {
                continue;
            }
            let is_read = method == "get";
            let mut operation = operation.clone();
            // What ignores unknown parameters says so by naming none of its own, or by its answer.
            operation["x-open"] = Value::Bool(town.ignores(path).await);
            for status in
                operation["responses"].as_object().unwrap().keys().filter(|status| status.starts_with('4'))
            {
                let status = status.parse::<u16>().unwrap();
                match town.row(path, &operation, is_read, status) {
                    Some(row) => all.push((method.to_uppercase(), id.to_owned(), status, row)),
                    None => wrong.push(format!("{id} {status} is declared and has no row")),
                }
            }
        }
    }
    // The room for uploads is taken for the last.
    all.sort_by_key(|(.., status, _)| *status == 429);
    let mut is_full = false;
    for (method, id, status, row) in &all {
        if *status == 429 && !is_full {
            town.fill().await;
            is_full = true;
        }
        wrong.extend(fault(id, row, *status, &town.ask(method, row).await));
    }
    // What the service does not offer is no fault of the client's.
    let locked = town.server.get("/wfs?service=WFS&request=LockFeature").await;
    assert_eq!(locked.status, 501);
    assert!(definition["paths"]["/wfs"]["get"]["responses"]["501"].is_object());
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), all.len(), wrong.join("\n"));
    assert!(all.len() > 200, "{}", all.len());
    town.close().await;
}

impl Town {
    /// Whether any query goes here.
    async fn ignores(&self, path: &str) -> bool {
        let target = format!("{}?nosuch=1", self.sample(path));
        let answer = send(&self.server.address, "HEAD", &target, &[], b"").await;
        answer.status != 400
    }
}

/// A value that the schema of a parameter does not allow; `None`: any text may be.
fn no_value(schema: &Value) -> Option<&'static str> {
    let is_checked = schema["enum"].is_array()
        || schema["items"]["enum"].is_array()
        || schema["pattern"].is_string()
        || schema["format"] == "uri"
        || schema["items"]["type"] == "number"
        || ["integer", "number", "boolean"].contains(&schema["type"].as_str().unwrap_or_default());
    is_checked.then_some("!")
}

/// Each parameter of each question with a value that its schema forbids: 400, and the detail names it.
#[tokio::test(flavor = "multi_thread")]
async fn wrong_values_are_named() {
    let town = Town::build(3).await;
    let definition = town.server.get("/api").await.json();
    let mut wrong = Vec::new();
    let mut count = 0;
    for (path, item) in definition["paths"].as_object().unwrap() {
        let parameters = item["get"]["parameters"].as_array().into_iter().flatten();
        let parameters =
            parameters.map(|one| definition.pointer(&one["$ref"].as_str().unwrap()[1..]).unwrap());
        for parameter in parameters.filter(|parameter| parameter["in"] == "query") {
            let name = parameter["name"].as_str().unwrap();
            // What is no text of any kind, and is checked by more than its schema.
            let is_text_of_a_form = ["datetime", "filter", "sortby"].contains(&name);
            let value = no_value(&parameter["schema"]).or(is_text_of_a_form.then_some("!"));
            let Some(value) = value else { continue };
            // Neighbours without which the parameter would not be looked at.
            let beside = match name {
                "bbox-crs" => "&bbox=1,2,3,4",
                "filter-crs" => "&filter=true",
                _ => "",
            };
            count += 1;
            let target = format!("{}?{name}={value}{beside}", town.sample(path));
            // Who may read all: that comes before values are looked at.
            let answer = town.server.send("GET", &target, &town.writer, &[], b"").await;
            let names = |detail: &str| detail.contains(&format!("`{name}`"));
            if answer.status != 400 || !answer.json()["detail"].as_str().is_some_and(names) {
                wrong.push(format!("{target}: {} {}", answer.status, answer.text()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count} wrong:\n{}", wrong.len(), wrong.join("\n"));
    town.close().await;
}

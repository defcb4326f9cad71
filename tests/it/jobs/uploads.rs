//! Files that come over HTTP: in a form, in pieces, or from a folder of the server.

use serde_json::json;

use super::server::{FORM, JSON, Server, city, form, form_of};
use crate::http::send;
use crate::images::{RED, building, model_of};

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
    let page = server.job(&format!("{location}?f=html&lang=de")).await;
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
async fn a_finished_upload_is_ordered_once() {
    let server = Server::start().await;
    let token = server.token("import:buildings", None).await;
    let id = upload(&server, &token, &city(2)).await;
    let imports = "/collections/buildings/imports";
    let order = |more: &str| format!("{{\"upload\":\"{id}\"{more}}}");
    // A faulty order takes nothing away from the next one.
    let answer = server.post(imports, &token, &[JSON], order(",\"crs\":\"none\"").as_bytes()).await;
    assert_eq!(answer.status, 400, "{}", answer.text());
    for (more, told) in [
        (",\"priority\":101", "from -100 to 100, not 101"),
        (",\"title\":null", "null"),
        (",\"href\":null", "null"),
    ] {
        let answer = server.post(imports, &token, &[JSON], order(more).as_bytes()).await;
        assert!(answer.status == 400 && answer.text().contains(told), "{}", answer.text());
    }
    let (text, headers) = (order(""), [JSON]);
    let (a, b) = tokio::join!(
        server.post(imports, &token, &headers, text.as_bytes()),
        server.post(imports, &token, &headers, text.as_bytes())
    );
    let mut statuses = [a.status, b.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409], "{} {}", a.text(), b.text());
    let refused = if a.status == 409 { a } else { b };
    assert!(refused.text().contains("is being imported already"), "{}", refused.text());
    server.database.close().await;
}

/// The id of a finished upload.
async fn upload(server: &Server, token: &str, file: &[u8]) -> String {
    let length = file.len().to_string();
    let uploads = "/collections/buildings/uploads";
    let answer = server.post(uploads, token, &[("upload-length", length.as_str())], b"").await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let location = answer.header("location").to_owned();
    let headers = [("content-type", "application/offset+octet-stream"), ("upload-offset", "0")];
    assert_eq!(server.send("PATCH", &location, token, &headers, file).await.status, 204);
    location.rsplit('/').next().unwrap().to_owned()
}

/// Room for 10,000,000 bytes in all, 4,000,000 each, and for four uploads that are not ordered.
#[tokio::test(flavor = "multi_thread")]
async fn uploads_share_a_bounded_room() {
    let server = Server::start().await;
    let token = server.token("import:buildings", None).await;
    let uploads = "/collections/buildings/uploads";
    let announce = async |bytes: &str| {
        let answer = server.post(uploads, &token, &[("upload-length", bytes)], b"").await;
        let detail = if answer.status == 201 { String::new() } else { answer.json()["detail"].to_string() };
        (answer.status, detail)
    };
    for _ in 0..2 {
        assert_eq!(announce("4000000").await.0, 201);
    }
    let (status, told) = announce("2000001").await;
    assert!(status == 429 && told.contains("8000000 of 10000000 bytes"), "{status} {told}");
    let large = form(&[], "a.gml", &vec![b' '; 2_100_000]);
    let answer = server.post("/collections/buildings/imports", &token, &[FORM], &large).await;
    assert_eq!(answer.status, 429, "{}", answer.text());
    assert_eq!((announce("1000").await.0, announce("1000").await.0), (201, 201));
    let (status, told) = announce("1000").await;
    assert!(status == 429 && told.contains("4 uploads wait"), "{status} {told}");
    let offer = server.get(uploads).await.json();
    assert_eq!((&offer["maximumTotalBytes"], &offer["maximumCount"]), (&json!(10_000_000), &json!(4)));
    server.database.close().await;
}

/// The head of a part, the room before the first one, and many fields.
#[tokio::test(flavor = "multi_thread")]
async fn heads_of_parts_are_bounded() {
    let server = Server::start().await;
    let token = server.token("import:buildings", None).await;
    let long = "x".repeat(3_000_000);
    let head = format!("--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{long}\"\r\n\r\n");
    let fields = "--XX\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nx\r\n".repeat(101);
    for (body, told) in [
        (head, "the head of a part is longer than 32768 bytes"),
        (long, "the head of a part is longer than 32768 bytes"),
        (fields, "100 text fields at most"),
    ] {
        let answer = server.post("/collections/buildings/imports", &token, &[FORM], body.as_bytes()).await;
        assert!(answer.status == 400 && answer.text().contains(told), "{}", answer.text());
    }
    assert_eq!(std::fs::read_dir(server.folder.path().join("spool")).unwrap().count(), 1);
    server.database.close().await;
}

/// A textured model and its image as two parts of a form: the model names the image with a folder.
#[tokio::test(flavor = "multi_thread")]
async fn images_of_a_form_are_textures() {
    let server = Server::start().await;
    let token = server.token("import:buildings", None).await;
    let _worker = server.work();
    let image = RED;
    let model = model_of(&building("a", &["Bilder\\Facade.PNG", "/srv/facade.png"]));
    let files = [("city.gml", model.as_bytes()), ("facade.png", image)];
    let body = form_of(&[("checks", "none")], &files);
    let answer = server.post("/collections/buildings/imports", &token, &[FORM], &body).await;
    let job = server.ended(answer.header("location")).await;
    assert_eq!((&job["status"], &job["report"]["inserted"]), (&json!("successful"), &json!(1)), "{job}");
    assert_eq!(
        (&job["report"]["files"].as_array().unwrap().len(), &job["report"]["issues"]),
        (&1, &json!({})),
        "{job}"
    );
    let mut hash = [0; 16];
    hash.copy_from_slice(&blake3::hash(image).as_bytes()[..16]);
    let kept = server.get(&format!("/images/{:032x}", u128::from_be_bytes(hash))).await;
    assert_eq!((kept.status, kept.body), (200, image.to_vec()));
    let twice = form_of(&[], &[("a.gml", model.as_bytes()), ("a.png", image), ("A.png", image)]);
    let answer = server.post("/collections/buildings/imports", &token, &[FORM], &twice).await;
    assert!(answer.status == 400 && answer.text().contains("two images"), "{}", answer.text());
    server.database.close().await;
}

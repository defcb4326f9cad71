//! Texture images through the whole import: found in folder and archive, stored once, served as they were.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use sqlx::{Connection, PgConnection};
use stadtwin::api::{AppState, serve};
use stadtwin::crs::HeightModel;
use stadtwin::jobs::{Checks, Import, ImportReport};
use stadtwin::store::Store;

use crate::http::request;
use crate::support::database::database;

/// A red pixel, written by Pillow.
pub const RED: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90\x77\x53\xde\
    \0\0\0\x0cIDAT\x78\x9c\x63\xf8\xcf\xc0\0\0\x03\x01\x01\0\xc9\xfe\x92\xef\0\0\0\0IEND\xae\x42\x60\x82";

const NAMESPACES: &str = "xmlns='http://www.opengis.net/citygml/2.0' xmlns:gml='http://www.opengis.net/gml' \
    xmlns:bldg='http://www.opengis.net/citygml/building/2.0' xmlns:app='http://www.opengis.net/citygml/appearance/2.0'";

/// A building of one triangle that wears each image in a theme of its own.
pub fn building(id: &str, images: &[&str]) -> String {
    let appearance = |(theme, image): (usize, &&str)| {
        format!(
            "<app:appearance><app:Appearance><app:theme>{theme}</app:theme><app:surfaceDataMember>\
             <app:ParameterizedTexture><app:imageURI>{image}</app:imageURI><app:target uri='#{id}p'><app:TexCoordList>\
             <app:textureCoordinates ring='#{id}r'>0 0 1 0 1 1 0 0</app:textureCoordinates></app:TexCoordList>\
             </app:target></app:ParameterizedTexture></app:surfaceDataMember></app:Appearance></app:appearance>"
        )
    };
    let appearances: String = images.iter().enumerate().map(appearance).collect();
    format!(
        "<cityObjectMember><bldg:Building gml:id='{id}'>{appearances}<bldg:lod2MultiSurface><gml:MultiSurface>\
         <gml:surfaceMember><gml:Polygon gml:id='{id}p'><gml:exterior><gml:LinearRing gml:id='{id}r'>\
         <gml:posList srsDimension='3'>691000 5335000 510 691010 5335000 510 691010 5335010 515 691000 5335000 510\
         </gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember></gml:MultiSurface>\
         </bldg:lod2MultiSurface></bldg:Building></cityObjectMember>"
    )
}

fn files() -> Vec<(&'static str, Vec<u8>)> {
    let odd = [
        "..\\Images\\WALL.png",
        "none.png",
        "none.png",
        "notes.png",
        "http://example.org/a.png",
        "../../up.png",
    ];
    let members = [building("a", &["../images/wall.PNG"]), building("b", &odd), building("c", &["none.png"])];
    vec![
        ("models/town.gml", model_of(&members.concat()).into_bytes()),
        ("models/notes.png", b"no image".to_vec()),
        ("Images/Wall.png", RED.to_vec()),
    ]
}

/// A file with these members.
pub fn model_of(members: &str) -> String {
    let envelope = "<gml:boundedBy><gml:Envelope srsName='EPSG:25832' srsDimension='3'><gml:lowerCorner>691000 5335000 510\
        </gml:lowerCorner><gml:upperCorner>691010 5335010 515</gml:upperCorner></gml:Envelope></gml:boundedBy>";
    format!("<CityModel {NAMESPACES}>{envelope}{members}</CityModel>")
}

async fn import(store: &Store, source: &Path, collection: &str, dry_run: bool) -> ImportReport {
    let import = Import {
        sources: vec![source.display().to_string()],
        collection: collection.into(),
        geoid_constant_m: Some(45.5),
        checks: Checks::None,
        dry_run,
        jobs: 2,
        ..Import::default()
    };
    import.run(store, Arc::default()).await.unwrap()
}

/// Name and hash of an object's images, by theme.
async fn images(store: &Store, collection: &str, id: &str) -> Vec<(String, Option<String>)> {
    let collection = store.collection(collection).await.unwrap().unwrap();
    let known = store.known(&collection, &[id.to_owned()]).await.unwrap();
    let objects = store.objects(&collection, &[known[id].key]).await.unwrap();
    let appearances = &objects[0].1.geometries[0].appearances;
    let textures = appearances.iter().flat_map(|appearance| &appearance.textures);
    textures.map(|texture| (texture.image.clone(), texture.image_hash.clone())).collect()
}

async fn stored(url: &str) -> i64 {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::query_scalar("SELECT count(*) FROM image").fetch_one(&mut connection).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn images_are_found_stored_once_and_served() {
    let database = database().await;
    let store = &database.store;
    let folder = tempfile::tempdir().unwrap();
    let town = folder.path().join("town");
    let mut archive = zip::ZipWriter::new(std::fs::File::create(folder.path().join("town.zip")).unwrap());
    for (name, content) in files() {
        std::fs::create_dir_all(town.join(name).parent().unwrap()).unwrap();
        std::fs::write(town.join(name), &content).unwrap();
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(&content).unwrap();
    }
    archive.finish().unwrap();
    std::fs::write(folder.path().join("up.png"), RED).unwrap();

    for (source, collection) in [("town", "folder"), ("town.zip", "archive")] {
        let report = import(store, &folder.path().join(source), collection, false).await;
        assert_eq!((report.inserted, report.is_incomplete), (3, false), "{report:?}");
        let found: Vec<_> = report
            .issues
            .iter()
            .filter(|(code, _)| code.starts_with("image"))
            .map(|(code, count)| (code.as_str(), *count))
            .collect();
        assert_eq!(found, [("image_missing", 1), ("image_outside", 2), ("image_unusable", 1)]);
        assert!(report.examples["image_missing"].contains("`none.png`"), "{report:?}");
        let again = import(store, &folder.path().join(source), collection, false).await;
        assert_eq!((again.inserted, again.updated, again.unchanged), (0, 0, 3), "{again:?}");
    }
    assert_eq!(stored(&database.url).await, 1);
    let worn = images(store, "folder", "a").await;
    assert_eq!((worn.len(), worn[0].0.as_str()), (1, "../images/wall.PNG"));
    let hash = worn[0].1.clone().unwrap();
    let odd = images(store, "archive", "b").await;
    assert_eq!(odd.len(), 6, "{odd:?}");
    for (name, found) in odd {
        assert_eq!(found, (name == "..\\Images\\WALL.png").then(|| hash.clone()), "{name}");
    }
    check_served(store, &hash).await;

    let green = [&RED[..41], &[0xff][..], &RED[42..]].concat();
    std::fs::write(town.join("Images/Wall.png"), &green).unwrap();
    let dry = import(store, &town, "folder", true).await;
    assert_eq!((dry.updated, dry.unchanged, stored(&database.url).await), (2, 1, 1), "{dry:?}");
    let changed = import(store, &town, "folder", false).await;
    assert_eq!((changed.updated, changed.unchanged, stored(&database.url).await), (2, 1, 2), "{changed:?}");
    database.close().await;
}

async fn check_served(store: &Store, hash: &str) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let state = AppState::new(store.clone(), HeightModel::Constant(45.5));
    let server = tokio::spawn(serve(state, listener, std::future::pending()));
    let target = format!("/images/{hash}");
    let image = request(&address, "GET", &target, &[("accept", "image/avif,image/*;q=0.8")]).await;
    assert_eq!((image.status, image.header("content-type")), (200, "image/png"));
    assert_eq!(image.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(image.header("x-content-type-options"), "nosniff");
    assert_eq!(image.body, RED);
    let tag = image.header("etag").to_owned();
    let known = request(&address, "GET", &target, &[("if-none-match", &tag)]).await;
    assert_eq!((known.status, known.body.len(), tag.len()), (304, 0, 34));
    for none in [&"0".repeat(32), "x", &hash.to_uppercase(), &format!("{hash}00")] {
        let answer = request(&address, "GET", &format!("/images/{none}"), &[]).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (404, "application/problem+json"),
            "{none}"
        );
    }
    server.abort();
}

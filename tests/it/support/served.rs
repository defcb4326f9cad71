//! Small files of one's own into a fresh database, and a server over it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use stadtwin::api::{AppState, serve};
use stadtwin::crs::HeightModel;
use stadtwin::jobs::{Checks, Import, ImportReport, Progress};

use super::database::{Database, database};
use crate::http::{Answer, request};

/// A database with a server over it, and a folder for files.
pub struct Served {
    pub database: Database,
    pub address: String,
    pub folder: tempfile::TempDir,
}

impl Served {
    pub async fn start() -> Served {
        let database = database().await;
        let state = AppState::new(database.store.clone(), HeightModel::Constant(45.5));
        let address = start(state).await;
        Served { database, address, folder: tempfile::tempdir().unwrap() }
    }

    /// Writes a file into the folder.
    pub fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    pub async fn import(&self, collection: &str, source: &Path) -> ImportReport {
        self.import_with(collection, source, Import::default()).await
    }

    pub async fn import_with(&self, collection: &str, source: &Path, other: Import) -> ImportReport {
        let import = Import {
            sources: vec![source.display().to_string()],
            collection: collection.into(),
            checks: Checks::All,
            geoid_constant_m: Some(45.5),
            jobs: 2,
            ..other
        };
        import.run(&self.database.store, Arc::new(Progress::default())).await.unwrap()
    }

    pub async fn get(&self, target: &str) -> Answer {
        request(&self.address, "GET", target, &[]).await
    }

    pub async fn json(&self, target: &str) -> Value {
        let answer = self.get(target).await;
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        answer.json()
    }

    pub async fn html(&self, target: &str) -> String {
        let answer = request(&self.address, "GET", target, &[("accept", "text/html")]).await;
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        answer.text()
    }
}

/// Starts a server; gives its address.
pub async fn start(state: AppState) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(serve(state, listener, std::future::pending()));
    address
}

/// A CityGML 2.0 document around members; EPSG:25832.
pub fn citygml(members: &str) -> String {
    format!(
        "<core:CityModel xmlns:core='http://www.opengis.net/citygml/2.0' xmlns:bldg='http://www.opengis.net/citygml/building/2.0' \
         xmlns:grp='http://www.opengis.net/citygml/cityobjectgroup/2.0' xmlns:app='http://www.opengis.net/citygml/appearance/2.0' \
         xmlns:frn='http://www.opengis.net/citygml/cityfurniture/2.0' xmlns:x='http://example.org/x' \
         xmlns:gml='http://www.opengis.net/gml' xmlns:xlink='http://www.w3.org/1999/xlink'>\
         <gml:boundedBy><gml:Envelope srsName='EPSG:25832' srsDimension='3'><gml:lowerCorner>0 0 0</gml:lowerCorner>\
         <gml:upperCorner>1 1 1</gml:upperCorner></gml:Envelope></gml:boundedBy>\n{members}\n</core:CityModel>"
    )
}

/// A building with a triangle for a floor; `inside` stands before it.
pub fn building(id: &str, inside: &str) -> String {
    format!(
        "<core:cityObjectMember><bldg:Building gml:id='{id}'>{inside}<bldg:lod1MultiSurface>{}</bldg:lod1MultiSurface>\
         </bldg:Building></core:cityObjectMember>",
        triangle(&format!("{id}_g"))
    )
}

/// A gml:MultiSurface of one triangle.
pub fn triangle(id: &str) -> String {
    format!(
        "<gml:MultiSurface gml:id='{id}'><gml:surfaceMember><gml:Polygon gml:id='{id}_p'><gml:exterior><gml:LinearRing>\
         <gml:posList>690000 5334000 500 690010 5334000 500 690000 5334010 500 690000 5334000 500</gml:posList>\
         </gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember></gml:MultiSurface>"
    )
}

/// The folder of the shared data, if it is there.
pub fn shared_data() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = std::env::var_os("STADTWIN_SHARED_DATA").map_or_else(beside, PathBuf::from);
    if !folder.is_dir() {
        println!("skipped: no shared data beside the checkout (STADTWIN_SHARED_DATA names another place)");
        return None;
    }
    Some(folder)
}

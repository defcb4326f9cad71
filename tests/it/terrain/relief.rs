//! Relief of a collection that becomes a terrain: triangles, mass points and break lines; heights by hand.

use serde_json::{Value, json};
use stadtwin::jobs::{ReliefSource, TerrainImport};
use stadtwin::model::Lod;

use super::{CORNER, import};
use crate::jobs::Server;
use crate::support::served::Served;

const JSON: (&str, &str) = ("content-type", "application/json");

/// A place by its distance from the corner.
fn at(x: f64, y: f64) -> [f64; 2] {
    [CORNER[0] + x, CORNER[1] + y]
}

fn positions(points: &[[f64; 3]]) -> String {
    let text = |[x, y, up]: &[f64; 3]| format!("{} {} {up}", CORNER[0] + x, CORNER[1] + y);
    points.iter().map(text).collect::<Vec<_>>().join(" ")
}

fn triangle(points: [[f64; 3]; 3]) -> String {
    let [a, b, c] = points;
    format!(
        "<gml:Triangle><gml:exterior><gml:LinearRing><gml:posList>{}</gml:posList></gml:LinearRing></gml:exterior></gml:Triangle>",
        positions(&[a, b, c, a])
    )
}

/// A component of triangles over the square of 40 m from x eastward, whose heights `height` gives.
fn tin(id: &str, lod: u8, x: f64, height: impl Fn(f64, f64) -> f64) -> String {
    let corner = |dx: f64, y: f64| [x + dx, y, height(x + dx, y)];
    let (a, b, c, d) = (corner(0.0, 0.0), corner(40.0, 0.0), corner(40.0, 40.0), corner(0.0, 40.0));
    format!(
        "<dem:reliefComponent><dem:TINRelief gml:id='{id}'><dem:lod>{lod}</dem:lod><dem:tin><gml:TriangulatedSurface>\
         <gml:trianglePatches>{}{}</gml:trianglePatches></gml:TriangulatedSurface></dem:tin></dem:TINRelief></dem:reliefComponent>",
        triangle([a, b, c]),
        triangle([a, c, d])
    )
}

fn mass_points(id: &str, lod: u8, points: &[[f64; 3]]) -> String {
    let members: String = points
        .iter()
        .map(|point| {
            let place = positions(std::slice::from_ref(point));
            format!("<gml:pointMember><gml:Point><gml:pos>{place}</gml:pos></gml:Point></gml:pointMember>")
        })
        .collect();
    format!(
        "<dem:reliefComponent><dem:MassPointRelief gml:id='{id}'><dem:lod>{lod}</dem:lod><dem:reliefPoints>\
         <gml:MultiPoint>{members}</gml:MultiPoint></dem:reliefPoints></dem:MassPointRelief></dem:reliefComponent>"
    )
}

fn break_line(id: &str, lod: u8, line: &[[f64; 3]]) -> String {
    format!(
        "<dem:reliefComponent><dem:BreaklineRelief gml:id='{id}'><dem:lod>{lod}</dem:lod><dem:ridgeOrValleyLines><gml:MultiCurve>\
         <gml:curveMember><gml:LineString><gml:posList>{}</gml:posList></gml:LineString></gml:curveMember></gml:MultiCurve>\
         </dem:ridgeOrValleyLines></dem:BreaklineRelief></dem:reliefComponent>",
        positions(line)
    )
}

fn relief(id: &str, lod: u8, components: &str) -> String {
    format!(
        "<core:cityObjectMember><dem:ReliefFeature gml:id='{id}'><dem:lod>{lod}</dem:lod>{components}</dem:ReliefFeature></core:cityObjectMember>"
    )
}

fn document(members: &str) -> String {
    format!(
        "<core:CityModel xmlns:core='http://www.opengis.net/citygml/2.0' xmlns:dem='http://www.opengis.net/citygml/relief/2.0' \
         xmlns:gml='http://www.opengis.net/gml'><gml:boundedBy><gml:Envelope srsName='urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::7837' \
         srsDimension='3'><gml:lowerCorner>{}</gml:lowerCorner><gml:upperCorner>{}</gml:upperCorner></gml:Envelope></gml:boundedBy>\
         {members}</core:CityModel>",
        positions(&[[0.0, 0.0, 480.0]]),
        positions(&[[80.0, 40.0, 520.0]]),
    )
}

async fn height(served: &Served, x: f64, y: f64) -> Value {
    let [east, north] = at(x, y);
    let target = format!("/terrain/ground/elevation?crs=25832&point={east},{north}");
    served.json(&target).await["elevation"].clone()
}

fn of(collection: &str, lod: Option<Lod>) -> TerrainImport {
    let relief = Some(ReliefSource { collection: collection.into(), lod });
    TerrainImport { relief, ..TerrainImport::default() }
}

async fn check(served: &Served, cases: &[(f64, f64, Option<f64>)]) {
    for (x, y, expected) in cases {
        let found = height(served, *x, *y).await.as_f64();
        let is_near = match (found, expected) {
            (Some(found), Some(expected)) => (found - expected).abs() < 0.002,
            (found, expected) => found.is_none() && expected.is_none(),
        };
        assert!(is_near, "{x} {y}: {found:?} instead of {expected:?}");
    }
}

#[tokio::test]
async fn triangles_of_the_finest_level_become_the_ground() {
    let served = Served::start().await;
    // West: LoD1 level at 480 m and LoD2, a plane. East: LoD1 alone, and lower.
    let plane = |x: f64, y: f64| 500.0 + x / 10.0 + y / 4.0;
    let west = relief("west", 2, &(tin("w1", 1, 0.0, |_, _| 480.0) + &tin("w2", 2, 0.0, plane)));
    let east = relief("east", 1, &tin("e1", 1, 40.0, |_, _| 470.0));
    let path = served.write("relief.gml", &document(&(west + &east)));
    served.import("dem", &path).await;
    let report = import(&served, &[], of("dem", None)).await.unwrap();
    assert_eq!((report.cell_m, report.files[0].file.as_str()), (1.0, "relief of dem"));
    // Hand: 81 × 41 nodes at whole metres, border included.
    assert_eq!(report.samples, 81 * 41);
    // Hand: 500 + 12/10 + 8/4, and so on; the common border belongs to the finer level.
    check(
        &served,
        &[
            (12.0, 8.0, Some(503.2)),
            (0.0, 0.0, Some(500.0)),
            (33.5, 20.25, Some(508.4125)),
            (40.0, 10.0, Some(506.5)),
            (60.0, 20.0, Some(470.0)),
            (81.5, 20.0, None),
        ],
    )
    .await;
    let coarse = of("dem", Some(Lod::whole(1)));
    import(&served, &[], coarse).await.unwrap();
    check(&served, &[(12.0, 8.0, Some(480.0)), (60.0, 20.0, Some(470.0))]).await;
    let again = import(&served, &[], of("dem", Some(Lod::whole(1)))).await.unwrap();
    assert_eq!(again.revision, None, "nothing changed");
    for (collection, lod, told) in [
        ("dem", Some(Lod::whole(4)), "collection `dem` has no relief of LoD 4"),
        ("none", None, "no collection `none`"),
    ] {
        let error = import(&served, &[], of(collection, lod)).await.unwrap_err();
        assert!(format!("{error:#}").contains(told), "{error:#}");
    }
    let crs = TerrainImport { crs: Some("25833+7837".into()), ..of("dem", None) };
    let error = import(&served, &[], crs).await.unwrap_err();
    assert!(error.to_string().contains("is in the storage CRS EPSG:25832"), "{error:#}");
    served.database.close().await;
}

/// Hand: flat ground at 480 m whose points lie close to a dam that is 5 m high along x = 20, given as a line alone.
#[tokio::test]
async fn mass_points_and_break_lines_are_triangulated() {
    let served = Served::start().await;
    let sides = (0..=40).flat_map(|y| [18.0, 22.0].map(|x| [x, f64::from(y), 480.0]));
    let corners = [[0.0, 0.0, 480.0], [40.0, 0.0, 480.0], [0.0, 40.0, 480.0], [40.0, 40.0, 480.0]];
    let points: Vec<_> = sides.chain(corners).collect();
    let (a, b) = points.split_at(points.len() / 2);
    let dam = break_line("dam", 3, &[[20.0, 0.0, 485.0], [20.0, 40.0, 485.0]]);
    // Two features: what one knows of the ground goes on into the other.
    let members =
        relief("south", 3, &mass_points("a", 3, a)) + &relief("north", 3, &(mass_points("b", 3, b) + &dam));
    served.import("dem", &served.write("points.gml", &document(&members))).await;
    let report = import(&served, &[], TerrainImport { cell_m: Some(0.5), ..of("dem", None) }).await.unwrap();
    assert_eq!((report.samples, report.cell_m), (81 * 81, 0.5));
    assert!(report.issues.iter().all(|issue| issue.code != "break_lines_cross"), "{:?}", report.issues);
    check(
        &served,
        &[
            (20.0, 20.0, Some(485.0)),
            (20.0, 33.5, Some(485.0)),
            (19.0, 20.0, Some(482.5)),
            (21.5, 7.0, Some(481.25)),
            (10.0, 20.0, Some(480.0)),
        ],
    )
    .await;
    served.database.close().await;
}

/// As a job over HTTP, from CityJSON.
#[tokio::test(flavor = "multi_thread")]
async fn relief_is_imported_over_http() {
    let server = Server::start().await;
    let token = server.token("write", None).await;
    let _worker = server.work();
    // Hand: up = 480 + x / 2 over a square of 10 m.
    let vertices = [[0, 0, 480], [10, 0, 485], [10, 10, 485], [0, 10, 480]];
    let city = json!({
        "type": "CityJSON", "version": "2.0",
        "transform": { "scale": [1, 1, 1], "translate": [CORNER[0], CORNER[1], 0] },
        "metadata": { "referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/25832" },
        "CityObjects": { "t": { "type": "TINRelief", "geometry": [{
            "type": "CompositeSurface", "lod": "1", "boundaries": [[[0, 1, 2]], [[0, 2, 3]]],
        }] } },
        "vertices": vertices,
    });
    let body = crate::jobs::form(&[("crs", "25832+7837")], "relief.city.json", city.to_string().as_bytes());
    let answer = server.post("/collections/dem/imports", &token, &[crate::jobs::FORM], &body).await;
    let job = server.ended(answer.header("location")).await;
    assert_eq!(job["status"], "successful", "{job}");
    let order = json!({ "collection": "dem", "lod": "1", "title": "Relief" }).to_string();
    let answer = server.post("/terrain/ground/imports", &token, &[JSON], order.as_bytes()).await;
    let job = server.ended(answer.header("location")).await;
    assert_eq!(job["status"], "successful", "{job}");
    let [east, north] = at(3.0, 5.0);
    let target = format!("/terrain/ground/elevation?crs=25832&point={east},{north}");
    assert_eq!(server.get(&target).await.json()["elevation"], 481.5);
    for (order, told) in [
        (json!({ "collection": "dem", "lod": "two" }), "a LoD is written as 2 or 2.2"),
        (json!({ "lod": "1", "href": "a.tif" }), ""),
        (json!({ "collection": "dem", "upload": "0" }), "give one of"),
        (json!({ "collection": "../dem" }), "is no name for a collection"),
    ] {
        let answer =
            server.post("/terrain/ground/imports", &token, &[JSON], order.to_string().as_bytes()).await;
        assert!(answer.status == 400 && answer.text().contains(told), "{order}: {}", answer.text());
    }
    server.database.close().await;
}

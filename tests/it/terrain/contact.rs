//! Buildings against the ground. The ground is a tilted plane, so that every height is counted by hand: a box of
//! 10 m × 10 m whose floor has the height of the plane below its middle has a corner 0.15 m above it and one as much below.

use serde_json::{Value, json};
use stadtwin::jobs::{ComparisonReport, Rollback, TerrainComparison, TerrainImport};

use super::{CORNER, import, plane, write_four};
use crate::support::geotiff::Raster;
use crate::support::served::{Served, citygml};

/// A box with its south-west corner at `[east, north]` from `CORNER`, its floor `above_m` over the plane at its middle.
fn house(id: &str, [x, y]: [f64; 2], above_m: f64, says: &str) -> String {
    let [x, y] = [CORNER[0] + x, CORNER[1] + y];
    solid_box(id, [x, y], plane([x + 5.0, y + 5.0]) + above_m, says)
}

/// A box of 10 m × 10 m × 6 m as a building of LoD1.
pub fn solid_box(id: &str, corner: [f64; 2], z: f64, says: &str) -> String {
    let faces = box_faces(corner, z);
    format!(
        "<core:cityObjectMember><bldg:Building gml:id='{id}'>{says}<bldg:lod1Solid><gml:Solid><gml:exterior>\
         <gml:CompositeSurface>{faces}</gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod1Solid></bldg:Building>\
         </core:cityObjectMember>"
    )
}

/// The gml:surfaceMembers of a box of 10 m × 10 m × 6 m.
pub fn box_faces([x, y]: [f64; 2], z: f64) -> String {
    let (e, n, top) = (x + 10.0, y + 10.0, z + 6.0);
    let faces = [
        [[x, y, z], [x, n, z], [e, n, z], [e, y, z]],
        [[x, y, top], [e, y, top], [e, n, top], [x, n, top]],
        [[x, y, z], [e, y, z], [e, y, top], [x, y, top]],
        [[e, y, z], [e, n, z], [e, n, top], [e, y, top]],
        [[e, n, z], [x, n, z], [x, n, top], [e, n, top]],
        [[x, n, z], [x, y, z], [x, y, top], [x, n, top]],
    ];
    let face = |corners: &[[f64; 3]; 4]| {
        let list: Vec<String> =
            corners.iter().chain(corners.first()).map(|[x, y, z]| format!("{x:.3} {y:.3} {z:.3}")).collect();
        format!(
            "<gml:surfaceMember><gml:Polygon><gml:exterior><gml:LinearRing><gml:posList srsDimension='3'>{}</gml:posList>\
             </gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember>",
            list.join(" ")
        )
    };
    faces.iter().map(face).collect()
}

const GARAGE: &str = "<core:relativeToTerrain>entirelyBelowTerrain</core:relativeToTerrain>";

/// One that stands well, one `up_m` above, one 3 m below, a garage under the ground, one where there is no terrain.
fn town(up_m: f64) -> String {
    citygml(
        &[
            house("well", [400.0, 100.0], 0.0, ""),
            house("floating", [100.0, 100.0], up_m, ""),
            house("sunken", [200.0, 100.0], -3.0, ""),
            house("garage", [150.0, 200.0], -8.0, GARAGE),
            house("outside", [2000.0, 100.0], 0.0, ""),
        ]
        .concat(),
    )
}

async fn compare(served: &Served, other: TerrainComparison) -> anyhow::Result<ComparisonReport> {
    let comparison = TerrainComparison { collection: "town".into(), jobs: 2, ..other };
    comparison.run(&served.database.store, Default::default()).await
}

/// `object:code value` of what holds, sorted.
async fn found(served: &Served) -> Vec<String> {
    let page = served.json("/collections/town/issues?limit=100").await;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let issue = |feature: &Value| {
        let properties = &feature["properties"];
        let [object, code, value] = ["object", "code", "value"].map(|name| text(&properties[name]));
        format!("{object}:{code} {value}")
    };
    let features = page["features"].as_array().unwrap();
    let ground = |text: &String| text.contains(":ground_");
    let mut names: Vec<String> = features.iter().map(issue).filter(ground).collect();
    names.sort();
    names
}

fn near(value: &Value, expected: f64) {
    let value = value.as_f64().unwrap_or(f64::NAN);
    assert!((value - expected).abs() < 0.0015, "{value} instead of {expected}");
}

#[tokio::test]
async fn differences_are_attributes_findings_and_a_report() {
    let served = Served::start().await;
    write_four(served.folder.path());
    import(&served, &["*.tif"], TerrainImport::default()).await.unwrap();
    let file = served.write("town.gml", &town(3.0));
    // The import compares what it brought by itself.
    let report = served.import("town", &file).await.ground.unwrap();
    assert_eq!((report.objects, report.newly_compared, report.outside_terrain), (4, 5, 1));
    // Hand: medians -8, -3, 0, 3; amounts 0, 3, 3, 8 at 0.95 × 3 = 2.85: 3 + 0.85 × 5. Samples are not quite in the middle.
    assert!((report.median_m.unwrap() + 1.5).abs() < 0.05, "{report:?}");
    assert!((report.p95_m.unwrap() - 7.25).abs() < 0.05, "{report:?}");
    assert_eq!((report.floating_count, report.sunken_count, report.hint.as_deref()), (1, 1, None));
    assert_eq!((report.floating[0].id.as_str(), report.floating[0].difference_m), ("floating", 2.85));
    assert_eq!((report.sunken[0].id.as_str(), report.sunken[0].difference_m), ("sunken", -2.85));
    assert!(
        report.to_text().contains("1 float more than 0.5 m:\n  floating +2.85 m"),
        "{}",
        report.to_text()
    );
    let odd = ["floating:ground_floating difference 2.85 m", "sunken:ground_sunken difference -2.85 m"];
    assert_eq!(found(&served).await, odd);

    let item = served.json("/collections/town/items/floating").await["properties"].clone();
    near(&item["groundDifferenceMin"], 2.85);
    near(&item["groundDifferenceMax"], 3.15);
    assert_eq!((&item["groundTerrain"], &item["groundTerrainRevision"]), (&json!("ground"), &json!(1)));
    let ids = async |filter: &str| {
        let page = served.json(&format!("/collections/town/items?filter={filter}")).await;
        let features = page["features"].as_array().unwrap().clone();
        let mut ids: Vec<String> =
            features.iter().map(|feature| feature["id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids("groundDifferenceMin%3E0.5").await, ["floating"]);
    assert_eq!(ids("groundDifferenceMax%3C-2%20AND%20zMin%3E0").await, ["garage", "sunken"]);
    assert_eq!(ids("groundDifferenceMedian%20IS%20NULL").await, ["outside"]);
    let queryables = served.json("/collections/town/queryables").await;
    assert_eq!(queryables["properties"]["groundDifferenceMin"]["x-ogc-unit"], "m");

    let document = served.json("/collections/town/ground").await;
    near(&document["floating"]["worst"][0]["difference"], 2.85);
    let shown = ["objects", "withoutGroundSurface", "outsideTerrain", "stale", "hint", "unit"];
    assert_eq!(json!(shown.map(|name| &document[name])), json!([4, 0, 1, 0, null, "m"]));
    let href = document["floating"]["worst"][0]["href"].as_str().unwrap();
    assert!(href.ends_with("/collections/town/items/floating"), "{href}");
    let page = served.html("/collections/town/ground?lang=de").await;
    assert!(
        page.contains("Versunken") && page.contains("-2,85") && page.contains("/collections/town/report"),
        "{page}"
    );
    for linking in ["/collections/town/report", "/collections/town?f=html"] {
        assert!(served.html(linking).await.contains("/collections/town/ground?f=html"), "{linking}");
    }
    assert!(served.get("/collections/town").await.text().contains("/collections/town/ground"));
    served.database.close().await;
}

#[tokio::test]
async fn findings_and_differences_follow_what_changes() {
    let served = Served::start().await;
    write_four(served.folder.path());
    import(&served, &["*.tif"], TerrainImport::default()).await.unwrap();
    let file = served.write("town.gml", &town(3.0));
    let first = served.import("town", &file).await.revision.unwrap();
    let odd = found(&served).await;
    let tag = served.get("/collections/town/items").await.header("etag").to_owned();
    // The same file again, and the same comparison: nothing is done, nothing ends.
    assert!(served.import("town", &file).await.ground.is_none());
    assert_eq!(compare(&served, TerrainComparison::default()).await.unwrap().newly_compared, 0);
    assert_eq!(found(&served).await, odd);
    assert_eq!(odd.len(), 2);
    assert_ne!(served.get("/collections/town/items").await.header("etag"), tag);

    // One comes down to the ground.
    std::fs::write(&file, town(0.0)).unwrap();
    let report = served.import("town", &file).await.ground.unwrap();
    assert_eq!((report.newly_compared, report.floating_count, report.sunken_count), (1, 0, 1));
    assert_eq!(found(&served).await, ["sunken:ground_sunken difference -2.85 m"]);

    // The ground comes down to another. Hand: blocks of 256 m; three buildings stand in column 2721, row 20888.
    let lower = |place: [f64; 2]| plane(place) - 3.0;
    Raster::square([CORNER[0] + 190.0, CORNER[1] + 130.0], 40)
        .write(&served.folder.path().join("pit.tif"), lower);
    let dug = import(&served, &["pit.tif"], TerrainImport::default()).await.unwrap();
    assert_eq!(dug.stale_comparisons, [("town".to_owned(), 3)]);
    assert!(dug.to_text().contains("`stadtwin terrain compare town`"), "{}", dug.to_text());
    assert_eq!(served.json("/collections/town/ground").await["stale"], 3);
    let report = compare(&served, TerrainComparison::default()).await.unwrap();
    assert_eq!((report.newly_compared, report.sunken_count, report.terrain_revision), (3, 0, 2));
    assert_eq!(found(&served).await, Vec::<String>::new());
    assert_eq!(served.json("/collections/town/ground").await["stale"], 0);
    near(&served.json("/collections/town/items/sunken").await["properties"]["groundDifferenceMin"], -0.15);
    assert_eq!(served.json("/collections/town/items/well").await["properties"]["groundTerrainRevision"], 2);

    // Stricter limits stay until others are given.
    let strict =
        TerrainComparison { floating_m: Some(0.1), sunken_m: Some(0.1), ..TerrainComparison::default() };
    compare(&served, strict).await.unwrap();
    let report = compare(&served, TerrainComparison::default()).await.unwrap();
    assert_eq!((report.floating_limit_m, report.sunken_limit_m), (0.1, 0.1));
    let wrong = TerrainComparison { floating_m: Some(f64::NAN), ..TerrainComparison::default() };
    assert!(compare(&served, wrong).await.unwrap_err().to_string().contains("not possible"));

    // An earlier state comes back, and with it what floats.
    let rollback = Rollback { collection: "town".into(), to: first, geoid_constant_m: Some(45.5) };
    rollback.run(&served.database.store, Default::default()).await.unwrap();
    assert_eq!(found(&served).await, ["floating:ground_floating difference 2.85 m"]);
    // Without the terrain nothing is said of the ground.
    served.database.store.drop_terrain("ground").await.unwrap();
    assert_eq!(found(&served).await, Vec::<String>::new());
    assert_eq!(served.get("/collections/town/ground").await.status, 404);
    let item = served.json("/collections/town/items/floating").await;
    assert!(item["properties"]["groundDifferenceMin"].is_null(), "{item}");
    let refused = compare(&served, TerrainComparison::default()).await.unwrap_err().to_string();
    assert!(refused.contains("no terrain lies below `town`"), "{refused}");
    served.database.close().await;
}

/// A copy of the town lifted by the height of the geoid near Munich, and one that counts from each house's own ground.
#[tokio::test]
async fn a_whole_town_at_wrong_heights_is_one_finding() {
    for (up_m, code, part) in [
        (Some(45.5), "ground_ellipsoidal", "ellipsoidal heights?"),
        (None, "ground_heights_missing", "heights missing?"),
    ] {
        let served = Served::start().await;
        write_four(served.folder.path());
        import(&served, &["*.tif"], TerrainImport::default()).await.unwrap();
        let places = [[100.0, 100.0], [200.0, 100.0], [300.0, 200.0]];
        let boxes = places.iter().enumerate().map(|(index, place)| match up_m {
            Some(up_m) => house(&format!("b{index}"), *place, up_m, ""),
            None => solid_box(&format!("b{index}"), [CORNER[0] + place[0], CORNER[1] + place[1]], 0.0, ""),
        });
        let file = served.write("town.gml", &citygml(&boxes.collect::<String>()));
        let report = served.import("town", &file).await.ground.unwrap();
        assert_eq!(report.hint.as_deref(), Some(code));
        assert!(report.to_text().contains(part), "{}", report.to_text());
        let found = found(&served).await;
        assert!(found.len() == 1 && found[0].starts_with(&format!(":{code} median ")), "{found:?}");
        let issue =
            served.json(&format!("/collections/town/issues?code={code}")).await["features"][0]["properties"]
                .clone();
        assert_eq!((&issue["severity"], &issue["file"]), (&json!("error"), &json!("terrain ground")));
        assert_eq!(served.json("/collections/town/ground").await["hint"]["code"], code);
        served.database.close().await;
    }
}

/// The generator of the sample town sets its houses on the terrain that lies beside them.
#[tokio::test]
async fn the_sample_town_stands_on_its_terrain() {
    let served = Served::start().await;
    let sample = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    let terrain = TerrainImport {
        sources: vec![sample.join("terrain").display().to_string()],
        terrain: "dgm".into(),
        geoid_constant_m: Some(45.5),
        jobs: 2,
        ..TerrainImport::default()
    };
    terrain.run(&served.database.store, Default::default()).await.unwrap();
    let report = served.import("town", &sample.join("buildings/696_5347.gml.gz")).await;
    let ground = report.ground.unwrap();
    assert_eq!((ground.objects, ground.newly_compared), (report.members as i64, report.members));
    assert!(ground.objects > 100, "{ground:?}");
    assert_eq!((ground.floating_count, ground.sunken_count, ground.outside_terrain), (0, 0, 0));
    assert!(ground.median_m.unwrap().abs() < 0.2 && ground.p95_m.unwrap() < 0.5, "{ground:?}");
    // Trees are no buildings: nothing is compared, nothing is said.
    let trees = served.import("trees", &sample.join("vegetation.gml.gz")).await;
    assert!(trees.ground.is_none());
    assert_eq!(served.get("/collections/trees/ground").await.status, 404);
    served.database.close().await;
}

//! What imports write, and what they refuse.

use std::process::Command;
use std::sync::Arc;

use stadtwin::jobs::{Progress, TerrainImport, TerrainMode, TerrainReport};
use stadtwin::model::{Crs, VerticalCrs};

use super::{CORNER, import, plane, write_four};
use crate::support::geotiff::Raster;
use crate::support::served::Served;

/// New, unchanged and ended blocks, and whether there is a new revision.
fn counts(report: &TerrainReport) -> (u64, u64, u64, bool) {
    (report.blocks_new, report.blocks_unchanged, report.blocks_ended, report.revision.is_some())
}

#[tokio::test]
async fn only_what_differs_is_written() {
    let served = Served::start().await;
    write_four(served.folder.path());
    let all = ["a.tif", "b.tif", "c.tif", "d.tif"];
    let dry =
        import(&served, &all, TerrainImport { dry_run: true, ..TerrainImport::default() }).await.unwrap();
    assert_eq!(served.json("/terrain").await["terrains"].as_array().unwrap().len(), 0);
    // Hand: columns 696500..697099 and rows 5347300..5347899 of 256: 2720..2723 and 20887..20890.
    assert_eq!(counts(&dry), (16, 0, 0, false));
    let first = import(&served, &all, TerrainImport::default()).await.unwrap();
    assert_eq!(counts(&first), (16, 0, 0, true));
    assert_eq!(first.samples, 360_000);
    assert_eq!(first.extent_m, Some([696_500.5, 5_347_300.5, 697_099.5, 5_347_899.5]));
    // Hand: the plane at the corners, half a cell inside.
    let [low, high] = first.heights_m.unwrap();
    assert!((low - 480.015).abs() < 1e-3 && (high - 497.985).abs() < 1e-3, "{low} {high}");
    let again = import(&served, &all, TerrainImport::default()).await.unwrap();
    assert_eq!(counts(&again), (0, 16, 0, false));
    // One square comes anew with a pit: of its blocks (columns 2720..2721, rows 20887..20889) only that one differs.
    let pit = |place: [f64; 2]| plane(place) - if place == [696_510.5, 5_347_310.5] { 3.0 } else { 0.0 };
    Raster::square([CORNER[0], CORNER[1] + 300.0], 300).write(&served.folder.path().join("a.tif"), pit);
    let pitted = import(&served, &["a.tif"], TerrainImport::default()).await.unwrap();
    assert_eq!(counts(&pitted), (1, 5, 1, true));
    let height = served.json("/terrain/ground/elevation?crs=25832&point=696510.5,5347310.5").await;
    // Hand: 480 + 10.5 · 0.01 + 10.5 · 0.02 - 3.
    assert_eq!(height["elevation"], 477.315);
    // Replaced by one square alone, the others end.
    let mode = TerrainMode::Replace;
    let replaced =
        import(&served, &["b.tif"], TerrainImport { mode, ..TerrainImport::default() }).await.unwrap();
    assert_eq!(replaced.extent_m, Some([696_800.5, 5_347_300.5, 697_099.5, 5_347_599.5]));
    let gone = served.json("/terrain/ground/elevation?crs=25832&point=696510.5,5347310.5").await;
    assert!(gone["elevation"].is_null());
    served.database.close().await;
}

#[tokio::test]
async fn later_files_lie_above_earlier_ones() {
    let served = Served::start().await;
    let folder = served.folder.path();
    Raster::square([CORNER[0], CORNER[1] + 100.0], 100).write(&folder.join("low.tif"), |_| 480.0);
    // With a hole in its middle, through which the one below is seen.
    let hole = |[east, _]: [f64; 2]| if east < CORNER[0] + 60.0 { f64::NAN } else { 490.0 };
    Raster::square([CORNER[0] + 50.0, CORNER[1] + 100.0], 50).write(&folder.join("high.tif"), hole);
    import(&served, &["low.tif", "high.tif"], TerrainImport::default()).await.unwrap();
    for (east, expected) in [(10.5, 480.0), (55.5, 480.0), (60.5, 490.0)] {
        let target = format!("/terrain/ground/elevation?crs=25832&point={},5347350.5", CORNER[0] + east);
        assert_eq!(served.json(&target).await["elevation"], expected, "{east}");
    }
    import(&served, &["high.tif", "low.tif"], TerrainImport::default()).await.unwrap();
    let target = "/terrain/ground/elevation?crs=25832&point=696560.5,5347350.5";
    assert_eq!(served.json(target).await["elevation"], 480.0);
    served.database.close().await;
}

/// Another cell and another phase: bilinear, so that a plane stays the plane, and no seam between the files.
#[tokio::test]
async fn other_grids_are_resampled_without_a_seam() {
    let served = Served::start().await;
    let folder = served.folder.path();
    Raster::square([CORNER[0], CORNER[1] + 100.0], 100).write(&folder.join("fine.tif"), plane);
    for (name, x) in [("west", 100.0), ("east", 180.0)] {
        let raster = Raster { cell_m: 2.0, ..Raster::square([CORNER[0] + x, CORNER[1] + 100.0], 40) };
        raster.write(&folder.join(format!("{name}.tif")), plane);
    }
    let report =
        import(&served, &["fine.tif", "west.tif", "east.tif"], TerrainImport::default()).await.unwrap();
    assert_eq!(report.cell_m, 1.0);
    for east in [50.25, 120.75, 179.5, 180.0, 180.5, 250.5] {
        let place = [CORNER[0] + east, CORNER[1] + 50.5];
        let target = format!("/terrain/ground/elevation?crs=25832&point={},{}", place[0], place[1]);
        let height = served.json(&target).await["elevation"].as_f64().unwrap_or(f64::NAN);
        assert!((height - plane(place)).abs() < 0.002, "{east}: {height} instead of {}", plane(place));
    }
    served.database.close().await;
}

/// The neighbouring zone's grid into the store's: the plane is level there, so that heights stay.
#[tokio::test]
async fn another_crs_is_brought_into_the_storage_crs() {
    let served = Served::start().await;
    let utm = Crs { horizontal: 25832, vertical: VerticalCrs::Epsg(7837), north_first: false };
    served.database.store.set_storage_crs(&utm).await.unwrap();
    // gdaltransform: 696713.26 5347482.34 in zone 32 is 251330.724 5349513.809 in zone 33.
    let raster = Raster { horizontal: 25833, ..Raster::square([251_230.0, 5_349_614.0], 200) };
    let step = |[east, _]: [f64; 2]| if east < 251_330.724 { 480.0 } else { 490.0 };
    raster.write(&served.folder.path().join("zone33.tif"), step);
    let report = import(&served, &["zone33.tif"], TerrainImport::default()).await.unwrap();
    assert_eq!((report.storage_crs.as_str(), report.cell_m), ("25832", 1.0));
    for (east, expected) in [(-2.0, 480.0), (2.0, 490.0)] {
        let target = format!("/terrain/ground/elevation?crs=25832&point={},5347482.34", 696_713.26 + east);
        let height = served.json(&target).await["elevation"].as_f64().unwrap_or(f64::NAN);
        assert!((height - expected).abs() < 0.001, "{east}: {height}");
    }
    served.database.close().await;
}

#[tokio::test]
async fn what_does_not_say_where_it_is_is_refused() {
    let served = Served::start().await;
    let folder = served.folder.path();
    for (name, horizontal, vertical) in
        [("none", 0, 0), ("flat", 25832, 0), ("east", 25833, 7837), ("full", 25832, 7837)]
    {
        let raster = Raster { horizontal, vertical, ..Raster::square([CORNER[0], CORNER[1] + 10.0], 10) };
        raster.write(&folder.join(format!("{name}.tif")), |_| 480.0);
    }
    Raster::square([CORNER[0], CORNER[1] + 10.0], 10).write(&folder.join("empty.tif"), |_| f64::NAN);
    std::fs::write(folder.join("broken.tif"), b"II*\0\x08\0\0\0\xff\xff").unwrap();
    let cases: [(&[&str], &str); 6] = [
        (&["none.tif"], "no coordinate reference system is named in"),
        (&["flat.tif"], "such as `--crs 25832+7837`"),
        (&["east.tif", "full.tif"], "import them one after the other"),
        (&["broken.tif"], "broken.tif"),
        (&["full.tif", "nothing.tif"], "nothing is found at"),
        (&["empty.tif"], "all its nodes are marked as unknown"),
    ];
    for (sources, part) in cases {
        let error = import(&served, sources, TerrainImport::default()).await.unwrap_err();
        assert!(format!("{error:#}").contains(part), "{sources:?}: {error:#}");
        assert_eq!(served.get("/terrain/ground").await.status, 404, "{sources:?}");
    }
    let named = TerrainImport { crs: Some("25832+7837".into()), ..TerrainImport::default() };
    import(&served, &["none.tif"], named).await.unwrap();
    // From now on the store knows its heights, and lends them (docs/decisions/0002).
    let report = import(&served, &["flat.tif"], TerrainImport::default()).await.unwrap();
    assert_eq!(report.issues[0].code, "height_system_assumed");
    let cell = TerrainImport { cell_m: Some(2.0), ..TerrainImport::default() };
    let error = import(&served, &["full.tif"], cell).await.unwrap_err();
    assert!(error.to_string().contains("leave `--cell` out"), "{error:#}");
    served.database.close().await;
}

/// A revision that was written and never published is seen by nobody, and goes with the next import.
#[tokio::test]
async fn a_dead_import_leaves_nothing() {
    let served = Served::start().await;
    write_four(served.folder.path());
    let store = &served.database.store;
    import(&served, &["a.tif"], TerrainImport::default()).await.unwrap();
    let before = store.terrain("ground").await.unwrap().unwrap();
    let path = served.folder.path().join("d.tif").display().to_string();
    let order =
        TerrainImport { sources: vec![path], terrain: "ground".into(), jobs: 1, ..TerrainImport::default() };
    // Given up at every few milliseconds of its way.
    for pause_ms in [1, 5, 10, 20, 40, 80] {
        let pause = std::time::Duration::from_millis(pause_ms);
        let run = order.run(store, Arc::new(Progress::default()));
        if tokio::time::timeout(pause, run).await.is_ok() {
            break;
        }
        assert_eq!(store.terrain("ground").await.unwrap().unwrap(), before, "{pause_ms} ms");
    }
    import(&served, &["b.tif", "c.tif"], TerrainImport::default()).await.unwrap();
    let report = import(&served, &["a.tif", "b.tif", "c.tif"], TerrainImport::default()).await.unwrap();
    assert_eq!(report.revision, None);
    store.drop_terrain("ground").await.unwrap();
    assert_eq!(served.get("/terrain/ground").await.status, 404);
    served.database.close().await;
}

#[tokio::test]
async fn a_county_has_more_files_than_may_be_open() {
    let served = Served::start().await;
    let folder = served.folder.path().join("county");
    std::fs::create_dir(&folder).unwrap();
    // 40 by 20 squares of 8 m, side by side.
    for number in 0..800_u32 {
        let [west, south] = [number % 40, number / 40].map(|place| f64::from(place) * 8.0);
        let row = |row: u32| {
            let height = |column: u32| {
                let [east, north] = [f64::from(column) + 0.5, 7.5 - f64::from(row)];
                format!("{:.2}", plane([CORNER[0] + west + east, CORNER[1] + south + north]))
            };
            (0..8).map(height).collect::<Vec<_>>().join(" ")
        };
        let [x, y] = [CORNER[0] + west, CORNER[1] + south];
        let rows = (0..8).map(row).collect::<Vec<_>>().join("\n");
        let text = format!("ncols 8\nnrows 8\nxllcorner {x}\nyllcorner {y}\ncellsize 1\n{rows}\n");
        std::fs::write(folder.join(format!("{number}.asc")), text).unwrap();
    }
    let output = Command::new("sh")
        .args(["-c", "ulimit -n 300; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_stadtwin")])
        .args(["--database-url", &served.database.url, "terrain", "import", "--terrain", "county"])
        .args(["--crs", "25832+7837", "--geoid-constant", "45.5", "--json"])
        .arg(&folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["samples"], 51_200);
    let height = served.json("/terrain/county/elevation?crs=25832&point=696800.5,5347450.5").await;
    // Hand: 480 + 300.5 · 0.01 + 150.5 · 0.02 = 486.015, in the file to the centimetre, a tie.
    let height = height["elevation"].as_f64().unwrap();
    assert!((height - 486.015).abs() < 0.0051, "{height}");
    served.database.close().await;
}

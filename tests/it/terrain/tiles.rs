//! Terrain tiles as viewers get them, read back by the format's own decoder.

use std::path::Path;

use stadtwin::api::{AppState, serve};
use stadtwin::crs::{CRS84, HeightModel, Transformer};
use stadtwin::jobs::{TerrainImport, TerrainSeed};
use stadtwin::model::{Crs, VerticalCrs};
use stadtwin::terrain::{QuantizedMesh, decode_quantized_mesh};

use super::{CORNER, import, plane, write_four};
use crate::http::{Answer, request};
use crate::support::geotiff::Raster;
use crate::support::served::Served;

pub(super) const UTM: Crs = Crs { horizontal: 25832, vertical: VerticalCrs::Epsg(7837), north_first: false };

/// Column and row (from the south) of the tile of a level that holds 11.65° E 48.25° N.
fn tile_of_middle(level: u32) -> [u32; 2] {
    let size = 180.0 / f64::from(1_u32 << level);
    [((11.65 + 180.0) / size) as u32, ((48.25 + 90.0) / size) as u32]
}

async fn tile(address: &str, level: u32, [x, y]: [u32; 2]) -> Answer {
    let accept = "application/vnd.quantized-mesh;extensions=octvertexnormals-metadata,*/*;q=0.01";
    let headers = [("accept", accept), ("accept-encoding", "gzip, br")];
    request(address, "GET", &format!("/terrain/ground/{level}/{x}/{y}.terrain"), &headers).await
}

async fn mesh(address: &str, level: u32, at: [u32; 2]) -> QuantizedMesh {
    let answer = tile(address, level, at).await;
    assert_eq!(answer.status, 200, "{level} {at:?}: {}", answer.text());
    decode_quantized_mesh(&answer.unzipped()).unwrap()
}

/// `[east, north, ellipsoidal height]` of a mesh's vertices.
fn vertices(mesh: &QuantizedMesh, level: u32, [x, y]: [u32; 2]) -> Vec<[f64; 3]> {
    let size = 180.0 / f64::from(1_u32 << level);
    let along = |tile: u32, part: u16| (f64::from(tile) + f64::from(part) / 32_767.0) * size;
    let [low, high] = mesh.heights_m.map(f64::from);
    let mut points: Vec<[f64; 3]> = (0..mesh.u.len())
        .map(|index| {
            let height = low + (high - low) * f64::from(mesh.height[index]) / 32_767.0;
            [along(x, mesh.u[index]) - 180.0, along(y, mesh.v[index]) - 90.0, height]
        })
        .collect();
    Transformer::new(&CRS84, &UTM).unwrap().convert(&mut points).unwrap();
    points
}

fn is_inside([east, north, _]: [f64; 3], margin_m: f64) -> bool {
    (margin_m..600.0 - margin_m).contains(&(east - CORNER[0]))
        && (margin_m..600.0 - margin_m).contains(&(north - CORNER[1]))
}

#[tokio::test]
async fn tiles_lie_on_the_ground() {
    let served = Served::start().await;
    write_four(served.folder.path());
    import(&served, &["*.tif"], TerrainImport::default()).await.unwrap();
    for level in [17, 16, 15, 14, 13] {
        let at = tile_of_middle(level);
        let mesh = mesh(&served.address, level, at).await;
        let known: Vec<_> =
            vertices(&mesh, level, at).into_iter().filter(|point| is_inside(*point, 1.0)).collect();
        assert!(!known.is_empty() || level < 15, "level {level}");
        // Vertices are nodes, and u and v are rounded to 1/32767 of a tile: at level 13 to 7 cm, which is 2 mm in height.
        for point in known {
            let off = point[2] - plane([point[0], point[1]]) - 45.5;
            assert!(off.abs() < 0.01, "level {level}: {point:?} is off by {off} m");
        }
        assert!(mesh.normals.is_some(), "level {level}");
    }
    served.database.close().await;
}

#[tokio::test]
async fn neighbours_share_their_border() {
    let served = Served::start().await;
    write_four(served.folder.path());
    import(&served, &["*.tif"], TerrainImport::default()).await.unwrap();
    for level in [17, 16, 14, 9, 3] {
        let at = tile_of_middle(level);
        let (here, east) =
            (mesh(&served.address, level, at).await, tile(&served.address, level, [at[0] + 1, at[1]]).await);
        if east.status == 404 {
            continue;
        }
        let east = decode_quantized_mesh(&east.unzipped()).unwrap();
        let border = |mesh: &QuantizedMesh, edge: usize| {
            let [low, high] = mesh.heights_m.map(f64::from);
            let mut nodes: Vec<(u16, f64)> = mesh.edges[edge]
                .iter()
                .map(|index| *index as usize)
                .map(|index| (mesh.v[index], low + (high - low) * f64::from(mesh.height[index]) / 32_767.0))
                .collect();
            nodes.sort_by_key(|(v, _)| *v);
            nodes
        };
        // West, south, east, north.
        let (ours, theirs) = (border(&here, 2), border(&east, 0));
        assert_eq!(
            ours.iter().map(|(v, _)| v).collect::<Vec<_>>(),
            theirs.iter().map(|(v, _)| v).collect::<Vec<_>>(),
            "level {level}"
        );
        for ((v, a), (_, b)) in ours.iter().zip(&theirs) {
            assert!((a - b).abs() < 0.01, "level {level}, v {v}: {a} and {b}");
        }
    }
    served.database.close().await;
}

#[tokio::test]
async fn tiles_are_packed_tagged_and_only_there_where_there_is_ground() {
    let served = Served::start().await;
    write_four(served.folder.path());
    import(&served, &["*.tif"], TerrainImport::default()).await.unwrap();
    for x in [0, 1] {
        assert_eq!(tile(&served.address, 0, [x, 0]).await.status, 200);
    }
    let [x, y] = tile_of_middle(17);
    let first = tile(&served.address, 17, [x, y]).await;
    assert_eq!(first.header("content-type"), "application/vnd.quantized-mesh");
    assert_eq!(first.header("content-encoding"), "gzip");
    assert!(first.header("vary").contains("Accept"));
    let path = format!("/terrain/ground/17/{x}/{y}.terrain");
    let plain =
        request(&served.address, "GET", &format!("{path}?extensions=octvertexnormals-metadata"), &[]).await;
    assert_eq!((plain.header("content-encoding"), &plain.body), ("", &first.unzipped()));
    let bare = decode_quantized_mesh(&served.get(&path).await.body).unwrap();
    assert!(bare.normals.is_none() && bare.metadata.is_none());
    let root = mesh(&served.address, 0, [1, 0]).await;
    assert!(root.metadata.unwrap().contains("\"available\""));
    let accept = "application/vnd.quantized-mesh;extensions=octvertexnormals-metadata,*/*;q=0.01";
    let headers = [("accept", accept), ("accept-encoding", "gzip"), ("if-none-match", first.header("etag"))];
    assert_eq!(request(&served.address, "GET", &path, &headers).await.status, 304);
    for name in
        ["17/0/0.terrain", "18/1/1.terrain", "1/0/0.terrain", "17/1/1", "x/1/1.terrain", "200/1/1.terrain"]
    {
        let answer = served.get(&format!("/terrain/ground/{name}")).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (404, "application/problem+json"),
            "{name}"
        );
    }
    // A pit in the south-west corner leaves the middle as it was, at every level that does not show both.
    let [corner] = [tile_at([CORNER[0] + 10.5, CORNER[1] + 10.5], 17)];
    let before = tile(&served.address, 17, corner).await;
    let pit = |place: [f64; 2]| plane(place) - if place == [696_510.5, 5_347_310.5] { 3.0 } else { 0.0 };
    Raster::square([CORNER[0], CORNER[1] + 300.0], 300).write(&served.folder.path().join("a.tif"), pit);
    import(&served, &["a.tif"], TerrainImport::default()).await.unwrap();
    assert_eq!(tile(&served.address, 17, [x, y]).await.header("etag"), first.header("etag"));
    assert_ne!(tile(&served.address, 17, corner).await.header("etag"), before.header("etag"));
    served.database.close().await;
}

pub(super) fn tile_at(place: [f64; 2], level: u32) -> [u32; 2] {
    let mut points = [place];
    Transformer::new(&UTM, &CRS84).unwrap().convert_2d(&mut points).unwrap();
    let size = 180.0 / f64::from(1_u32 << level);
    [((points[0][0] + 180.0) / size) as u32, ((points[0][1] + 90.0) / size) as u32]
}

/// domain.md N33: 480.000 m NHN at this place is 525.527 m above the ellipsoid, with EGM96 525.518 m.
#[tokio::test]
async fn heights_above_the_ellipsoid_are_those_of_the_height_model() {
    let Some(egm96) = HeightModel::open(Path::new("/usr/share/proj/egm96_15.gtx")) else { return };
    let served = Served::start().await;
    Raster::square([CORNER[0], CORNER[1] + 600.0], 600)
        .write(&served.folder.path().join("flat.tif"), |_| 480.0);
    import(&served, &["flat.tif"], TerrainImport::default()).await.unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let state = AppState::new(served.database.store.clone(), egm96);
    tokio::spawn(serve(state, listener, std::future::pending()));
    let at = tile_of_middle(17);
    let mesh = mesh(&address, 17, at).await;
    for point in vertices(&mesh, 17, at) {
        assert!((point[2] - 525.518).abs() < 0.01 && (point[2] - 525.527).abs() < 0.02, "{point:?}");
    }
    let described = request(&address, "GET", "/terrain/ground", &[]).await.json();
    assert!(described["warnings"][0].as_str().unwrap().contains("EGM96"), "{described}");
    served.database.close().await;
}

#[tokio::test]
async fn seeding_makes_what_is_asked_for_later() {
    let served = Served::start().await;
    write_four(served.folder.path());
    import(&served, &["*.tif"], TerrainImport::default()).await.unwrap();
    let seed = TerrainSeed {
        terrain: "ground".into(),
        to_level: Some(14),
        geoid_constant_m: Some(45.5),
        budget_bytes: 1 << 30,
        jobs: 2,
    };
    let first = seed.run(&served.database.store, Default::default()).await.unwrap();
    // Two roots, then at least one tile a level.
    assert!(first.tiles_made >= 16 && first.tiles_kept == 0 && first.to_level == 14, "{first:?}");
    let again = seed.run(&served.database.store, Default::default()).await.unwrap();
    assert_eq!((again.tiles_made, again.tiles_kept), (0, first.tiles_made));
    let headers = [
        ("accept", "application/vnd.quantized-mesh;extensions=octvertexnormals"),
        ("accept-encoding", "gzip"),
    ];
    let [x, y] = tile_of_middle(14);
    let target = format!("/terrain/ground/14/{x}/{y}.terrain");
    assert_eq!(request(&served.address, "GET", &target, &headers).await.status, 200);
    let metrics = served.get("/metrics").await.text();
    assert!(metrics.contains("stadtwin_tiles_total{source=\"store\"} 1"), "{metrics}");
    served.database.close().await;
}

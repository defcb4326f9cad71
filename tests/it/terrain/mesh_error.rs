//! How far the meshes are from the finest grid, against what each level promises.

use stadtwin::crs::{CRS84, Transformer, from_ecef, to_ecef};
use stadtwin::model::{Crs, VerticalCrs};
use stadtwin::terrain::{QuantizedMesh, decode_quantized_mesh};

use super::import_survey;
use crate::http::{request, send};
use crate::support::served::{Served, shared_data};

const UTM: Crs = Crs { horizontal: 25832, vertical: VerticalCrs::Epsg(7837), north_first: false };
const GEOID_M: f64 = 45.5;

/// A mesh in space, with its triangles sorted into squares of the tile.
struct Surface {
    /// Column and row of the tile within its level, from the south-west.
    at: [u32; 2],
    mesh: QuantizedMesh,
    cells: Vec<Vec<u32>>,
}

const CELLS: usize = 64;

impl Surface {
    fn new(mesh: QuantizedMesh, at: [u32; 2]) -> Surface {
        let mut cells = vec![Vec::new(); CELLS * CELLS];
        for (index, corners) in mesh.triangles.iter().enumerate() {
            let range = |along: &[u16]| {
                let places = corners.map(|corner| usize::from(along[corner as usize]) * CELLS / 32_768);
                *places.iter().min().unwrap()..=*places.iter().max().unwrap()
            };
            for row in range(&mesh.v) {
                for column in range(&mesh.u) {
                    cells[row * CELLS + column].push(index as u32);
                }
            }
        }
        Surface { at, mesh, cells }
    }

    /// Ellipsoidal height [m] of the triangle, flat in space, at a place [°].
    fn height_m(&self, level: u32, [longitude, latitude]: [f64; 2]) -> Option<f64> {
        let size = 180.0 / f64::from(1_u32 << level);
        let part = |degrees: f64, tile: u32| (degrees / size - f64::from(tile)) * 32_767.0;
        let place = [part(longitude + 180.0, self.at[0]), part(latitude + 90.0, self.at[1])];
        let [column, row] = place.map(|part| (part.max(0.0) as usize * CELLS / 32_768).min(CELLS - 1));
        self.cells[row * CELLS + column].iter().find_map(|index| {
            let corners = self.mesh.triangles[*index as usize].map(|corner| corner as usize);
            let [a, b, c] = corners.map(|at| [f64::from(self.mesh.u[at]), f64::from(self.mesh.v[at])]);
            let cross = |p: [f64; 2], q: [f64; 2], r: [f64; 2]| {
                (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])
            };
            let whole = cross(a, b, c);
            let weights =
                [cross(b, c, place), cross(c, a, place), cross(a, b, place)].map(|part| part / whole);
            if weights.iter().any(|weight| *weight < -1e-9) {
                return None;
            }
            let [low, high] = self.mesh.heights_m.map(f64::from);
            let mut point = [0.0; 3];
            for (at, weight) in corners.into_iter().zip(weights) {
                let height = low + (high - low) * f64::from(self.mesh.height[at]) / 32_767.0;
                let degrees = |tile: u32, part: u16| (f64::from(tile) + f64::from(part) / 32_767.0) * size;
                let (east, north) = (
                    degrees(self.at[0], self.mesh.u[at]) - 180.0,
                    degrees(self.at[1], self.mesh.v[at]) - 90.0,
                );
                let corner = to_ecef(east, north, height);
                (0..3).for_each(|axis| point[axis] += weight * corner[axis]);
            }
            Some(from_ecef(point)[2])
        })
    }
}

async fn surface(address: &str, level: u32, at: [u32; 2]) -> Surface {
    let target = format!("/terrain/dgm1/{level}/{}/{}.terrain", at[0], at[1]);
    let answer = request(address, "GET", &target, &[("accept-encoding", "gzip")]).await;
    assert_eq!(answer.status, 200, "{target}: {}", answer.text());
    Surface::new(decode_quantized_mesh(&answer.unzipped()).unwrap(), at)
}

/// Every 19th node of the survey's 1 m grid in both directions, half a tile of level 16 away from its rim.
fn nodes() -> Vec<[f64; 2]> {
    let along = |first: f64| (0..).map(move |step| first + f64::from(step) * 19.0);
    along(690_200.5)
        .take_while(|east| *east < 691_800.0)
        .flat_map(|east| {
            along(5_335_200.5).take_while(|north| *north < 5_336_800.0).map(move |north| [east, north])
        })
        .collect()
}

/// What Cesium assumes of a level: 77,067 m at level 0, half of it at each next one.
#[tokio::test]
async fn meshes_are_as_close_to_the_finest_grid_as_their_level_says() {
    let Some(data) = shared_data() else { return };
    let served = Served::start().await;
    import_survey(&served, &data).await;
    let nodes = nodes();
    let body = serde_json::json!({ "points": nodes, "crs": "25832" }).to_string();
    let headers = [("content-type", "application/json")];
    let answer = send(&served.address, "POST", "/terrain/dgm1/elevation", &headers, body.as_bytes()).await;
    let heights: Vec<f64> = answer.json()["elevations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|height| height.as_f64().unwrap())
        .collect();
    let mut places: Vec<[f64; 3]> = nodes.iter().map(|[east, north]| [*east, *north, 0.0]).collect();
    Transformer::new(&UTM, &CRS84).unwrap().convert(&mut places).unwrap();
    let mut beyond = Vec::new();
    for level in 8..=17 {
        let size = 180.0 / f64::from(1_u32 << level);
        let promised = 77_067.34 / f64::from(1_u32 << level);
        let mut surfaces: Vec<Surface> = Vec::new();
        let (mut worst, mut sum, mut beyond_count) = (0.0_f64, 0.0, 0_usize);
        for ([longitude, latitude, _], ground) in places.iter().zip(&heights) {
            let at = [((longitude + 180.0) / size) as u32, ((latitude + 90.0) / size) as u32];
            if !surfaces.iter().any(|known| known.at == at) {
                surfaces.push(surface(&served.address, level, at).await);
            }
            let surface = surfaces.iter().find(|known| known.at == at).unwrap();
            let drawn = surface.height_m(level, [*longitude, *latitude]).expect("triangles fill their tile");
            let off = (drawn - GEOID_M - ground).abs();
            (worst, sum) = (worst.max(off), sum + off);
            beyond_count += usize::from(off > promised);
        }
        println!(
            "level {level}: {} tiles, worst {worst:.3} m, mean {:.3} m, promised {promised:.3} m, beyond: {beyond_count} of {}",
            surfaces.len(),
            sum / nodes.len() as f64,
            nodes.len()
        );
        beyond.push((level, beyond_count, worst / promised));
    }
    // What lies between two nodes of a level, such as the pit of ten metres in these tiles, is not seen from there
    // (decision 0060): one node in a thousand may be further off, by a tenth.
    for (level, count, share) in beyond {
        assert!(
            count * 1000 <= nodes.len() && share <= 1.1,
            "level {level}: {count} nodes, {share} of the promise"
        );
    }
    served.database.close().await;
}

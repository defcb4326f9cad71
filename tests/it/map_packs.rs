//! Map tiles made of packs are those made of rows, byte by byte: two servers over one database, one of which has no packs.

use std::sync::Arc;

use stadtwin::api::{AppState, Packs};
use stadtwin::crs::HeightModel;
use stadtwin::jobs::{Import, Mode, pack_map};

use crate::http::request;
use crate::map_tiles::parts;
use crate::support::served::{Served, building, citygml, start};

/// Tiles of one level of a grid that are compared.
const MOST_TILES: usize = 12;

struct Both {
    served: Served,
    /// Of the server that makes tiles of rows alone.
    rows: String,
}

impl Both {
    async fn start() -> Both {
        let served = Served::start().await;
        let state = AppState {
            packs: Arc::new(Packs::new(0)),
            ..AppState::new(served.database.store.clone(), HeightModel::Constant(45.5))
        };
        Both { served, rows: start(state).await }
    }

    /// How many cells were packed.
    async fn pack(&self, id: &str) -> usize {
        let store = &self.served.database.store;
        let collection = store.collection(id).await.unwrap().unwrap();
        let report = pack_map(store, &collection).await.unwrap();
        assert_eq!(pack_map(store, &collection).await.unwrap().cells, 0, "a second time nothing is left");
        report.cells
    }

    /// Layers that the server with packs has made of them, and of rows.
    async fn layers(&self) -> [usize; 2] {
        let metrics = self.served.get("/metrics").await.text();
        ["packs", "rows"].map(|source| {
            let name = format!("stadtwin_map_layers_total{{source=\"{source}\"}} ");
            metrics.lines().find_map(|line| line.strip_prefix(&name)).unwrap().parse().unwrap()
        })
    }

    /// Asks both for a tile; gives how many features it has.
    async fn check(&self, target: &str) -> usize {
        let expected = request(&self.rows, "GET", target, &[]).await;
        let found = self.served.get(target).await;
        assert_eq!(found.status, expected.status, "{target}: {}", found.text());
        let count = |tile: &[u8]| parts(tile, 3).iter().map(|layer| parts(layer, 2).len()).sum::<usize>();
        assert_eq!(count(&found.body), count(&expected.body), "{target}");
        assert!(found.body == expected.body, "{target}: {} bytes differ", found.body.len());
        count(&found.body)
    }

    /// The same for tiles of a level spread over a collection; gives how many features they have together.
    async fn check_level(&self, collection: &str, grid: &str, level: u64, query: &str) -> usize {
        let base = format!("/collections/{collection}/tiles/{grid}");
        let limits = self.served.json(&base).await["tileMatrixSetLimits"][level as usize].clone();
        let number = |name: &str| limits[name].as_u64().unwrap();
        let mut tiles = Vec::new();
        for row in number("minTileRow")..=number("maxTileRow") {
            let columns = number("minTileCol")..=number("maxTileCol");
            tiles.extend(columns.map(|column| format!("{base}/{level}/{row}/{column}{query}")));
        }
        let mut count = 0;
        for target in tiles.iter().step_by(tiles.len().div_ceil(MOST_TILES)) {
            count += self.check(target).await;
        }
        count
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn packs_and_rows_make_the_same_tiles() {
    let both = Both::start().await;
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    // Areas, points, lines and large areas.
    let collections = [
        ("buildings", "buildings"),
        ("trees", "vegetation.gml.gz"),
        ("roads", "transportation.gml.gz"),
        ("landuse", "landuse.gml.gz"),
        ("water", "water.gml.gz"),
    ];
    for (collection, file) in collections {
        both.served.import(collection, &root.join(file)).await;
        assert!(both.pack(collection).await > 0, "{collection}");
    }
    for (collection, _) in collections {
        let mut count = 0;
        for (grid, levels) in [
            ("WebMercatorQuad", [12, 14, 15, 16, 18, 19]),
            ("WorldCRS84Quad", [12, 13, 14, 15, 17, 18]),
            ("AdV_25832", [7, 8, 9, 10, 11, 13]),
            ("AdV_25833", [7, 8, 9, 10, 11, 13]),
            ("EU_25832", [7, 8, 9, 10, 11, 13]),
        ] {
            for level in levels {
                count += both.check_level(collection, grid, level, "").await;
            }
        }
        assert!(count > 10, "{collection}: {count}");
        for names in ["", "class", "lods,zMin,id", "revision,children", "function,measuredHeight,class"] {
            if names.contains("measuredHeight") && collection != "buildings" {
                continue;
            }
            both.check_level(collection, "WebMercatorQuad", 15, &format!("?properties={names}")).await;
        }
    }
    let [packs, rows] = both.layers().await;
    assert!(packs > 300 && rows == 0, "{packs} of packs, {rows} of rows");
    // What packs cannot tell, and what is too large for them.
    both.check_level("buildings", "WebMercatorQuad", 15, "?filter=zMax%20%3E%20485").await;
    both.check_level("buildings", "WebMercatorQuad", 15, "?datetime=2020-01-01T00:00:00Z").await;
    both.check_level("buildings", "WebMercatorQuad", 5, "").await;
    assert_eq!(both.layers().await[0], packs);
    let together = both.served.json("/tiles/WebMercatorQuad").await["tileMatrixSetLimits"][15].clone();
    let tile = format!("/tiles/WebMercatorQuad/15/{}/{}", together["minTileRow"], together["minTileCol"]);
    both.check(&tile).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_seen_at_once_and_packed_where_they_are() {
    let both = Both::start().await;
    let height = |metres: u32| format!("<bldg:measuredHeight uom='m'>{metres}</bldg:measuredHeight>");
    // Some 7 km to the north; and one that moves there.
    let far = |member: String| member.replace("5334", "5341");
    let states = [
        citygml(&(building("A", "") + &building("B", &height(7)) + &far(building("C", "")))),
        // One changed, one gone, one new, all in one place.
        citygml(&(building("A", &height(9)) + &building("D", "") + &far(building("C", "")))),
        citygml(&(far(building("A", &height(9))) + &building("D", "") + &far(building("C", "")))),
        citygml(&building("D", "")),
    ];
    let store = both.served.database.store.clone();
    let packs = Arc::new(Packs::new(1 << 20));
    let read_ahead = async || {
        let collection = store.collection("buildings").await.unwrap().unwrap();
        packs.read_ahead(&store, &Arc::new(collection)).await.unwrap()
    };
    let tiles = async |both: &Both| both.check_level("buildings", "WebMercatorQuad", 13, "").await;
    // The last: cells that are not in memory, with something in them.
    for (number, (state, [features, cells, read])) in
        states.iter().zip([[3, 2, 2], [3, 1, 1], [3, 2, 2], [1, 1, 0]]).enumerate()
    {
        let file = both.served.write(&format!("{number}.gml"), state);
        let import = Import { mode: Mode::Replace, ..Import::default() };
        both.served.import_with("buildings", &file, import).await;
        let before = both.layers().await;
        assert_eq!(tiles(&both).await, features, "{number}");
        let unpacked = both.layers().await;
        assert_eq!(unpacked[0], before[0], "{number}: nothing is taken of packs of another revision");
        assert!(unpacked[1] > before[1], "{number}");
        assert_eq!(read_ahead().await, None, "{number}: packs of another revision are not read");
        assert_eq!(both.pack("buildings").await, cells, "{number}");
        assert_eq!([read_ahead().await, read_ahead().await], [Some(read), Some(0)], "{number}");
        // Other tiles, since those above are kept.
        assert!(both.check_level("buildings", "WebMercatorQuad", 14, "").await >= features, "{number}");
        let packed = both.layers().await;
        assert!(packed[0] > unpacked[0] && packed[1] == unpacked[1], "{number}: {packed:?}");
    }
}

//! Objects that their supplier names anew: a small city in boxes, so that every area is known by hand.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use stadtwin::api::{AppState, serve};
use stadtwin::crs::HeightModel;
use stadtwin::jobs::{Checks, Import, ImportReport, MatchBy, Mode};
use stadtwin::query::FeatureQuery;
use stadtwin::store::Store;

use crate::http::{Answer, request};
use crate::support::database::{Database, database};

/// A thing on the ground: gml:id, class, `[x, y, width, depth]` [m], external reference or `#link` (empty: none).
type Thing<'a> = (&'a str, &'a str, [u32; 4], &'a str);

const HOUSE: &str = "bldg:Building";
const LAND: &str = "luse:LandUse";

fn city(things: &[Thing]) -> String {
    let member = |(id, class, [x, y, width, depth], reference): &Thing| {
        let (west, south) = (691_000 + x, 5_335_000 + y);
        let (east, north) = (west + width, south + depth);
        let reference = match *reference {
            "" => String::new(),
            link if link.starts_with('#') => format!("<generalizesTo xlink:href='{link}'/>"),
            name => format!(
                "<externalReference><informationSystem>alkis</informationSystem><externalObject><name>{name}</name>\
                 </externalObject></externalReference>"
            ),
        };
        let property = if *class == HOUSE { "bldg:lod0FootPrint" } else { "luse:lod0MultiSurface" };
        format!(
            "<cityObjectMember><{class} gml:id='{id}'>{reference}<{property}><gml:MultiSurface><gml:surfaceMember><gml:Polygon>\
             <gml:exterior><gml:LinearRing><gml:posList srsDimension='3'>{west} {south} 500 {east} {south} 500 {east} {north} 500 \
             {west} {north} 500 {west} {south} 500</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon>\
             </gml:surfaceMember></gml:MultiSurface></{property}></{class}></cityObjectMember>"
        )
    };
    format!(
        "<CityModel xmlns='http://www.opengis.net/citygml/2.0' xmlns:gml='http://www.opengis.net/gml' \
         xmlns:bldg='http://www.opengis.net/citygml/building/2.0' xmlns:luse='http://www.opengis.net/citygml/landuse/2.0' \
         xmlns:xlink='http://www.w3.org/1999/xlink'>\
         <gml:boundedBy><gml:Envelope srsName='urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::7837' srsDimension='3'>\
         <gml:lowerCorner>691000 5335000 500</gml:lowerCorner><gml:upperCorner>692000 5336000 500</gml:upperCorner>\
         </gml:Envelope></gml:boundedBy>{}</CityModel>",
        things.iter().map(member).collect::<String>()
    )
}

struct Town {
    database: Database,
    folder: tempfile::TempDir,
}

impl Town {
    async fn of(things: &[Thing<'_>]) -> Town {
        let town = Town { database: database().await, folder: tempfile::tempdir().unwrap() };
        town.import(things, Mode::Update, MatchBy::Id, false).await;
        town
    }

    fn store(&self) -> &Store {
        &self.database.store
    }

    async fn import(
        &self,
        things: &[Thing<'_>],
        mode: Mode,
        match_by: MatchBy,
        dry_run: bool,
    ) -> ImportReport {
        let path = self.folder.path().join("town.gml");
        std::fs::write(&path, city(things)).unwrap();
        run(self.store(), &path, mode, match_by, dry_run).await.unwrap()
    }

    /// Both ways of asking: first nothing is written, then what was told is done.
    async fn match_anew(&self, things: &[Thing<'_>], mode: Mode, match_by: MatchBy) -> ImportReport {
        let before = self.state().await;
        let dry = self.import(things, mode, match_by, true).await;
        assert_eq!(self.state().await, before, "a dry run writes nothing");
        let report = self.import(things, mode, match_by, false).await;
        assert_eq!(dry.identity, report.identity);
        assert_eq!(figures(&dry), figures(&report));
        // The same once more, and by id alone: there is nothing left to write.
        for match_by in [match_by, MatchBy::Id] {
            let again = self.import(things, mode, match_by, false).await;
            assert_eq!(again.revision, None, "{}", again.to_text());
            assert_eq!(again.unchanged, things.len() as u64);
        }
        report
    }

    /// Permanent names of all live objects with their aliases, predecessors and successors.
    async fn state(&self) -> BTreeMap<String, [Vec<String>; 3]> {
        let collection = self.store().collection("town").await.unwrap().unwrap();
        let query = FeatureQuery {
            overlay: None,
            collection: collection.clone().into(),
            revision: collection.head,
            limit: 100,
            sort: Vec::new(),
            after: None,
            region: None,
            datetime: None,
            filter: None,
            cell: None,
        };
        let mut state = BTreeMap::new();
        for feature in self.store().features(&query).await.unwrap().items {
            let lineage = self.store().lineage(&collection, &feature.id).await.unwrap();
            let relatives = [lineage.aliases, lineage.predecessors, lineage.successors];
            assert!(state.insert(feature.id, relatives).is_none(), "two objects of one name");
        }
        state
    }
}

async fn run(
    store: &Store,
    path: &Path,
    mode: Mode,
    match_by: MatchBy,
    dry_run: bool,
) -> anyhow::Result<ImportReport> {
    let import = Import {
        sources: vec![path.display().to_string()],
        collection: "town".into(),
        geoid_constant_m: Some(45.5),
        checks: Checks::None,
        mode,
        match_by,
        dry_run,
        jobs: 2,
        ..Import::default()
    };
    import.run(store, Arc::default()).await
}

/// `[inserted, updated, unchanged, ended]`.
fn figures(report: &ImportReport) -> [u64; 4] {
    [report.inserted, report.updated, report.unchanged, report.ended]
}

/// Aliases, predecessors and successors of an object.
fn of(names: [&[&str]; 3]) -> [Vec<String>; 3] {
    names.map(|names| names.iter().map(|name| (*name).to_owned()).collect())
}

/// What is there before, what is imported, by which rule and mode, `[inserted, updated, unchanged, ended]`, the live objects
/// then with their aliases, predecessors and successors.
type Case<'a> =
    (&'a [Thing<'a>], &'a [Thing<'a>], MatchBy, Mode, [u64; 4], &'a [(&'a str, [&'a [&'a str]; 3])]);

#[tokio::test(flavor = "multi_thread")]
async fn objects_keep_their_names_whatever_their_supplier_calls_them() {
    const ALONE: [&[&str]; 3] = [&[], &[], &[]];
    let (reference, overlap) = (MatchBy::Reference, MatchBy::Overlap);
    let (update, replace) = (Mode::Update, Mode::Replace);
    let cases: &[Case] = &[
        // Renamed: recognised by footprint only when that is asked for.
        (
            &[("a", HOUSE, [0, 0, 10, 10], ""), ("b", HOUSE, [20, 0, 10, 10], "")],
            &[("a2", HOUSE, [0, 0, 10, 10], ""), ("b", HOUSE, [20, 0, 10, 10], "")],
            overlap,
            replace,
            [0, 1, 1, 0],
            &[("a", [&["a2"], &[], &[]]), ("b", ALONE)],
        ),
        (
            &[("a", HOUSE, [0, 0, 10, 10], "")],
            &[("a2", HOUSE, [0, 0, 10, 10], "")],
            reference,
            replace,
            [1, 0, 0, 1],
            &[("a2", ALONE)],
        ),
        // 70 of 100 m² in common: the same; 40: another thing.
        (
            &[("a", HOUSE, [0, 0, 10, 10], ""), ("b", HOUSE, [20, 0, 10, 10], "")],
            &[("a2", HOUSE, [3, 0, 10, 10], ""), ("b2", HOUSE, [26, 0, 10, 10], "")],
            overlap,
            update,
            [1, 1, 0, 0],
            &[("a", [&["a2"], &[], &[]]), ("b", ALONE), ("b2", ALONE)],
        ),
        // Moved by 100 m: the reference tells.
        (
            &[("a", HOUSE, [0, 0, 10, 10], "OID1"), ("b", HOUSE, [20, 0, 10, 10], "")],
            &[("a2", HOUSE, [0, 100, 10, 10], "OID1"), ("b2", HOUSE, [20, 100, 10, 10], "")],
            overlap,
            replace,
            [1, 1, 0, 1],
            &[("a", [&["a2"], &[], &[]]), ("b2", ALONE)],
        ),
        // In the same place, of another class.
        (
            &[("a", HOUSE, [0, 0, 10, 10], "")],
            &[("a2", LAND, [0, 0, 10, 10], "")],
            overlap,
            replace,
            [1, 0, 0, 1],
            &[("a2", ALONE)],
        ),
        // Split in halves; and in 60 and 40 m², where the larger part stays the same.
        (
            &[("a", HOUSE, [0, 0, 20, 10], ""), ("b", HOUSE, [0, 50, 10, 10], "")],
            &[
                ("p", HOUSE, [0, 0, 10, 10], ""),
                ("q", HOUSE, [10, 0, 10, 10], ""),
                ("r", HOUSE, [0, 50, 6, 10], ""),
                ("s", HOUSE, [6, 50, 4, 10], ""),
            ],
            overlap,
            update,
            [3, 1, 0, 1],
            &[
                ("b", [&["r"], &[], &["s"]]),
                ("p", [&[], &["a"], &[]]),
                ("q", [&[], &["a"], &[]]),
                ("s", [&[], &["b"], &[]]),
            ],
        ),
        // Merged of halves; and of 80 and 20 m².
        (
            &[
                ("a", HOUSE, [0, 0, 10, 10], ""),
                ("b", HOUSE, [10, 0, 10, 10], ""),
                ("c", HOUSE, [0, 50, 8, 10], ""),
                ("d", HOUSE, [8, 50, 2, 10], ""),
            ],
            &[("m", HOUSE, [0, 0, 20, 10], ""), ("n", HOUSE, [0, 50, 10, 10], "")],
            overlap,
            update,
            [1, 1, 0, 3],
            &[("c", [&["n"], &["d"], &[]]), ("m", [&[], &["a", "b"], &[]])],
        ),
        // Split and merged by reference, far away from where they were.
        (
            &[
                ("a", HOUSE, [0, 0, 10, 10], "OID1"),
                ("b", HOUSE, [20, 0, 10, 10], "OID2"),
                ("c", HOUSE, [40, 0, 10, 10], "OID2"),
            ],
            &[
                ("p", HOUSE, [0, 100, 5, 5], "OID1"),
                ("q", HOUSE, [20, 100, 5, 5], "OID1"),
                ("m", HOUSE, [40, 100, 5, 5], "OID2"),
            ],
            reference,
            replace,
            [3, 0, 0, 3],
            &[("m", [&[], &["b", "c"], &[]]), ("p", [&[], &["a"], &[]]), ("q", [&[], &["a"], &[]])],
        ),
        // A reference that many share names none of them, nor one that an object found by id has.
        (
            &[
                ("a", HOUSE, [0, 0, 10, 10], "OFFICE"),
                ("b", HOUSE, [20, 0, 10, 10], "OFFICE"),
                ("c", HOUSE, [40, 0, 10, 10], "OID3"),
                ("d", HOUSE, [60, 0, 10, 10], "OID3"),
            ],
            &[
                ("a2", HOUSE, [0, 100, 10, 10], "OFFICE"),
                ("b2", HOUSE, [20, 100, 10, 10], "OFFICE"),
                ("c", HOUSE, [40, 0, 10, 10], "OID3"),
                ("d2", HOUSE, [60, 100, 10, 10], "OID3"),
            ],
            reference,
            replace,
            [3, 0, 1, 3],
            &[("a2", ALONE), ("b2", ALONE), ("c", ALONE), ("d2", ALONE)],
        ),
    ];
    for (index, (before, after, match_by, mode, expected, live)) in cases.iter().enumerate() {
        let town = Town::of(before).await;
        let report = town.match_anew(after, *mode, *match_by).await;
        assert_eq!(figures(&report), *expected, "case {index}: {}", report.to_text());
        let live: BTreeMap<_, _> = live.iter().map(|(id, names)| ((*id).to_owned(), of(*names))).collect();
        assert_eq!(town.state().await, live, "case {index}");
        town.database.close().await;
    }
}

/// What was recognised once is found by either name: also after a change, an end, and a return.
#[tokio::test(flavor = "multi_thread")]
async fn an_alias_holds_for_later_imports() {
    let square = |id| (id, HOUSE, [0, 0, 10, 10], "");
    let other = ("z", HOUSE, [50, 0, 10, 10], "");
    let town = Town::of(&[square("a"), other]).await;
    town.match_anew(&[square("a2"), other], Mode::Replace, MatchBy::Overlap).await;
    let wider = [("a2", HOUSE, [0, 0, 12, 10], ""), other];
    let report = town.import(&wider, Mode::Replace, MatchBy::Id, false).await;
    assert_eq!((figures(&report), report.changes.geometry), ([0, 1, 1, 0], 1), "{}", report.to_text());
    let report = town.import(&[other], Mode::Replace, MatchBy::Id, false).await;
    assert_eq!(figures(&report), [0, 0, 1, 1]);
    let report = town.import(&wider, Mode::Replace, MatchBy::Id, false).await;
    assert_eq!(figures(&report), [1, 0, 1, 0]);
    let live: Vec<_> = town.state().await.into_keys().collect();
    assert_eq!(live, ["a", "z"]);
    // A third name of the same thing.
    town.match_anew(&[square("a3"), other], Mode::Replace, MatchBy::Overlap).await;
    assert_eq!(town.state().await["a"], of([&["a3", "a2"], &[], &[]]));
    let path = town.folder.path().join("town.gml");
    let told = run(town.store(), &path, Mode::Append, MatchBy::Overlap, false).await.unwrap_err().to_string();
    assert!(told.contains("append"), "{told}");
    town.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn features_are_found_by_either_name_and_tell_their_relatives() {
    let before =
        [("a", HOUSE, [0, 0, 10, 10], ""), ("b", HOUSE, [20, 0, 20, 10], ""), ("z", LAND, [60, 0, 5, 5], "")];
    let town = Town::of(&before).await;
    let after = [
        ("a2", HOUSE, [0, 0, 10, 10], "#z"),
        ("z", LAND, [60, 0, 5, 5], "#a2"),
        ("p", HOUSE, [20, 0, 10, 10], ""),
        ("q", HOUSE, [30, 0, 10, 10], ""),
    ];
    town.match_anew(&after, Mode::Replace, MatchBy::Overlap).await;
    let state = AppState::new(town.store().clone(), HeightModel::Constant(45.5));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(serve(state, listener, std::future::pending()));
    let get = async |id: &str| -> Answer {
        request(&address, "GET", &format!("/collections/town/items/{id}?f=json"), &[]).await
    };
    for id in ["a", "a2"] {
        let feature = get(id).await.json();
        assert_eq!(
            (&feature["id"], &feature["properties"]["aliases"]),
            (&json!("a"), &json!(["a2"])),
            "{id}"
        );
        assert!(hrefs(&feature, "canonical")[0].contains("/items/a?"), "{feature}");
    }
    // Links go by the permanent names too.
    let related = |feature: Value, direction: &str| {
        let links = feature["relatedTo"].as_array().unwrap().clone();
        let found = links.into_iter().find(|link| link["direction"] == direction).unwrap();
        (found["id"].clone(), found["link"].clone())
    };
    assert_eq!(related(get("a").await.json(), "to"), (json!("z"), json!("z")));
    assert_eq!(related(get("a").await.json(), "from").0, "z");
    assert_eq!(related(get("z").await.json(), "to"), (json!("a"), json!("a2")));
    assert_eq!(related(get("z").await.json(), "from").0, "a");
    let feature = get("p").await.json();
    assert_eq!(feature["properties"]["predecessors"], json!(["b"]));
    assert!(hrefs(&feature, "predecessor-version")[0].contains("/items/b?"), "{feature}");
    let gone = get("b").await;
    assert_eq!(gone.status, 410);
    assert!(gone.json()["detail"].as_str().unwrap().ends_with("in its place: p, q"), "{}", gone.text());
    assert_eq!(get("c").await.status, 404);
    town.database.close().await;
}

fn hrefs(feature: &Value, rel: &str) -> Vec<String> {
    let links = feature["links"].as_array().unwrap().iter();
    links.filter(|link| link["rel"] == rel).map(|link| link["href"].as_str().unwrap().to_owned()).collect()
}

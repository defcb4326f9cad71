//! Links between objects, members and files: followed, told where loose, kept through history.

use stadtwin::jobs::{Import, Mode};

use crate::support::served::{Served, building, citygml, shared_data, triangle};

fn group(id: &str, members: &[&str]) -> String {
    let members: String =
        members.iter().map(|href| format!("<grp:groupMember xlink:href='{href}' role='part'/>")).collect();
    format!(
        "<core:cityObjectMember><grp:CityObjectGroup gml:id='{id}'>{members}</grp:CityObjectGroup></core:cityObjectMember>"
    )
}

const GENERAL: &str = "<core:generalizesTo xlink:href='#A'/>";

#[tokio::test(flavor = "multi_thread")]
async fn links_lead_both_ways_and_loose_ones_are_told() {
    let served = Served::start().await;
    let members = [
        building("A", ""),
        building("B", GENERAL),
        group("G", &["#A", "#B", "#gone", "http://example.org/x#A"]),
    ];
    let file = served.write("a.gml", &citygml(&members.concat()));
    let report = served.import("town", &file).await;
    assert_eq!((report.inserted, report.issues.get("link_unresolved")), (3, Some(&1)), "{report:?}");
    assert!(report.examples["link_unresolved"].contains("`gone`"), "{:?}", report.examples);

    let g = served.json("/collections/town/items/G").await;
    let related = g["relatedTo"].as_array().unwrap();
    assert_eq!(related.len(), 4);
    assert_eq!(
        (&related[0]["relation"], &related[0]["role"], &related[0]["id"]),
        (&"groupMember".into(), &"part".into(), &"A".into())
    );
    let a = served.json(related[0]["href"].as_str().unwrap()).await;
    assert_eq!(a["id"], "A");
    assert_eq!((&related[2]["link"], related[2].get("href")), (&"gone".into(), None));
    assert_eq!((&related[3]["link"], related[3].get("href")), (&"http://example.org/x#A".into(), None));
    let back: Vec<_> = a["relatedTo"]
        .as_array()
        .unwrap()
        .iter()
        .map(|link| {
            (
                link["direction"].as_str().unwrap(),
                link["id"].as_str().unwrap(),
                link["relation"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(back, [("from", "B", "generalizesTo"), ("from", "G", "groupMember")]);
    assert!(served.html("/collections/town/items/G").await.contains("/collections/town/items/B?f=html"));

    // What was loose leads somewhere once another collection brings it; a second import of the same writes nothing.
    let tag = served.get("/collections/town/items/G").await;
    served.import("more", &served.write("b.gml", &citygml(&building("gone", "")))).await;
    let after = served.get("/collections/town/items/G").await;
    assert_eq!(after.json()["relatedTo"][2]["collection"], "more");
    assert_ne!(tag.header("etag"), after.header("etag"));
    let again = served.import("town", &file).await;
    assert_eq!((again.unchanged, again.revision, again.issues.get("link_unresolved")), (3, None, None));
    served.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_follow_the_versions_of_their_object() {
    let served = Served::start().await;
    let text =
        |members: &[&str]| citygml(&[building("A", ""), building("B", ""), group("G", members)].concat());
    let first = served.import("town", &served.write("a.gml", &text(&["#A", "#B"]))).await;
    served.import("town", &served.write("a.gml", &text(&["#B"]))).await;
    let ids = async || {
        let g = served.json("/collections/town/items/G").await;
        g["relatedTo"]
            .as_array()
            .unwrap()
            .iter()
            .map(|link| link["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids().await, ["B"]);
    assert_eq!(served.json("/collections/town/items/A").await.get("relatedTo"), None);
    // Back to the first state: the copy of the group has the links of that time.
    let rollback = stadtwin::jobs::Rollback {
        collection: "town".into(),
        to: first.revision.unwrap(),
        geoid_constant_m: Some(45.5),
    };
    rollback.run(&served.database.store, Default::default()).await.unwrap();
    assert_eq!(ids().await, ["A", "B"]);
    // What ends is no target any more.
    let replace = Import { mode: Mode::Replace, ..Import::default() };
    let fewer = served.write("a.gml", &citygml(&[building("A", ""), group("G", &["#A", "#B"])].concat()));
    let report = served.import_with("town", &fewer, replace).await;
    assert_eq!(report.ended, 1);
    let g = served.json("/collections/town/items/G").await;
    assert_eq!((&g["relatedTo"][0]["id"], g["relatedTo"][1].get("id")), (&"A".into(), None));
    served.database.close().await;
}

fn furniture(id: &str, relative: &str) -> String {
    format!(
        "<core:cityObjectMember><frn:CityFurniture gml:id='{id}'><frn:lod1ImplicitRepresentation><core:ImplicitGeometry>\
         <core:relativeGMLGeometry{relative}</core:relativeGMLGeometry><core:referencePoint><gml:Point>\
         <gml:pos>690000 5334000 500</gml:pos></gml:Point></core:referencePoint></core:ImplicitGeometry>\
         </frn:lod1ImplicitRepresentation></frn:CityFurniture></core:cityObjectMember>"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn geometry_and_prototypes_come_from_other_members_and_files() {
    let served = Served::start().await;
    let solid = |href: &str| format!("<bldg:lod2MultiSurface xlink:href='{href}'/>");
    let prototype = triangle("proto").replace(
        "690000 5334000 500 690010 5334000 500 690000 5334010 500 690000 5334000 500",
        "0 0 0 1 0 0 0 1 0 0 0 0",
    );
    served.write(
        "town/b/b.gml",
        &citygml(&[building("T", ""), furniture("F1", &format!(">{prototype}"))].concat()),
    );
    let members = [
        building("A", &solid("#B_g")),
        building("B", ""),
        building("C", &solid("../b/b.gml#T_g")),
        building("D", &solid("../b/b.gml#none")),
        building("E", &solid("../../secret.gml#T_g")),
        furniture("F2", " xlink:href='../b/b.gml#proto'>"),
    ];
    served.write("town/a/a.gml", &citygml(&members.concat()));
    served.write("secret.gml", &citygml(&building("T", "")));
    let report = served.import("town", &served.folder.path().join("town")).await;
    assert_eq!((report.inserted, report.issues.get("xlink_unresolved")), (8, Some(&2)), "{report:?}");
    let lods = async |id: &str| {
        let feature = served.json(&format!("/collections/town/items/{id}")).await;
        feature["properties"]["lods"]
            .as_array()
            .unwrap()
            .iter()
            .map(|lod| lod.as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
            .join(" ")
    };
    for (id, expected) in
        [("A", "1 2"), ("B", "1"), ("C", "1 2"), ("D", "1"), ("E", "1"), ("F1", "1"), ("F2", "1")]
    {
        assert_eq!(lods(id).await, expected, "{id}");
    }
    // The link that leads nowhere is kept as it is, to be written back.
    let store = &served.database.store;
    let collection = store.collection("town").await.unwrap().unwrap();
    let feature = store.feature(&collection, collection.head, "D").await.unwrap().unwrap();
    let object = store.objects(&collection, &[feature.key]).await.unwrap().remove(0).1;
    assert_eq!(object.extensions.len(), 1, "{:?}", object.extensions);
    assert!(object.extensions[0].contains("xlink:href='../b/b.gml#none'"), "{:?}", object.extensions);
    served.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn textures_are_shared_across_members() {
    let served = Served::start().await;
    let texture = "<app:X3DMaterial gml:id='m'><app:diffuseColor>1 0 0</app:diffuseColor><app:target>#A_g_p</app:target><app:target>#B_g_p</app:target></app:X3DMaterial>";
    let look = |inside: &str| {
        format!(
            "<app:appearance><app:Appearance><app:theme>x</app:theme>{inside}</app:Appearance></app:appearance>"
        )
    };
    let own = look(&format!("<app:surfaceDataMember>{texture}</app:surfaceDataMember>"));
    let shared = look("<app:surfaceDataMember xlink:href='#m'/>");
    let file = served.write("a.gml", &citygml(&[building("A", &own), building("B", &shared)].concat()));
    let report = served.import("town", &file).await;
    assert_eq!((report.inserted, report.issues.get("xlink_unresolved")), (2, None), "{report:?}");
    let store = &served.database.store;
    let collection = store.collection("town").await.unwrap().unwrap();
    let feature = store.feature(&collection, collection.head, "B").await.unwrap().unwrap();
    let object = store.objects(&collection, &[feature.key]).await.unwrap().remove(0).1;
    let materials: Vec<_> =
        object.geometries.iter().flat_map(|g| &g.appearances).flat_map(|a| &a.materials).collect();
    assert_eq!(materials.len(), 1, "{:?}", object.geometries);
    served.database.close().await;
}

/// The building's floor is related to a traffic area in another file, a boundary surface of its road.
#[tokio::test(flavor = "multi_thread")]
async fn files_of_plateau_point_at_each_other() {
    let Some(data) = shared_data() else { return };
    let served = Served::start().await;
    let folder = data.join("plateau-all-modules/examples/citygml3-reader/xlink/citygml3reader/udx");
    let import =
        Import { crs: Some("http://www.opengis.net/def/crs/OGC/0/CRS84h".into()), ..Import::default() };
    let report = served.import_with("xlinks", &folder, import).await;
    assert!(
        !report.issues.contains_key("xlink_unresolved") && !report.issues.contains_key("xlink_external"),
        "{report:?}"
    );
    let building = served.json("/collections/xlinks/items/building1").await;
    let link = &building["relatedTo"][0];
    assert_eq!(
        (&link["part"], &link["relation"], &link["role"]),
        (&"floorsurface1".into(), &"relatedTo".into(), &"equal".into())
    );
    assert_eq!(link["link"], "../tran/feature_xlink_definition.gml#trafficarea1");
    assert!(link["href"].as_str().is_some(), "{link}");
    served.database.close().await;
}

//! Application domain extensions: kept without code, and typed once their schema is registered.

use serde_json::json;
use stadtwin::formats::{Declared, Input, open, read_ade};
use stadtwin::jobs::register_ades;

use crate::support::served::{Served, building, citygml, shared_data, triangle};

const SCHEMA: &str = r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:x="http://example.org/x"
 xmlns:gml="http://www.opengis.net/gml" xmlns:bldg="http://www.opengis.net/citygml/building/2.0" targetNamespace="http://example.org/x" version="3">
 <xs:element name="number" type="xs:string" substitutionGroup="bldg:_GenericApplicationPropertyOfAbstractBuilding">
  <xs:annotation><xs:documentation>The number on the door.</xs:documentation></xs:annotation></xs:element>
 <xs:element name="share" type="xs:double" substitutionGroup="bldg:_GenericApplicationPropertyOfAbstractBuilding"/>
 <xs:element name="heatDemand" type="x:Energy" substitutionGroup="bldg:_GenericApplicationPropertyOfAbstractBuilding"/>
 <xs:element name="state" type="x:State" substitutionGroup="bldg:_GenericApplicationPropertyOfAbstractBuilding"/>
 <xs:complexType name="Energy"><xs:simpleContent><xs:restriction base="gml:MeasureType"><xs:attribute name="uom" fixed="kWh"/></xs:restriction></xs:simpleContent></xs:complexType>
 <xs:simpleType name="State"><xs:restriction base="xs:string"><xs:enumeration value="1">
  <xs:annotation><xs:documentation>in use</xs:documentation></xs:annotation></xs:enumeration></xs:restriction></xs:simpleType>
 <xs:element name="Factory" substitutionGroup="bldg:Building"/>
 <xs:element name="Zone" substitutionGroup="gml:_Feature"/>
</xs:schema>"#;

fn town() -> String {
    let properties = "<x:number>12</x:number><x:share>5</x:share><x:heatDemand>70</x:heatDemand><x:state>1</x:state><x:door>007</x:door>\
        <x:zone><x:Zone><x:use>living</x:use></x:Zone></x:zone><x:pump><x:Pump gml:id='P'><x:power>3</x:power></x:Pump></x:pump>";
    let factory = format!(
        "<core:cityObjectMember><x:Factory gml:id='F'><bldg:measuredHeight uom='m'>9</bldg:measuredHeight><x:chimneys>2</x:chimneys>\
         <bldg:lod1MultiSurface>{}</bldg:lod1MultiSurface></x:Factory></core:cityObjectMember>",
        triangle("f")
    );
    citygml(&[building("A", properties), building("B", ""), factory].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn undeclared_content_is_typed_as_far_as_its_text_allows() {
    let served = Served::start().await;
    let report = served.import("town", &served.write("a.gml", &town())).await;
    assert_eq!(report.inserted, 3, "{report:?}");
    let a = served.json("/collections/town/items/A").await["properties"].clone();
    for (name, expected) in
        [("number", json!(12)), ("share", json!(5)), ("state", json!(1)), ("door", json!("007"))]
    {
        assert_eq!(a[name], expected, "{name}");
    }
    // What has a gml:id is an object; what has neither that nor a geometry is a value.
    assert_eq!(
        (&a["zone"], &a["children"]),
        (&json!({"@type": "x:Zone", "use": "living"}), &json!({"GenericCityObject": 1}))
    );
    let f = served.json("/collections/town/items/F").await["properties"].clone();
    assert_eq!(
        (&f["class"], &f["chimneys"], &f["measuredHeight"]),
        (&json!("x:Factory"), &json!(2), &json!(9.0))
    );
    served.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn registered_types_win_and_change_only_what_differs() {
    let served = Served::start().await;
    let store = &served.database.store;
    let file = served.write("a.gml", &town());
    served.import("town", &file).await;
    let schema = served.write("x.xsd", SCHEMA).display().to_string();
    let results = register_ades(store, std::slice::from_ref(&schema)).await.unwrap();
    assert_eq!((results.len(), results[0].classes, results[0].features, results[0].properties), (1, 2, 2, 4));
    let report = served.import("town", &file).await;
    assert_eq!((report.updated, report.unchanged), (2, 1), "{report:?}");

    let a = served.json("/collections/town/items/A").await["properties"].clone();
    assert_eq!((&a["number"], &a["share"], &a["heatDemand"]), (&json!("12"), &json!(5.0), &json!(70.0)));
    assert_eq!((&a["state"], &a["state_text"]), (&json!("1"), &json!("in use")));
    assert_eq!((&a["door"], &a["children"]), (&json!("007"), &json!({"GenericCityObject": 2})));
    let collection = store.collection("town").await.unwrap().unwrap();
    let feature = |id: &'static str| {
        let collection = collection.clone();
        async move { store.feature(&collection, collection.head, id).await.unwrap().unwrap() }
    };
    assert_eq!(
        (&feature("A").await.qualifiers["heatDemand"]["uom"], &a["heatDemand_uom"]),
        (&json!("kWh"), &json!("kWh"))
    );
    let factory = feature("F").await;
    assert_eq!((factory.class.name(), factory.source_class.as_deref()), ("Building", Some("x:Factory")));

    let described = served.json("/collections/town").await;
    let property =
        described["properties"].as_array().unwrap().iter().find(|p| p["name"] == "number").unwrap();
    assert_eq!(property["description"], "The number on the door.");
    let heat =
        described["properties"].as_array().unwrap().iter().find(|p| p["name"] == "heatDemand").unwrap();
    assert_eq!((&heat["title"], &heat["unit"]), (&json!("heat demand"), &json!("kWh")));

    assert!(served.html("/collections/town").await.contains("The number on the door."));
    let again = served.import("town", &file).await;
    assert_eq!((again.unchanged, again.revision), (3, None));
    // Registering the same again, and a schema of another namespace, change nothing.
    register_ades(store, &[schema]).await.unwrap();
    assert_eq!(served.import("town", &file).await.unchanged, 3);
    let ades = store.ades().await.unwrap();
    assert_eq!((ades.len(), ades[0].version.as_str(), ades[0].class_count), (1, "3", 2));
    assert!(store.remove_ade("http://example.org/x").await.unwrap());
    assert!(!store.remove_ade("http://example.org/x").await.unwrap());
    assert_eq!(served.get("/codelists/State").await.status, 404);
    assert_eq!(served.import("town", &file).await.updated, 2);
    served.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn includes_come_from_beside_the_schema_alone() {
    let served = Served::start().await;
    let include = |location: &str| {
        format!("<schema targetNamespace='http://y'><include schemaLocation='{location}'/></schema>")
    };
    served.write(
        "secret.xsd",
        "<schema targetNamespace='http://y'><element name='Secret' substitutionGroup='z'/></schema>",
    );
    for location in ["../secret.xsd", "http://127.0.0.1:1/secret.xsd", "file:///etc/passwd", "none.xsd"] {
        let schema = served.write("folder/y.xsd", &include(location)).display().to_string();
        let results = register_ades(&served.database.store, &[schema]).await.unwrap();
        assert_eq!(results[0].classes, 0, "{location}");
    }
    served.write("folder/more.xsd", "<schema targetNamespace='http://y'><element name='More'/></schema>");
    let schema = served.write("folder/y.xsd", &include("more.xsd")).display().to_string();
    assert_eq!(register_ades(&served.database.store, &[schema]).await.unwrap()[0].classes, 1);
    let missing = served.folder.path().join("missing.xsd").display().to_string();
    assert!(
        register_ades(&served.database.store, &[missing])
            .await
            .unwrap_err()
            .to_string()
            .contains("missing.xsd")
    );
    served.database.close().await;
}

/// The makers' own schema and data: what the file says of its one building, read off by eye.
#[test]
fn the_test_ade_is_read_with_its_schema() {
    let Some(data) = shared_data() else { return };
    let folder = data.join("ogc-citygml3-draft-examples/ADE-examples/Test-ADE");
    let bytes = std::fs::read(folder.join("testADE.xsd")).unwrap();
    let declared = Declared::new(&read_ade("testADE.xsd", &bytes, &mut |_| None).unwrap());
    let mut file = open(Input::file(&folder.join("industrial_building_dataset_v3.gml"))).unwrap();
    file.declare(std::sync::Arc::new(declared));
    let object = file.next_batch().unwrap().unwrap().parse().objects.remove(0).object;
    assert_eq!(
        (object.class.name(), object.source_class.as_deref()),
        ("Building", Some("test:IndustrialBuilding"))
    );
    let names: Vec<_> = object.walk().iter().filter_map(|part| part.source_class.clone()).collect();
    assert!(names.contains(&"test:BuildingUnderground".to_owned()), "{names:?}");
}

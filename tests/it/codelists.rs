//! Code lists: read by hand and beside imported files, resolved in the API, asked by the checks.

use serde_json::json;
use stadtwin::geometry::validate::Tolerances;
use stadtwin::jobs::{CodeListImport, Import, Validate};

use crate::http::request;
use crate::support::served::{Served, building, citygml, shared_data};

fn dictionary(name: &str, codes: &[(&str, &str)]) -> String {
    let entry = |(code, text): &(&str, &str)| {
        format!(
            "<gml:dictionaryEntry><gml:Definition><gml:description>{text}</gml:description><gml:name>{code}</gml:name></gml:Definition></gml:dictionaryEntry>"
        )
    };
    let entries: String = codes.iter().map(entry).collect();
    format!(
        "<gml:Dictionary xmlns:gml='http://www.opengis.net/gml'><gml:name>{name}</gml:name>{entries}</gml:Dictionary>"
    )
}

const CLASS: &str = "<bldg:class codeSpace='../codelists/Kind.xml'>";

fn town(served: &Served) -> std::path::PathBuf {
    served.write("town/codelists/Kind.xml", &dictionary("Kind", &[("1", "house &amp; yard"), ("2", "barn")]));
    let members = [
        building(
            "A",
            &format!(
                "{CLASS}1</bldg:class><bldg:function>31001_1000</bldg:function><bldg:roofType>3100</bldg:roofType>"
            ),
        ),
        building("B", &format!("{CLASS}7</bldg:class><bldg:function>31001_9999</bldg:function>")),
        building(
            "C",
            "<x:kind codeSpace='../codelists/Kind.xml'>2</x:kind><x:kind codeSpace='../codelists/None.xml'>2</x:kind>",
        ),
    ];
    served.write("town/models/a.gml", &citygml(&members.concat()));
    served.folder.path().join("town")
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_beside_a_file_are_kept_and_resolved() {
    let served = Served::start().await;
    let town = town(&served);
    let report = served.import("buildings", &town).await;
    assert_eq!((report.inserted, report.issues.get("code_unknown")), (3, Some(&1)), "{report:?}");
    assert_eq!(report.issues.get("code_list_missing"), Some(&1));
    assert!(report.examples["code_unknown"].contains("class is `7`"), "{:?}", report.examples);

    let a = served.json("/collections/buildings/items/A?lang=de").await;
    let names: Vec<_> = a["properties"].as_object().unwrap().keys().take(7).cloned().collect();
    assert_eq!(
        names,
        ["class", "gen_class", "gen_class_text", "function", "function_text", "roofType", "roofType_text"]
    );
    let text = |name: &str| a["properties"][name].as_str().unwrap().to_owned();
    assert_eq!(text("function_text"), "Wohngebäude");
    assert_eq!((text("gen_class"), text("gen_class_text")), ("1".into(), "house & yard".into()));
    assert_eq!(text("roofType_text"), "Satteldach");
    let page = served.json("/collections/buildings/items?limit=10").await;
    assert_eq!(page["features"][0]["properties"]["function_text"], "Wohngebäude");
    assert_eq!(page["features"][1]["properties"].get("function_text"), None);
    assert_eq!(page["features"][2]["properties"]["kind_text"], serde_json::json!(["barn", null]));
    let html = served.html("/collections/buildings/items/A").await;
    assert!(html.contains("Wohngebäude (31001_1000)"), "{html}");
    assert!(!html.contains("function_text"));

    let list = served.json("/codelists/Kind").await;
    assert_eq!((&list["codeSpace"], &list["origin"]), (&"codelists/Kind.xml".into(), &"import".into()));
    assert_eq!(list["codes"][1], serde_json::json!({"code": "2", "text": "barn"}));
    let again = served.import("buildings", &town).await;
    assert_eq!((again.inserted, again.updated, again.unchanged, again.revision), (0, 0, 3, None));
    served.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_read_by_hand_and_paged() {
    let served = Served::start().await;
    let store = &served.database.store;
    let gml = served.write("a.gml", &citygml(&building("A", "<bldg:class codeSpace='http://example.org/lists/Kind.xml'>1</bldg:class><bldg:usage codeSpace='urn:u'>1</bldg:usage>")));
    served.import("buildings", &gml).await;
    let before = served.get("/collections/buildings/items/A").await;
    assert_eq!(before.json()["properties"].get("gen_class_text"), None);

    let many: Vec<_> = (1..=25).map(|n| (n.to_string(), format!("kind {n}"))).collect();
    let many: Vec<_> = many.iter().map(|(code, text)| (code.as_str(), text.as_str())).collect();
    let file = served.write("lists/Kind.xml", &dictionary("Kinds", &many));
    served.write("lists/Other.xml", "<no/>");
    let folder = served.folder.path().join("lists").display().to_string();
    let import = CodeListImport { sources: vec![folder], code_space: None };
    let report = import.run(store).await.unwrap();
    assert_eq!((report.lists.len(), report.lists[0].added, report.skipped.len()), (1, 25, 1));
    let second = import.run(store).await.unwrap();
    assert_eq!((second.lists[0].added, second.lists[0].changed), (0, 0));
    served.write("lists/Kind.xml", &dictionary("Kinds", &[("2", "other"), ("99", "new")]));
    let third = import.run(store).await.unwrap();
    assert_eq!((third.lists[0].added, third.lists[0].changed), (1, 1));
    let named =
        CodeListImport { sources: vec![file.display().to_string()], code_space: Some("urn:u".into()) };
    assert_eq!(named.run(store).await.unwrap().lists[0].id, "u");

    // The list is found by the name at the end of the address, which is never fetched; the tag tells of the change.
    let after = served.get("/collections/buildings/items/A").await;
    assert_eq!(after.json()["properties"]["gen_class_text"], "kind 1");
    assert_ne!(before.header("etag"), after.header("etag"));
    let page = served.json("/codelists/Kind?limit=20").await;
    assert_eq!((page["codeCount"].as_i64(), page["codes"].as_array().unwrap().len()), (Some(26), 20));
    let next = page["links"].as_array().unwrap().iter().find(|link| link["rel"] == "next").unwrap();
    let rest = served.json(next["href"].as_str().unwrap()).await;
    let codes: Vec<_> =
        rest["codes"].as_array().unwrap().iter().map(|code| code["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["21", "22", "23", "24", "25", "99"]);
    let all = served.json("/codelists?limit=100").await;
    let ids: Vec<_> =
        all["codelists"].as_array().unwrap().iter().map(|list| list["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["adv-function", "adv-roof-type", "Kind", "u"]);
    assert!(served.html("/codelists").await.contains("Dachform (AdV)"));
    assert!(served.html("/codelists/Kind").await.contains("kind 1"));
    assert_eq!(served.get("/codelists/none").await.status, 404);
    assert!(store.remove_code_list("Kind").await.unwrap() && !store.remove_code_list("Kind").await.unwrap());
    assert_eq!(served.json("/collections/buildings/items/A").await["properties"].get("gen_class_text"), None);
    served.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_in_archives_are_read_by_hand_and_with_their_files() {
    let served = Served::start().await;
    let path = served.folder.path().join("town.zip");
    let mut writer = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    let gml = citygml(&building("A", &format!("{CLASS}1</bldg:class>")));
    for (name, content) in
        [("t/models/a.gml", gml), ("t/codelists/Kind.xml", dictionary("Kind", &[("1", "house")]))]
    {
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut writer, content.as_bytes()).unwrap();
    }
    writer.finish().unwrap();
    let import = CodeListImport { sources: vec![path.display().to_string()], code_space: None };
    let report = import.run(&served.database.store).await.unwrap();
    let spaces: Vec<_> = report.lists.iter().map(|list| list.code_space.as_str()).collect();
    assert_eq!((spaces, report.skipped.len()), (vec!["codelists/Kind.xml"], 1));
    assert!(served.database.store.remove_code_list("Kind").await.unwrap());
    let report = served.import("town", &path).await;
    assert!(!report.issues.contains_key("code_list_missing"), "{report:?}");
    assert_eq!(served.json("/collections/town/items/A").await["properties"]["gen_class_text"], "house");
    served.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn validation_and_dry_runs_read_lists_and_keep_none() {
    let served = Served::start().await;
    let town = town(&served);
    let sources = vec![town.display().to_string()];
    let report = Validate { sources, tolerances: Tolerances::default(), jobs: 1 }.run();
    assert_eq!(report.files[0].counts.get("code_unknown"), Some(&1), "{:?}", report.files[0].counts);
    let dry = served.import_with("buildings", &town, Import { dry_run: true, ..Import::default() }).await;
    assert_eq!(dry.issues.get("code_unknown"), Some(&1));
    assert_eq!(served.get("/codelists/Kind").await.status, 404);
    // The folder of the lists was not given: the file's names are not followed out of its own.
    let alone = served.import("buildings", &town.join("models/a.gml")).await;
    assert_eq!((alone.issues.get("code_list_outside"), alone.issues.get("code_unknown")), (Some(&2), None));
    assert_eq!(served.get("/codelists/Kind").await.status, 404);
    served.database.close().await;
}

/// Counted with grep: 44 land uses of class 203, which the list calls 山林（樹林地）.
#[tokio::test(flavor = "multi_thread")]
async fn plateau_lists_come_with_their_city() {
    let Some(data) = shared_data() else { return };
    let served = Served::start().await;
    let report = served.import("numazu", &data.join("plateau-converter/numazu-shi")).await;
    assert!(report.inserted > 225, "{report:?}");
    let page = served.json("/collections/numazu/items?limit=1000").await;
    let of_class =
        page["features"].as_array().unwrap().iter().filter(|f| f["properties"]["gen_class"] == "203");
    let texts: Vec<_> = of_class.map(|feature| &feature["properties"]["gen_class_text"]).collect();
    assert_eq!((texts.len(), texts.iter().all(|text| **text == "山林（樹林地）")), (44, true), "{texts:?}");
    served.database.close().await;
}

/// OGC API – Common 3, 15: a schema a code, by the name, URI or CURIE of the profile, which the answer names.
async fn codes_by_profile(served: &Served, name: &str) {
    const URI: &str = "http://www.opengis.net/def/profile/OGC/0/";
    let ask = async |query: &str, profile: &str| {
        let answer = served.get(&format!("/collections/buildings/{name}?{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        assert_eq!(answer.header("link"), format!("<{URI}{profile}>; rel=\"profile\""), "{query}");
        answer.json()["properties"].clone()
    };
    let plain = ask("", "codelist-ref").await;
    assert_eq!(ask("profile=codelist-ref", "codelist-ref").await, plain);
    assert_eq!((&plain["gen_class"]["oneOf"], &plain["function"]["oneOf"]), (&json!(null), &json!(null)));
    for asked in ["codelist-inline", "%5Bogc-profile:codelist-inline%5D,codelist-ref"] {
        let properties = ask(&format!("profile={asked}&lang=de"), "codelist-inline").await;
        let (class, function) = (&properties["gen_class"], &properties["function"]);
        let codes =
            [json!({ "const": "1", "title": "house & yard" }), json!({ "const": "2", "title": "barn" })];
        assert_eq!((&class["oneOf"], &class["enum"]), (&json!(codes), &json!(null)));
        assert_eq!(class["x-ogc-codelistUri"], plain["gen_class"]["x-ogc-codelistUri"]);
        // Any other code may be right too: the built-in list says that it is not whole.
        let codes = function["oneOf"].as_array().unwrap();
        assert!(codes.contains(&json!({ "const": "31001_1000", "title": "Wohngebäude" })), "{function}");
        let others = codes[codes.len() - 1]["not"]["enum"].as_array().unwrap();
        let listed: Vec<_> = codes[..codes.len() - 1].iter().map(|code| code["const"].clone()).collect();
        assert_eq!(*others, listed);
        assert!(properties["storeys"]["oneOf"].is_null());
    }
    let other = served.get(&format!("/collections/buildings/{name}?profile=codelist")).await;
    assert_eq!(other.status, 400, "{}", other.text());
}

/// What edits take has no list of codes: they take others too.
#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_sent_may_have_other_codes() {
    let served = Served::start().await;
    let town = town(&served);
    served.import("buildings", &town).await;
    for kind in ["receivables", "create", "replace", "update"] {
        for profile in ["", "&profile=codelist-inline"] {
            let schema = served.json(&format!("/collections/buildings/schema?type={kind}{profile}")).await;
            let class = &schema["properties"]["gen_class"];
            assert!(class["enum"].is_null() && class["oneOf"].is_null(), "{kind}{profile}: {class}");
            assert!(class["x-ogc-codelistUri"].as_str().unwrap().ends_with("/codelists/Kind"), "{class}");
        }
    }
    served.database.close().await;
}

/// Titles and texts of schemas are in the language of the request.
#[tokio::test(flavor = "multi_thread")]
async fn schemas_speak_german_too() {
    let served = Served::start().await;
    let town = town(&served);
    served.import("buildings", &town).await;
    let german = [("accept-language", "de-DE, en;q=0.5")];
    let titles = async |path: &str, expected: [(&str, &str, &str); 3]| {
        let target = format!("/collections/{path}");
        let answers = [
            (request(&served.address, "GET", &target, &german).await, "de"),
            (
                served.get(&format!("{target}{}lang=de", if path.contains('?') { "&" } else { "?" })).await,
                "de",
            ),
            (served.get(&target).await, "en"),
        ];
        let tags: Vec<_> = answers.iter().map(|(answer, _)| answer.header("etag")).collect();
        assert_ne!(tags[1], tags[2], "{path}");
        for (answer, language) in &answers {
            assert_eq!((answer.status, answer.header("content-language")), (200, *language), "{path}");
            let schema = answer.json();
            for (name, german, english) in expected {
                let title = if *language == "de" { german } else { english };
                assert_eq!(schema["properties"][name]["title"], title, "{path} {name} {language}");
            }
        }
        answers[0].0.json()
    };
    let own = [
        ("geometry", "Grundriss", "Footprint"),
        ("zMin", "Tiefster Punkt", "Lowest point"),
        ("roofType", "Dachform", "Roof type"),
    ];
    titles("buildings/queryables", own).await;
    let schema = titles("buildings/schema", own).await;
    assert_eq!(schema["patternProperties"]["_text$"]["description"], "Was der Code oder die Codes bedeuten.");
    let sent = titles("buildings/schema?type=update", own).await;
    assert_eq!(sent["properties"]["class"]["description"], "Das ist nicht zu ändern.");
    let times =
        [("id", "Kennung", "Id"), ("validTo", "Gültig bis", "Valid to"), ("class", "Klasse", "Class")];
    titles("buildings/sortables", times).await;
    let surface = [
        ("tilt", "Neigung", "Tilt"),
        ("area", "Fläche", "Area"),
        ("lod", "Detaillierungsgrad", "Level of detail"),
    ];
    titles("buildings:GroundSurface/queryables", surface).await;
    // Every title of our own has a German one: none is the same in both languages but the names of the data.
    for path in [
        "buildings/schema",
        "buildings/queryables",
        "buildings:BuildingPart/schema",
        "buildings:WallSurface/schema",
    ] {
        let (german, english) = (
            served.json(&format!("/collections/{path}?lang=de")).await,
            served.json(&format!("/collections/{path}?lang=en")).await,
        );
        for (name, schema) in german["properties"].as_object().unwrap() {
            let same = schema["title"] == english["properties"][name]["title"];
            assert!(!same || ["kind", "usage"].contains(&name.as_str()), "{path} {name}: {schema}");
        }
    }
    served.database.close().await;
}

/// Schemas lead to the lists, and hold the codes of those that are short and whole.
#[tokio::test(flavor = "multi_thread")]
async fn schemas_name_the_lists_of_codes() {
    let served = Served::start().await;
    let town = town(&served);
    served.import("buildings", &town).await;
    let house = "<core:externalReference><core:informationSystem>s</core:informationSystem><core:externalObject>\
                 <core:name>n</core:name></core:externalObject></core:externalReference>";
    let path = served.write("more.gml", &citygml(&building("D", house)));
    served.import("buildings", &path).await;
    for name in ["queryables", "schema"] {
        let schema = served.json(&format!("/collections/buildings/{name}")).await;
        let of = |name: &str| &schema["properties"][name];
        let class = of("gen_class");
        assert_eq!((&class["type"], &class["enum"]), (&json!("string"), &json!(["1", "2"])), "{class}");
        for (attribute, code) in [("gen_class", "1"), ("function", "31001_1000"), ("roofType", "3100")] {
            let list = served.json(of(attribute)["x-ogc-codelistUri"].as_str().unwrap()).await;
            let target = format!(
                "{}?limit=10000",
                list["links"][0]["href"].as_str().unwrap().split('?').next().unwrap()
            );
            let codes = served.json(&target).await;
            assert!(
                codes["codes"].as_array().unwrap().iter().any(|found| found["code"] == code),
                "{attribute}"
            );
        }
        // The list of functions has more codes than a schema should hold.
        assert!(of("function")["enum"].is_null(), "{}", of("function"));
        codes_by_profile(&served, name).await;
        let references = of("externalReferences");
        assert_eq!(references["type"], "array", "{schema}");
        assert_eq!(references["items"]["properties"]["informationSystem"], json!({ "type": "string" }));
        for (attribute, schema) in schema["properties"].as_object().unwrap() {
            let is_shape = schema["format"].as_str().is_some_and(|format| format.starts_with("geometry"));
            assert!(schema.get("type").is_some() != is_shape, "{attribute}: {schema}");
        }
    }
}

//! Order, content and forms of features over HTTP: `sortby`, `properties`, `skipGeometry`, `f=csv`, and what tells of them.

use serde_json::{Value, json};

use crate::http::{Answer, City, FEATURES};
use crate::support::served::{Served, building, citygml};

const ITEMS: &str = "/collections/buildings/items";

fn ids(page: &Value) -> Vec<String> {
    let features = page["features"].as_array().unwrap();
    features.iter().map(|feature| feature["id"].as_str().unwrap().to_owned()).collect()
}

fn next(page: &Value) -> Option<String> {
    let links = page["links"].as_array().unwrap();
    let next = links.iter().find(|link| link["rel"] == "next")?;
    Some(next["href"].as_str().unwrap().to_owned())
}

/// Ids on all pages from `target` on.
async fn chain(served: &Served, target: &str) -> Vec<String> {
    let mut page = served.json(target).await;
    let mut found = ids(&page);
    while let Some(target) = next(&page) {
        page = served.json(&target).await;
        found.extend(ids(&page));
        assert!(found.len() < 100, "{target}");
    }
    found
}

/// Of a city of boxes: the query, and the order of their numbers.
async fn check_boxes(city: &City, query: &str, expected: Vec<usize>) {
    let mut target = format!("{ITEMS}?limit=7&{query}");
    let mut found = Vec::new();
    loop {
        let answer = city.get(&target).await;
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        let page = answer.json();
        assert_eq!(page["numberMatched"], FEATURES, "{target}");
        found.extend(ids(&page));
        match next(&page) {
            Some(next) => target = next,
            None => break,
        }
    }
    let expected: Vec<_> = expected.into_iter().map(|index| format!("B_{index}")).collect();
    assert_eq!(found, expected, "{query}");
}

/// Box `i` is `6 + i / 10` m high, its top at `480 + 6 + i / 10` m; all have one `function` and one `class`.
#[tokio::test]
async fn features_come_in_the_order_asked_for() {
    let city = City::start().await;
    let up: Vec<_> = (0..FEATURES).collect();
    let down: Vec<_> = up.iter().rev().copied().collect();
    let mut by_name = up.clone();
    by_name.sort_by_key(|index| format!("<b>Haus & Hof {index}</b>").into_bytes());
    let mut by_id = up.clone();
    by_id.sort_by_key(|index| format!("B_{index}").into_bytes());
    for (query, expected) in [
        ("sortby=measuredHeight", &up),
        ("sortby=+measuredHeight", &up),
        ("sortby=%2BmeasuredHeight", &up),
        ("sortby=-measuredHeight", &down),
        ("sortby=function,-zMax", &down),
        ("sortby=class,function,-zMin,zMax", &up),
        ("sortby=name", &by_name),
        ("sortby=-revision,id", &by_id),
    ] {
        check_boxes(&city, query, expected.clone()).await;
    }
    let page = city.get(&format!("{ITEMS}?sortby=-measuredHeight&filter=measuredHeight%3C7&limit=2")).await;
    assert_eq!(ids(&page.json()), ["B_9", "B_8"]);
    // Whole objects and tables too: the first line of a sequence is its head.
    let sequence = city.get(&format!("{ITEMS}?sortby=-measuredHeight&limit=2&f=cityjsonseq")).await.text();
    let second: Value = serde_json::from_str(sequence.lines().nth(1).unwrap()).unwrap();
    assert_eq!(second["id"], "B_39");
    let table = city.get(&format!("{ITEMS}?sortby=-zMax&limit=1&f=csv&properties=name")).await.text();
    assert!(table.lines().nth(1).unwrap().starts_with("B_39,<b>Haus & Hof 39</b>,"), "{table}");
}

fn town(members: &[(&str, Option<f64>, Option<&str>)]) -> String {
    let member = |(id, height_m, day): &(&str, Option<f64>, Option<&str>)| {
        let day = day.map(|day| format!("<core:creationDate>{day}</core:creationDate>")).unwrap_or_default();
        let height = height_m.map(|m| format!("<bldg:measuredHeight uom='m'>{m}</bldg:measuredHeight>"));
        building(id, &(day + &height.unwrap_or_default()))
    };
    citygml(&members.iter().map(member).collect::<String>())
}

/// What has no value comes last in both directions, and a chain of pages shows the state that it began with.
#[tokio::test]
async fn pages_fit_together_whatever_is_published_between_them() {
    let served = Served::start().await;
    let before = [
        ("A", Some(5.0), Some("2020-01-03")),
        ("B", None, Some("2020-01-02")),
        ("C", Some(9.0), None),
        ("D", Some(5.0), Some("2020-01-03")),
        ("E", None, None),
        ("F", Some(7.0), Some("2019-12-31")),
    ];
    let file = served.write("town.gml", &town(&before));
    served.import("buildings", &file).await;
    let cases = [
        ("measuredHeight,id", "A D F C B E"),
        ("-measuredHeight,id", "C F A D B E"),
        ("-measuredHeight,-id", "C F D A E B"),
        ("creationDate,measuredHeight,id", "F B A D C E"),
        ("-creationDate,-id", "D A B F E C"),
        ("creationDate,-measuredHeight,-id", "F B D A C E"),
    ];
    let mut begun = Vec::new();
    for (order, expected) in cases {
        for limit in 1..=6 {
            let target = format!("{ITEMS}?limit={limit}&sortby={order}");
            assert_eq!(chain(&served, &target).await.join(" "), expected, "{target}");
        }
        let page = served.json(&format!("{ITEMS}?limit=2&sortby={order}")).await;
        begun.push((order, expected, ids(&page), next(&page).unwrap()));
    }
    let plain = served.json(&format!("{ITEMS}?limit=4")).await;
    // All change places, one goes, one comes.
    let after = [
        ("A", Some(1.0), None),
        ("B", Some(2.0), Some("2021-01-01")),
        ("C", None, None),
        ("D", Some(8.0), Some("2021-01-02")),
        ("F", None, None),
        ("G", Some(6.0), None),
    ];
    let file = served.write("later.gml", &town(&after));
    let import = stadtwin::jobs::Import { mode: stadtwin::jobs::Mode::Replace, ..Default::default() };
    served.import_with("buildings", &file, import).await;
    assert_eq!(
        chain(&served, &format!("{ITEMS}?limit=2&sortby=measuredHeight,id")).await.join(" "),
        "A B G D C F"
    );
    for (order, expected, mut found, next) in begun {
        found.extend(chain(&served, &next).await);
        assert_eq!(found.join(" "), expected, "{order}");
    }
    let mut all = ids(&plain);
    all.extend(chain(&served, &next(&plain).unwrap()).await);
    all.sort();
    assert_eq!(all.join(" "), "A B C D E F", "without an order too");
    let old = served.json(&format!("{ITEMS}?revision=1&filter=id='E'")).await;
    assert_eq!((&old["numberMatched"], ids(&old)), (&json!(1), vec!["E".to_owned()]));
}

#[tokio::test]
async fn wrong_orders_and_names_are_refused_with_what_there_is() {
    let city = City::start().await;
    let sortables =
        "there are: id, class, zMin, zMax, validFrom, validTo, revision, function, measuredHeight, name";
    let properties = "there are: class, lods, zMin, zMax, validFrom, validTo, revision, function, measuredHeight, name, \
                      children, aliases, predecessors, successors";
    let unknown = format!("nothing can be sorted by `height`; {sortables}");
    let missing = format!("`properties` is wrong: there is no `height`; {properties}");
    let cases = [
        ("sortby=height", unknown.as_str()),
        ("sortby=geometry", "nothing can be sorted by `geometry`"),
        ("sortby=lods", "nothing can be sorted by `lods`"),
        ("sortby=id;DROP TABLE city_object", "nothing can be sorted by `id;DROP TABLE city_object`"),
        ("sortby=", "the key 1 is empty"),
        ("sortby=id,,name", "the key 2 is empty"),
        ("sortby=id,-id", "`id` comes twice"),
        ("sortby=a,b,c,d,e,f,g,h,i", "nothing can be sorted by `a`"),
        ("sortby=id,class,zMin,zMax,validFrom,validTo,revision,function,name", "more than 8 keys"),
        ("sortby=id&after=999999", "no feature of this collection has the key 999999"),
        ("properties=name,height", missing.as_str()),
        ("properties=name_texts", "there is no `name_texts`"),
        ("skipGeometry=yes", "`skipGeometry` must be true or false, not `yes`"),
        ("revision=3", "`revision` must be at most 2"),
        ("revision=all", "whole number from 1"),
    ];
    for (query, part) in cases {
        let answer = city.get(&format!("{ITEMS}?{}", query.replace(' ', "%20"))).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (400, "application/problem+json"),
            "{query}"
        );
        let problem = answer.json();
        assert!(problem["detail"].as_str().unwrap().contains(part), "{query}: {problem}");
    }
    assert_eq!(city.get(&format!("{ITEMS}/B_1?properties=height")).await.status, 400);
}

fn names(properties: &Value) -> Vec<&str> {
    properties.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn chosen_properties_and_no_geometry_hold_in_every_format() {
    let city = City::start().await;
    let chosen = "properties=name,zMax&skipGeometry=true";
    let page = city.get(&format!("{ITEMS}?limit=2&{chosen}")).await.json();
    for feature in page["features"].as_array().unwrap() {
        assert_eq!(
            (names(&feature["properties"]), &feature["geometry"]),
            (vec!["name", "zMax"], &Value::Null)
        );
    }
    let second = city.get(&next(&page).unwrap()).await.json();
    assert_eq!(ids(&second), ["B_2", "B_3"]);
    assert_eq!(names(&second["features"][0]["properties"]), ["name", "zMax"]);
    assert_eq!(second["features"][0]["geometry"], Value::Null);

    let none = city.get(&format!("{ITEMS}/B_7?properties=")).await.json();
    assert_eq!((&none["properties"], none["geometry"]["type"].as_str()), (&json!({}), Some("MultiPolygon")));
    let one = city.get(&format!("{ITEMS}/B_7?{chosen}")).await.json();
    assert_eq!(
        (&one["properties"], &one["geometry"]),
        (&json!({"name": "<b>Haus & Hof 7</b>", "zMax": 486.7}), &Value::Null)
    );

    let html = city.get(&format!("{ITEMS}?f=html&limit=2&{chosen}")).await.text();
    assert!(html.contains("title=\"zMax\"") && !html.contains("title=\"measuredHeight\""), "{html}");
    assert!(
        !html.contains("<svg") && city.get(&format!("{ITEMS}?f=html&limit=2")).await.text().contains("<svg")
    );

    for path in [format!("{ITEMS}?limit=1&f=cityjson"), format!("{ITEMS}/B_0?f=cityjson")] {
        let whole = city.get(&path).await.json();
        assert_eq!(whole["CityObjects"]["B_0"]["geometry"].as_array().unwrap().len(), 1, "{path}");
        let less = city.get(&format!("{path}&{}", chosen)).await.json();
        let object = &less["CityObjects"]["B_0"];
        assert_eq!(object["attributes"], json!({"name": "<b>Haus & Hof 0</b>"}), "{path}");
        assert!(object["geometry"].as_array().is_none_or(Vec::is_empty), "{path}: {object}");
    }
    let gml = city.get(&format!("{ITEMS}/B_0?f=citygml&{chosen}")).await.text();
    assert!(
        gml.contains("Hof 0&lt;/b&gt;") && !gml.contains("easuredHeight") && !gml.contains("posList"),
        "{gml}"
    );
    let shapes = city.get(&format!("{ITEMS}/B_0?f=citygml&properties=function")).await.text();
    assert!(
        shapes.contains("posList") && shapes.contains("31001_1000") && !shapes.contains("Hof 0"),
        "{shapes}"
    );
}

/// Records and fields after RFC 4180, 2.
fn read_csv(text: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut signs = text.chars().peekable();
    let mut is_quoted = false;
    while let Some(sign) = signs.next() {
        match sign {
            '"' if is_quoted && signs.peek() == Some(&'"') => field.extend(signs.next()),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => record.push(std::mem::take(&mut field)),
            '\r' if !is_quoted => {
                assert_eq!(signs.next(), Some('\n'));
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            other => field.push(other),
        }
    }
    assert!(field.is_empty() && record.is_empty() && !is_quoted, "the last record ends with CRLF");
    records
}

fn field<'a>(records: &'a [Vec<String>], line: usize, name: &str) -> &'a str {
    let at = records[0]
        .iter()
        .position(|column| column == name)
        .unwrap_or_else(|| panic!("{name}: {:?}", records[0]));
    &records[line][at]
}

fn linked_next(answer: &Answer) -> Option<String> {
    let (url, rest) = answer.header("link").strip_prefix('<')?.split_once('>')?;
    assert_eq!(rest, "; rel=\"next\"; type=\"text/csv\"");
    Some(url.to_owned())
}

#[tokio::test]
async fn features_are_a_table() {
    let city = City::start().await;
    let utm = "http://www.opengis.net/def/crs/EPSG/0/25832";
    let mut target = format!("{ITEMS}?limit=16&crs={utm}");
    let mut found = Vec::new();
    loop {
        let answer = city.get_with(&target, &[("accept", "text/csv")]).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "text/csv; charset=utf-8"));
        assert_eq!(answer.header("content-crs"), format!("<{utm}>"));
        assert_eq!(answer.header("ogc-numbermatched"), FEATURES.to_string());
        let records = read_csv(&answer.text());
        assert!(records.iter().all(|record| record.len() == records[0].len()));
        found.extend((1..records.len()).map(|line| field(&records, line, "id").to_owned()));
        if found.len() == 16 {
            // Hand: box 1 begins 20 m east of the corner, is 10 m wide and 6.1 m high, on ground at 480 m.
            let wkt = "MULTIPOLYGON (((696020 5347000,696030 5347000,696030 5347010,696020 5347010,696020 5347000)))";
            for (name, expected) in [
                ("class", "Building"),
                ("name", "<b>Haus & Hof 1</b>"),
                ("measuredHeight", "6.1"),
                ("zMax", "486.1"),
                ("lods", "[\"2\"]"),
                ("validFrom", ""),
                ("children", ""),
                ("geometry", wkt),
            ] {
                assert_eq!(field(&records, 2, name), expected, "{name}");
            }
        }
        match linked_next(&answer) {
            Some(next) => target = next,
            None => break,
        }
    }
    assert_eq!(found, (0..FEATURES).map(|index| format!("B_{index}")).collect::<Vec<_>>());
    let short =
        city.get(&format!("{ITEMS}?f=csv&limit=1&properties=measuredHeight,name&skipGeometry=true")).await;
    assert_eq!(short.text(), "id,measuredHeight,name\r\nB_0,6.0,<b>Haus & Hof 0</b>\r\n");
    let empty = city.get("/collections/trees/items?f=csv").await;
    assert_eq!(read_csv(&empty.text()).len(), 1);
}

/// Commas, quotes, line breaks and nested values of real attributes, read again.
#[tokio::test]
async fn awkward_values_survive_the_table() {
    let served = Served::start().await;
    let address = "<bldg:address><core:Address><core:xalAddress><xAL:AddressDetails xmlns:xAL='urn:oasis:names:tc:ciq:xsdschema:xAL:2.0'>\
        <xAL:Locality><xAL:LocalityName>Garching, Nord</xAL:LocalityName></xAL:Locality></xAL:AddressDetails></core:xalAddress></core:Address></bldg:address>";
    let inside = "<gml:name>Haus \"Zum, Löwen\"\nHof</gml:name>";
    let member = building("A", inside).replace("</bldg:Building>", &format!("{address}</bldg:Building>"));
    let file = served.write("town.gml", &citygml(&member));
    served.import("buildings", &file).await;
    let feature = served.json(&format!("{ITEMS}/A")).await;
    let answer = served.get(&format!("{ITEMS}?f=csv")).await;
    let records = read_csv(&answer.text());
    assert_eq!(field(&records, 1, "name"), feature["properties"]["name"].as_str().unwrap());
    assert!(field(&records, 1, "name").contains("Haus \"Zum, Löwen\""), "{:?}", records);
    let nested: Value = serde_json::from_str(field(&records, 1, "address")).unwrap();
    assert_eq!(nested, feature["properties"]["address"]);
    assert_eq!(nested[0]["locality"], "Garching, Nord");
}

#[tokio::test]
async fn schemas_tell_what_features_show_and_are_sorted_by() {
    let city = City::start().await;
    let base = format!("http://{}", city.address);
    let sortables = city.get("/collections/buildings/sortables").await.json();
    assert_eq!(sortables["$id"], format!("{base}/collections/buildings/sortables"));
    let mut listed = names(&sortables["properties"]);
    listed.sort_unstable();
    assert_eq!(
        listed.join(" "),
        "class function id measuredHeight name revision validFrom validTo zMax zMin"
    );
    let schema = city.get("/collections/buildings/schema").await.json();
    let properties = &schema["properties"];
    assert_eq!(properties["id"]["x-ogc-role"], "id");
    assert_eq!(
        (&properties["geometry"]["x-ogc-role"], &properties["geometry"]["format"]),
        (&json!("primary-geometry"), &json!("geometry-any"))
    );
    assert_eq!(
        (&properties["measuredHeight"]["type"], &properties["measuredHeight"]["x-ogc-unit"]),
        (&json!("number"), &json!("m"))
    );
    assert_eq!(
        (&properties["class"]["enum"], &schema["additionalProperties"]),
        (&json!(["Building"]), &json!(false))
    );
    let page = city.get(&format!("{ITEMS}?limit=100")).await.json();
    for feature in page["features"].as_array().unwrap() {
        for name in names(&feature["properties"]) {
            // What stands beside an attribute is told by a pattern.
            let is_beside = schema["patternProperties"]["_text$"].is_object()
                && name.strip_suffix("_text").is_some_and(|code| properties[code].is_object());
            assert!(properties[name].is_object() || is_beside, "{name}");
        }
    }
    let collection = city.get("/collections/buildings").await.json();
    for name in ["schema", "queryables", "sortables"] {
        let rel = format!("http://www.opengis.net/def/rel/ogc/1.0/{name}");
        let link =
            collection["links"].as_array().unwrap().iter().find(|link| link["rel"] == rel.as_str()).unwrap();
        assert_eq!(
            (&link["href"], &link["type"]),
            (&json!(format!("{base}/collections/buildings/{name}")), &json!("application/schema+json"))
        );
        let answer = city.get(link["href"].as_str().unwrap()).await;
        assert_eq!(answer.json()["$schema"], "https://json-schema.org/draft/2020-12/schema");
    }
    let classes = city.get("/conformance").await.json()["conformsTo"].to_string();
    for class in [
        "ogcapi-common-3/1.0/conf/schemas",
        "ogcapi-common-3/1.0/conf/returnables-and-receivables",
        "ogcapi-common-3/1.0/conf/queryables",
        "ogcapi-common-3/1.0/conf/sortables",
        "ogcapi-features-8/1.0/conf/features-sorting",
    ] {
        assert!(classes.contains(&format!("\"http://www.opengis.net/spec/{class}\"")), "{class}");
    }
}

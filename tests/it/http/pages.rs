//! Pages for people: words, numbers and links in their language.

use serde_json::json;
use stadtwin::crs::HeightModel;

use super::City;

/// The table's head, without marks.
fn head(page: &str) -> Vec<String> {
    let head = page.split_once("<thead>").unwrap().1.split_once("</thead>").unwrap().0;
    let cells = head.split("<th").skip(1).map(|cell| cell.split_once('>').unwrap().1);
    cells.map(|cell| cell.split('<').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn attributes_are_named_in_the_language_of_the_page() {
    let city = City::start().await;
    let items = "/collections/buildings/items";
    // Hand: box 7 is 6 + 0.7 m high and stands at 480 m.
    for (lang, expected) in [
        (
            "de",
            ["Gemessene Höhe</th><td>6,7 m<", "Tiefster Punkt</th><td>480,0 m<", "Klasse</th><td>Gebäude<"],
        ),
        (
            "en",
            ["Measured height</th><td>6.7 m<", "Lowest point</th><td>480.0 m<", "Class</th><td>Building<"],
        ),
    ] {
        let page = city.get(&format!("{items}/B_7?f=html&lang={lang}")).await.text();
        for text in expected {
            assert!(page.contains(text), "{text}: {page}");
        }
    }
    let feature = city.get(&format!("{items}/B_7?lang=de")).await.json();
    assert_eq!(
        (&feature["properties"]["measuredHeight"], &feature["properties"]["class"]),
        (&json!(6.7), &json!("Building"))
    );
    let list = city.get(&format!("{items}?f=html&lang=de")).await.text();
    assert_eq!(head(&list), ["Kennung", "Klasse", "Name", "Funktion", "Gemessene Höhe"]);
    assert!(list.contains("<td>6,7 m</td>"), "{list}");
}

#[tokio::test]
async fn the_page_of_a_collection_leads_to_all_that_is_said_of_it() {
    let city = City::start().await;
    let page = city.get("/collections/buildings?f=html&lang=de").await.text();
    let list = page.split_once("Mehr zu dieser Sammlung").unwrap().1.split_once("</ul>").unwrap().0;
    let links: Vec<_> = list.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    for name in [
        "report",
        "issues?f=html",
        "revisions?f=html",
        "imports?f=html",
        "queryables?f=html",
        "sortables?f=html",
        "schema?f=html",
        "3dtiles/tileset.json",
        "tiles",
    ] {
        assert!(links.contains(&format!("/collections/buildings/{name}").as_str()), "{name}: {links:?}");
    }
    for link in links {
        assert_eq!(city.get(link).await.status, 200, "{link}");
    }
    let trees = city.get("/collections/trees?f=html").await.text();
    assert!(trees.contains("/collections/trees/report") && !trees.contains("tileset.json"), "{trees}");
}

#[tokio::test]
async fn the_api_is_described_in_german_too() {
    let city = City::start().await;
    let german = city.get("/api?lang=de&f=html").await.text();
    let english = city.get("/api?lang=en&f=html").await.text();
    for (page, there, elsewhere) in [
        (&german, ["Objekte einer Sammlung", "Die Sprache der HTML-Seiten, "], "Features of a collection"),
        (&english, ["Features of a collection", "Language of the HTML pages, "], "Objekte einer Sammlung"),
    ] {
        assert!(there.iter().all(|text| page.contains(text)) && !page.contains(elsewhere), "{page}");
    }
    assert!(german.contains("POST <code>/collections/{collectionId}/imports</code>"), "{german}");
    let document = city.get("/api?lang=de&f=json").await.json();
    assert_eq!(
        document["paths"]["/collections/{collectionId}/items"]["get"]["summary"],
        "Features of a collection"
    );
}

#[tokio::test]
async fn whose_data_and_whose_server_it_is_stands_below() {
    let imprint = "https://town.example/imprint?a=1&b=2";
    let city = City::start_as(HeightModel::Constant(45.5), |state| {
        state.attribution = Some("Survey <of> Town".to_owned());
        state.imprint_url = Some(imprint.to_owned());
    })
    .await;
    let config = city.get("/viewer/config.json").await.json();
    assert_eq!(
        (&config["attribution"], &config["imprintUrl"]),
        (&json!("Survey <of> Town"), &json!(imprint))
    );
    let page = city.get("/collections?f=html&lang=de").await.text();
    let footer = page.split_once("<footer>").unwrap().1;
    assert!(footer.contains("href=\"https://town.example/imprint?a=1&#38;b=2\">Impressum</a>"), "{footer}");
    assert!(footer.contains("© Survey &#60;of&#62; Town"), "{footer}");
    let config = City::start().await.get("/viewer/config.json").await.json();
    assert!(config.get("attribution").is_none() && config.get("imprintUrl").is_none());
}

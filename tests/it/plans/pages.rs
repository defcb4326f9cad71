//! Plans as pages for people, and lists of them by pages.

use serde_json::{Value, json};

use super::office::{ITEMS, Office, extrude, remove};

/// Address, texts in German and in English.
#[tokio::test(flavor = "multi_thread")]
async fn plans_are_pages_in_both_languages() {
    let office = Office::open().await;
    office.scenario("A", None).await;
    office.does("A", json!([remove("B1"), extrude("H1", [696720.0, 5347400.0, 10.0, 12.0], 9.0)])).await;
    assert_eq!(office.get("", "/scenarios/A?f=html").await.status, 404);
    assert!(!office.get("", "/projects?f=html").await.text().contains("Schleißheimer"));
    office.publish("A").await;
    let cases: [(&str, &[&str], &[&str]); 7] = [
        ("/projects", &["Planungsprojekte", "Träger"], &["Planning projects", "Owners"]),
        ("/projects/p", &["Szenarien", "veröffentlicht"], &["Scenarios", "published"]),
        ("/projects/p/scenarios", &["Szenarien", "veröffentlicht"], &["Scenarios", "published"]),
        ("/scenarios", &["Szenarien", "alle"], &["Scenarios", "everybody"]),
        ("/scenarios/A", &["Bearbeitungsstand", "Vorgänge"], &["State", "Operations"]),
        ("/scenarios/A/operations", &["entfernen", "aus Grundriss bauen"], &["remove", "extrude"]),
        ("/scenarios/A/revisions", &["Fassungen", "veröffentlicht"], &["Revisions", "published"]),
    ];
    for (path, german, english) in cases {
        for (language, texts) in [("de", german), ("en", english)] {
            let answer = office.get("", &format!("{path}?f=html&lang={language}")).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            assert!(answer.header("cache-control").contains("private"), "{path}");
            let page = answer.text();
            for text in texts {
                assert!(page.contains(text), "{path} {text}: {page}");
            }
            let links = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
            for link in links.filter(|link| link.contains("/projects") || link.contains("scenario")) {
                let there = office.get("", &link.replace("&amp;", "&").replace("&#38;", "&")).await;
                assert_eq!(there.status, 200, "{path}: {link}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_plans_come_by_pages() {
    let office = Office::open().await;
    for number in 0..5 {
        office.scenario(&format!("S{number}"), None).await;
        let project = json!({ "id": format!("p{number}"), "title": "x", "owners": ["garching"] });
        office.made(&office.planner, "/projects", &project).await;
        let place = [696720.0 + 20.0 * f64::from(number), 5347500.0, 10.0, 12.0];
        office.does("S0", json!([extrude(&format!("H{number}"), place, 9.0)])).await;
    }
    // A neighbour sees nothing but what is published, and gets full pages of that.
    for id in ["S1", "S3", "S4"] {
        office.publish(id).await;
    }
    let planner = office.planner.as_str();
    let neighbour = office.neighbour.as_str();
    for (token, path, list, member, expected) in [
        (planner, "/projects", "projects", "id", json!([["p", "p0"], ["p1", "p2"], ["p3", "p4"]])),
        (neighbour, "/projects", "projects", "id", json!([["p"]])),
        (planner, "/scenarios", "scenarios", "id", json!([["S0", "S1"], ["S2", "S3"], ["S4"]])),
        (neighbour, "/scenarios", "scenarios", "id", json!([["S1", "S3"], ["S4"]])),
        (neighbour, "/projects/p/scenarios", "scenarios", "id", json!([["S1", "S3"], ["S4"]])),
        (planner, "/scenarios/S0/operations", "operations", "seq", json!([[1, 2], [3, 4], [5]])),
    ] {
        let mut next = Some(format!("{path}?limit=2"));
        let mut pages: Vec<Vec<Value>> = Vec::new();
        while let Some(target) = next {
            let page = office.get(token, &target).await.json();
            let entries = page[list].as_array().unwrap();
            pages.push(entries.iter().map(|entry| entry[member].clone()).collect());
            let link = page["links"].as_array().unwrap().iter().find(|link| link["rel"] == "next");
            next = link.map(|link| {
                let href = link["href"].as_str().unwrap();
                href[href.find(path).unwrap()..].to_owned()
            });
        }
        assert_eq!(json!(pages), expected, "{path}");
    }
}

/// Member and id of the organization that there is not.
#[tokio::test(flavor = "multi_thread")]
async fn organizations_of_plans_are_known() {
    let office = Office::open().await;
    office.scenario("A", None).await;
    let json_body = [("content-type", "application/json")];
    for (token, method, target, body, member) in [
        (
            &office.planner,
            "POST",
            "/projects",
            json!({ "title": "x", "owners": ["garching", "atlantis"] }),
            "owners",
        ),
        (
            &office.planner,
            "POST",
            "/projects",
            json!({ "title": "x", "owners": ["garching"], "partners": ["atlantis"] }),
            "partners",
        ),
        (&office.planner, "PATCH", "/projects/p", json!({ "partners": ["atlantis"] }), "partners"),
        (&office.lead, "POST", "/scenarios/A/shares", json!({ "organization": "atlantis" }), "organization"),
    ] {
        let mut headers = json_body.to_vec();
        headers.push(("if-match", "*"));
        let answer = office.send(token, method, target, &headers, body.to_string().as_bytes()).await;
        assert_eq!(answer.status, 422, "{method} {target}: {}", answer.text());
        assert_eq!(answer.json()["detail"], format!("`{member}`: there is no organization `atlantis`"));
    }
}

/// The view of an object that only a plan has opens that plan: of the city alone it would show nothing.
#[tokio::test(flavor = "multi_thread")]
async fn the_view_of_a_planned_object_opens_its_plan() {
    let office = Office::open().await;
    office.scenario("A", None).await;
    office.does("A", json!([extrude("H1", [696720.0, 5347400.0, 10.0, 12.0], 9.0)])).await;
    office.publish("A").await;
    for (query, rest) in [
        ("scenario=A", "&#38;sc=A&#38;lang=de&#38;bare=1"),
        (
            "scenario=A@2&datetime=2028-06-01",
            "&#38;sc=A%402&#38;dt=2028-06-01T00:00:00Z&#38;lang=de&#38;bare=1",
        ),
        (
            "scenario=A&datetime=2028-06-01T12:00:00%2B02:00",
            "&#38;sc=A&#38;dt=2028-06-01T10:00:00Z&#38;lang=de&#38;bare=1",
        ),
    ] {
        let answer = office.get("", &format!("{ITEMS}/H1?{query}&f=html&lang=de")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        let expected = format!("src=\"/viewer/#sel=H1&#38;in=buildings{rest}\"");
        let page = answer.text();
        assert!(page.contains(&expected), "{expected} in {page}");
        let scenario = query.split('&').next().unwrap().replace('@', "%40");
        for below in ["/surfaces", "/versions"] {
            let link = format!("{ITEMS}/H1{below}?f=html&#38;{scenario}");
            assert!(page.contains(&link), "{link} in {page}");
        }
    }
    let document = office.get("", &format!("{ITEMS}/H1?scenario=A&f=json")).await.json();
    let links = document["links"].as_array().unwrap();
    for below in ["/surfaces", "/versions"] {
        let link = links.iter().find(|link| link["href"].as_str().unwrap().contains(below)).unwrap();
        let target = link["href"].as_str().unwrap().split_once("/collections").unwrap().1;
        let answer = office.get("", &format!("/collections{target}")).await;
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
    }
    let preview = links.iter().find(|link| link["rel"] == "preview").unwrap();
    assert!(preview["href"].as_str().unwrap().ends_with("/viewer/#sel=H1&in=buildings&sc=A"), "{preview}");
}

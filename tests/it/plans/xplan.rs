//! Development plans of XPlanung: what they permit on their building fields, as volumes in a draft.

use serde_json::{Value, json};

use super::entry::office;
use super::office::{B1, ITEMS};

/// 10 m × 12 m on ground that is at 480.20 m at its west end, the lowest.
fn field(id: &str, north: f64, inside: &str) -> String {
    area("BP_UeberbaubareGrundstuecksFlaeche", id, [B1[0] + 20.0, B1[1] + north, 10.0, 12.0], inside)
}

fn area(class: &str, id: &str, [x, y, width, depth]: [f64; 4], inside: &str) -> String {
    let (e, n) = (x + width, y + depth);
    format!(
        "<gml:featureMember><xplan:{class} gml:id='{id}'><xplan:position><gml:Polygon gml:id='{id}_p'><gml:exterior>\
         <gml:LinearRing><gml:posList>{x} {y} {e} {y} {e} {n} {x} {n} {x} {y}</gml:posList></gml:LinearRing></gml:exterior>\
         </gml:Polygon></xplan:position>{inside}</xplan:{class}></gml:featureMember>"
    )
}

fn height(datum: u32, point: u32, value: f64) -> String {
    format!(
        "<xplan:hoehenangabe><xplan:XP_Hoehenangabe><xplan:hoehenbezug>{datum}</xplan:hoehenbezug>\
         <xplan:bezugspunkt>{point}</xplan:bezugspunkt><xplan:h uom='m'>{value}</xplan:h></xplan:XP_Hoehenangabe></xplan:hoehenangabe>"
    )
}

fn plan(areas: &[String]) -> String {
    format!(
        "<?xml version='1.0' encoding='UTF-8'?><xplan:XPlanAuszug xmlns:xplan='http://www.xplanung.de/xplangml/6/0' \
         xmlns:gml='http://www.opengis.net/gml/3.2' gml:id='P'><gml:boundedBy><gml:Envelope srsName='EPSG:25832'>\
         <gml:lowerCorner>696000 5347000</gml:lowerCorner><gml:upperCorner>697000 5348000</gml:upperCorner></gml:Envelope>\
         </gml:boundedBy><gml:featureMember><xplan:BP_Plan gml:id='B'><xplan:name>Am Weiher</xplan:name>\
         <xplan:bezugshoehe uom='m'>481</xplan:bezugshoehe></xplan:BP_Plan></gml:featureMember>{}</xplan:XPlanAuszug>",
        areas.concat()
    )
}

/// Tops by hand, above a lowest ground of 480.20 m.
#[tokio::test]
async fn building_fields_become_permitted_volumes() {
    let office = office().await;
    office.scenario("A", None).await;
    let json_body = [("content-type", "application/json")];
    let rules = json!({ "organization": "garching", "storeyHeight": 3.5 }).to_string();
    let kept = office.send(&office.lead, "PUT", "/rulesets/wa", &json_body, rules.as_bytes()).await;
    assert!(kept.status < 300, "{}", kept.text());
    let zone = "<xplan:Z>3</xplan:Z><xplan:GRZ>0.4</xplan:GRZ><xplan:GFZ>1.2</xplan:GFZ>\
                <xplan:besondereArtDerBaulNutzung>1200</xplan:besondereArtDerBaulNutzung>";
    let zone = area("BP_BaugebietsTeilFlaeche", "T", [B1[0] + 15.0, B1[1] - 5.0, 20.0, 20.0], zone);
    let areas = [
        // 3 storeys of 3.5 m from the zone that it lies in: 490.70.
        field("F1", 0.0, ""),
        zone,
        field("F2", 20.0, &height(1000, 6000, 492.5)),
        // Eaves 6 m above the terrain: 486.20; the ridge of 489.00 above the plan's datum of 481.00 stands above them.
        field("F3", 40.0, &height(2000, 1000, 6.0)),
        field("F4", 60.0, &(height(2000, 1000, 6.0) + &height(3000, 2000, 8.0))),
        field("F5", 80.0, ""),
        // Over a house that stands.
        area("BP_UeberbaubareGrundstuecksFlaeche", "F6", [B1[0], B1[1], 10.0, 12.0], "<xplan:Z>2</xplan:Z>"),
    ];
    let headers = [("content-type", "application/gml+xml")];
    let target = "/scenarios/A/imports?collection=buildings";
    let answer = office.send(&office.planner, "POST", target, &headers, plan(&areas).as_bytes()).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let import = answer.json();
    assert_eq!(
        (&import["format"], &import["counts"]["add"], &import["errorCount"]),
        (&json!("xplan"), &json!(5), &json!(0))
    );
    let rules: Vec<(&Value, &Value)> = import["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["severity"] != "info")
        .map(|one| (&one["object"], &one["code"]))
        .collect();
    assert_eq!(rules, [(&json!("F5"), &json!("field_without_height"))], "{import}");
    let items = office.get(&office.planner, "/scenarios/A/imports/1/items").await.json();
    let tops = [("F1", 490.7), ("F2", 492.5), ("F3", 486.2), ("F4", 489.0)];
    for (item, (id, top)) in items["features"].as_array().unwrap().iter().zip(tops) {
        let properties = &item["properties"];
        let near = |name: &str, expected: f64| (properties[name].as_f64().unwrap() - expected).abs() < 0.002;
        assert!(item["id"] == id && near("zMin", 480.2) && near("zMax", top), "{item}");
        assert_eq!(properties["class"], "GenericLogicalSpace");
    }
    let tag = office.tag("A").await;
    let done = office
        .send(&office.planner, "POST", "/scenarios/A/imports/1/commit", &[("if-match", &tag)], b"")
        .await;
    assert_eq!(done.status, 200, "{}", done.text());
    let one = office.get(&office.planner, &format!("{ITEMS}/F1?scenario=A")).await.json();
    let properties = &one["properties"];
    assert_eq!(
        (
            &properties["function"],
            &properties["landUse"],
            &properties["grz"],
            &properties["permittedStoreys"]
        ),
        (&json!("permittedEnvelope"), &json!("WA"), &json!(0.4), &json!(3))
    );
    // What is permitted is no building: it is in nobody's way.
    let found = office.send(&office.planner, "POST", "/scenarios/A/conflicts", &[], b"").await.json();
    let codes: Vec<&Value> =
        found["conflicts"].as_array().unwrap().iter().map(|conflict| &conflict["code"]).collect();
    // Near to Ismaning it is.
    assert_eq!(codes, ["C6"], "{found}");
}

#[tokio::test]
async fn plans_that_permit_nothing_are_refused() {
    let office = office().await;
    office.scenario("A", None).await;
    let headers = [("content-type", "application/gml+xml")];
    let cases = [
        (plan(&[]), "holds no object"),
        (plan(&[field("F1", 0.0, "")]), "fixes neither heights nor storeys"),
        (plan(&[field("F1", 0.0, "<xplan:Z>III</xplan:Z>")]), "Z must be a number, not `III`"),
        (plan(&[field("F1", 0.0, "<xplan:Z>3</xplan:Z>")]).replace("EPSG:25832", "EPSG:0"), "EPSG"),
        (plan(&[field("F1", 0.0, &height(1000, 3000, 300.0))]), "not above the ground"),
        (plan(&[field("F1", 0.0, "<xplan:Z>3")]), "not well-formed"),
    ];
    for (text, part) in cases {
        let target = "/scenarios/A/imports?collection=buildings";
        let answer = office.send(&office.planner, "POST", target, &headers, text.as_bytes()).await;
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(answer.status == 422 && detail.contains(part), "{text}: {} {detail}", answer.status);
    }
}

use super::entry::office;
use super::office::footprint;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn measure_ten_thousand() {
    let office = office().await;
    office.scenario("A", None).await;
    let features: Vec<Value> = (0..10_000)
        .map(|at| {
            let place = [696601.0 + 2.5 * f64::from(at % 100), 5347301.0 + 2.5 * f64::from(at / 100), 2.0, 2.0];
            json!({ "type": "Feature", "id": format!("H{at}"), "geometry": footprint(place), "properties": { "height": 3 } })
        })
        .collect();
    let body = json!({ "type": "FeatureCollection", "features": features }).to_string();
    for round in 0..3 {
        let start = std::time::Instant::now();
        let headers = [
            ("content-type", "application/geo+json"),
            ("content-crs", "<http://www.opengis.net/def/crs/EPSG/0/25832>"),
        ];
        let answer = office
            .send(
                &office.planner,
                "POST",
                "/scenarios/A/imports?collection=buildings",
                &headers,
                body.as_bytes(),
            )
            .await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        eprintln!(
            "round {round}: {} bytes preview {:?} {}",
            body.len(),
            start.elapsed(),
            answer.json()["counts"]
        );
        let start = std::time::Instant::now();
        let target = format!("/scenarios/A/imports/{}/commit", answer.json()["id"]);
        let answer = office.send(&office.planner, "POST", &target, &[("if-match", "*")], b"").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        eprintln!("round {round}: commit {:?}", start.elapsed());
    }
    let start = std::time::Instant::now();
    let tag = office.tag("A").await;
    let _ = tag;
    office.does("A", json!([super::office::remove("B1")])).await;
    eprintln!("batch of one after it {:?}", start.elapsed());
}

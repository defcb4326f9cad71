//! The example queries of `docs/data-model.md`, each run as printed.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::town::{four_houses, import};
use crate::support::database::database;

/// Heading and text of each `sql` block.
fn examples() -> Vec<(String, String)> {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/data-model.md")).unwrap();
    let mut heading = String::new();
    let mut found = Vec::new();
    let mut block: Option<String> = None;
    for line in page.lines() {
        match (&mut block, line) {
            (None, "```sql") => block = Some(String::new()),
            (Some(text), "```") => {
                found.push((heading.clone(), std::mem::take(text)));
                block = None;
            }
            (Some(text), line) => *text += &format!("{line}\n"),
            (None, line) if line.starts_with('#') => heading = line.trim_start_matches(['#', ' ']).to_owned(),
            _ => {}
        }
    }
    found
}

#[tokio::test]
async fn every_example_of_the_data_model_page_runs_and_finds_rows() {
    let database = database().await;
    import(&database.store, &four_houses()).await;
    let mut houses = four_houses();
    houses[3].height_m = 10.0;
    import(&database.store, &houses).await;
    let mut connection = PgConnection::connect(&database.url).await.unwrap();
    let examples = examples();
    assert_eq!(examples.len(), 10);
    for (heading, text) in examples {
        let rows = connection.fetch_all(AssertSqlSafe(text)).await;
        let rows = rows.unwrap_or_else(|error| panic!("{heading}: {error}"));
        assert!(!rows.is_empty(), "{heading}: no rows");
    }
    drop(connection);
    database.close().await;
}

#[tokio::test]
async fn areas_of_surfaces_are_those_of_the_block() {
    let database = database().await;
    import(&database.store, &four_houses()[..1]).await;
    let mut connection = PgConnection::connect(&database.url).await.unwrap();
    let areas: Vec<(String, f64)> =
        sqlx::query_as("SELECT class, area_m2 FROM surface WHERE feature = 'DEBY_1' ORDER BY class")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    // Hand: 10 m × 8 m; walls of 6 m height: 60 + 48 + 60 m², the fourth has no surface; a window of 1 m².
    let expected = [("GroundSurface", 80.0), ("RoofSurface", 80.0), ("WallSurface", 168.0), ("Window", 1.0)];
    assert_eq!(areas.len(), expected.len());
    for ((class, area), (expected_class, expected_area)) in areas.iter().zip(expected) {
        assert_eq!(class, expected_class);
        assert!((area - expected_area).abs() < 1e-6, "{class}: {area}");
    }
    // A slanted square with a hole: (4 × 4 − 2 × 2) m² in plan, tilted by 45°: 12 · √2 m².
    let tilted: f64 = sqlx::query_scalar(
        "SELECT area_3d('POLYGON Z ((0 0 0, 4 0 4, 4 4 4, 0 4 0, 0 0 0), (1 1 1, 1 3 1, 3 3 3, 3 1 3, 1 1 1))')",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert!((tilted - 12.0 * 2f64.sqrt()).abs() < 1e-9, "{tilted}");
    drop(connection);
    database.close().await;
}

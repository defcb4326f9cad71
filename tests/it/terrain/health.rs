//! What is said of terrains that are not whole.

use sqlx::{Connection, Executor, PgConnection};
use stadtwin::jobs::{TerrainImport, terrain_health};
use stadtwin::model::Severity;

use super::{import, write_four};
use crate::support::served::Served;

/// Findings worse than good news of all terrains.
async fn complaints(served: &Served) -> Vec<(Severity, String)> {
    let all = terrain_health(&served.database.store, Some(45.5)).await.unwrap();
    let findings = all.into_iter().flat_map(|health| health.findings);
    findings.filter(|(severity, _)| *severity > Severity::Info).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_is_found_and_comes_with_a_cure() {
    let served = Served::start().await;
    write_four(served.folder.path());
    import(&served, &["a.tif", "b.tif", "c.tif"], TerrainImport::default()).await.unwrap();
    import(&served, &["d.tif"], TerrainImport::default()).await.unwrap();
    let all = terrain_health(&served.database.store, Some(45.5)).await.unwrap();
    assert_eq!(complaints(&served).await, [], "a whole terrain");
    let told = format!("{all:?}");
    for part in ["geoid constant", "both tiles of level 0", "16 blocks", "(2 revisions)", "none missing"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let mut database = PgConnection::connect(&served.database.url).await.unwrap();
    for (damage, severity, part) in [
        (
            "INSERT INTO terrain_revision (terrain) SELECT key FROM terrain",
            Severity::Warning,
            "1 unfinished revisions of dead imports, seen by nobody: the next import into it removes them",
        ),
        (
            "INSERT INTO terrain (id, title, horizontal_epsg, vertical_kind, cell_m, phase_m)
             VALUES ('dead', '', 25832, 'unknown', 1, '{0, 0}')",
            Severity::Warning,
            "`stadtwin terrain delete --terrain dead`",
        ),
        (
            "DELETE FROM terrain_lattice WHERE level = (SELECT max(level) - 1 FROM terrain_lattice)",
            Severity::Error,
            "tiles of far views are missing",
        ),
        (
            "DELETE FROM terrain_lattice WHERE level = (SELECT max(level) FROM terrain_lattice)",
            Severity::Error,
            "tiles of far views are missing",
        ),
        (
            "DELETE FROM terrain_block WHERE block_row = (SELECT max(block_row) FROM terrain_block)",
            Severity::Error,
            "360000 were published: remove it by `stadtwin terrain delete --terrain ground` and import its files again",
        ),
    ] {
        database.execute(damage).await.unwrap();
        let found = complaints(&served).await;
        let is_told = found.iter().any(|(how, told)| *how == severity && told.contains(part));
        assert!(is_told, "{damage}: {found:?}");
    }
    database.close().await.unwrap();
    served.database.close().await;
}

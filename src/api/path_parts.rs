//! The variable parts of paths: what they look like. What looks otherwise is at no address, and cannot be written to.

use serde_json::{Value, json};

use super::terrain::STYLES;
use stadtwin_tiles::TILE_MATRIX_SETS;

/// Ids of collections and terrains (`stadtwin_access::is_collection_id`).
pub const NAME: &str = "^[a-z0-9_-]{1,60}$";
/// Ids of projects and scenarios.
const PLAN: &str = "^[A-Za-z0-9_-]{1,60}$";
/// Numbers of rows, columns and levels.
const NUMBER: &str = "^[0-9]{1,10}$";
/// Numbers that the store gives.
const KEY: &str = "^[0-9]{1,18}$";
/// Hashes and random names.
const DIGITS: &str = "^[0-9a-f]{32}$";

/// The schema of the part of this name.
pub fn schema(name: &str) -> Value {
    let pattern = match name {
        "collectionId" | "terrainId" => NAME,
        "conflictId" | "jobId" | "modificationId" | "requestId" | "seq" | "shareId" | "statementId"
        | "webhookId" => KEY,
        "projectId" | "ruleSetId" | "scenarioId" => PLAN,
        "tileMatrix" | "tileRow" | "tileCol" | "z" | "x" => NUMBER,
        "yTerrain" => r"^[0-9]{1,10}\.terrain$",
        "name" => r"^[0-9a-f]{32}\.glb$",
        "hash" | "uploadId" => DIGITS,
        "styleId" => return json!({ "type": "string", "enum": STYLES }),
        "tileMatrixSetId" => {
            let ids: Vec<_> = TILE_MATRIX_SETS.iter().map(|set| set.id).collect();
            return json!({ "type": "string", "enum": ids });
        }
        _ => return json!({ "type": "string" }),
    };
    json!({ "type": "string", "pattern": pattern })
}

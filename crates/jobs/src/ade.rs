//! Schemas of application domain extensions from files into the store. Nothing is fetched: what is included or imported
//! is looked for beside the file, else left out.

use std::path::Path;

use anyhow::Context;
use serde::Serialize;

use stadtwin_formats::{Input, read_ade};
use stadtwin_model::{AdeSchema, CodeListOrigin};
use stadtwin_store::Store;

/// Larger files are no schemas.
const MAX_BYTES: u64 = 16 << 20;

/// What was read of one namespace.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AdeResult {
    pub file: String,
    pub namespace: String,
    pub version: String,
    pub features: usize,
    pub classes: usize,
    pub properties: usize,
    pub code_lists: usize,
}

/// Registers schemas, each with what it includes.
pub async fn register_ades(store: &Store, files: &[String]) -> anyhow::Result<Vec<AdeResult>> {
    let mut results = Vec::new();
    for file in files {
        let name = file.clone();
        let schemas = tokio::task::spawn_blocking(move || read(&name)).await??;
        for schema in schemas {
            store.register_ade(&schema, file).await?;
            for (code_space, list) in &schema.code_lists {
                store.keep_code_list(code_space, list, CodeListOrigin::Ade).await?;
            }
            results.push(AdeResult {
                file: file.clone(),
                features: schema.classes.iter().filter(|class| class.is_feature).count(),
                classes: schema.classes.len(),
                properties: schema.properties.len(),
                code_lists: schema.code_lists.len(),
                namespace: schema.namespace,
                version: schema.version,
            });
        }
    }
    Ok(results)
}

fn read(file: &str) -> anyhow::Result<Vec<AdeSchema>> {
    let path = Path::new(file);
    let mut beside = Input::file(path).beside();
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let bytes = beside.read(&name, MAX_BYTES).with_context(|| format!("cannot read `{file}`"))?;
    Ok(read_ade(&name, &bytes, &mut |location| beside.read(location, MAX_BYTES).ok())?)
}

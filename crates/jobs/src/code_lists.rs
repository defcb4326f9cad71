//! Code lists from files into the store.

use anyhow::{Context, bail};
use serde::Serialize;

use stadtwin_formats::{code_list_files, read_code_list};
use stadtwin_model::CodeListOrigin;
use stadtwin_store::Store;

/// Which files to read.
#[derive(Debug, Clone)]
pub struct CodeListImport {
    /// Files, folders, zip archives.
    pub sources: Vec<String>,
    /// The codeSpace of the one list in `sources`, where its path does not say it.
    pub code_space: Option<String>,
}

/// What was read of one file.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CodeListResult {
    pub file: String,
    pub id: String,
    pub code_space: String,
    pub codes: usize,
    pub added: u64,
    pub changed: u64,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct CodeListReport {
    pub lists: Vec<CodeListResult>,
    /// File and why it was left out.
    pub skipped: Vec<(String, String)>,
}

impl CodeListImport {
    pub async fn run(&self, store: &Store) -> anyhow::Result<CodeListReport> {
        let mut files = Vec::new();
        for source in &self.sources {
            files.extend(code_list_files(source).with_context(|| format!("cannot read `{source}`"))?);
        }
        if self.code_space.is_some() && files.len() != 1 {
            bail!("a codeSpace names one list, and there are {} files: name one file", files.len());
        }
        let mut report = CodeListReport::default();
        for file in files {
            let (name, reading) = (file.input.name.clone(), file.input);
            let read = tokio::task::spawn_blocking(move || {
                reading.open().map_err(|error| error.to_string()).and_then(read_code_list)
            });
            let list = match read.await? {
                Ok(list) if list.codes.is_empty() => {
                    report.skipped.push((name, "it holds no codes".to_owned()));
                    continue;
                }
                Ok(list) => list,
                Err(reason) => {
                    report.skipped.push((name, reason));
                    continue;
                }
            };
            let code_space = self.code_space.clone().unwrap_or(file.code_space);
            let kept = store.keep_code_list(&code_space, &list, CodeListOrigin::File).await?;
            report.lists.push(CodeListResult {
                file: name,
                id: kept.id,
                code_space,
                codes: list.codes.len(),
                added: kept.added,
                changed: kept.changed,
            });
        }
        Ok(report)
    }
}

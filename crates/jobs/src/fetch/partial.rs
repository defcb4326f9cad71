//! A file of which a part has come, and what is known of the whole.

use std::path::{Path, PathBuf};

use anyhow::Context;
use hyper::{HeaderMap, header};
use serde::{Deserialize, Serialize};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use super::allow::Address;
use super::client::Rest;
use super::text;

pub struct Partial {
    path: PathBuf,
    file: File,
    source: Source,
    /// Bytes that have come.
    pub length: u64,
    /// Bytes of the whole, as the server says.
    pub total: Option<u64>,
}

/// Stands beside the file, so that another process can go on with it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Source {
    url: String,
    /// Entity tag or date of change; without one the file is always fetched as a whole.
    validator: Option<String>,
    total: Option<u64>,
}

impl Partial {
    /// What lies there is gone on with when it is of the same address.
    pub async fn open(path: &Path, address: &Address) -> anyhow::Result<Partial> {
        let url = address.whole();
        let known = tokio::fs::read(side(path)).await.ok();
        let known = known.and_then(|bytes| serde_json::from_slice::<Source>(&bytes).ok());
        let source = known.filter(|source| source.url == url && source.validator.is_some());
        let options = || {
            let mut options = File::options();
            options.create(true).append(true).to_owned()
        };
        let file =
            options().open(path).await.with_context(|| format!("cannot write `{}`", path.display()))?;
        let total = source.as_ref().and_then(|source| source.total);
        let goes_on = source.is_some();
        let source = source.unwrap_or(Source { url, ..Source::default() });
        let mut partial = Partial { path: path.to_owned(), file, source, length: 0, total };
        if goes_on {
            partial.length = partial.file.metadata().await?.len();
        } else {
            partial.file.set_len(0).await?;
        }
        Ok(partial)
    }

    /// What to ask for.
    pub fn rest(&self) -> Rest {
        let from = if self.source.validator.is_some() { self.length } else { 0 };
        Rest { from, validator: self.source.validator.clone() }
    }

    /// The whole file comes.
    pub async fn restart(&mut self, head: &HeaderMap) -> anyhow::Result<()> {
        self.file.set_len(0).await?;
        self.length = 0;
        self.total = text(head, header::CONTENT_LENGTH).and_then(|text| text.parse().ok());
        // A weak tag does not promise the same bytes (RFC 9110, 13.1.5).
        let tag = text(head, header::ETAG).filter(|tag| tag.starts_with('"'));
        self.source.validator = tag.or_else(|| text(head, header::LAST_MODIFIED)).map(str::to_owned);
        self.source.total = self.total;
        tokio::fs::write(side(&self.path), serde_json::to_vec(&self.source)?).await?;
        Ok(())
    }

    /// Nothing of it can be used.
    pub async fn forget(&mut self) -> anyhow::Result<()> {
        self.file.set_len(0).await?;
        self.length = 0;
        self.total = None;
        self.source.validator = None;
        Ok(())
    }

    pub async fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.file
            .write_all(bytes)
            .await
            .with_context(|| format!("cannot write `{}`", self.path.display()))?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    pub async fn flush(&mut self) -> anyhow::Result<()> {
        Ok(self.file.flush().await?)
    }
}

fn side(path: &Path) -> PathBuf {
    path.with_extension("source.json")
}

//! An import as a job of the queue: its files may be uploads, which go by the names their owners gave them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use stadtwin_model::Target;

use super::downloads::Downloads;
use super::queue::{Job, JobContext};
use super::{Along, Import};

/// The parameters of an import that waits in the queue.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ImportJob {
    pub import: Import,
    /// Source → the name for people, where the path on the server says nothing to them.
    pub names: BTreeMap<String, String>,
    /// Texture images that came loose, by name in lower case.
    #[serde(default)]
    pub images: BTreeMap<String, PathBuf>,
    /// The spool's entry that holds the files; it goes when the job has ended.
    pub upload: Option<String>,
}

impl Job for ImportJob {
    const KIND: &'static str = "import";

    fn target(&self) -> Target {
        Target::Collection(self.import.collection.clone())
    }

    async fn run(&self, context: &JobContext) -> anyhow::Result<Value> {
        let mut import = self.import.clone();
        if import.jobs == 0 {
            import.jobs = std::thread::available_parallelism().map_or(2, usize::from);
        }
        let along = Along { names: self.names.clone(), images: self.images.clone(), issues: Vec::new() };
        let place = Downloads::of(self.upload.as_deref(), context.spool.as_deref())?;
        let supply = &context.supply;
        let bring =
            supply.bring(&import.sources, import.partial_delivery, along, place.folder(), &context.progress);
        let (sources, along) = bring.await?;
        import.sources = sources;
        let report = import.run_with(&context.store, context.progress.clone(), along).await?;
        Ok(serde_json::to_value(report)?)
    }
}

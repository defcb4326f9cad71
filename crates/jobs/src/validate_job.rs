//! A check of files as a job of the queue: nothing is imported.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Along;
use super::downloads::Downloads;
use super::queue::{Job, JobContext};
use super::results::{ResultFile, of_job, write_whole};
use super::validate::{Validate, ValidationReport};
use stadtwin_geometry::validate::Tolerances;
use stadtwin_model::Target;

/// The parameters of a check that waits in the queue.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ValidateJob {
    /// What the files are meant for; it need not exist.
    pub collection: String,
    pub sources: Vec<String>,
    /// Source → the name for people, where the path on the server says nothing to them.
    pub names: BTreeMap<String, String>,
    /// The spool's entry that holds the files; it goes when the job has ended.
    pub upload: Option<String>,
    pub tolerances: Limits,
}

/// How exact data must be; absent: the defaults of `Tolerances`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    pub snap_m: Option<f64>,
    pub planarity_m: Option<f64>,
    pub normals_deg: Option<f64>,
    pub overlap_m: Option<f64>,
}

impl Limits {
    fn tolerances(self) -> Tolerances {
        let usual = Tolerances::default();
        Tolerances {
            snap_m: self.snap_m.unwrap_or(usual.snap_m),
            planarity_m: self.planarity_m.unwrap_or(usual.planarity_m),
            normals_deg: self.normals_deg.unwrap_or(usual.normals_deg),
            overlap_m: self.overlap_m.unwrap_or(usual.overlap_m),
        }
    }
}

impl Job for ValidateJob {
    const KIND: &'static str = "validate";

    fn target(&self) -> Target {
        Target::Collection(self.collection.clone())
    }

    async fn run(&self, context: &JobContext) -> anyhow::Result<Value> {
        let (results, job) = of_job(context)?;
        let place = Downloads::of(self.upload.as_deref(), context.spool.as_deref())?;
        let along = Along { names: self.names.clone(), ..Along::default() };
        let bring = context.supply.bring(&self.sources, false, along, place.folder(), &context.progress);
        let (sources, along) = bring.await?;
        context.progress.say("checking");
        let jobs = std::thread::available_parallelism().map_or(2, usize::from);
        let validate = Validate { sources, tolerances: self.tolerances.tolerances(), jobs };
        let stop = Stop::default();
        let (flag, names) = (stop.0.clone(), along.names);
        let checked = tokio::task::spawn_blocking(move || validate.run_until(&flag));
        let mut report = checked.await?;
        rename(&mut report, &names);
        let mut summary = summary(&report);
        let name = format!("{}-validation.json", self.collection);
        let document = json!({ "summary": summary, "files": report.files });
        let write = |path: std::path::PathBuf| async move {
            let write = move || {
                write_whole(&path, |out| {
                    serde_json::to_writer(out, &document)?;
                    Ok(())
                })
            };
            tokio::task::spawn_blocking(write).await?
        };
        let ((), bytes) = results.make(job, &name, write).await?;
        summary["result"] = json!(ResultFile { name, media_type: "application/json".to_owned(), bytes });
        Ok(summary)
    }
}

/// Tells the threads to end when the job is dropped.
#[derive(Default)]
struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Puts the names for people in the place of paths of the server.
fn rename(report: &mut ValidationReport, names: &BTreeMap<String, String>) {
    for file in &mut report.files {
        let known = names.iter().find(|(path, _)| file.file.starts_with(path.as_str()));
        if let Some((path, name)) = known {
            file.file = format!("{name}{}", &file.file[path.len()..]);
            file.unreadable = file.unreadable.take().map(|reason| reason.replace(path.as_str(), name));
        }
    }
}

fn summary(report: &ValidationReport) -> Value {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for (code, count) in report.files.iter().flat_map(|file| &file.counts) {
        *counts.entry(code).or_default() += count;
    }
    json!({
        "valid": !report.is_unreadable() && !report.has_findings(),
        "files": report.files.len(),
        "objects": report.files.iter().map(|file| file.objects).sum::<u64>(),
        "unreadable": report.files.iter().filter(|file| file.unreadable.is_some()).count(),
        "counts": counts,
    })
}

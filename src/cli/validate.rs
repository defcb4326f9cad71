//! `stadtwin validate`.

use std::io::Write;
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use stadtwin_geometry::validate::{Tolerances, kind, number_of};
use stadtwin_jobs::{FileFindings, Validate, ValidationReport};
use stadtwin_model::Issue;

/// Findings of one code that the text shows.
const SHOWN: usize = 5;

#[derive(Debug, Args)]
pub(super) struct ValidateCommand {
    /// Files, folders, globs, .gz and .zip archives, or `-` for standard input
    #[arg(required = true)]
    sources: Vec<String>,
    /// Print one JSON object with all findings
    #[arg(long)]
    json: bool,
    /// Points closer than this are one [m]
    #[arg(long, value_name = "METRES", default_value_t = 0.001)]
    snap: f64,
    /// How far a point may be from the plane of its polygon [m]
    #[arg(long, value_name = "METRES", default_value_t = 0.01)]
    planarity: f64,
    /// How far the parts of a polygon may look different ways [°]
    #[arg(long, value_name = "DEGREES", default_value_t = 20.0)]
    normals: f64,
    /// How deep solids and building parts may overlap [m]; 0 is the snapping distance
    #[arg(long, value_name = "METRES", default_value_t = 0.0)]
    overlap: f64,
    /// Threads [default: one a core]
    #[arg(long)]
    jobs: Option<usize>,
}

impl ValidateCommand {
    /// 0: clean, 1: findings, 2: something could not be read.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let tolerances = Tolerances {
            snap_m: self.snap,
            planarity_m: self.planarity,
            normals_deg: self.normals,
            overlap_m: self.overlap,
        };
        let jobs = self.jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(2, usize::from));
        let validate = Validate { sources: self.sources, tolerances, jobs };
        let report = tokio::task::spawn_blocking(move || validate.run()).await?;
        let mut out = std::io::stdout().lock();
        if self.json {
            writeln!(out, "{}", to_json(&report))?;
        } else {
            for file in &report.files {
                print(&mut out, file)?;
            }
        }
        Ok(ExitCode::from(match (report.is_unreadable(), report.has_findings()) {
            (true, _) => 2,
            (false, true) => 1,
            (false, false) => 0,
        }))
    }
}

/// val3dity's number where there is one, else the word.
fn code(word: &str) -> Value {
    number_of(word).map_or_else(|| Value::from(word), Value::from)
}

fn issue_json(issue: &Issue) -> Value {
    let mut value = json!(issue);
    value["code"] = code(&issue.code);
    value
}

fn to_json(report: &ValidationReport) -> Value {
    let files = report.files.iter().map(|file| {
        json!({
            "file": file.file,
            "objects": file.objects,
            "unreadable": file.unreadable,
            "counts": file.counts,
            "issues": file.issues.iter().map(issue_json).collect::<Vec<_>>(),
        })
    });
    json!({
        "valid": !report.is_unreadable() && !report.has_findings(),
        "files": files.collect::<Vec<_>>(),
    })
}

fn print(out: &mut impl Write, file: &FileFindings) -> std::io::Result<()> {
    match &file.unreadable {
        Some(reason) => writeln!(out, "{}: cannot be read to its end: {reason}", file.file)?,
        None => writeln!(
            out,
            "{}: {} objects, {} findings",
            file.file,
            file.objects,
            file.counts.values().sum::<u64>()
        )?,
    }
    for (word, count) in &file.counts {
        let number = number_of(word);
        let name = number.and_then(kind).map_or("", |kind| kind.name);
        let label = number.map_or_else(|| word.clone(), |number| format!("{number} {name}"));
        writeln!(out, "  {label}: {count}")?;
        for issue in file.issues.iter().filter(|issue| issue.code == *word).take(SHOWN) {
            let value = issue.value.as_deref().map(|value| format!(" ({value})")).unwrap_or_default();
            let face = issue.face.map(|face| format!(", face {face}")).unwrap_or_default();
            writeln!(out, "    line {}, `{}`{face}: {}{value}", issue.line, issue.object, issue.message)?;
        }
    }
    Ok(())
}

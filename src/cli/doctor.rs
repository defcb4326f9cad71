//! `stadtwin doctor`.

use std::process::{Command, ExitCode};

use clap::Args;

use crate::crs::HeightModel;
use crate::store::Embedded;

use super::Global;
use super::backend::{Backend, data_dir};

/// Free space under which a county's import may not fit [bytes].
const DISK_WANTED: u64 = 5 << 30;

#[derive(Debug, Args)]
pub(super) struct Doctor {}

/// Prints findings and remembers whether any was bad.
#[derive(Default)]
struct Findings {
    bad: bool,
}

impl Findings {
    fn good(&self, what: &str, found: impl std::fmt::Display) {
        println!("ok       {what}: {found}");
    }

    fn warn(&self, what: &str, found: impl std::fmt::Display) {
        println!("warning  {what}: {found}");
    }

    fn bad(&mut self, what: &str, found: impl std::fmt::Display) {
        self.bad = true;
        println!("ERROR    {what}: {found}");
    }
}

impl Doctor {
    pub async fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let mut findings = Findings::default();
        findings.good("stadtwin", env!("CARGO_PKG_VERSION"));
        check_heights(&findings);
        check_grid_shift(&findings);
        if global.database_url.is_none() {
            check_binaries(&mut findings);
            check_disk(global, &mut findings)?;
        }
        match Backend::open(global).await {
            Ok(backend) => {
                check_store(&backend, &mut findings).await?;
                backend.close().await?;
            }
            Err(error) => findings.bad("database", format!("{error:#}")),
        }
        Ok(if findings.bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

fn check_heights(findings: &Findings) {
    match HeightModel::detect() {
        HeightModel::Gcg2016(_) => findings.good("geoid", "GCG2016 (Germany, centimetres)"),
        HeightModel::Egm96(_) => findings.warn(
            "geoid",
            "EGM96, off by up to 0.15 m in Germany: put `de_bkg_gcg2016.tif` into ~/.local/share/proj (or name it in STADTWIN_GEOID)",
        ),
        _ => findings.warn("geoid", "none found, so 3D tiles would float or sink: `apt install proj-data`"),
    }
}

fn check_grid_shift(findings: &Findings) {
    let places = ["/usr/share/proj/BETA2007.gsb", "/usr/local/share/proj/BETA2007.gsb"];
    if places.iter().any(|place| std::path::Path::new(place).exists()) {
        findings.good("datum grid", "BETA2007 (Gauß-Krüger to ETRS89)");
    } else {
        findings.warn("datum grid", "BETA2007.gsb is missing, Gauß-Krüger data may be off by metres: `apt install proj-data`");
    }
}

fn check_binaries(findings: &mut Findings) {
    match Embedded::find_binaries() {
        Ok(found) => findings.good("PostgreSQL", found.display()),
        Err(error) => findings.bad("PostgreSQL", error),
    }
}

fn check_disk(global: &Global, findings: &mut Findings) -> anyhow::Result<()> {
    let directory = data_dir(global)?;
    let existing = directory.ancestors().find(|place| place.exists()).unwrap_or(&directory);
    let output = Command::new("df").args(["--output=avail", "-B1"]).arg(existing).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    match text.lines().last().and_then(|line| line.trim().parse::<u64>().ok()) {
        Some(free) if free >= DISK_WANTED => {
            findings.good("free disk", format!("{} GB under {}", free / 1_000_000_000, directory.display()));
        }
        Some(free) => findings.warn(
            "free disk",
            format!("only {:.1} GB under {}: make room or choose another `--data-dir`", free as f64 / 1e9, directory.display()),
        ),
        None => findings.warn("free disk", format!("could not be read for {}", directory.display())),
    }
    let writable = std::fs::metadata(existing).is_ok_and(|data| !data.permissions().readonly());
    if !writable {
        findings.bad("permissions", format!("{} is not writable", existing.display()));
    }
    Ok(())
}

async fn check_store(backend: &Backend, findings: &mut Findings) -> anyhow::Result<()> {
    let diagnosis = backend.store.diagnose().await?;
    for finding in diagnosis {
        match finding.good {
            true => findings.good(&finding.what, &finding.found),
            false => findings.bad(&finding.what, &finding.found),
        }
    }
    Ok(())
}

//! `stadtwin doctor`.

use std::process::{Command, ExitCode};

use clap::Args;

use stadtwin_crs::HeightModel;
use stadtwin_jobs::{measure_missing, terrain_health, with_causes};
use stadtwin_model::{Severity, VerticalCrs};

use super::Global;
use super::backend::{Backend, data_dir};

/// Free space under which a county's import may not fit [bytes].
const DISK_WANTED: u64 = 5 << 30;

#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// Measure volumes and surfaces of objects that were imported before they were measured; in a large city this takes
    /// minutes. May be broken off and run again.
    #[arg(long)]
    measure: bool,
}

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
            check_disk(global, &mut findings)?;
        }
        match Backend::open(global).await {
            Ok(backend) => {
                check_store(&backend, &mut findings).await?;
                if self.measure {
                    let count = measure_missing(&backend.store).await?;
                    findings.good("measures", format!("{count} objects measured"));
                }
                check_terrains(&backend, global, &mut findings).await?;
                backend.close().await?;
            }
            Err(error) => findings.bad("database", with_causes(&error)),
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
        findings.warn(
            "datum grid",
            "BETA2007.gsb is missing, Gauß-Krüger data may be off by metres: `apt install proj-data`",
        );
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
            format!(
                "only {:.1} GB under {}: make room or choose another `--data-dir`",
                free as f64 / 1e9,
                directory.display()
            ),
        ),
        None => findings.warn("free disk", format!("could not be read for {}", directory.display())),
    }
    let writable = std::fs::metadata(existing).is_ok_and(|data| !data.permissions().readonly());
    if !writable {
        findings.bad("permissions", format!("{} is not writable", existing.display()));
    }
    Ok(())
}

/// What to do about an extension that is there and does not answer.
fn damaged_postgis(postgresql: &str, reason: &str) -> String {
    let major = postgresql.split('.').next().unwrap_or_default();
    format!(
        "the extension does not answer ({reason}): run `apt install --reinstall postgresql-{major}-postgis-3 \
         postgresql-{major}-postgis-3-scripts`, start PostgreSQL again and run `ALTER EXTENSION postgis UPDATE` in the \
         database; should it stay so, restore the database from a backup, since dropping the extension drops every geometry"
    )
}

async fn check_store(backend: &Backend, findings: &mut Findings) -> anyhow::Result<()> {
    let found = backend.store.diagnose().await?;
    findings.good("PostgreSQL", &found.postgresql);
    match &found.postgis {
        Ok(version) => findings.good("PostGIS", version),
        Err(reason) => findings.bad("PostGIS", damaged_postgis(&found.postgresql, reason)),
    }
    match (found.schema_version, found.schema_version_known) {
        (applied, known) if applied == known => findings.good("schema", format!("version {applied}")),
        (applied, known) if applied > known => {
            findings.bad(
                "schema",
                format!("version {applied} is newer than this program's {known}: install the newer stadtwin"),
            );
        }
        (applied, known) => {
            findings.bad("schema", format!("version {applied} of {known}: start stadtwin once more"))
        }
    }
    if found.encoding == "UTF8" {
        findings.good("encoding", format!("{}, collation {}", found.encoding, found.collation));
    } else {
        findings.bad(
            "encoding",
            format!("{}: the database must be UTF8; make a new one and import again", found.encoding),
        );
    }
    for (what, names, advice) in [
        ("invalid indexes", &found.invalid_indexes, "run `REINDEX` on them"),
        ("missing indexes", &found.missing_indexes, "make them as in schemas/db"),
        (
            "collections without partitions",
            &found.missing_partitions,
            "remove the collection and import it again",
        ),
    ] {
        if names.is_empty() {
            findings.good(what, "none");
        } else {
            findings.bad(what, format!("{}: {advice}", names.join(", ")));
        }
    }
    if found.open_revisions > 0 {
        findings.warn(
            "unpublished revisions",
            format!("{} (a running import, or a dead one: the next import removes it)", found.open_revisions),
        );
    }
    findings.good("database size", format!("{:.1} MB", found.size_bytes as f64 / 1e6));
    match backend.store.storage_crs().await? {
        Some(crs) => {
            let heights = match crs.vertical {
                VerticalCrs::Epsg(code) => format!("EPSG:{code}"),
                VerticalCrs::Ellipsoidal => "above the ellipsoid".into(),
                VerticalCrs::Unknown => "of an unknown system".into(),
            };
            findings.good("storage CRS", format!("EPSG:{}, heights {heights}", crs.horizontal))
        }
        None => findings.good("storage CRS", "settled by the first import"),
    }
    Ok(())
}

async fn check_terrains(backend: &Backend, global: &Global, findings: &mut Findings) -> anyhow::Result<()> {
    let all = terrain_health(&backend.store, global.geoid_constant).await?;
    if all.is_empty() {
        findings.good("terrain", "none");
    }
    for health in all {
        let what = format!("terrain {}", health.terrain);
        for (severity, found) in health.findings {
            match severity {
                Severity::Info => findings.good(&what, found),
                Severity::Warning => findings.warn(&what, found),
                Severity::Error => findings.bad(&what, found),
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_damaged_extension_comes_with_its_cure() {
        let told = super::damaged_postgis("15.14 (Debian 15.14-0+deb12u1)", "could not access file");
        assert!(
            told.contains("(could not access file)") && told.contains("--reinstall postgresql-15-postgis-3 ")
        );
    }
}

//! How fast CityGML becomes model objects, on one thread: reading, cutting, parsing, and freeing what came out.
//!
//! `cargo bench --bench parse -- FILE` prints buildings per CPU-second of the file as it is and of the same city
//! written as CityGML 1.0, 2.0 and 3.0, each the median of five passes.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};
use stadtwin::formats::citygml::WriteOptions;
use stadtwin::formats::{CityGmlWriter, CityModelFile, Input, Parsed, Version, open};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PASSES: usize = 5;

fn main() -> anyhow::Result<()> {
    // Cargo adds `--bench`; without a file there is nothing to measure, as when all benchmarks are run.
    let Some(file) = std::env::args().skip(1).find(|argument| !argument.starts_with("--")) else {
        eprintln!("name the CityGML file to parse: `cargo bench --bench parse -- FILE`");
        return Ok(());
    };
    let path = Path::new(&file);
    measure("as it is", path)?;
    let folder = tempfile::tempdir_in(path.parent().unwrap_or(Path::new(".")))?;
    for version in [Version::V1, Version::V2, Version::V3] {
        let rewritten = folder.path().join("city.gml");
        rewrite(path, &rewritten, version)?;
        measure("rewritten", &rewritten)?;
    }
    Ok(())
}

fn measure(what: &str, path: &Path) -> anyhow::Result<()> {
    let mut seconds = Vec::with_capacity(PASSES);
    let (mut buildings, mut version) = (0, String::new());
    for _ in 0..PASSES {
        let started = cpu_time()?;
        buildings = 0;
        version = parse(path, |_| {
            buildings += 1;
            Ok(())
        })?;
        seconds.push((cpu_time()? - started).as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    let median = seconds[PASSES / 2];
    let megabytes = path.metadata()?.len() as f64 / 1e6;
    println!(
        "parse CityGML {version} {what}: {buildings} buildings, {megabytes:.0} MB, {median:.3} CPU-s, {:.0} buildings \
         and {:.0} MB per CPU-second",
        buildings as f64 / median,
        megabytes / median
    );
    Ok(())
}

/// Gives every top-level object in turn; the file's version comes back.
fn parse(path: &Path, mut each: impl FnMut(Parsed) -> anyhow::Result<()>) -> anyhow::Result<String> {
    let mut file = open_file(path)?;
    let mut count = 0;
    while let Some(batch) = file.next_batch()? {
        let result = batch.parse();
        ensure!(result.unresolved.is_empty(), "the city has links between its members");
        count += result.objects.len();
        result.objects.into_iter().try_for_each(&mut each)?;
    }
    ensure!(count > 0 && file.issues().is_empty(), "{} is damaged", path.display());
    Ok(file.header().version.clone())
}

fn open_file(path: &Path) -> anyhow::Result<CityModelFile> {
    open(Input::file(path)).with_context(|| format!("{} cannot be measured", path.display()))
}

/// The same city in another version.
fn rewrite(from: &Path, to: &Path, version: Version) -> anyhow::Result<()> {
    let header = open_file(from)?.header().clone();
    let options =
        WriteOptions { srs_name: header.srs_name, extent: header.envelope, ..WriteOptions::new(version) };
    let mut writer = CityGmlWriter::new(BufWriter::new(File::create(to)?), options);
    parse(from, |parsed| Ok(writer.write(&parsed.object)?))?;
    writer.finish()?;
    Ok(())
}

/// Of this thread, as the kernel accounts it.
fn cpu_time() -> anyhow::Result<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = text.split_whitespace().next().context("the kernel keeps no account of CPU time")?;
    Ok(Duration::from_nanos(nanoseconds.parse()?))
}

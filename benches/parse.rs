//! How fast CityGML becomes model objects, on one thread: reading, cutting, parsing, and freeing what came out.
//!
//! `cargo bench --bench parse -- FILE…` prints buildings per CPU-second of each file, the median of five passes.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};
use stadtwin::formats::{Input, open};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PASSES: usize = 5;

fn main() -> anyhow::Result<()> {
    // Cargo adds `--bench`.
    let files: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    ensure!(!files.is_empty(), "name the CityGML files to parse: `cargo bench --bench parse -- FILE…`");
    for file in &files {
        measure(Path::new(file)).with_context(|| format!("{file} cannot be measured"))?;
    }
    Ok(())
}

fn measure(path: &Path) -> anyhow::Result<()> {
    let mut seconds = Vec::with_capacity(PASSES);
    let mut buildings = 0;
    let mut version = String::new();
    for _ in 0..PASSES {
        let started = cpu_time()?;
        (buildings, version) = parse(path)?;
        seconds.push((cpu_time()? - started).as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    let median = seconds[PASSES / 2];
    let megabytes = path.metadata()?.len() as f64 / 1e6;
    println!(
        "parse CityGML {version}, {buildings} buildings, {megabytes:.0} MB: {median:.3} CPU-s, {:.0} buildings per \
         CPU-second, {:.0} MB per CPU-second",
        buildings as f64 / median,
        megabytes / median
    );
    Ok(())
}

/// Top-level objects and the file's version.
fn parse(path: &Path) -> anyhow::Result<(usize, String)> {
    let mut file = open(Input::file(path))?;
    let mut count = 0;
    while let Some(batch) = file.next_batch()? {
        let result = batch.parse();
        ensure!(result.unresolved.is_empty(), "the city has links between its members");
        count += result.objects.len();
    }
    ensure!(count > 0 && file.issues().is_empty(), "the file is damaged");
    Ok((count, file.header().version.clone()))
}

/// Of this thread, as the kernel accounts it.
fn cpu_time() -> anyhow::Result<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = text.split_whitespace().next().context("the kernel keeps no account of CPU time")?;
    Ok(Duration::from_nanos(nanoseconds.parse()?))
}

//! `stadtwin sample-data`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

#[derive(Debug, Args)]
pub(super) struct SampleData {
    /// Folder to write the sample town to
    #[arg(long, conflicts_with = "benchmark")]
    out: Option<PathBuf>,
    /// Write one CityGML file with this many buildings instead, for benchmarks
    #[arg(long, value_name = "BUILDINGS", requires = "file")]
    benchmark: Option<u64>,
    /// File for `--benchmark`; `-` for standard output
    file: Option<PathBuf>,
    /// The same seed gives the same bytes
    #[arg(long, default_value_t = 42)]
    seed: u64,
}

impl SampleData {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match (self.benchmark, self.file, self.out) {
            (Some(count), Some(file), _) => {
                let mut out: Box<dyn Write> = if file.as_os_str() == "-" {
                    Box::new(std::io::stdout().lock())
                } else {
                    let place = File::create(&file)
                        .with_context(|| format!("{} cannot be written", file.display()))?;
                    Box::new(BufWriter::with_capacity(1 << 20, place))
                };
                let counts = stadtwin_sample::write_city(&mut out, count, self.seed)?;
                out.flush()?;
                eprintln!("{counts:?}");
            }
            (None, _, Some(directory)) => {
                let report = stadtwin_sample::write_town(&directory, self.seed).with_context(|| {
                    format!("the sample town could not be written to {}", directory.display())
                })?;
                eprintln!("{report:?}");
            }
            _ => anyhow::bail!(
                "say where to: `--out FOLDER` for the sample town, or `--benchmark BUILDINGS FILE`"
            ),
        }
        Ok(ExitCode::SUCCESS)
    }
}

//! `stadtwin organization`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};

use stadtwin_access::is_collection_id;
use stadtwin_crs::parse_user_crs;
use stadtwin_jobs::read_boundary;
use stadtwin_model::{Crs, Footprint, Organization, OrganizationKind};
use stadtwin_store::Store;

use super::Global;
use super::backend::Backend;

/// Organizations read from the store at once.
const PAGE: u32 = 1_000;
/// Longest file of a boundary [bytes].
const MOST_BYTES: u64 = 64 << 20;

#[derive(Debug, Args)]
pub(super) struct OrganizationCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Add an organization, or change the one with its id
    Add(Add),
    /// List the organizations
    List,
    /// Remove an organization that nothing belongs to
    Remove {
        /// The organization's id, as `organization list` shows it
        id: String,
    },
}

#[derive(Debug, Args)]
struct Add {
    /// Name in URLs, tokens and claims: a to z, 0 to 9, `_` and `-`
    #[arg(value_parser = organization_id)]
    id: String,
    /// Name for people
    #[arg(long)]
    name: String,
    /// municipality, association, county, authority or office
    #[arg(long, default_value = "municipality")]
    kind: OrganizationKind,
    /// Amtlicher Gemeindeschlüssel: digits only
    #[arg(long, value_parser = ags)]
    ags: Option<String>,
    /// Id of the organization that it belongs to
    #[arg(long)]
    parent: Option<String>,
    /// GeoJSON file with its area
    #[arg(long, value_name = "FILE")]
    boundary: Option<PathBuf>,
    /// Coordinate reference system of the boundary, such as EPSG:25832 [default: as the file says, else CRS84]
    #[arg(long, requires = "boundary", value_parser = |text: &str| parse_user_crs(text).map_err(|e| e.to_string()))]
    crs: Option<Crs>,
}

impl OrganizationCommand {
    pub async fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let backend = Backend::open(global).await?;
        let mut out = std::io::stdout();
        match self.action {
            Action::Add(add) => {
                let id = add.id.clone();
                let is_new = add.run(&backend.store).await?;
                writeln!(out, "{} {id}", if is_new { "added" } else { "changed" })?;
            }
            Action::List => list(&backend.store, &mut out).await?,
            Action::Remove { id } => {
                if !backend.store.remove_organization(&id).await? {
                    bail!("no organization `{id}`; `stadtwin organization list` shows all");
                }
                writeln!(out, "removed {id}")?;
            }
        }
        backend.close().await?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Add {
    /// Whether it is new.
    async fn run(self, store: &Store) -> anyhow::Result<bool> {
        let boundary = match &self.boundary {
            Some(path) => Some(read(store, path, self.crs).await?),
            None => None,
        };
        let organization = Organization {
            id: self.id,
            name: self.name,
            kind: self.kind,
            ags: self.ags,
            parent: self.parent,
            boundary,
        };
        Ok(store.keep_organization(&organization).await?)
    }
}

async fn read(store: &Store, path: &Path, crs: Option<Crs>) -> anyhow::Result<Footprint> {
    let storage = store.storage_crs().await?.context(
        "boundaries are kept in the storage CRS, which the first import settles: import data first, or add the organization without `--boundary`",
    )?;
    let size_bytes = std::fs::metadata(path).with_context(|| path.display().to_string())?.len();
    if size_bytes > MOST_BYTES {
        bail!("{} is longer than {MOST_BYTES} bytes: a boundary needs fewer points", path.display());
    }
    let text = std::fs::read(path).with_context(|| path.display().to_string())?;
    let document =
        serde_json::from_slice(&text).with_context(|| format!("{} is no GeoJSON", path.display()))?;
    let boundary = tokio::task::spawn_blocking(move || read_boundary(&document, crs, &storage)).await?;
    boundary.with_context(|| path.display().to_string())
}

async fn list(store: &Store, out: &mut impl Write) -> anyhow::Result<()> {
    let mut after = Some(0);
    while let Some(key) = after {
        let page = store.organizations(key, PAGE).await?;
        for one in &page.items {
            let or = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
            writeln!(
                out,
                "{}\t{}\t{}\t{}\t{}",
                one.id,
                one.kind.name(),
                or(&one.ags),
                or(&one.parent),
                one.name
            )?;
        }
        after = page.next;
    }
    Ok(())
}

fn organization_id(text: &str) -> Result<String, String> {
    match is_collection_id(text) {
        true => Ok(text.to_owned()),
        false => Err("use up to 60 of a to z, 0 to 9, `_` and `-`".to_owned()),
    }
}

fn ags(text: &str) -> Result<String, String> {
    let is_ags = (2..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_ags { Ok(text.to_owned()) } else { Err("use 2 to 12 digits, such as 09184119".to_owned()) }
}

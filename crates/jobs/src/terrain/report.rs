//! What an import of terrain found and did, for people and for programs.

use serde::Serialize;

use stadtwin_model::Issue;

/// One input file.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TerrainFile {
    pub file: String,
    /// As the file says, `25832+7837`; empty where it does not.
    pub crs: String,
    pub columns: usize,
    pub rows: usize,
    /// In the units of its CRS.
    pub cell: [f64; 2],
}

/// Of one run.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TerrainReport {
    pub terrain: String,
    /// The revision published; `None` when nothing changed or on a dry run.
    pub revision: Option<i64>,
    pub dry_run: bool,
    pub files: Vec<TerrainFile>,
    /// Nodes of all files.
    pub samples: u64,
    pub seconds: f64,
    pub samples_per_second: f64,
    /// EPSG code of the terrain's CRS.
    pub storage_crs: String,
    /// Height system of the terrain.
    pub vertical_crs: String,
    /// Geoid that ellipsoidal heights are made with.
    pub height_model: String,
    pub cell_m: f64,
    /// `[west, south, east, north]` of the whole terrain [m]; `None` on a dry run.
    pub extent_m: Option<[f64; 4]>,
    /// Lowest and highest height of the whole terrain [m]; `None` on a dry run.
    pub heights_m: Option<[f64; 2]>,
    /// Blocks of 256 × 256 nodes.
    pub blocks_new: u64,
    pub blocks_unchanged: u64,
    /// Blocks of the former state that ended, replaced ones too.
    pub blocks_ended: u64,
    /// Tiles of far views drawn anew.
    pub lattice_tiles: usize,
    /// Collections that were compared with the terrain and stand on ground that has changed, with how many of their buildings.
    pub stale_comparisons: Vec<(String, i64)>,
    /// Collections whose things are set on the terrain: their tiles were planned anew.
    pub replanned: Vec<String>,
    pub issues: Vec<Issue>,
}

/// Files that the text lists one by one.
const NAMED: usize = 20;

impl TerrainReport {
    /// As `stadtwin terrain import` prints it.
    pub fn to_text(&self) -> String {
        let mut lines: Vec<String> = self.files.iter().take(NAMED).map(TerrainFile::to_text).collect();
        if self.files.len() > NAMED {
            lines.push(format!("and {} more files; `--json` lists them", self.files.len() - NAMED));
        }
        lines.push(match (self.revision, self.dry_run) {
            (Some(revision), _) => format!("published revision {revision} of terrain `{}`", self.terrain),
            (None, true) => format!("dry run: terrain `{}` is as it was", self.terrain),
            (None, false) => format!("nothing changed in terrain `{}`", self.terrain),
        });
        lines.push(format!(
            "{} blocks of 256 × 256 nodes new or changed, {} unchanged, {} ended; {} tiles of far views drawn",
            self.blocks_new, self.blocks_unchanged, self.blocks_ended, self.lattice_tiles
        ));
        if let Some([west, south, east, north]) = self.extent_m {
            lines
                .push(format!("extent {west:.2} {south:.2} to {east:.2} {north:.2}, cell {} m", self.cell_m));
        }
        if let Some([low, high]) = self.heights_m {
            lines.push(format!("heights {low:.2} to {high:.2} m"));
        }
        lines
            .extend(self.replanned.iter().map(|id| format!("planned the tiles of `{id}` on the new ground")));
        lines.extend(self.stale_comparisons.iter().map(|(collection, count)| {
            format!(
                "the ground has changed below {count} buildings of `{collection}`: `stadtwin terrain compare {collection}` compares them anew"
            )
        }));
        lines.extend(
            self.issues
                .iter()
                .map(|issue| format!("{}: {} ({})", issue.severity.name(), issue.message, issue.code)),
        );
        lines.push(format!(
            "stored in EPSG:{}, heights {}, geoid {}",
            self.storage_crs, self.vertical_crs, self.height_model
        ));
        lines.push(format!(
            "{} samples of {} files in {:.2} s: {:.1} million samples/s",
            self.samples,
            self.files.len(),
            self.seconds,
            self.samples_per_second / 1e6
        ));
        lines.join("\n")
    }
}

impl TerrainFile {
    fn to_text(&self) -> String {
        let crs = if self.crs.is_empty() { "no CRS".to_owned() } else { format!("EPSG:{}", self.crs) };
        let [x, y] = self.cell;
        let cell = if x == y { x.to_string() } else { format!("{x} × {y}") };
        format!("{}: {crs}, {} × {} nodes, cell {cell}", self.file, self.columns, self.rows)
    }
}

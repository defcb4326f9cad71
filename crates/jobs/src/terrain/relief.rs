//! The relief of a collection as a source of heights: triangles as they are, mass points and break lines triangulated first.
//! Shapes are read one at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;

use stadtwin_formats::raster::tin_source;
use stadtwin_geometry::triangulate;
use stadtwin_model::{Collection, Crs, Geometry, GeometryKind, Issue, Lod, Severity};
use stadtwin_store::{ReliefShape, Store};
use stadtwin_terrain::triangulate_scattered;

use super::pool::Pool;
use super::sources::{Source, Sources};

/// Mass points and points of break lines that are triangulated together: they are held in memory, some 250 bytes each.
const MOST_POINTS: i64 = 4_000_000;
/// Where nobody says how finely triangles are sampled [m].
const CELL_M: f64 = 1.0;

/// Which relief becomes a terrain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReliefSource {
    pub collection: String,
    /// `None`: the finest that each feature has.
    #[serde(default)]
    pub lod: Option<Lod>,
}

/// What is drawn at one time; later ones cover earlier ones.
enum Step {
    /// The mass points and break lines of one level of detail, of all features.
    Scattered(Vec<ReliefShape>),
    Triangles(ReliefShape),
}

/// Triangles with corners `[east, north, up]` [m].
type Triangles = Vec<[[f64; 3]; 3]>;

struct Reading<'a> {
    store: &'a Store,
    runtime: &'a Handle,
    collection: Collection,
    crossing_count: usize,
}

impl ReliefSource {
    /// Reads the relief into a grid of the storage CRS; to be called outside of the runtime's own threads.
    pub(super) fn open(
        &self,
        store: &Store,
        runtime: &Handle,
        forced: Option<&Crs>,
        spool: &Path,
        cell_m: Option<f64>,
    ) -> anyhow::Result<Sources> {
        let storage = runtime.block_on(store.storage_crs())?.context("nothing was imported yet")?;
        if let Some(other) = forced.filter(|crs| crs.horizontal != storage.horizontal) {
            bail!(
                "the relief of a collection is in the storage CRS EPSG:{}, not in EPSG:{}: leave `--crs` out, or give it with the height system alone",
                storage.horizontal,
                other.horizontal
            );
        }
        let found = runtime.block_on(store.collection(&self.collection))?;
        let collection = found.filter(|collection| collection.head > 0).with_context(|| {
            format!("no collection `{}`; `stadtwin collections` lists them", self.collection)
        })?;
        let shapes = chosen(runtime.block_on(store.relief_shapes(&collection))?, self.lod);
        let Some(extent_m) = extent(&shapes) else { bail!("{}", self.nothing()) };
        let name = format!("relief of {}", self.collection);
        let mut reading = Reading { store, runtime, collection, crossing_count: 0 };
        let mut failed = None;
        let drawn = steps(shapes)?.into_iter().flat_map(|step| {
            reading.triangles(step).unwrap_or_else(|error| {
                failed.get_or_insert(error);
                Triangles::new()
            })
        });
        let source = tin_source(&name, Some(storage), extent_m, drawn, cell_m.unwrap_or(CELL_M), spool);
        if let Some(error) = failed {
            return Err(error);
        }
        let source = source?;
        let mut pool = Pool::new(spool.to_owned(), cell_m);
        let frame = source.frame().clone();
        let files = vec![Source { name: name.clone(), frame: frame.clone() }];
        pool.push(name, spool.to_owned(), frame, Some(source));
        Ok(Sources { files, pool, issues: crossing(reading.crossing_count) })
    }

    fn nothing(&self) -> String {
        let lod = self.lod.map(|lod| format!(" of LoD {lod}")).unwrap_or_default();
        format!(
            "collection `{}` has no relief{lod}: there must be TINRelief, MassPointRelief or BreaklineRelief with geometry",
            self.collection
        )
    }
}

/// Those of the level asked for, else of the finest one of each feature.
fn chosen(mut shapes: Vec<ReliefShape>, lod: Option<Lod>) -> Vec<ReliefShape> {
    let mut finest: BTreeMap<i64, Lod> = BTreeMap::new();
    for shape in &shapes {
        let known = finest.entry(shape.key.0).or_insert(shape.lod);
        *known = (*known).max(shape.lod);
    }
    shapes.retain(|shape| lod.or(finest.get(&shape.key.0).copied()) == Some(shape.lod));
    shapes
}

/// `[west, south, east, north]`; `None` of nothing.
fn extent(shapes: &[ReliefShape]) -> Option<[f64; 4]> {
    let boxes = shapes.iter().map(|shape| shape.extent_m);
    boxes.reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])])
}

/// Coarse levels first, and in each the scattered points below the triangles.
fn steps(shapes: Vec<ReliefShape>) -> anyhow::Result<Vec<Step>> {
    let lods: BTreeSet<Lod> = shapes.iter().map(|shape| shape.lod).collect();
    let mut steps = Vec::new();
    for lod in lods {
        let of_level = shapes.iter().filter(|shape| shape.lod == lod).cloned();
        let (triangles, scattered): (Vec<_>, Vec<_>) = of_level.partition(|shape| shape.class == "TINRelief");
        let count: i64 = scattered.iter().map(|shape| shape.point_count).sum();
        if count > MOST_POINTS {
            bail!(
                "the relief of LoD {lod} has {count} mass points and points of break lines, more than the {MOST_POINTS} that are triangulated at a time: import its grid as a file, or take another level by `--lod`"
            );
        }
        if !scattered.is_empty() {
            steps.push(Step::Scattered(scattered));
        }
        steps.extend(triangles.into_iter().map(Step::Triangles));
    }
    Ok(steps)
}

impl Reading<'_> {
    fn triangles(&mut self, step: Step) -> anyhow::Result<Triangles> {
        match step {
            Step::Triangles(shape) => Ok(self.shape(&shape)?.as_ref().map(faces).unwrap_or_default()),
            Step::Scattered(shapes) => {
                let (mut points, mut lines) = (Vec::new(), Vec::new());
                for shape in &shapes {
                    let Some(geometry) = self.shape(shape)? else { continue };
                    match geometry.kind {
                        GeometryKind::MultiCurve => lines.extend(rings(&geometry)),
                        _ => points.extend(geometry.points),
                    }
                }
                let scattered = triangulate_scattered(&points, &lines);
                self.crossing_count += scattered.crossing_count;
                Ok(scattered.triangles)
            }
        }
    }

    fn shape(&self, shape: &ReliefShape) -> anyhow::Result<Option<Geometry>> {
        Ok(self.runtime.block_on(self.store.relief_geometry(&self.collection, shape))?)
    }
}

fn rings(geometry: &Geometry) -> Vec<Vec<[f64; 3]>> {
    let ends = geometry.ring_ends.iter().map(|end| *end as usize);
    let starts = std::iter::once(0).chain(ends.clone());
    starts.zip(ends).filter_map(|(start, end)| geometry.points.get(start..end).map(<[_]>::to_vec)).collect()
}

fn faces(geometry: &Geometry) -> Triangles {
    let mut corners = Vec::new();
    for face in &geometry.faces {
        triangulate(geometry, face, &mut corners);
    }
    let point = |index: u32| geometry.points.get(index as usize).copied();
    corners.into_iter().filter_map(|[a, b, c]| Some([point(a)?, point(b)?, point(c)?])).collect()
}

fn crossing(count: usize) -> Vec<Issue> {
    if count == 0 {
        return Vec::new();
    }
    vec![Issue {
        code: "break_lines_cross".into(),
        severity: Severity::Warning,
        message: format!(
            "{count} pieces of break lines cross other ones and do not bend the ground: cut the lines where they meet"
        ),
        ..Issue::default()
    }]
}

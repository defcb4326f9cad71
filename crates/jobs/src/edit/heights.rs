//! The height of an outline that comes without: the ground's where it is known, else that of what stands nearest.

use stadtwin_crs::Transformer;
use stadtwin_formats::Shape;
use stadtwin_model::{Collection, Crs, Issue, Severity, VerticalCrs};
use stadtwin_store::Store;

use super::EditTools;
use crate::terrain::{TerrainEdits, TerrainReader, terrain_below};

/// Features farther away say nothing of the ground [m].
const FARTHEST_M: f64 = 1_000.0;
/// Points of an outline whose ground is asked for.
const MOST_ASKED: usize = 2_000;

/// The ground below all outlines of an edit.
#[derive(Default)]
pub(crate) struct Grounds {
    terrain: String,
    /// The lowest ground below each, and the mean of that below its points [m].
    lowest_m: Vec<Option<f64>>,
    mean_m: Vec<Option<f64>>,
}

impl Grounds {
    /// Below those of the shapes (storage CRS) that have no heights; the others need none.
    pub async fn below(
        store: &Store,
        tools: &EditTools,
        collection: &Collection,
        storage: &Crs,
        shapes: &[Option<&Shape>],
    ) -> anyhow::Result<Grounds> {
        let mut places = Vec::new();
        let mut ends = Vec::with_capacity(shapes.len());
        for shape in shapes {
            let bare = shape.filter(|shape| !shape.has_heights);
            let points = bare.iter().flat_map(|shape| shape.points().take(MOST_ASKED));
            places.extend(points.map(|[east, north, _]| [*east, *north]));
            ends.push(places.len());
        }
        if places.is_empty() {
            return Ok(Grounds::default());
        }
        let Some((terrain, heights_m)) = ground(store, tools, collection, storage, places).await? else {
            return Ok(Grounds::default());
        };
        let mut start = 0;
        let figures = |end| {
            let heights = heights_m.get(std::mem::replace(&mut start, end)..end).unwrap_or_default();
            let known: Vec<f64> = heights.iter().flatten().copied().collect();
            let lowest = known.iter().copied().reduce(f64::min);
            (lowest, lowest.map(|_| known.iter().sum::<f64>() / known.len() as f64))
        };
        let (lowest_m, mean_m) = ends.into_iter().map(figures).unzip();
        Ok(Grounds { terrain, lowest_m, mean_m })
    }

    /// The mean height of the ground.
    pub fn mean(&self, index: usize) -> Option<f64> {
        self.mean_m.get(index).copied().flatten()
    }

    /// The height and the terrain that tells it.
    pub fn of(&self, index: usize) -> Option<(f64, &str)> {
        Some((self.lowest_m.get(index).copied().flatten()?, &self.terrain))
    }
}

/// Puts all points of the shape (storage CRS) of an operation at one height, and tells where it is from.
pub(crate) async fn settle(
    store: &Store,
    collection: &Collection,
    ground: Option<(f64, &str)>,
    shape: &mut Shape,
    id: &str,
) -> anyhow::Result<Option<Issue>> {
    if shape.has_heights {
        return Ok(None);
    }
    let Some(first) = shape.points().next().map(|[east, north, _]| [*east, *north]) else { return Ok(None) };
    let (height_m, code, severity, message) = match ground {
        Some((height_m, terrain)) => {
            let message = format!(
                "the outline came without heights and lies at {height_m:.2} m, the lowest ground of terrain `{terrain}` below it"
            );
            (height_m, "height_from_terrain", Severity::Info, message)
        }
        None => match store.nearest_height(collection, first, FARTHEST_M).await? {
            Some((other, height_m)) => {
                let message = format!(
                    "the outline came without heights and no terrain lies below it: it was put at {height_m:.2} m, the lowest point of the nearest feature, `{other}`"
                );
                (height_m, "height_assumed", Severity::Warning, message)
            }
            None => {
                let message = "the outline came without heights, and neither terrain nor features near it tell any: it was put at 0 m".to_owned();
                (0.0, "height_assumed", Severity::Warning, message)
            }
        },
    };
    shape.points_mut().for_each(|point| point[2] = height_m);
    Ok(Some(Issue { object: id.to_owned(), code: code.into(), severity, message, ..Issue::default() }))
}

/// The terrain that knows the ground below a collection, and its heights at the places (storage CRS).
pub(crate) async fn ground(
    store: &Store,
    tools: &EditTools,
    collection: &Collection,
    storage: &Crs,
    mut places: Vec<[f64; 2]>,
) -> anyhow::Result<Option<(String, Vec<Option<f64>>)>> {
    let terrain = match &collection.clamp_terrain {
        Some(id) => store.terrain(id).await?,
        None => terrain_below(store, collection).await?,
    };
    // Heights of other systems are metres apart at the worst; those above the ellipsoid are tens of metres.
    let is_usable = |vertical: VerticalCrs| {
        (vertical == VerticalCrs::Ellipsoidal) == (storage.vertical == VerticalCrs::Ellipsoidal)
    };
    let Some(terrain) = terrain.filter(|terrain| terrain.head > 0 && is_usable(terrain.crs.vertical)) else {
        return Ok(None);
    };
    let (from, to) = (*storage, terrain.crs);
    let places = tokio::task::spawn_blocking(move || {
        Transformer::new(&from, &to)?.convert_2d(&mut places)?;
        Ok::<_, stadtwin_crs::CrsError>(places)
    });
    let places = places.await??;
    let id = terrain.id.clone();
    let reader = TerrainReader {
        store: store.clone(),
        kept: tools.kept.clone(),
        terrain,
        edits: TerrainEdits::default(),
    };
    Ok(Some((id, reader.heights(&places).await?)))
}

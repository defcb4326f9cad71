//! Files on one grid, side by side as if they were one: so that no seam shows between them, whatever they are made into.

use anyhow::bail;

use stadtwin_crs::Transformer;
use stadtwin_model::{Crs, HeightGrid, Heights, Window};
use stadtwin_terrain::smooth_map;

use super::pool::Pool;
use super::sources::Source;

/// Two positions are the same node within this share of a cell.
const SAME_NODE: f64 = 1e-3;
/// Nodes of the files that one block may be drawn from.
const MOST_NODES: f64 = (64 << 20) as f64;

/// Files that follow each other in the order of the input and have their nodes on one grid.
pub(super) struct Layer {
    /// `[east, north]` of the layer's node `[0, 0]`, in the files' CRS.
    first: [f64; 2],
    cell: [f64; 2],
    tiles: Vec<Tile>,
    fit: Fit,
}

/// How the layer's nodes lie to the terrain's.
enum Fit {
    /// The terrain's node `[0, 0]` is this one of the layer.
    Same([i64; 2]),
    Other {
        is_other_crs: bool,
    },
}

struct Tile {
    /// In the pool.
    file: usize,
    /// In the layer's nodes.
    window: Window,
}

/// What the layers are made into.
pub(super) struct Ground<'a> {
    pub grid: HeightGrid,
    pub pool: &'a Pool,
    /// From the storage CRS to the files'; `None` where they are the same.
    pub to_source: Option<&'a Transformer>,
}

/// The files as layers, from below to above.
pub(super) fn layers(files: &[Source], source: &Crs, storage: &Crs, grid: &HeightGrid) -> Vec<Layer> {
    let mut layers: Vec<Layer> = Vec::new();
    for (index, file) in files.iter().enumerate() {
        let frame = &file.frame;
        let (columns, rows) = (frame.columns, frame.rows);
        let last = layers.last_mut().filter(|layer| same_cell(layer.cell, frame.cell));
        if let Some(layer) = last
            && let Some(first) = whole_nodes(layer.first, frame.first, layer.cell)
        {
            layer.tiles.push(Tile { file: index, window: Window { first, columns, rows } });
            continue;
        }
        let is_other_crs = source.horizontal != storage.horizontal;
        let fits = !is_other_crs && same_cell([grid.cell_m; 2], frame.cell);
        let fit = match whole_nodes(frame.first, grid.phase_m, frame.cell).filter(|_| fits) {
            Some(offset) => Fit::Same(offset),
            None => Fit::Other { is_other_crs },
        };
        let window = Window { first: [0, 0], columns, rows };
        let tiles = vec![Tile { file: index, window }];
        layers.push(Layer { first: frame.first, cell: frame.cell, tiles, fit });
    }
    layers
}

fn same_cell(a: [f64; 2], b: [f64; 2]) -> bool {
    (0..2).all(|axis| (a[axis] - b[axis]).abs() < a[axis].abs() * 1e-6)
}

/// How many cells lie between two places; `None` unless they are whole.
fn whole_nodes(from: [f64; 2], to: [f64; 2], cell: [f64; 2]) -> Option<[i64; 2]> {
    let cells = [0, 1].map(|axis| (to[axis] - from[axis]) / cell[axis]);
    let is_whole = cells.iter().all(|cells| (cells - cells.round()).abs() < SAME_NODE && cells.abs() < 1e12);
    is_whole.then(|| cells.map(|cells| cells.round() as i64))
}

impl Layer {
    /// Windows of the terrain's nodes that the files may fill.
    pub fn targets(
        &self,
        grid: &HeightGrid,
        to_storage: Option<&Transformer>,
    ) -> anyhow::Result<Vec<Window>> {
        self.tiles.iter().map(|tile| self.target(tile.window, grid, to_storage)).collect()
    }

    fn target(
        &self,
        window: Window,
        grid: &HeightGrid,
        to_storage: Option<&Transformer>,
    ) -> anyhow::Result<Window> {
        if let Fit::Same(offset) = self.fit {
            let first = [window.first[0] - offset[0], window.first[1] - offset[1]];
            return Ok(Window { first, ..window });
        }
        let corner = |axis: usize, share: f64| {
            let count = [window.columns, window.rows][axis] as f64;
            self.first[axis] + (window.first[axis] as f64 + count * share) * self.cell[axis]
        };
        // Along the edges and across the middle: straight lines bend in another CRS.
        let steps = || (0..=8).map(|step| f64::from(step) / 8.0);
        let mut points: Vec<[f64; 2]> = steps()
            .flat_map(|x| steps().map(move |y| [x, y]))
            .map(|[x, y]| [corner(0, x), corner(1, y)])
            .collect();
        if let Some(to_storage) = to_storage {
            to_storage.convert_2d(&mut points)?;
        }
        let nodes: Vec<_> = points.iter().map(|point| grid.node(*point)).collect();
        let least = |axis: usize| nodes.iter().map(|node| node[axis]).fold(f64::INFINITY, f64::min);
        let most = |axis: usize| nodes.iter().map(|node| node[axis]).fold(f64::NEG_INFINITY, f64::max);
        let first = [0, 1].map(|axis| least(axis).floor() as i64 - 1);
        let count = |axis: usize| (most(axis).ceil() as i64 + 2 - first[axis]).max(0) as usize;
        Ok(Window { first, columns: count(0), rows: count(1) })
    }

    /// Puts what the layer knows over what `heights` holds. Whether it knew anything.
    pub fn paint(&self, ground: &Ground<'_>, heights: &mut Heights) -> anyhow::Result<bool> {
        match self.fit {
            Fit::Same(offset) => self.copy(ground, offset, heights),
            Fit::Other { is_other_crs } => self.resample(ground, is_other_crs, heights),
        }
    }

    fn copy(&self, ground: &Ground<'_>, offset: [i64; 2], heights: &mut Heights) -> anyhow::Result<bool> {
        let mut asked = heights.window;
        asked.first = [asked.first[0] + offset[0], asked.first[1] + offset[1]];
        let mut any = false;
        for tile in self.tiles.iter().filter(|tile| common(tile.window, asked).is_some()) {
            any |= self.lay(ground.pool, tile, asked, &mut heights.heights_m)?;
        }
        Ok(any)
    }

    /// The nodes of a tile over a window of the layer.
    fn lay(&self, pool: &Pool, tile: &Tile, window: Window, heights_m: &mut [f32]) -> anyhow::Result<bool> {
        let Some(common) = common(tile.window, window) else { return Ok(false) };
        let own = [common.first[0] - tile.window.first[0], common.first[1] - tile.window.first[1]];
        let read = pool.read(tile.file, Window { first: own, ..common })?;
        let mut any = false;
        for row in 0..common.rows {
            let from = (own[1] + row as i64 - read.window.first[1]) as usize * read.window.columns
                + (own[0] - read.window.first[0]) as usize;
            let to = (common.first[1] - window.first[1]) as usize + row;
            let to = to * window.columns + (common.first[0] - window.first[0]) as usize;
            let (Some(from), Some(to)) =
                (read.heights_m.get(from..from + common.columns), heights_m.get_mut(to..to + common.columns))
            else {
                bail!("a file gave fewer heights than it has");
            };
            for (to, from) in to.iter_mut().zip(from).filter(|(_, from)| from.is_finite()) {
                *to = *from;
                any = true;
            }
        }
        Ok(any)
    }

    fn resample(
        &self,
        ground: &Ground<'_>,
        is_other_crs: bool,
        heights: &mut Heights,
    ) -> anyhow::Result<bool> {
        let window = heights.window;
        let place = |column: f64, row: f64| {
            let grid = &ground.grid;
            [
                grid.phase_m[0] + (window.first[0] as f64 + column) * grid.cell_m,
                grid.phase_m[1] + (window.first[1] as f64 + row) * grid.cell_m,
            ]
        };
        let to_source = ground.to_source.filter(|_| is_other_crs);
        let convert = |points: &mut [[f64; 2]]| to_source.map_or(Ok(()), |to| to.convert_2d(points));
        let mut nodes = smooth_map(0, place, convert)?;
        for node in &mut nodes {
            *node = [0, 1].map(|axis| (node[axis] - self.first[axis]) / self.cell[axis]);
        }
        let Some(source) = self.around(&nodes)? else { return Ok(false) };
        let mut known = vec![f32::NAN; source.columns * source.rows];
        let mut any = false;
        for tile in &self.tiles {
            any |= self.lay(ground.pool, tile, source, &mut known)?;
        }
        if !any {
            return Ok(false);
        }
        let side = stadtwin_terrain::SMOOTH_SIDE + 1;
        let known = Heights { window: source, heights_m: known };
        let mut painted = false;
        for row in 0..window.rows {
            for column in 0..window.columns {
                let Some(height) = nodes.get(row * side + column).and_then(|node| between(&known, *node))
                else {
                    continue;
                };
                if let Some(slot) = heights.heights_m.get_mut(row * window.columns + column) {
                    *slot = height;
                    painted = true;
                }
            }
        }
        Ok(painted)
    }

    /// The layer's nodes around places in its own nodes, as far as it has any there.
    fn around(&self, nodes: &[[f64; 2]]) -> anyhow::Result<Option<Window>> {
        let least = |axis: usize| nodes.iter().map(|node| node[axis]).fold(f64::INFINITY, f64::min).floor();
        let most =
            |axis: usize| nodes.iter().map(|node| node[axis]).fold(f64::NEG_INFINITY, f64::max).ceil() + 1.0;
        let bounds = self.tiles.iter().map(|tile| tile.window).reduce(joined);
        let Some(bounds) = bounds else { return Ok(None) };
        let size = [bounds.columns as f64, bounds.rows as f64];
        let from = [0, 1].map(|axis| least(axis).max(bounds.first[axis] as f64));
        let to = [0, 1].map(|axis| most(axis).min(bounds.first[axis] as f64 + size[axis] - 1.0));
        let counts = [0, 1].map(|axis| to[axis] - from[axis] + 1.0);
        if counts.iter().any(|count| count.is_nan() || *count < 1.0) {
            return Ok(None);
        }
        if counts[0] * counts[1] > MOST_NODES {
            bail!(
                "the cells of the terrain are {:.0} times those of a file: make a terrain with a smaller `--cell`",
                (counts[0] * counts[1]).sqrt() / 256.0
            );
        }
        let [columns, rows] = counts.map(|count| count as usize);
        Ok(Some(Window { first: from.map(|node| node as i64), columns, rows }))
    }
}

/// Bilinear; `None` if a node that counts is unknown.
fn between(known: &Heights, [x, y]: [f64; 2]) -> Option<f32> {
    // What is a node but for rounding is a node: its neighbour may be unknown.
    let snap =
        |value: f64| if (value - value.round()).abs() < SAME_NODE / 10.0 { value.round() } else { value };
    let (x, y) = (snap(x), snap(y));
    let (column, row) = (x.floor(), y.floor());
    let (u, v) = (x - column, y - row);
    let mut sum = 0.0;
    for (dx, dy, share) in
        [(0, 0, (1.0 - u) * (1.0 - v)), (1, 0, u * (1.0 - v)), (0, 1, (1.0 - u) * v), (1, 1, u * v)]
    {
        if share > 0.0 {
            sum += f64::from(known.at([column as i64 + dx, row as i64 + dy])) * share;
        }
    }
    Some(sum as f32).filter(|height| height.is_finite())
}

pub(super) fn common(a: Window, b: Window) -> Option<Window> {
    let from = [0, 1].map(|axis| a.first[axis].max(b.first[axis]));
    let end =
        |window: &Window| [window.first[0] + window.columns as i64, window.first[1] + window.rows as i64];
    let (a, b) = (end(&a), end(&b));
    let count = [0, 1].map(|axis| a[axis].min(b[axis]) - from[axis]);
    (count[0] > 0 && count[1] > 0).then_some(Window {
        first: from,
        columns: count[0] as usize,
        rows: count[1] as usize,
    })
}

fn joined(a: Window, b: Window) -> Window {
    let first = [0, 1].map(|axis| a.first[axis].min(b.first[axis]));
    let end = |axis: usize, count: fn(&Window) -> usize| {
        (a.first[axis] + count(&a) as i64).max(b.first[axis] + count(&b) as i64) - first[axis]
    };
    Window { first, columns: end(0, |w| w.columns) as usize, rows: end(1, |w| w.rows) as usize }
}

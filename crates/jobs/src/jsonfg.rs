//! Features as JSON-FG: outlines in longitude and latitude, whole shapes in the storage CRS or another.

use std::collections::HashMap;
use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use anyhow::Context;

use super::city_pen::{chunks, keep_lod};
use super::export::{Export, ExportReport};
use super::pipe::{Batches, Pipe};
use stadtwin_crs::{CRS84, HeightModel, Transformer, parse_crs_uri};
use stadtwin_formats::Selection;
use stadtwin_formats::jsonfg::{PlaceFrame, Shape, Used, shape_of, write_head, write_members};
use stadtwin_model::{CityObject, Collection, Crs, Feature, Footprint, Lod, Place, VerticalCrs};
use stadtwin_query::FeatureQuery;
use stadtwin_store::Store;

/// Features read at once by an export.
const FEATURES_AT_ONCE: u32 = 1_000;

/// How JSON-FG is written.
#[derive(Debug, Clone)]
pub struct JsonFgStyle {
    storage: Crs,
    /// Of `place`.
    target: Crs,
    pub frame: PlaceFrame,
    pub selection: Selection,
    /// Whether `geometry` is written where `place` says it all.
    pub keeps_geometry: bool,
    lod: Option<Lod>,
    /// Makes ellipsoidal heights of the storage's.
    pub heights: Option<Arc<HeightModel>>,
}

impl JsonFgStyle {
    /// `asked`: another CRS for `place` than the storage's, with its own order of axes. Without a height system it is flat;
    /// with ellipsoidal heights over a storage that has others it needs [`JsonFgStyle::heights`].
    pub fn new(storage: &Crs, asked: Option<Crs>, selection: Selection) -> JsonFgStyle {
        let own = match storage.vertical {
            // No code says "this projection with heights above the ellipsoid".
            VerticalCrs::Ellipsoidal => Crs { horizontal: 4326, north_first: true, ..*storage },
            _ => by_definition(storage),
        };
        let target = asked.unwrap_or(own);
        let frame = PlaceFrame::of(&target);
        JsonFgStyle {
            storage: *storage,
            target,
            frame,
            selection,
            keeps_geometry: true,
            lod: None,
            heights: None,
        }
    }
}

/// With the axes as the register has them.
fn by_definition(crs: &Crs) -> Crs {
    let north_first = parse_crs_uri(&format!("EPSG:{}", crs.horizontal)).is_ok_and(|known| known.north_first);
    Crs { north_first, ..*crs }
}

/// Features whose members are written, without braces and `type`, and what they use.
#[derive(Debug, Default)]
pub struct JsonFgFeatures {
    pub members: Vec<Vec<u8>>,
    pub used: Used,
}

/// Writes a page of features. `keys` are theirs, in their order, each with its number of faces.
pub async fn jsonfg_features(
    store: &Store,
    collection: &Collection,
    features: Vec<Feature>,
    keys: &[(i64, i32)],
    style: JsonFgStyle,
) -> anyhow::Result<JsonFgFeatures> {
    let reads_objects = !style.selection.skips_geometry;
    let pipe = Pipe::start(move |batches| {
        let mut written = JsonFgFeatures::default();
        let JsonFgFeatures { members, used } = &mut written;
        draw(&style, batches, used, |text| {
            members.push(text.to_vec());
            Ok(())
        })?;
        Ok(written)
    });
    send(store, collection, features, keys, reads_objects, &pipe).await?;
    pipe.finish().await
}

/// A feature with its object.
type Pair = (Feature, Option<CityObject>);

/// False when the writer has failed.
async fn send<R: Send + 'static>(
    store: &Store,
    collection: &Collection,
    features: Vec<Feature>,
    keys: &[(i64, i32)],
    reads_objects: bool,
    pipe: &Pipe<Pair, R>,
) -> anyhow::Result<bool> {
    let mut features = features.into_iter();
    for keys in chunks(keys) {
        let mut objects = HashMap::new();
        if reads_objects {
            let read = store.objects(collection, &keys).await?;
            objects.extend(read.into_iter().map(|(key, object, ..)| (key, object)));
        }
        let batch = features.by_ref().take(keys.len());
        let batch = batch.map(|feature| {
            let object = objects.remove(&feature.key);
            (feature, object)
        });
        if !pipe.send(batch.collect()).await {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Hands the members of each feature to `write`; answers how many features had no geometry of the LoD asked for.
fn draw(
    style: &JsonFgStyle,
    mut batches: Batches<Pair>,
    used: &mut Used,
    mut write: impl FnMut(&[u8]) -> io::Result<()>,
) -> anyhow::Result<u64> {
    let to_lonlat = Transformer::new(&style.storage, &CRS84)?;
    let to_target = Transformer::new(&style.storage, &style.target)?;
    let is_raised = style.target.vertical != style.storage.vertical && style.frame.has_heights;
    let heights = style.heights.as_deref().filter(|_| is_raised);
    let (mut text, mut left_out) = (Vec::new(), 0);
    while let Some(batch) = batches.next()? {
        for (mut feature, mut object) in batch {
            if let (Some(lod), Some(object)) = (style.lod, &mut object)
                && !keep_lod(object, lod)
            {
                left_out += 1;
                continue;
            }
            let mut shape = object.map(|object| shape(style, &mut feature, &object)).unwrap_or_default();
            shape.convert(|points| {
                to_target.convert(points)?;
                if let Some(heights) = heights {
                    heights.raise(points)?;
                }
                if style.target.north_first {
                    points.iter_mut().for_each(|point| point.swap(0, 1));
                }
                Ok::<_, stadtwin_crs::CrsError>(())
            })?;
            feature.runs_mut().try_for_each(|run| to_lonlat.convert_2d(run))?;
            text.clear();
            let (frame, selection) = (&style.frame, &style.selection);
            write_members(&mut text, &feature, &shape, frame, selection, style.keeps_geometry, used)?;
            write(&text)?;
        }
    }
    Ok(left_out)
}

/// In the storage CRS. A feature that stands upright and so has no outline gets a point for those who read `geometry`.
fn shape(style: &JsonFgStyle, feature: &mut Feature, object: &CityObject) -> Shape {
    let shape = shape_of(object, &feature.footprint);
    if feature.footprint.is_empty()
        && feature.place == Place::Nothing
        && let Shape::Faces(faces) = &shape
        && let Some([x, y, _]) = faces.first().and_then(|rings| rings.first()?.first())
    {
        feature.place = Place::Points(vec![[*x, *y]]);
    }
    match shape {
        shape if style.frame.has_heights => shape,
        Shape::Solids(_) | Shape::Prisms(_) | Shape::Faces(_) => outline(&feature.footprint),
        flat => flat,
    }
}

fn outline(footprint: &Footprint) -> Shape {
    if footprint.is_empty() { Shape::Nothing } else { Shape::Outline(footprint.clone()) }
}

impl Export {
    pub(super) async fn jsonfg<W: Write + Send + 'static>(
        &self,
        store: &Store,
        mut query: FeatureQuery,
        storage: Option<Crs>,
        out: W,
    ) -> anyhow::Result<(W, ExportReport)> {
        let storage = storage.context("the store is empty: nothing was imported yet")?;
        // Heights stay as they are.
        let target = self.target_crs(Some(storage))?;
        let target = target.map(|crs| Crs { vertical: storage.vertical, ..by_definition(&crs) });
        let style = JsonFgStyle { lod: self.lod, ..JsonFgStyle::new(&storage, target, Selection::default()) };
        query.limit = FEATURES_AT_ONCE;
        let pipe = Pipe::start(move |batches| write_collection(&style, out, batches));
        loop {
            let (page, keys) = tokio::try_join!(store.features(&query), store.feature_keys(&query))?;
            let is_writing = send(store, &query.collection, page.items, &keys.items, true, &pipe).await?;
            if page.next.is_none() || !is_writing {
                return pipe.finish().await;
            }
            query.after = page.next;
        }
    }
}

fn write_collection<W: Write>(
    style: &JsonFgStyle,
    out: W,
    batches: Batches<Pair>,
) -> anyhow::Result<(W, ExportReport)> {
    let mut out = BufWriter::new(out);
    let mut head = br#"{"type":"FeatureCollection","#.to_vec();
    // Readers look at the head, which is written before the features are known.
    write_head(&mut head, true, Some(&style.frame), &Used::anything(), None)?;
    head.extend_from_slice(br#""features":["#);
    out.write_all(&head)?;
    let mut report = ExportReport::default();
    report.left_out = draw(style, batches, &mut Used::default(), |members| {
        out.write_all(if report.features > 0 { b",\n" } else { b"\n" })?;
        out.write_all(br#"{"type":"Feature","#)?;
        out.write_all(members)?;
        out.write_all(b"}")?;
        report.features += 1;
        Ok(())
    })?;
    out.write_all(b"\n]}\n")?;
    if report.features > 0 {
        report
            .losses
            .insert("boundary surfaces and further LoDs (JSON-FG holds one shape of each)", report.features);
    }
    if !style.frame.has_heights {
        report.losses.insert("heights (their system has no name that JSON-FG knows)", 1);
    }
    Ok((out.into_inner().map_err(io::IntoInnerError::into_error)?, report))
}

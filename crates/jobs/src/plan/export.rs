//! A state of a scenario as one file: the objects that it brings, or the whole city as it shows it.

use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use serde_json::{Value, json};

use stadtwin_crs::{CRS84, Transformer};
use stadtwin_formats::geojson;
use stadtwin_formats::jsonfg::PlaceFrame;
use stadtwin_model::{Collection, Crs, Feature, Page, PropertySummary, Template};
use stadtwin_query::{FeatureQuery, Overlay};
use stadtwin_store::{Store, StoreError};
use stadtwin_tiles::TileObject;

use crate::city_pen::{CityForm, CityPen, Style, in_order};
use crate::pipe::{Batches, Pipe};

/// Keys on a page.
const KEYS: u32 = 20_000;
/// Outlines read at once.
const OUTLINES: usize = 1_000;

/// Which objects are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanContent {
    /// Those that the scenario brings, or makes something else of.
    Planned,
    /// All.
    City,
}

/// What a scenario makes of a collection.
#[derive(Debug, Clone)]
pub struct PlanPart {
    pub collection: Arc<Collection>,
    pub overlay: Arc<Overlay>,
}

/// A state of a scenario to be written.
#[derive(Debug, Clone)]
pub struct PlanExport {
    /// Of the scenario.
    pub id: String,
    pub title: String,
    pub content: PlanContent,
    pub parts: Vec<PlanPart>,
}

impl PlanPart {
    /// Keys with numbers of faces, from behind one on.
    pub(super) async fn page(
        &self,
        store: &Store,
        content: PlanContent,
        after: Option<i64>,
    ) -> Result<Page<(i64, i32)>, StoreError> {
        match content {
            PlanContent::Planned => {
                let keys = self.overlay.planned_keys();
                let faces = store.face_counts(&self.collection, &keys).await?;
                let items =
                    keys.into_iter().map(|key| (key, faces.get(&key).copied().unwrap_or(0))).collect();
                Ok(Page { items, next: None })
            }
            PlanContent::City => store.feature_keys(&self.query(after)).await,
        }
    }

    pub(super) fn query(&self, after: Option<i64>) -> FeatureQuery {
        FeatureQuery {
            collection: self.collection.clone(),
            revision: self.overlay.revision,
            limit: KEYS,
            sort: Vec::new(),
            after,
            region: None,
            datetime: None,
            cell: None,
            filter: None,
            overlay: Some(self.overlay.clone()),
        }
    }
}

impl PlanExport {
    /// How many objects it is.
    pub async fn count(&self, store: &Store) -> Result<i64, StoreError> {
        let mut count = 0;
        for part in &self.parts {
            count += match self.content {
                PlanContent::Planned => part.overlay.planned.len() as i64,
                PlanContent::City => store.count(&part.query(None)).await?,
            };
        }
        Ok(count)
    }

    /// How many faces it has.
    pub async fn face_count(&self, store: &Store) -> Result<i64, StoreError> {
        let (mut pages, mut count) = (self.pages(), 0);
        while let Some((_, keys)) = pages.next(store).await? {
            count += keys.iter().map(|(_, faces)| i64::from(*faces)).sum::<i64>();
        }
        Ok(count)
    }

    /// Whole objects in the storage CRS.
    pub async fn write_objects<W: Write + Send + 'static>(
        &self,
        store: &Store,
        form: CityForm,
        out: W,
    ) -> anyhow::Result<W> {
        let mut style = Style::named(form, &self.id, &self.title, store.storage_crs().await?);
        if form == CityForm::Sequence {
            style.options.templates = self.templates(store).await?;
        }
        let pen = CityPen::start(style, out);
        let mut pages = self.pages();
        while let Some((part, keys)) = pages.next(store).await? {
            if !pen.draw(store, &part.collection, &keys).await? {
                break;
            }
        }
        Ok(pen.finish().await?.0)
    }

    /// All that the objects show.
    async fn templates(&self, store: &Store) -> Result<Vec<Arc<Template>>, StoreError> {
        let (mut pages, mut templates) = (self.pages(), Vec::new());
        while let Some((part, keys)) = pages.next(store).await? {
            let keys: Vec<i64> = keys.iter().map(|(key, _)| *key).collect();
            for collection in [part.collection.as_ref(), &part.collection.planned()] {
                templates.append(&mut store.templates_shown(collection, &keys).await?);
            }
            templates = in_order(templates);
        }
        Ok(templates)
    }

    /// Outlines with attributes in CRS84, as GeoJSON.
    pub async fn write_outlines<W: Write + Send + 'static>(
        &self,
        store: &Store,
        out: W,
    ) -> anyhow::Result<W> {
        // An empty store has no CRS, and nothing to bring into another.
        let storage = store.storage_crs().await?.unwrap_or(CRS84);
        let head = json!({ "type": "FeatureCollection", "title": self.title, "scenario": self.id });
        let pipe = Pipe::start(move |batches| write_outlines(&storage, &head, out, batches));
        let mut pages = self.pages();
        'pages: while let Some((part, keys)) = pages.next(store).await? {
            for keys in keys.chunks(OUTLINES) {
                let keys = keys.iter().map(|(key, _)| *key).collect();
                if !pipe.send(outlines(store, &part.collection, keys).await?).await {
                    break 'pages;
                }
            }
        }
        pipe.finish().await
    }

    /// A glb of all objects near their own origin; `None` where they have no faces. All of them are in memory.
    pub async fn model(&self, store: &Store) -> anyhow::Result<Option<Vec<u8>>> {
        let storage = store.storage_crs().await?;
        let crs = storage.map(|crs| PlaceFrame::of(&crs).uris.clone()).unwrap_or_default();
        let mut objects = Vec::new();
        let mut columns: Vec<PropertySummary> = Vec::new();
        let mut pages = self.pages();
        while let Some((part, keys)) = pages.next(store).await? {
            let keys: Vec<i64> = keys.iter().map(|(key, _)| *key).collect();
            for (_, object, footprint, heights_m) in store.objects(&part.collection, &keys).await? {
                objects.push(TileObject { object, footprint, heights_m });
            }
            for column in &part.collection.properties {
                if !columns.iter().any(|known| known.name == column.name) {
                    columns.push(column.clone());
                }
            }
        }
        let model = tokio::task::spawn_blocking(move || stadtwin_tiles::model(&objects, &columns, &crs, 0.0));
        Ok(model.await??.map(|model| model.glb))
    }

    fn pages(&self) -> Pages<'_> {
        Pages { content: self.content, parts: self.parts.iter(), at: None }
    }
}

/// The objects of all parts, page by page.
struct Pages<'a> {
    content: PlanContent,
    parts: std::slice::Iter<'a, PlanPart>,
    /// The part whose next page begins behind the key.
    at: Option<(&'a PlanPart, i64)>,
}

impl<'a> Pages<'a> {
    /// Keys with numbers of faces.
    async fn next(&mut self, store: &Store) -> Result<Option<(&'a PlanPart, Vec<(i64, i32)>)>, StoreError> {
        let (part, after) = match self.at.take() {
            Some((part, after)) => (part, Some(after)),
            None => match self.parts.next() {
                Some(part) => (part, None),
                None => return Ok(None),
            },
        };
        let page = part.page(store, self.content, after).await?;
        self.at = page.next.map(|next| (part, next));
        Ok(Some((part, page.items)))
    }
}

/// A feature with the id of its collection.
type Outline = (Feature, Arc<str>);

/// In the order of their keys.
async fn outlines(store: &Store, collection: &Collection, keys: Vec<i64>) -> anyhow::Result<Vec<Outline>> {
    let id: Arc<str> = collection.id.as_str().into();
    let mut found = store.features_by_key(collection, keys).await?;
    found.sort_by_key(|raw| raw.feature.key);
    found.into_iter().map(|raw| Ok((raw.parsed()?, id.clone()))).collect()
}

fn write_outlines<W: Write>(
    storage: &Crs,
    head: &Value,
    out: W,
    mut batches: Batches<Outline>,
) -> anyhow::Result<W> {
    let transformer = Transformer::new(storage, &CRS84)?;
    let mut out = BufWriter::new(out);
    let head = head.to_string();
    out.write_all(head.strip_suffix('}').unwrap_or(&head).as_bytes())?;
    out.write_all(br#","features":["#)?;
    let mut text = Vec::new();
    let mut is_first = true;
    while let Some(features) = batches.next()? {
        for (mut feature, collection) in features {
            feature.runs_mut().try_for_each(|run| transformer.convert_2d(run))?;
            text.clear();
            text.extend_from_slice(if is_first { b"\n" } else { b",\n" });
            is_first = false;
            geojson::write_feature(&mut text, &feature, &[("collection", collection.as_ref().into())])?;
            out.write_all(&text)?;
        }
    }
    out.write_all(b"\n]}\n")?;
    out.into_inner().map_err(|error| io::IntoInnerError::into_error(error).into())
}

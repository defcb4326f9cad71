//! Whole objects of the store as CityGML or CityJSON, in memory that does not grow with their number.

use std::collections::VecDeque;
use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use serde_json::Value;
use tokio::task::JoinHandle;

use super::export::ExportReport;
use super::export_images::ImageNames;
use super::pipe::{Batches, Pipe};
use super::reproject::Reprojection;
use stadtwin_crs::is_geographic;
use stadtwin_formats::cityjson::{DocumentWriter, Head, SequenceWriter, Transform, WriteOptions};
use stadtwin_formats::{CityGmlWriter, Losses, Selection, Version, citygml, cityjson};
use stadtwin_model::{CityObject, Collection, Crs, Lod, Template, VerticalCrs};
use stadtwin_store::{Store, StoreError};

/// Most objects read at once, and most faces unless one object has more.
const OBJECTS_AT_ONCE: usize = 500;
const FACES_AT_ONCE: i64 = 50_000;
/// Batches read side by side, while another is written.
const READS_AT_ONCE: usize = 2;
/// Written at once [bytes].
const WRITE_BYTES: usize = 256 * 1024;

/// What whole objects are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CityForm {
    /// One CityJSON document.
    Document,
    /// CityJSONSeq: a line for each feature.
    Sequence,
    Gml(Version),
}

/// How a collection is written.
pub(super) struct Style {
    pub form: CityForm,
    /// Only geometries of this LoD, and only features that have one.
    pub lod: Option<Lod>,
    /// What of each object.
    pub selection: Selection,
    pub options: WriteOptions,
    /// For CityGML.
    pub gml: citygml::WriteOptions,
    /// Where texture images go; `None` leaves their names alone.
    pub images: Option<ImageNames>,
    /// From the storage CRS into another.
    pub reprojection: Option<(Crs, Crs)>,
}

impl Style {
    pub fn new(form: CityForm, collection: &Collection, storage: Option<Crs>) -> Style {
        Style::named(form, &collection.id, &collection.title, storage)
    }

    /// For what is no collection alone.
    pub fn named(form: CityForm, identifier: &str, title: &str, storage: Option<Crs>) -> Style {
        let mut head = Head::default();
        for (name, text) in [("identifier", identifier), ("title", title)] {
            head.metadata.insert(name.to_owned(), Value::from(text));
        }
        let options = WriteOptions { head, crs: storage, ..WriteOptions::default() };
        let version = if let CityForm::Gml(version) = form { version } else { Version::V3 };
        let gml = citygml::WriteOptions {
            name: Some(title.to_owned()).filter(|title| !title.is_empty()),
            srs_name: storage.map(|crs| srs_name(&crs)),
            ..citygml::WriteOptions::new(version)
        };
        Style {
            form,
            lod: None,
            selection: Selection::default(),
            options,
            gml,
            images: None,
            reprojection: None,
        }
    }

    /// Degrees are written to eight decimals, which are a millimetre.
    pub fn reproject(&mut self, from_to: Option<(Crs, Crs)>) {
        self.reprojection = from_to;
        if from_to.is_some_and(|(_, to)| is_geographic(&to)) {
            let scale = [1e-8, 1e-8, 1e-3];
            self.options.transform = Some(Transform { scale, translate: [0.0; 3] });
        }
    }
}

/// Writes whole objects, told by key and number of faces, in the order of the keys.
pub async fn write_objects<W: Write + Send + 'static>(
    store: &Store,
    collection: &Collection,
    keys: &[(i64, i32)],
    form: CityForm,
    selection: Selection,
    out: W,
) -> anyhow::Result<W> {
    let mut style = Style::new(form, collection, store.storage_crs().await?);
    if form == CityForm::Sequence && !selection.skips_geometry {
        let keys: Vec<_> = keys.iter().map(|(key, _)| *key).collect();
        style.options.templates = in_order(store.templates_shown(collection, &keys).await?);
    }
    style.selection = selection;
    let pen = CityPen::start(style, out);
    pen.draw(store, collection, keys).await?;
    Ok(pen.finish().await?.0)
}

/// By id, so that the same content gives the same file.
pub(super) fn in_order(mut templates: Vec<Arc<Template>>) -> Vec<Arc<Template>> {
    templates.sort_by(|a, b| a.id.cmp(&b.id));
    templates.dedup_by(|a, b| a.id == b.id);
    templates
}

/// Batches on their way from the store, in order; what is not waited for any more is given up.
#[derive(Default)]
struct Reads(VecDeque<JoinHandle<Result<Vec<CityObject>, StoreError>>>);

impl Reads {
    fn start(&mut self, store: Store, collection: Collection, keys: Vec<i64>) {
        self.0.push_back(tokio::spawn(async move {
            let objects = store.objects(&collection, &keys).await?;
            Ok(objects.into_iter().map(|(_, object, ..)| object).collect())
        }));
    }
}

impl Drop for Reads {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

/// A writer on a thread of its own.
pub(super) struct CityPen<W>(Pipe<CityObject, Drawn<W>>);

/// The sink, what went into it, and the images that it names.
pub(super) type Drawn<W> = (W, ExportReport, Option<ImageNames>);

impl<W: Write + Send + 'static> CityPen<W> {
    pub fn start(style: Style, out: W) -> CityPen<W> {
        CityPen(Pipe::start(move |batches| write(style, out, batches)))
    }

    /// Reads the objects and hands them on. False when the writer has failed: `finish` says why.
    pub async fn draw(
        &self,
        store: &Store,
        collection: &Collection,
        keys: &[(i64, i32)],
    ) -> anyhow::Result<bool> {
        let mut reads = Reads::default();
        for keys in chunks(keys) {
            reads.start(store.clone(), collection.clone(), keys);
            if reads.0.len() >= READS_AT_ONCE && !self.pass(&mut reads).await? {
                return Ok(false);
            }
        }
        while !reads.0.is_empty() {
            if !self.pass(&mut reads).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Hands on objects that are read already. False when the writer has failed.
    pub async fn put(&self, objects: Vec<CityObject>) -> bool {
        self.0.send(objects).await
    }

    /// Hands the eldest read on.
    async fn pass(&self, reads: &mut Reads) -> anyhow::Result<bool> {
        let Some(read) = reads.0.pop_front() else { return Ok(true) };
        Ok(self.0.send(read.await??).await)
    }

    pub async fn finish(self) -> anyhow::Result<Drawn<W>> {
        self.0.finish().await
    }
}

/// Runs of keys with a bounded number of objects and faces.
pub(super) fn chunks(keys: &[(i64, i32)]) -> Vec<Vec<i64>> {
    let mut chunks: Vec<Vec<i64>> = Vec::new();
    let mut faces = 0;
    for (key, face_count) in keys {
        faces += i64::from(*face_count);
        match chunks.last_mut().filter(|last| last.len() < OBJECTS_AT_ONCE && faces <= FACES_AT_ONCE) {
            Some(last) => last.push(*key),
            None => {
                faces = i64::from(*face_count);
                chunks.push(vec![*key]);
            }
        }
    }
    chunks
}

enum Writer<'a, W: Write> {
    Document(Box<DocumentWriter<'a, W>>),
    Sequence(Box<SequenceWriter<'a, W>>),
    Gml(Box<CityGmlWriter<W>>),
}

impl<'a, W: Write> Writer<'a, W> {
    fn new(style: &'a Style, out: W) -> Writer<'a, W> {
        let options = &style.options;
        match style.form {
            CityForm::Document => Writer::Document(Box::new(DocumentWriter::new(out, options))),
            CityForm::Sequence => Writer::Sequence(Box::new(SequenceWriter::new(out, options))),
            CityForm::Gml(_) => Writer::Gml(Box::new(CityGmlWriter::new(out, style.gml.clone()))),
        }
    }

    fn write(&mut self, object: &CityObject) -> io::Result<()> {
        match self {
            Writer::Document(writer) => writer.write(object),
            Writer::Sequence(writer) => writer.write(object),
            Writer::Gml(writer) => writer.write(object),
        }
    }

    fn finish(self) -> io::Result<(W, Losses)> {
        match self {
            Writer::Document(writer) => writer.finish(),
            Writer::Sequence(writer) => writer.finish(),
            Writer::Gml(writer) => writer.finish(),
        }
    }
}

fn write<W: Write>(mut style: Style, out: W, mut batches: Batches<CityObject>) -> anyhow::Result<Drawn<W>> {
    let mut report = ExportReport::default();
    let mut images = style.images.take();
    let reprojection =
        style.reprojection.map(|(from, to)| Reprojection::new(&from, &to, true)).transpose()?;
    let mut writer = Writer::new(&style, BufWriter::with_capacity(WRITE_BYTES, out));
    while let Some(objects) = batches.next()? {
        for mut object in objects {
            if style.lod.is_some_and(|lod| !keep_lod(&mut object, lod)) {
                report.left_out += 1;
                continue;
            }
            if !style.selection.is_everything() {
                style.selection.reduce(&mut object);
            }
            if let Some(reprojection) = &reprojection {
                object = reprojection.convert(object)?;
            }
            if let Some(images) = &mut images {
                images.rename(&mut object);
            }
            writer.write(&object)?;
            report.features += 1;
        }
    }
    let (out, losses) = writer.finish()?;
    report.losses = losses.0;
    Ok((out.into_inner().map_err(io::IntoInnerError::into_error)?, report, images))
}

/// Takes geometries of other LoDs away, the places of addresses excepted; false when none of this LoD is left.
pub(super) fn keep_lod(object: &mut CityObject, lod: Lod) -> bool {
    let is_place = |role: &str| role.starts_with("address");
    object.geometries.retain(|geometry| geometry.lod == lod || is_place(&geometry.role));
    object.implicit_geometries.retain(|implicit| implicit.lod == lod);
    let is_shown = object.geometries.iter().any(|geometry| !is_place(&geometry.role));
    let mut is_any_left = is_shown || !object.implicit_geometries.is_empty();
    for child in &mut object.children {
        is_any_left |= keep_lod(child, lod);
    }
    is_any_left
}

/// The name of a CRS in CityGML, with its height system where that has a code.
fn srs_name(crs: &Crs) -> String {
    let code = crs.horizontal;
    match crs.vertical {
        VerticalCrs::Epsg(vertical) => format!("urn:ogc:def:crs,crs:EPSG::{code},crs:EPSG::{vertical}"),
        VerticalCrs::Ellipsoidal | VerticalCrs::Unknown => format!("urn:ogc:def:crs:EPSG::{code}"),
    }
}

/// Whether the name of a CRS leaves out which heights it has: no code says that those of a projected one are ellipsoidal.
pub(super) fn loses_height_system(form: CityForm, crs: &Crs) -> bool {
    match form {
        CityForm::Gml(_) => crs.vertical == VerticalCrs::Ellipsoidal,
        CityForm::Document | CityForm::Sequence => cityjson::loses_height_system(crs),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_have_few_objects_and_few_faces() {
        let check = |faces: &[i32], expected: &[&[i64]]| {
            let keys: Vec<_> = (1..).zip(faces.iter().copied()).collect();
            assert_eq!(chunks(&keys), expected, "{faces:?}");
        };
        check(&[], &[]);
        check(&[10, 0, 10], &[&[1, 2, 3]]);
        check(&[30_000, 20_000, 1], &[&[1, 2], &[3]]);
        check(&[1, 90_000, 1], &[&[1], &[2], &[3]]);
        let many = chunks(&(1..=1_201).map(|key| (key, 0)).collect::<Vec<_>>());
        assert_eq!(many.iter().map(Vec::len).collect::<Vec<_>>(), [500, 500, 201]);
    }
}

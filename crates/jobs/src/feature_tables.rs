//! Features as tables of outlines with typed columns: FlatGeobuf and GeoParquet.

use std::io::{BufWriter, Write};

use anyhow::{Context, bail};
use serde_json::Value;

use super::export::{Export, ExportReport};
use super::pipe::{Batches, Pipe};
use super::reproject::Reprojection;
use stadtwin_crs::CRS84;
use stadtwin_formats::flatgeobuf::{FlatGeobufWriter, outline_kinds};
use stadtwin_formats::geoparquet::{GeoParquetWriter, projjson};
use stadtwin_formats::{Column, ColumnKind, Selection};
use stadtwin_model::{Collection, Crs, Feature};
use stadtwin_query::{FeatureQuery, Queryables, Type};
use stadtwin_store::Store;

const FEATURES_AT_ONCE: u32 = 1_000;

/// The two forms of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableForm {
    FlatGeobuf,
    GeoParquet,
}

/// What a table has to be told.
#[derive(Debug, Clone)]
pub struct TableStyle {
    pub form: TableForm,
    name: String,
    title: String,
    columns: Vec<Column>,
    has_geometry: bool,
    /// EPSG code of the outlines; x is east or longitude.
    code: u32,
    /// For GeoParquet.
    crs: Option<Value>,
}

impl TableStyle {
    /// Of outlines in `crs`.
    pub async fn new(
        store: &Store,
        form: TableForm,
        collection: &Collection,
        selection: &Selection,
        crs: &Crs,
    ) -> anyhow::Result<TableStyle> {
        let code = crs.horizontal;
        let definition = match form {
            TableForm::GeoParquet if code != CRS84.horizontal => store.crs_definition(code).await?,
            _ => None,
        };
        // Null says that nobody knows.
        let named = || definition.and_then(|text| projjson(&text, code)).unwrap_or(Value::Null);
        Ok(TableStyle {
            form,
            name: collection.id.clone(),
            title: collection.title.clone(),
            columns: columns(&Queryables::of(collection), selection),
            has_geometry: !selection.skips_geometry,
            code,
            crs: (code != CRS84.horizontal).then(named),
        })
    }
}

/// What features may have, or what of it was asked for: the same on every page.
fn columns(queryables: &Queryables, selection: &Selection) -> Vec<Column> {
    let is_relation = |name: &str| ["aliases", "predecessors", "successors"].contains(&name);
    let known = |name: &str| queryables.returnables().find(|known| known.name == name);
    let column = |name: &str| {
        let kind = known(name).map_or(ColumnKind::Text, |known| match known.kind {
            Type::Boolean => ColumnKind::Boolean,
            Type::Number if known.is_integer => ColumnKind::Integer,
            Type::Number => ColumnKind::Number,
            Type::Date => ColumnKind::Date,
            Type::Time => ColumnKind::Time,
            Type::Text => ColumnKind::Text,
            Type::Interval | Type::Shape | Type::List | Type::Any => ColumnKind::Json,
        });
        Column { name: name.to_owned(), kind }
    };
    match &selection.properties {
        Some(names) => names.iter().map(|name| column(name)).collect(),
        None => {
            let all = queryables.returnables().map(|known| known.name.as_str());
            all.filter(|name| !is_relation(name)).map(column).collect()
        }
    }
}

/// A table of features whose outlines are in the CRS of the style already.
pub fn feature_table(style: &TableStyle, features: &[Feature]) -> anyhow::Result<Vec<u8>> {
    let mut writer = Writer::new(style, Vec::new(), outline_kinds(features))?;
    features.iter().try_for_each(|feature| writer.write(feature))?;
    Ok(writer.finish()?.0)
}

enum Writer<W: Write + Send> {
    FlatGeobuf(Box<FlatGeobufWriter>, W),
    GeoParquet(Box<GeoParquetWriter<W>>),
}

impl<W: Write + Send> Writer<W> {
    fn new(style: &TableStyle, out: W, kinds: [bool; 3]) -> anyhow::Result<Writer<W>> {
        let columns = style.columns.clone();
        Ok(match style.form {
            TableForm::FlatGeobuf => {
                let (name, title) = (&style.name, &style.title);
                let writer =
                    FlatGeobufWriter::new(name, title, style.code, columns, kinds, style.has_geometry)?;
                Writer::FlatGeobuf(Box::new(writer), out)
            }
            TableForm::GeoParquet => {
                let crs = style.crs.clone();
                Writer::GeoParquet(Box::new(GeoParquetWriter::new(out, columns, style.has_geometry, crs)?))
            }
        })
    }

    fn write(&mut self, feature: &Feature) -> anyhow::Result<()> {
        match self {
            Writer::FlatGeobuf(writer, _) => writer.write(feature)?,
            Writer::GeoParquet(writer) => writer.write(feature)?,
        }
        Ok(())
    }

    /// The sink, and how many values found no place.
    fn finish(self) -> anyhow::Result<(W, u64)> {
        Ok(match self {
            Writer::FlatGeobuf(writer, out) => {
                let mut out = BufWriter::new(out);
                let misfits = writer.finish(&mut out)?;
                (out.into_inner().map_err(std::io::IntoInnerError::into_error)?, misfits)
            }
            Writer::GeoParquet(writer) => writer.finish()?,
        })
    }
}

impl Export {
    pub(super) async fn table<W: Write + Send + 'static>(
        &self,
        store: &Store,
        form: TableForm,
        mut query: FeatureQuery,
        storage: Option<Crs>,
        out: W,
    ) -> anyhow::Result<(W, ExportReport)> {
        if self.lod.is_some() {
            bail!("FlatGeobuf and GeoParquet hold footprints, which have no LoD: leave `--lod` out");
        }
        let storage = storage.context("the store is empty: nothing was imported yet")?;
        let target = self.target_crs(Some(storage))?;
        let crs = target.unwrap_or(storage);
        let style = TableStyle::new(store, form, &query.collection, &Selection::default(), &crs).await?;
        query.limit = FEATURES_AT_ONCE;
        let pipe =
            Pipe::start(move |batches| write_table(&style, target.map(|to| (storage, to)), out, batches));
        loop {
            let page = store.features(&query).await?;
            if !pipe.send(page.items).await || page.next.is_none() {
                return pipe.finish().await;
            }
            query.after = page.next;
        }
    }
}

fn write_table<W: Write + Send>(
    style: &TableStyle,
    from_to: Option<(Crs, Crs)>,
    out: W,
    mut batches: Batches<Feature>,
) -> anyhow::Result<(W, ExportReport)> {
    // East first, whatever the definition says.
    let reprojection = from_to.map(|(from, to)| Reprojection::new(&from, &to, false)).transpose()?;
    let mut report = ExportReport::default();
    // Which kinds of outlines there are is known at the end only.
    let mut writer = Writer::new(style, out, [true; 3])?;
    while let Some(features) = batches.next()? {
        for mut feature in features {
            if let Some(reprojection) = &reprojection {
                reprojection.convert_outline(&mut feature)?;
            }
            writer.write(&feature)?;
            report.features += 1;
        }
    }
    let (out, misfits) = writer.finish()?;
    if report.features > 0 {
        report.losses.insert("solids, surfaces and parts (the table holds footprints)", report.features);
    }
    if misfits > 0 {
        report.losses.insert("values of another type than their column", misfits);
    }
    Ok((out, report))
}

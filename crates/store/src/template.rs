//! Prototypes of implicit geometries: written once for a collection and content.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use sqlx::{FromRow, PgConnection, PgPool};

use super::copy::{COPY_HEADER, COPY_TRAILER, push_shape};
use super::copy_field as field;
use super::object::ShapeRow;
use super::revision::share_writer_lock;
use super::{Store, StoreError};
use stadtwin_model::{Collection, Lod, Template};

const COLUMNS: i16 = 15;
const COPY_TEMPLATES: &str = "COPY template_new (collection, hash, uid, library_object, mime_type, kind, geom, \
     face_surface, surface_ids, surface_classes, surface_details, shells, solids, appearances, texture_coordinates) \
     FROM STDIN (FORMAT binary)";

/// Hash and tuple of a template.
pub(super) fn encode(collection: i32, template: &Template) -> ([u8; 16], Vec<u8>) {
    let mut fields = Vec::new();
    field::push_text(&mut fields, &template.id);
    field::push_option(&mut fields, template.library_object.as_deref(), field::push_text);
    field::push_option(&mut fields, template.mime_type.as_deref(), field::push_text);
    match &template.geometry {
        Some(geometry) => {
            field::push_text(&mut fields, geometry.kind.name());
            push_shape(&mut fields, geometry, 0);
        }
        None => (0..10).for_each(|_| field::push_null(&mut fields)),
    }
    let mut hash = [0; 16];
    hash.copy_from_slice(&blake3::hash(&fields).as_bytes()[..16]);
    let mut tuple = Vec::with_capacity(fields.len() + 32);
    tuple.extend_from_slice(&COLUMNS.to_be_bytes());
    field::push_i32(&mut tuple, collection);
    field::push_bytes(&mut tuple, &hash);
    tuple.append(&mut fields);
    (hash, tuple)
}

/// Adds those that the collection does not have.
pub(super) async fn write(
    pool: &PgPool,
    collection: i32,
    templates: &BTreeMap<[u8; 16], Vec<u8>>,
) -> Result<(), StoreError> {
    let mut transaction = pool.begin().await?;
    share_writer_lock(&mut transaction, collection).await?;
    sqlx::raw_sql("CREATE TEMPORARY TABLE template_new (LIKE template) ON COMMIT DROP")
        .execute(&mut *transaction)
        .await?;
    copy_in(&mut transaction, templates).await?;
    sqlx::query("INSERT INTO template SELECT * FROM template_new ORDER BY hash ON CONFLICT DO NOTHING")
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}

async fn copy_in(
    connection: &mut PgConnection,
    templates: &BTreeMap<[u8; 16], Vec<u8>>,
) -> Result<(), StoreError> {
    let mut copy = connection.copy_in_raw(COPY_TEMPLATES).await?;
    copy.send(COPY_HEADER).await?;
    for tuple in templates.values() {
        copy.send(tuple.as_slice()).await?;
    }
    copy.send(COPY_TRAILER).await?;
    copy.finish().await?;
    Ok(())
}

#[derive(FromRow)]
struct TemplateRow {
    hash: Vec<u8>,
    uid: String,
    library_object: Option<String>,
    mime_type: Option<String>,
    kind: Option<String>,
    #[sqlx(flatten)]
    shape: ShapeRow,
}

impl Store {
    /// The templates that whole objects show, in no order, with the LoD that they are shown at.
    pub async fn templates_shown(
        &self,
        collection: &Collection,
        keys: &[i64],
    ) -> Result<Vec<Arc<Template>>, StoreError> {
        let rows: Vec<(Vec<u8>, i16)> = sqlx::query_as(
            "SELECT DISTINCT ON (template) template, lod FROM object_geometry
             WHERE collection = $1 AND root = ANY($2) AND template IS NOT NULL
                AND EXISTS (SELECT FROM template WHERE collection = $1)
             ORDER BY template, lod",
        )
        .bind(collection.key)
        .bind(keys)
        .fetch_all(&self.pool)
        .await?;
        let hashes = rows.iter().map(|(hash, _)| hash.clone()).collect();
        let mut templates = self.templates(collection.key, hashes).await?;
        for (hash, lod) in rows {
            let geometry =
                templates.get_mut(&hash).and_then(|template| Arc::make_mut(template).geometry.as_mut());
            if let Some(geometry) = geometry {
                geometry.lod = Lod(lod as u8);
            }
        }
        Ok(templates.into_values().collect())
    }

    /// Templates of a collection by hash.
    pub(super) async fn templates(
        &self,
        collection: i32,
        hashes: HashSet<Vec<u8>>,
    ) -> Result<HashMap<Vec<u8>, Arc<Template>>, StoreError> {
        if hashes.is_empty() {
            return Ok(HashMap::new());
        }
        let rows: Vec<TemplateRow> = sqlx::query_as(
            "SELECT hash, uid, library_object, mime_type, kind, ST_AsEWKB(geom) AS geom, face_surface, surface_ids,
                surface_classes, surface_details, shells, solids, appearances, texture_coordinates
             FROM template WHERE collection = $1 AND hash = ANY($2)",
        )
        .bind(collection)
        .bind(hashes.into_iter().collect::<Vec<_>>())
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(|row| Ok((row.hash.clone(), Arc::new(row.into_template()?)))).collect()
    }
}

impl TemplateRow {
    fn into_template(self) -> Result<Template, StoreError> {
        let geometry = match self.kind {
            Some(kind) => Some(self.shape.into_geometry(Lod(0), &kind, String::new())?),
            None => None,
        };
        Ok(Template {
            id: self.uid,
            geometry,
            library_object: self.library_object,
            mime_type: self.mime_type,
        })
    }
}

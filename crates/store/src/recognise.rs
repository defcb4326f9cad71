//! Objects at the head that are known by the bytes they came as.

use std::collections::HashMap;

use sqlx::types::Json;

use super::feature::read_hash;
use super::{Store, StoreError};
use stadtwin_model::{Attributes, ClassId, Collection, Lod, class_by_name};

/// What an import tells of an object that it need not read.
#[derive(Debug, Clone, PartialEq)]
pub struct Recognisable {
    pub key: i64,
    pub content_hash: [u8; 16],
    pub source_hash: [u8; 16],
    /// `None` where this program does not know the class.
    pub class: Option<ClassId>,
    /// Classes of objects below, with their number.
    pub children: Vec<(ClassId, u64)>,
    /// Each once.
    pub lods: Vec<Lod>,
    /// Children included.
    pub face_count: u64,
}

type Row = (String, i64, Vec<u8>, Vec<u8>, String, Option<Json<Attributes>>, Vec<i16>, i32);

impl Store {
    /// Those of the gml:ids that live at the head and have a source hash.
    pub async fn recognisable(
        &self,
        collection: &Collection,
        ids: &[String],
    ) -> Result<HashMap<String, Recognisable>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT uid, id, content_hash, source_hash, class, children, lods, face_count FROM city_object
             WHERE collection = $1 AND uid = ANY($2) AND parent IS NULL AND scenario IS NULL
                AND rev_from <= $3 AND rev_to IS NULL AND source_hash IS NOT NULL",
        )
        .bind(collection.key)
        .bind(ids)
        .bind(collection.head)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(recognisable).collect()
    }
}

fn recognisable(row: Row) -> Result<(String, Recognisable), StoreError> {
    let (uid, key, content, source, class, children, lods, face_count) = row;
    let children = children.into_iter().flat_map(|children| children.0);
    let known = Recognisable {
        key,
        content_hash: read_hash(&content)?,
        source_hash: read_hash(&source)?,
        class: class_by_name(&class),
        children: children
            .filter_map(|(class, count)| Some((class_by_name(&class)?, count.as_u64()?)))
            .collect(),
        lods: lods.into_iter().filter_map(|lod| u8::try_from(lod).ok().map(Lod)).collect(),
        face_count: u64::try_from(face_count).unwrap_or(0),
    };
    Ok((uid, known))
}

//! Other names of an object, and what it came from or became.

use std::collections::HashMap;

use super::feature::read_hash;
use super::{Known, Store, StoreError};
use stadtwin_model::{Collection, Lineage};

/// Relatives of one object that are told.
const TOLD: i64 = 100;

impl Store {
    /// The permanent name of the object that some file called so; `None` where nobody did.
    pub async fn permanent_id(
        &self,
        collection: &Collection,
        id: &str,
    ) -> Result<Option<String>, StoreError> {
        if !collection.has_lineage {
            return Ok(None);
        }
        let uid = sqlx::query_scalar("SELECT uid FROM object_alias WHERE collection = $1 AND alias = $2")
            .bind(collection.key)
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        Ok(uid)
    }

    /// Aliases, predecessors and successors of the object with this permanent name.
    pub async fn lineage(&self, collection: &Collection, id: &str) -> Result<Lineage, StoreError> {
        if !collection.has_lineage {
            return Ok(Lineage::default());
        }
        let mut found = Vec::new();
        for statement in [
            "SELECT alias FROM object_alias WHERE collection = $1 AND uid = $2 ORDER BY revision DESC, alias LIMIT $3",
            "SELECT DISTINCT predecessor FROM object_lineage WHERE collection = $1 AND successor = $2
             ORDER BY predecessor LIMIT $3",
            "SELECT DISTINCT successor FROM object_lineage WHERE collection = $1 AND predecessor = $2
             ORDER BY successor LIMIT $3",
        ] {
            let names: Vec<String> = sqlx::query_scalar(statement)
                .bind(collection.key)
                .bind(id)
                .bind(TOLD)
                .fetch_all(&self.pool)
                .await?;
            found.push(names);
        }
        let mut found = found.into_iter();
        let mut next = || found.next().unwrap_or_default();
        Ok(Lineage { aliases: next(), predecessors: next(), successors: next() })
    }

    /// Adds to `known` those of the gml:ids that are other names of live objects.
    pub(super) async fn known_by_alias(
        &self,
        collection: &Collection,
        ids: &[String],
        known: &mut HashMap<String, Known>,
    ) -> Result<(), StoreError> {
        let left: Vec<&str> = ids.iter().map(String::as_str).filter(|id| !known.contains_key(*id)).collect();
        if left.is_empty() {
            return Ok(());
        }
        let rows: Vec<(String, i64, Vec<u8>)> = sqlx::query_as(
            "SELECT a.alias, o.id, o.content_hash FROM object_alias AS a
             JOIN city_object AS o ON o.collection = a.collection AND o.uid = a.uid
             WHERE a.collection = $1 AND a.alias = ANY($2) AND o.parent IS NULL AND o.scenario IS NULL
                AND o.rev_from <= $3 AND o.rev_to IS NULL AND NOT a.uid = ANY($4)",
        )
        .bind(collection.key)
        .bind(left)
        .bind(collection.head)
        .bind(ids)
        .fetch_all(&self.pool)
        .await?;
        for (alias, key, hash) in rows {
            known.insert(alias, Known { key, hash: read_hash(&hash)? });
        }
        Ok(())
    }
}

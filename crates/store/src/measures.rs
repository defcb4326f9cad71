//! Measures of objects that came before there were any.

use super::copy::reach_m;
use super::{Store, StoreError};
use stadtwin_model::{CityObject, Collection, Envelope, Measures};

/// Measures of several objects, a column each.
#[derive(Default)]
struct Columns {
    roots: Vec<i64>,
    uids: Vec<String>,
    volumes_m3: Vec<Option<f64>>,
    surfaces_m2: Vec<Option<f64>>,
    /// Of top-level objects.
    reaches_m: Vec<Option<f64>>,
}

impl Store {
    /// Measures up to `limit` top-level objects of all revisions, with all below them, that are not yet: those behind the
    /// key `after`. Gives the last one's key and how many they were; `None` when all are measured.
    pub async fn measure(
        &self,
        collection: &Collection,
        after: i64,
        limit: i64,
        measure: fn(&CityObject) -> Measures,
    ) -> Result<Option<(i64, usize)>, StoreError> {
        let keys: Vec<i64> = sqlx::query_scalar(
            "SELECT id FROM city_object WHERE collection = $1 AND id > $2 AND parent IS NULL AND reach_m IS NULL
             ORDER BY id LIMIT $3",
        )
        .bind(collection.key)
        .bind(after)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        let Some(&last) = keys.last() else {
            self.settle_reach(collection).await?;
            return Ok(None);
        };
        let objects = self.objects(collection, &keys).await?;
        let columns = tokio::task::spawn_blocking(move || {
            let mut columns = Columns::default();
            for (key, object, footprint, _) in &objects {
                columns.add(*key, object, footprint, measure);
            }
            columns
        });
        let columns = columns.await.map_err(|_| StoreError::Database(sqlx::Error::WorkerCrashed))?;
        self.write_measures(collection, &columns).await?;
        Ok(Some((last, keys.len())))
    }

    async fn write_measures(&self, collection: &Collection, columns: &Columns) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE city_object AS o SET volume_m3 = m.volume, surface_m2 = m.surface, reach_m = m.reach
             FROM unnest($2::bigint[], $3::text[], $4::double precision[], $5::double precision[], $6::double precision[])
                AS m (root, uid, volume, surface, reach)
             WHERE o.collection = $1 AND o.uid = m.uid AND o.root = m.root
                AND (o.parent IS NULL) = (m.reach IS NOT NULL)",
        )
        .bind(collection.key)
        .bind(&columns.roots)
        .bind(&columns.uids)
        .bind(&columns.volumes_m3)
        .bind(&columns.surfaces_m2)
        .bind(&columns.reaches_m)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Once all are measured, searches in space use the index.
    async fn settle_reach(&self, collection: &Collection) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE collection SET reach_m = (SELECT CASE WHEN count(reach_m) = count(*) THEN coalesce(max(reach_m), 0) END
                FROM city_object WHERE collection = $1 AND parent IS NULL)
             WHERE key = $1 AND reach_m IS NULL",
        )
        .bind(collection.key)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

impl Columns {
    fn add(
        &mut self,
        key: i64,
        object: &CityObject,
        footprint: &[Vec<Vec<[f64; 2]>>],
        measure: fn(&CityObject) -> Measures,
    ) {
        let mut envelope = Envelope::EMPTY;
        let placed = object.placed();
        let geometries = placed.walk().into_iter().flat_map(|part| &part.geometries);
        geometries.for_each(|geometry| envelope.union(&geometry.envelope()));
        for (index, part) in object.walk().into_iter().enumerate() {
            let measures = measure(part);
            self.roots.push(key);
            self.uids.push(part.id.clone());
            self.volumes_m3.push(measures.volume_m3);
            self.surfaces_m2.push(measures.surface_m2);
            self.reaches_m.push((index == 0).then(|| reach_m(&envelope, footprint)));
        }
    }
}

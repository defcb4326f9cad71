//! How objects stand on a terrain: a row for each version of an object, and the figures of a collection.

use sqlx::FromRow;

use super::{Store, StoreError};
use stadtwin_model::{Collection, Feature, GroundDifference, Terrain};

/// One object compared.
#[derive(Debug, Clone, PartialEq)]
pub struct NewContact {
    /// `city_object.id`.
    pub object: i64,
    /// `[min, median, max]` height above the terrain and the middle height of the ground surface [m]; `None` where nothing
    /// was compared.
    pub differences_m: Option<([f64; 3], f64)>,
    /// Places compared, and places where the terrain is unknown.
    pub compared: usize,
    pub unknown: usize,
}

/// What the rows of a collection say together [m].
#[derive(Debug, Clone, Default, PartialEq, FromRow)]
pub struct ContactFigures {
    /// With a difference, without a ground surface, and where the terrain is unknown.
    pub object_count: i64,
    pub groundless_count: i64,
    pub unknown_count: i64,
    /// Of the objects' median differences; `None` without objects.
    pub median_m: Option<f64>,
    /// Of their amounts: 95 of 100 are no more.
    pub p95_m: Option<f64>,
    /// Median of the ground surfaces' own heights.
    pub surface_m: Option<f64>,
    pub floating_count: i64,
    pub sunken_count: i64,
}

/// Which objects live at `$3` and have a row of the collection `$1` and the terrain `$2`, and which of them float more than
/// `$4` or have sunk more than `$5` [m]. What says itself that it lies over or under the ground does neither.
macro_rules! with_contacts {
    ($rest:literal) => {
        concat!(
            "WITH contact AS (
                SELECT g.*, o.uid, o.footprint,
                    g.min_m > $4 AND coalesce(o.attributes ->> 'relativeToTerrain', '') <> ALL (ARRAY['entirelyAboveTerrain',
                        'substantiallyAboveTerrain']) AS floats,
                    g.max_m < -$5 AND coalesce(o.attributes ->> 'relativeToTerrain', '') <> ALL (ARRAY['entirelyBelowTerrain',
                        'substantiallyBelowTerrain']) AS is_sunken
                FROM ground_contact AS g JOIN city_object AS o ON o.collection = g.collection AND o.id = g.object
                WHERE g.collection = $1 AND g.terrain = $2 AND o.collection = $1 AND o.rev_from <= $3
                    AND (o.rev_to IS NULL OR o.rev_to > $3)
             )",
            $rest
        )
    };
}
pub(super) use with_contacts;

/// An object of `$2`'s revision that has to be compared with the terrain `$3` at `$4`, its head: it has no row, or the
/// ground below it has changed.
macro_rules! uncompared {
    ($head:literal, $rest:literal) => {
        concat!(
            $head,
            " FROM city_object AS o
             WHERE o.collection = $1 AND o.parent IS NULL AND o.scenario IS NULL AND o.face_count > 0
                AND o.class LIKE 'Building%' AND o.rev_from <= $2 AND (o.rev_to IS NULL OR o.rev_to > $2)
                AND NOT EXISTS (SELECT FROM ground_contact AS g
                    WHERE g.collection = $1 AND g.terrain = $3 AND g.object = o.id
                        AND (g.terrain_revision >= $4 OR NOT ground_changed($3, g.terrain_revision, o.footprint)))",
            $rest
        )
    };
}

impl Store {
    /// To be called before rows are kept.
    pub async fn begin_comparison(
        &self,
        collection: &Collection,
        terrain: &Terrain,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO ground_comparison (collection, terrain) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        )
        .bind(collection.key)
        .bind(terrain.key)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Keys of buildings at the collection's head behind `after` that have no row yet, or under which the ground has
    /// changed since.
    pub async fn uncompared(
        &self,
        collection: &Collection,
        terrain: &Terrain,
        after: i64,
        limit: i64,
    ) -> Result<Vec<i64>, StoreError> {
        let keys = sqlx::query_scalar(uncompared!("SELECT o.id", " AND o.id > $5 ORDER BY o.id LIMIT $6"))
            .bind(collection.key)
            .bind(collection.head)
            .bind(terrain.key)
            .bind(terrain.head)
            .bind(after)
            .bind(limit)
            .fetch_all(&self.pool)
            .await?;
        Ok(keys)
    }

    /// How many those are.
    pub async fn uncompared_count(
        &self,
        collection: &Collection,
        terrain: &Terrain,
    ) -> Result<i64, StoreError> {
        let count = sqlx::query_scalar(uncompared!("SELECT count(*)", ""))
            .bind(collection.key)
            .bind(collection.head)
            .bind(terrain.key)
            .bind(terrain.head)
            .fetch_one(&self.pool)
            .await?;
        Ok(count)
    }

    /// Puts rows in the place of those that the objects have; they hold for the terrain's head.
    pub async fn keep_contacts(
        &self,
        collection: &Collection,
        terrain: &Terrain,
        contacts: &[NewContact],
    ) -> Result<(), StoreError> {
        let metres = |index: usize| -> Vec<Option<f64>> {
            let value = |contact: &NewContact| {
                let ([min, median, max], surface) = contact.differences_m?;
                [min, median, max, surface].get(index).copied()
            };
            contacts.iter().map(value).collect()
        };
        let counts = |of: fn(&NewContact) -> usize| -> Vec<i32> {
            contacts.iter().map(|contact| of(contact) as i32).collect()
        };
        sqlx::query(
            "INSERT INTO ground_contact (collection, terrain, object, terrain_revision, min_m, median_m, max_m, surface_m,
                compared_count, unknown_count)
             SELECT $1, $2, made.*
             FROM (SELECT object, $3::bigint, low, median, high, surface, compared, unknown
                FROM unnest($4::bigint[], $5::float8[], $6::float8[], $7::float8[], $8::float8[], $9::integer[],
                    $10::integer[]) AS made (object, low, median, high, surface, compared, unknown)) AS made
             ON CONFLICT (collection, terrain, object) DO UPDATE SET terrain_revision = excluded.terrain_revision,
                min_m = excluded.min_m, median_m = excluded.median_m, max_m = excluded.max_m,
                surface_m = excluded.surface_m, compared_count = excluded.compared_count,
                unknown_count = excluded.unknown_count",
        )
        .bind(collection.key)
        .bind(terrain.key)
        .bind(terrain.head)
        .bind(contacts.iter().map(|contact| contact.object).collect::<Vec<_>>())
        .bind(metres(0))
        .bind(metres(1))
        .bind(metres(2))
        .bind(metres(3))
        .bind(counts(|contact| contact.compared))
        .bind(counts(|contact| contact.unknown))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// What the rows of the collection's head say, by limits `[floating, sunken]` [m].
    pub async fn contact_figures(
        &self,
        collection: &Collection,
        terrain: &Terrain,
        limits_m: [f64; 2],
    ) -> Result<ContactFigures, StoreError> {
        let figures = sqlx::query_as(with_contacts!(
            "SELECT count(min_m) AS object_count,
                count(*) FILTER (WHERE compared_count + unknown_count = 0) AS groundless_count,
                count(*) FILTER (WHERE compared_count = 0 AND unknown_count > 0) AS unknown_count,
                percentile_cont(0.5) WITHIN GROUP (ORDER BY median_m) AS median_m,
                percentile_cont(0.95) WITHIN GROUP (ORDER BY abs(median_m)) AS p95_m,
                percentile_cont(0.5) WITHIN GROUP (ORDER BY surface_m) AS surface_m,
                count(*) FILTER (WHERE floats) AS floating_count, count(*) FILTER (WHERE is_sunken) AS sunken_count
             FROM contact"
        ));
        let figures = figures.bind(collection.key).bind(terrain.key).bind(collection.head);
        Ok(figures.bind(limits_m[0]).bind(limits_m[1]).fetch_one(&self.pool).await?)
    }

    /// Ids of the objects that float highest, with the height of their lowest place above the terrain [m], and of those that
    /// have sunk deepest, with that of their highest place, `most` of each; by limits `[floating, sunken]` [m].
    pub async fn worst_contacts(
        &self,
        collection: &Collection,
        terrain: i32,
        limits_m: [f64; 2],
        most: i64,
    ) -> Result<[Vec<(String, f64)>; 2], StoreError> {
        let floating =
            with_contacts!("SELECT uid, min_m FROM contact WHERE floats ORDER BY min_m DESC, uid LIMIT $6");
        let sunken =
            with_contacts!("SELECT uid, max_m FROM contact WHERE is_sunken ORDER BY max_m, uid LIMIT $6");
        let mut lists = [Vec::new(), Vec::new()];
        for (list, statement) in lists.iter_mut().zip([floating, sunken]) {
            let rows = sqlx::query_as(statement).bind(collection.key).bind(terrain).bind(collection.head);
            *list = rows.bind(limits_m[0]).bind(limits_m[1]).bind(most).fetch_all(&self.pool).await?;
        }
        Ok(lists)
    }

    /// Adds to features how they stand on the ground; asks nothing where the collection was never compared.
    pub(super) async fn add_ground(
        &self,
        collection: &Collection,
        features: impl IntoIterator<Item = &mut Feature>,
    ) -> Result<(), StoreError> {
        let Some(terrain) = collection.ground_terrain else { return Ok(()) };
        let mut features: Vec<_> = features.into_iter().collect();
        let keys: Vec<i64> = features.iter().map(|feature| feature.key).collect();
        let rows: Vec<(i64, f64, f64, f64, String, i64)> = sqlx::query_as(
            "SELECT g.object, g.min_m, g.median_m, g.max_m, t.id, g.terrain_revision
             FROM ground_contact AS g JOIN terrain AS t ON t.key = g.terrain
             WHERE g.collection = $1 AND g.terrain = $2 AND g.object = ANY($3) AND g.min_m IS NOT NULL",
        )
        .bind(collection.key)
        .bind(terrain)
        .bind(keys)
        .fetch_all(&self.pool)
        .await?;
        let mut found: std::collections::HashMap<i64, GroundDifference> = rows
            .into_iter()
            .map(|(key, min_m, median_m, max_m, terrain, terrain_revision)| {
                (key, GroundDifference { min_m, median_m, max_m, terrain, terrain_revision })
            })
            .collect();
        features.iter_mut().for_each(|feature| feature.ground = found.remove(&feature.key));
        Ok(())
    }
}

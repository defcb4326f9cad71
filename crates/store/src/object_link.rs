//! Links between objects: written with their version, followed when asked for.

use sqlx::FromRow;

use super::revision::share_writer_lock;
use super::{ImportSession, Store, StoreError};
use stadtwin_model::{Collection, Feature, ObjectLink};

/// A link of a feature with what it leads to.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct FollowedLink {
    /// gml:id of the part or surface that has the link; `None`: the feature itself.
    pub part: Option<String>,
    pub relation: String,
    pub role: Option<String>,
    /// As in the file.
    pub href: String,
    /// Id of the collection of the feature at the other end; `None` where there is none.
    pub collection: Option<String>,
    /// gml:id of that feature.
    pub feature: Option<String>,
}

/// A link that leads to nothing.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct LooseLink {
    /// gml:id of the top-level object.
    pub source: String,
    pub relation: String,
    pub href: String,
    /// How many there are in all.
    pub total: i64,
}

impl ImportSession {
    /// Writes the links of objects that begin with this revision, each by the gml:id of its object.
    pub async fn add_links(&self, links: &[(String, Vec<ObjectLink>)]) -> Result<(), StoreError> {
        let clean = |text: &str| text.replace('\0', "");
        let mut columns: (Vec<String>, Vec<i32>, Vec<Option<String>>, Vec<String>) = Default::default();
        let mut rest: (Vec<Option<String>>, Vec<String>, Vec<Option<String>>) = Default::default();
        for (source, links) in links {
            for (ordinal, link) in links.iter().enumerate() {
                columns.0.push(clean(source));
                columns.1.push(i32::try_from(ordinal).unwrap_or(i32::MAX));
                columns.2.push(link.part.as_deref().map(clean));
                columns.3.push(clean(&link.relation));
                rest.0.push(link.role.as_deref().map(clean));
                rest.1.push(clean(&link.href));
                rest.2.push(link.target.as_deref().map(clean));
            }
        }
        let mut transaction = self.store.pool.begin().await?;
        share_writer_lock(&mut transaction, self.collection.key).await?;
        sqlx::query(
            "INSERT INTO object_link (collection, rev_from, source, ordinal, part, relation, role, href, target)
             SELECT $1, $2, * FROM unnest($3::text[], $4::integer[], $5::text[], $6::text[], $7::text[], $8::text[],
                $9::text[])",
        )
        .bind(self.collection.key)
        .bind(self.revision)
        .bind(columns.0)
        .bind(columns.1)
        .bind(columns.2)
        .bind(columns.3)
        .bind(rest.0)
        .bind(rest.1)
        .bind(rest.2)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Once all rows are written: finds what the links of this revision lead to among the boundary surfaces of the
    /// collection, and gives some of those that lead to nothing in any collection. Without `everywhere`, links that an
    /// object had before go on leading where they led, to nothing too: no surface is new.
    pub async fn settle_links(&self, everywhere: bool, limit: i64) -> Result<Vec<LooseLink>, StoreError> {
        let mut session = self.session.lock().await;
        if everywhere {
            sqlx::raw_sql("ANALYZE object_link").execute(&mut *session).await?;
        } else {
            sqlx::query(KEEP).bind(self.collection.key).bind(self.revision).execute(&mut *session).await?;
        }
        sqlx::query(LOOSE).bind(self.collection.key).bind(self.revision).execute(&mut *session).await?;
        let is_searched: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT FROM import_loose WHERE $1 OR NOT was_loose)")
                .bind(everywhere)
                .fetch_one(&mut *session)
                .await?;
        if is_searched {
            sqlx::query(SURFACES)
                .bind(self.collection.key)
                .bind(self.revision)
                .execute(&mut *session)
                .await?;
        }
        let found = sqlx::query_as(
            "SELECT source, relation, href, count(*) OVER () AS total FROM object_link AS l
             WHERE collection = $1 AND rev_from = $2 AND target_feature IS NULL
                AND target IN (SELECT target FROM import_loose)
             ORDER BY source, ordinal LIMIT $3",
        )
        .bind(self.collection.key)
        .bind(self.revision)
        .bind(limit)
        .fetch_all(&mut *session)
        .await?;
        sqlx::raw_sql("DROP TABLE import_loose").execute(&mut *session).await?;
        Ok(found)
    }
}

/// Of versions that end with this revision to those that take their place, as long as the feature lives.
const KEEP: &str = "
    UPDATE object_link AS l SET target_feature = was.target_feature
    FROM import_end AS e JOIN city_object AS o ON o.collection = $1 AND o.id = e.key
    JOIN object_link AS was ON was.collection = $1 AND was.source = o.uid AND was.rev_from = o.rev_from
    WHERE l.collection = $1 AND l.rev_from = $2 AND l.source = was.source AND l.ordinal = was.ordinal
        AND l.target = was.target AND EXISTS (
            SELECT FROM city_object AS t
            WHERE t.collection = $1 AND t.uid = was.target_feature AND t.parent IS NULL AND t.scenario IS NULL
                AND t.rev_to IS NULL AND NOT EXISTS (SELECT FROM import_end AS gone WHERE gone.key = t.id))";

/// Targets that no object has; `was_loose`: the versions before had the links too, and they led to nothing.
const LOOSE: &str = "
    CREATE TEMPORARY TABLE import_loose AS
    SELECT target, bool_and(EXISTS (
        SELECT FROM import_end AS e JOIN city_object AS o ON o.collection = l.collection AND o.id = e.key
        JOIN object_link AS was ON was.collection = l.collection AND was.source = o.uid AND was.rev_from = o.rev_from
        WHERE o.uid = l.source AND was.ordinal = l.ordinal AND was.target = l.target AND was.target_feature IS NULL
    )) AS was_loose
    FROM object_link AS l
    WHERE collection = $1 AND rev_from = $2 AND target IS NOT NULL AND target_feature IS NULL AND NOT EXISTS (
        SELECT FROM collection AS c JOIN city_object AS o ON o.collection = c.key AND o.uid = l.target
        WHERE o.scenario IS NULL AND o.rev_to IS NULL
            AND (o.rev_from <= c.head OR (c.key = l.collection AND o.rev_from = l.rev_from))
            AND NOT EXISTS (SELECT FROM import_end AS e WHERE e.key = o.root AND c.key = l.collection))
    GROUP BY target";

/// Surfaces stand in their geometry's row: one pass over the collection, and only where something is loose.
const SURFACES: &str = "
    UPDATE object_link AS l SET target_feature = found.uid
    FROM (SELECT DISTINCT ON (surface) surface, o.uid FROM (
            SELECT g.root, unnest(string_to_array(g.surface_ids, E'\\n')) AS surface FROM object_geometry AS g
            WHERE g.collection = $1 AND g.surface_ids IS NOT NULL
        ) AS surfaces
        JOIN import_loose AS t ON t.target = surface
        JOIN city_object AS o ON o.collection = $1 AND o.id = surfaces.root
        WHERE o.scenario IS NULL AND o.rev_to IS NULL
        ORDER BY surface, o.rev_from DESC) AS found
    WHERE l.collection = $1 AND l.rev_from = $2 AND l.target = found.surface";

/// The links of a version to what lives now, a row for each.
const OUT: &str = "
    SELECT l.part, l.relation, l.role, l.href, found.collection, found.feature
    FROM object_link AS l LEFT JOIN LATERAL (
        SELECT c.id AS collection, r.uid AS feature
        FROM collection AS c
        JOIN city_object AS o ON o.collection = c.key AND o.uid = coalesce(l.target_feature, l.target)
        JOIN city_object AS r ON r.collection = c.key AND r.id = o.root
        WHERE o.scenario IS NULL AND o.rev_from <= c.head AND (o.rev_to IS NULL OR o.rev_to > c.head)
        ORDER BY c.key <> l.collection, c.key, o.id LIMIT 1
    ) AS found ON true
    WHERE l.collection = $1 AND l.source = $2 AND l.rev_from = $3
    ORDER BY l.ordinal LIMIT $4";

/// Links of what lives now to a feature or to a part of it.
const INTO: &str = "
    SELECT l.part, l.relation, l.role, l.href, c.id AS collection, l.source AS feature
    FROM (SELECT uid FROM city_object WHERE collection = $1 AND id = $3
        UNION SELECT uid FROM city_object WHERE collection = $1 AND root = $3 AND parent IS NOT NULL) AS own
    JOIN object_link AS l ON l.target = own.uid
    JOIN collection AS c ON c.key = l.collection
    WHERE l.source <> $2 AND EXISTS (
        SELECT FROM city_object AS o
        WHERE o.collection = c.key AND o.uid = l.source AND o.rev_from = l.rev_from AND o.parent IS NULL
            AND o.scenario IS NULL AND o.rev_from <= c.head AND (o.rev_to IS NULL OR o.rev_to > c.head))
    ORDER BY c.key, l.source, l.ordinal LIMIT $4";

impl Store {
    /// The first links of a feature, each with what it leads to now.
    pub async fn links_of(
        &self,
        collection: &Collection,
        feature: &Feature,
        limit: i64,
    ) -> Result<Vec<FollowedLink>, StoreError> {
        let links = sqlx::query_as(OUT)
            .bind(collection.key)
            .bind(&feature.id)
            .bind(feature.revision)
            .bind(limit)
            .fetch_all(&self.pool)
            .await?;
        Ok(links)
    }

    /// The first links that lead to a feature; `collection` and `feature` are those that have the link.
    pub async fn links_to(
        &self,
        collection: &Collection,
        feature: &Feature,
        limit: i64,
    ) -> Result<Vec<FollowedLink>, StoreError> {
        let links = sqlx::query_as(INTO)
            .bind(collection.key)
            .bind(&feature.id)
            .bind(feature.key)
            .bind(limit)
            .fetch_all(&self.pool)
            .await?;
        Ok(links)
    }
}

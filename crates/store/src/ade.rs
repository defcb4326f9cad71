//! Registered application domain extensions.

use std::collections::HashMap;

use serde_json::json;
use sqlx::FromRow;

use super::acting::What;
use super::{Store, StoreError};
use stadtwin_model::{AdeClass, AdeProperty, AdeSchema, AdeType};

/// A registered ADE without its declarations.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct StoredAde {
    pub namespace: String,
    pub version: String,
    /// The file that it was read from, as named.
    pub source: String,
    /// RFC 3339.
    pub registered: String,
    pub class_count: i64,
    pub property_count: i64,
}

/// What the registered ADEs say of a property of this name.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct PropertyDescription {
    pub name: String,
    pub kind: String,
    pub unit: Option<String>,
    pub code_space: Option<String>,
    pub description: String,
    pub namespace: String,
}

#[derive(FromRow)]
struct ClassRow {
    namespace: String,
    name: String,
    base: Option<String>,
    standard_class: Option<String>,
    is_feature: bool,
    is_abstract: bool,
    description: String,
}

#[derive(FromRow)]
struct PropertyRow {
    namespace: String,
    class: String,
    name: String,
    #[sqlx(rename = "type")]
    type_name: String,
    kind: String,
    unit: Option<String>,
    code_space: Option<String>,
    min_occurs: i32,
    max_occurs: Option<i32>,
    description: String,
}

impl Store {
    /// Keeps what a schema declares in place of what was known of its namespace.
    pub async fn register_ade(&self, schema: &AdeSchema, source: &str) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        let key: i32 = sqlx::query_scalar(
            "INSERT INTO ade (namespace, version, description, source) VALUES ($1, $2, $3, $4)
             ON CONFLICT (namespace) DO UPDATE SET version = excluded.version, description = excluded.description,
                source = excluded.source, registered = now()
             RETURNING key",
        )
        .bind(&schema.namespace)
        .bind(&schema.version)
        .bind(&schema.description)
        .bind(source.replace('\0', ""))
        .fetch_one(&mut *change)
        .await?;
        for statement in ["DELETE FROM ade_class WHERE ade = $1", "DELETE FROM ade_property WHERE ade = $1"] {
            sqlx::query(statement).bind(key).execute(&mut *change).await?;
        }
        insert_classes(&mut change, key, &schema.classes).await?;
        insert_properties(&mut change, key, &schema.properties).await?;
        let details = json!({ "version": schema.version, "source": source.replace('\0', "") });
        change.commit(What::of("ade.registered", &schema.namespace).with(details)).await
    }

    /// By namespace; there are few.
    pub async fn ades(&self) -> Result<Vec<StoredAde>, StoreError> {
        let found = sqlx::query_as(
            "SELECT namespace, version, source,
                to_char(registered AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS registered,
                (SELECT count(*) FROM ade_class WHERE ade = key) AS class_count,
                (SELECT count(*) FROM ade_property WHERE ade = key) AS property_count
             FROM ade ORDER BY namespace",
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(found)
    }

    /// All that the registered ADEs declare, for reading files; code lists are kept on their own.
    pub async fn ade_schemas(&self) -> Result<Vec<AdeSchema>, StoreError> {
        let mut schemas: HashMap<String, AdeSchema> = HashMap::new();
        let classes: Vec<ClassRow> = sqlx::query_as(
            "SELECT namespace, name, base, standard_class, is_feature, is_abstract, c.description
             FROM ade_class AS c JOIN ade ON ade.key = c.ade ORDER BY c.ade, name",
        )
        .fetch_all(&self.pool)
        .await?;
        for row in classes {
            schemas.entry(row.namespace.clone()).or_default().classes.push(row.into_class());
        }
        let properties: Vec<PropertyRow> = sqlx::query_as(
            "SELECT namespace, class, name, type, kind, unit, code_space, min_occurs, max_occurs, p.description
             FROM ade_property AS p JOIN ade ON ade.key = p.ade ORDER BY p.ade, class, name",
        )
        .fetch_all(&self.pool)
        .await?;
        for row in properties {
            schemas.entry(row.namespace.clone()).or_default().properties.push(row.into_property());
        }
        let named = schemas.into_iter().map(|(namespace, schema)| AdeSchema { namespace, ..schema });
        Ok(named.collect())
    }

    /// What is declared of properties of these names, where all that declare one agree.
    pub async fn property_descriptions(
        &self,
        names: &[&str],
    ) -> Result<Vec<PropertyDescription>, StoreError> {
        let found = sqlx::query_as(
            "SELECT name, min(kind) AS kind, min(unit) AS unit, min(code_space) AS code_space,
                coalesce(min(nullif(p.description, '')), '') AS description, min(namespace) AS namespace
             FROM ade_property AS p JOIN ade ON ade.key = p.ade WHERE name = ANY($1)
             GROUP BY name HAVING count(DISTINCT kind) = 1 AND count(DISTINCT namespace) = 1",
        )
        .bind(names)
        .fetch_all(&self.pool)
        .await?;
        Ok(found)
    }

    /// Whether there was such an ADE. Its code lists go with it.
    pub async fn remove_ade(&self, namespace: &str) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        sqlx::query("DELETE FROM code_list WHERE origin = 'ade' AND starts_with(code_space, $1 || '#')")
            .bind(namespace.trim_end_matches(['/', '#']))
            .execute(&mut *change)
            .await?;
        let removed =
            sqlx::query("DELETE FROM ade WHERE namespace = $1").bind(namespace).execute(&mut *change).await?;
        if removed.rows_affected() == 0 {
            return Ok(false);
        }
        change.commit(What::of("ade.removed", namespace)).await?;
        Ok(true)
    }
}

async fn insert_classes(
    connection: &mut sqlx::PgConnection,
    key: i32,
    classes: &[AdeClass],
) -> Result<(), StoreError> {
    let texts = |of: fn(&AdeClass) -> &str| classes.iter().map(of).collect::<Vec<_>>();
    sqlx::query(
        "INSERT INTO ade_class (ade, name, base, standard_class, is_feature, is_abstract, description)
         SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::boolean[], $6::boolean[], $7::text[])",
    )
    .bind(key)
    .bind(texts(|class| &class.name))
    .bind(classes.iter().map(|class| class.base.as_deref()).collect::<Vec<_>>())
    .bind(classes.iter().map(|class| class.standard_class.as_deref()).collect::<Vec<_>>())
    .bind(classes.iter().map(|class| class.is_feature).collect::<Vec<_>>())
    .bind(classes.iter().map(|class| class.is_abstract).collect::<Vec<_>>())
    .bind(texts(|class| &class.description))
    .execute(connection)
    .await?;
    Ok(())
}

async fn insert_properties(
    connection: &mut sqlx::PgConnection,
    key: i32,
    properties: &[AdeProperty],
) -> Result<(), StoreError> {
    let texts = |of: fn(&AdeProperty) -> &str| properties.iter().map(of).collect::<Vec<_>>();
    let occurs = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
    sqlx::query(
        "INSERT INTO ade_property (ade, class, name, type, kind, unit, code_space, min_occurs, max_occurs, description)
         SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
            $8::integer[], $9::integer[], $10::text[])",
    )
    .bind(key)
    .bind(texts(|property| &property.class))
    .bind(texts(|property| &property.name))
    .bind(texts(|property| &property.type_name))
    .bind(properties.iter().map(|property| property.kind.name()).collect::<Vec<_>>())
    .bind(properties.iter().map(|property| property.unit.as_deref()).collect::<Vec<_>>())
    .bind(properties.iter().map(|property| property.code_space.as_deref()).collect::<Vec<_>>())
    .bind(properties.iter().map(|property| occurs(property.min_occurs)).collect::<Vec<_>>())
    .bind(properties.iter().map(|property| property.max_occurs.map(occurs)).collect::<Vec<_>>())
    .bind(texts(|property| &property.description))
    .execute(connection)
    .await?;
    Ok(())
}

impl ClassRow {
    fn into_class(self) -> AdeClass {
        AdeClass {
            name: self.name,
            base: self.base,
            standard_class: self.standard_class,
            is_feature: self.is_feature,
            is_abstract: self.is_abstract,
            description: self.description,
        }
    }
}

impl PropertyRow {
    fn into_property(self) -> AdeProperty {
        AdeProperty {
            class: self.class,
            name: self.name,
            type_name: self.type_name,
            kind: AdeType::from_name(&self.kind),
            unit: self.unit,
            code_space: self.code_space,
            min_occurs: self.min_occurs.unsigned_abs(),
            max_occurs: self.max_occurs.map(i32::unsigned_abs),
            description: self.description,
        }
    }
}

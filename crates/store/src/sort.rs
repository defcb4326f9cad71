//! Orders of features as SQL: fixed pieces and bound values. A page goes on behind the values of the last feature of the
//! one before, then behind its key, so that nothing is counted off.

use sqlx::QueryBuilder;

use super::filter::{Sql, Writer};
use super::filter_time::End;
use super::{Store, StoreError};
use stadtwin_query::{FeatureQuery, SortKey, Term, Type};

/// The value of each key as text, `None` where there is none.
type Values = Vec<Option<String>>;

/// A value with an order, in bytes for texts.
fn push_value(sql: &mut Sql, key: &SortKey, srid: u32) {
    let property = Term::Property { source: key.source.clone(), kind: key.kind };
    let mut writer = Writer::new(sql, srid);
    if key.kind.is_temporal() {
        writer.moment(&property, End::Begin, key.kind == Type::Date);
    } else {
        writer.term(&property);
    }
}

/// The type of `push_value`, to read its text again.
fn type_of(key: &SortKey) -> &'static str {
    match key.kind {
        Type::Boolean => "::boolean",
        Type::Number => "::numeric",
        Type::Date | Type::Time => "::timestamptz",
        _ => "::text",
    }
}

/// ` AND …`: only what comes behind `values` and, of equals, behind the key `after`.
fn push_behind(sql: &mut Sql, keys: &[SortKey], values: &Values, after: i64, srid: u32) {
    sql.push(" AND ");
    for (key, value) in keys.iter().zip(values) {
        let Some(value) = value else {
            // Behind nothing comes only nothing.
            sql.push("(");
            push_value(sql, key, srid);
            sql.push(" IS NULL AND ");
            continue;
        };
        sql.push("(");
        push_value(sql, key, srid);
        sql.push(if key.is_descending { " < " } else { " > " });
        sql.push_bind(value.clone()).push(type_of(key)).push(" OR ");
        push_value(sql, key, srid);
        sql.push(" IS NULL OR ");
        push_value(sql, key, srid);
        sql.push(" = ").push_bind(value.clone()).push(type_of(key)).push(" AND ");
    }
    sql.push("id > ").push_bind(after);
    keys.iter().for_each(|_| {
        sql.push(")");
    });
}

impl Store {
    /// The end of a statement for one page: what comes behind the last one, in order; one row more than the page says
    /// whether there is a next one.
    pub(super) async fn push_page(
        &self,
        sql: &mut Sql,
        query: &FeatureQuery,
        srid: u32,
    ) -> Result<(), StoreError> {
        match query.after {
            Some(after) if !query.sort.is_empty() => {
                let values = self.sort_values(query, after, srid).await?;
                push_behind(sql, &query.sort, &values, after, srid);
            }
            after => {
                sql.push(" AND id > ").push_bind(after.unwrap_or(0));
            }
        }
        sql.push(" ORDER BY ");
        for key in &query.sort {
            push_value(sql, key, srid);
            sql.push(if key.is_descending { " DESC NULLS LAST, " } else { " ASC NULLS LAST, " });
        }
        sql.push("id LIMIT ").push_bind(i64::from(query.limit) + 1);
        Ok(())
    }

    /// What the feature with the key `after` has to sort by. Its row never changes.
    async fn sort_values(&self, query: &FeatureQuery, after: i64, srid: u32) -> Result<Values, StoreError> {
        let mut sql: Sql = QueryBuilder::new("SELECT ARRAY[");
        for (index, key) in query.sort.iter().enumerate() {
            sql.push(if index > 0 { ", (" } else { "(" });
            push_value(&mut sql, key, srid);
            sql.push(")::text");
        }
        sql.push("] FROM city_object WHERE parent IS NULL AND scenario IS NULL AND collection IN (");
        sql.push_bind(query.collection.key).push(", ").push_bind(query.collection.planned_key());
        sql.push(") AND id = ").push_bind(after);
        let values = sql.build_query_scalar().fetch_optional(&self.pool).await?;
        values.ok_or(StoreError::NoPlace(after))
    }
}

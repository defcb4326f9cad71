//! Code lists and what codes mean.

use std::collections::{BTreeMap, HashMap};

use serde_json::json;
use sqlx::types::Json;
use sqlx::{FromRow, PgConnection};

use super::acting::What;
use super::{Store, StoreError};
use stadtwin_model::{Code, CodeList, CodeListOrigin, Page, code_space_key, file_name_key};

/// A code list as it is kept, without its codes.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredCodeList {
    /// Paging key.
    pub key: i64,
    /// In URLs.
    pub id: String,
    pub code_space: String,
    pub title: String,
    pub description: String,
    pub origin: CodeListOrigin,
    /// Whether a code that is not in it is wrong.
    pub is_complete: bool,
    pub code_count: i64,
    /// RFC 3339.
    pub updated: String,
}

/// What became of a list that was to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptCodeList {
    pub id: String,
    /// Codes that are new.
    pub added: u64,
    /// Codes whose texts were others.
    pub changed: u64,
}

#[derive(FromRow)]
struct ListRow {
    key: i32,
    id: String,
    code_space: String,
    title: String,
    description: String,
    origin: String,
    is_complete: bool,
    code_count: i64,
    updated: String,
}

impl From<ListRow> for StoredCodeList {
    fn from(row: ListRow) -> StoredCodeList {
        StoredCodeList {
            key: i64::from(row.key),
            id: row.id,
            code_space: row.code_space,
            title: row.title,
            description: row.description,
            origin: CodeListOrigin::from_name(&row.origin),
            is_complete: row.is_complete,
            code_count: row.code_count,
            updated: row.updated,
        }
    }
}

/// Columns of a list, shared by the statements below.
macro_rules! select_lists {
    ($rest:literal) => {
        concat!(
            "SELECT key, id, code_space, title, description, origin, is_complete,
                (SELECT count(*) FROM code WHERE list = key) AS code_count,
                to_char(updated AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS updated
             FROM code_list ",
            $rest
        )
    };
}

/// Texts by the names of lists and code.
pub type Texts = BTreeMap<String, String>;

impl Store {
    /// Keeps a list under a codeSpace. A list that is there already gets what is new: its own codes stay, the texts of
    /// equal codes are replaced.
    pub async fn keep_code_list(
        &self,
        code_space: &str,
        list: &CodeList,
        origin: CodeListOrigin,
    ) -> Result<KeptCodeList, StoreError> {
        let space = code_space_key(code_space);
        let mut change = self.change().await?;
        // Two imports may bring the same list at once.
        sqlx::query("LOCK TABLE code_list IN SHARE ROW EXCLUSIVE MODE").execute(&mut *change).await?;
        let key = match list_of(&mut change, &space).await? {
            Some(key) => key,
            None => insert_list(&mut change, &space, list, origin).await?,
        };
        let mut names = vec![space.clone()];
        names.extend(list.code_space.as_deref().map(code_space_key));
        if stadtwin_model::is_relative_code_space(&space) {
            names.extend(file_name_key(&space));
        }
        sqlx::query("INSERT INTO code_space SELECT name, $2 FROM unnest($1::text[]) AS n (name) ON CONFLICT DO NOTHING")
            .bind(&names)
            .bind(key)
            .execute(&mut *change)
            .await?;
        let (added, changed) = merge_codes(&mut change, key, &list.codes).await?;
        let id: String = sqlx::query_scalar(
            "UPDATE code_list SET updated = CASE WHEN $2 THEN now() ELSE updated END WHERE key = $1 RETURNING id",
        )
        .bind(key)
        .bind(added + changed > 0)
        .fetch_one(&mut *change)
        .await?;
        match added + changed {
            0 => change.commit_unseen().await?,
            _ => {
                let details = json!({ "codeSpace": space, "added": added, "changed": changed });
                change.commit(What::of("codelist.kept", format!("/codelists/{id}")).with(details)).await?;
            }
        }
        self.forget_catalogue();
        Ok(KeptCodeList { id, added: added as u64, changed: changed as u64 })
    }

    /// A page of the lists in the order of their coming.
    pub async fn code_lists(&self, after: i64, limit: u32) -> Result<Page<StoredCodeList>, StoreError> {
        let rows: Vec<ListRow> = sqlx::query_as(select_lists!("WHERE key > $1 ORDER BY key LIMIT $2"))
            .bind(after)
            .bind(i64::from(limit) + 1)
            .fetch_all(&self.pool)
            .await?;
        let mut items: Vec<StoredCodeList> = rows.into_iter().map(StoredCodeList::from).collect();
        let has_more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next = items.last().filter(|_| has_more).map(|list| list.key);
        Ok(Page { items, next })
    }

    pub async fn code_list(&self, id: &str) -> Result<Option<StoredCodeList>, StoreError> {
        let row: Option<ListRow> =
            sqlx::query_as(select_lists!("WHERE id = $1")).bind(id).fetch_optional(&self.pool).await?;
        Ok(row.map(StoredCodeList::from))
    }

    /// The list that goes by the first of the names that any goes by; none where several do.
    pub async fn code_list_named(&self, names: &[String]) -> Result<Option<StoredCodeList>, StoreError> {
        for name in names {
            let rows: Vec<ListRow> = sqlx::query_as(select_lists!(
                "WHERE key IN (SELECT list FROM code_space WHERE name = $1) LIMIT 2"
            ))
            .bind(name)
            .fetch_all(&self.pool)
            .await?;
            if !rows.is_empty() {
                let is_one = rows.len() == 1;
                return Ok(rows.into_iter().next().filter(|_| is_one).map(StoredCodeList::from));
            }
        }
        Ok(None)
    }

    /// A page of a list's codes in its order.
    pub async fn codes(
        &self,
        list: &StoredCodeList,
        after: i64,
        limit: u32,
    ) -> Result<Page<Code>, StoreError> {
        let rows: Vec<(String, i64, Json<Texts>)> = sqlx::query_as(
            "SELECT code, ordinal, texts FROM code WHERE list = $1 AND ordinal > $2 ORDER BY ordinal LIMIT $3",
        )
        .bind(list.key as i32)
        .bind(after)
        .bind(i64::from(limit) + 1)
        .fetch_all(&self.pool)
        .await?;
        let has_more = rows.len() > limit as usize;
        let next =
            rows.get(limit.saturating_sub(1) as usize).filter(|_| has_more).map(|(_, ordinal, _)| *ordinal);
        let rows = rows.into_iter().take(limit as usize);
        Ok(Page { items: rows.map(|(code, _, texts)| Code { code, texts: texts.0 }).collect(), next })
    }

    /// The texts of codes: `wanted` is the name that a list goes by, and the code. Where several lists of one name say
    /// different things, nothing is said.
    pub async fn code_texts(
        &self,
        wanted: &[(String, String)],
    ) -> Result<HashMap<(String, String), Texts>, StoreError> {
        let (names, codes): (Vec<&str>, Vec<&str>) =
            wanted.iter().map(|(name, code)| (name.as_str(), code.as_str())).unzip();
        let rows: Vec<(String, String, Json<Texts>)> = sqlx::query_as(
            "SELECT s.name, c.code, min(c.texts::text)::jsonb
             FROM (SELECT DISTINCT name, code FROM unnest($1::text[], $2::text[]) AS w (name, code)) AS w
             JOIN code_space AS s ON s.name = w.name JOIN code AS c ON c.list = s.list AND c.code = w.code
             GROUP BY s.name, c.code HAVING count(DISTINCT c.texts::text) = 1",
        )
        .bind(names)
        .bind(codes)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|(name, code, texts)| ((name, code), texts.0)).collect())
    }

    /// All codes of the complete lists that go by the first of the names that any goes by; `None` where none does.
    pub async fn known_codes(&self, names: &[String]) -> Result<Option<Vec<String>>, StoreError> {
        for name in names {
            let found: (i64, Option<bool>, Option<Vec<String>>) = sqlx::query_as(
                "SELECT count(DISTINCT l.key), bool_and(l.is_complete), array_agg(DISTINCT c.code)
                 FROM code_space AS s JOIN code_list AS l ON l.key = s.list JOIN code AS c ON c.list = l.key
                 WHERE s.name = $1",
            )
            .bind(name)
            .fetch_one(&self.pool)
            .await?;
            if let (1.., is_complete, codes) = found {
                return Ok(codes.filter(|_| is_complete == Some(true)));
            }
        }
        Ok(None)
    }

    /// Whether there was such a list.
    pub async fn remove_code_list(&self, id: &str) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let removed =
            sqlx::query("DELETE FROM code_list WHERE id = $1").bind(id).execute(&mut *change).await?;
        if removed.rows_affected() == 0 {
            return Ok(false);
        }
        change.commit(What::of("codelist.removed", format!("/codelists/{id}"))).await?;
        self.forget_catalogue();
        Ok(true)
    }
}

async fn list_of(connection: &mut PgConnection, space: &str) -> Result<Option<i32>, StoreError> {
    let key = sqlx::query_scalar("SELECT key FROM code_list WHERE code_space = $1")
        .bind(space)
        .fetch_optional(connection)
        .await?;
    Ok(key)
}

async fn insert_list(
    connection: &mut PgConnection,
    space: &str,
    list: &CodeList,
    origin: CodeListOrigin,
) -> Result<i32, StoreError> {
    let wanted = url_id(space);
    let taken: Vec<String> =
        sqlx::query_scalar("SELECT id FROM code_list WHERE id = $1 OR id LIKE $1 || '-%'")
            .bind(&wanted)
            .fetch_all(&mut *connection)
            .await?;
    let numbered = (2_u32..).map(|number| format!("{wanted}-{number}"));
    let id = std::iter::once(wanted.clone()).chain(numbered).find(|id| !taken.contains(id)).unwrap_or(wanted);
    let title = if list.title.is_empty() { &id } else { &list.title };
    let key = sqlx::query_scalar(
        "INSERT INTO code_list (id, code_space, title, description, origin) VALUES ($1, $2, $3, $4, $5) RETURNING key",
    )
    .bind(&id)
    .bind(space)
    .bind(title)
    .bind(&list.description)
    .bind(origin.name())
    .fetch_one(connection)
    .await?;
    Ok(key)
}

/// How many are new and how many differ.
async fn merge_codes(
    connection: &mut PgConnection,
    key: i32,
    codes: &[Code],
) -> Result<(i64, i64), StoreError> {
    let texts: Vec<_> = codes.iter().map(|code| Json(&code.texts)).collect();
    let figures = sqlx::query_as(
        "WITH given AS (
            SELECT code, texts, n + (SELECT coalesce(max(ordinal), 0) FROM code WHERE list = $1) AS ordinal
            FROM unnest($2::text[], $3::jsonb[]) WITH ORDINALITY AS g (code, texts, n)
         ), merged AS (
            INSERT INTO code AS known (list, code, ordinal, texts) SELECT $1, code, ordinal, texts FROM given
            ON CONFLICT (list, code) DO UPDATE SET texts = excluded.texts WHERE known.texts <> excluded.texts
            RETURNING known.ordinal
         )
         SELECT count(*) FILTER (WHERE ordinal IN (SELECT ordinal FROM given)),
            count(*) FILTER (WHERE ordinal NOT IN (SELECT ordinal FROM given)) FROM merged",
    )
    .bind(key)
    .bind(codes.iter().map(|code| code.code.as_str()).collect::<Vec<_>>())
    .bind(texts)
    .fetch_one(connection)
    .await?;
    Ok(figures)
}

/// `Building_class` of `codelists/Building_class.xml`; up to 80 plain signs.
fn url_id(space: &str) -> String {
    let parts = space.trim_end_matches(['/', '#']).rsplit(['/', '#', ':', '\\']);
    let last = parts
        .map(|part| part.trim_end_matches(".xml").trim_end_matches(".gml"))
        .find(|part| !part.is_empty());
    let plain = |sign: char| if sign.is_ascii_alphanumeric() || "._-".contains(sign) { sign } else { '_' };
    let id: String = last.unwrap_or("list").chars().map(plain).take(80).collect();
    if id.trim_matches(['_', '.']).is_empty() { "list".to_owned() } else { id }
}

#[cfg(test)]
mod tests {
    #[test]
    fn ids_come_from_the_last_part_of_a_code_space() {
        for (space, id) in [
            ("codelists/Building_class.xml", "Building_class"),
            ("http://hub.example/codelist/OccupantTypeValue/", "OccupantTypeValue"),
            ("urn:d_nrw_sig3d/ade/noise_de", "noise_de"),
            ("http://x/ade#RoofType", "RoofType"),
            ("用途.xml", "list"),
            ("", "list"),
            ("a b.xml", "a_b"),
        ] {
            assert_eq!(super::url_id(space), id, "{space}");
        }
    }
}

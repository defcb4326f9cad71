//! Drafts into rows of a revision that nobody sees yet.

use stadtwin_formats::object_links;
use stadtwin_geometry::footprint;
use stadtwin_model::{CityObject, Crs, Issue};
use stadtwin_store::{CollectionSummary, CopyRows, ImportSession, encode_rows};

use super::EditError;
use super::make::Drafts;
use super::summary::summarize;
use crate::import::{Checked, check_objects, checked_codes};
use crate::measure::measured_rows;
use crate::terrain::ground_codes;

/// What findings of edits say of their file.
const FILE: &str = "edit";
/// Links to nothing that are told.
const MOST_LOOSE: i64 = 1_000;

/// All is written but the publication.
pub(super) struct Writing {
    pub summary: CollectionSummary,
    /// What was found odd.
    pub issues: Vec<Issue>,
}

pub(super) async fn write(
    session: &mut ImportSession,
    storage: Crs,
    drafts: Drafts,
) -> Result<Writing, EditError> {
    let Drafts { whole, made, same_shape, ended, issues, .. } = drafts;
    let collection = session.collection().clone();
    let brings_surfaces = !whole.is_empty();
    let keys: Vec<i64> = ended.iter().map(|(key, _)| *key).collect();
    let count: usize =
        whole.iter().map(|checked| &checked.object).chain(&made).map(|object| object.walk().len()).sum();
    let first = session.reserve_ids(count as i64).await?;
    let (rows, revision) = (measured_rows(storage.horizontal), session.revision());
    let computed = tokio::task::spawn_blocking(move || -> anyhow::Result<_> {
        let (checked, found) = check_objects(made, &storage);
        let all: Vec<Checked> = whole.into_iter().chain(checked).collect();
        let begun: Vec<&CityObject> = all.iter().map(|checked| &checked.object).collect();
        let gone: Vec<&CityObject> = ended.iter().map(|(_, object)| object).collect();
        let summary = summarize(&collection, &gone, &begun, &storage)?;
        let links: Vec<_> = all
            .iter()
            .map(|checked| (checked.object.id.clone(), object_links(&checked.object)))
            .filter(|(_, links)| !links.is_empty())
            .collect();
        Ok((encode(rows, collection.key, revision, first, &all), summary, links, found))
    });
    let (rows, summary, links, found) = computed.await.map_err(anyhow::Error::from)??;
    if !rows.is_empty() {
        let mut writer = session.writer().await?;
        writer.send(rows).await?;
        writer.finish().await?;
        session.join_rows().await?;
    }
    session.end(&keys).await?;
    let mut issues: Vec<Issue> = issues.into_iter().chain(found).collect();
    if !links.is_empty() {
        session.add_links(&links).await?;
        for link in session.settle_links(brings_surfaces, MOST_LOOSE).await? {
            issues.push(crate::import::loose_link(&link));
        }
    }
    let told: Vec<_> = issues.iter().map(|issue| (FILE.to_owned(), issue.clone())).collect();
    session.add_issues(&told).await?;
    let mut looked_for = checked_codes();
    looked_for.extend(ground_codes());
    looked_for.push("link_unresolved".into());
    session.keep_findings(same_shape, looked_for);
    Ok(Writing { summary, issues })
}

fn encode(mut rows: CopyRows, collection: i32, revision: i64, first: i64, all: &[Checked]) -> CopyRows {
    let mut ids = first..;
    for Checked { object, hash } in all {
        let footprint = footprint(object);
        encode_rows(&mut rows, collection, revision, &mut ids, object, &footprint, *hash);
    }
    rows
}

//! Filters tried in memory: values that filters compare, a column for each. They are read beside the requests and brought up to
//! date as directories are; until then the store answers.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::Memory;
use crate::api::error::ApiError;
use crate::api::projection::compute;
use crate::api::state::AppState;
use stadtwin_directory::{Column, ColumnKind, Directory, Entry};
use stadtwin_model::Collection;
use stadtwin_query::{FeatureQuery, Filter, Known, Needed, Term, Type, Values};
use stadtwin_store::{Store, StoreError};

/// How many columns there are at most.
const MOST_COLUMNS: usize = 64;
/// How many times as long as it took nothing is read again.
const REST: u32 = 10;
/// After a failure, and for what cannot be kept.
const LONG_REST: Duration = Duration::from_secs(600);
/// What a filter is tried on beside other requests, not in their way.
const AT_ONCE: usize = 5_000;

/// A value of the features of one collection.
pub(super) struct ColumnSlot {
    collection: i32,
    term: Term,
    column: Option<Arc<Column>>,
    used: Instant,
    is_busy: bool,
    rests_until: Option<Instant>,
}

/// Those of the places in the directory (`None`: all) whose features the question's filter selects; `None`: ask the store.
pub(super) async fn selected(
    state: &AppState,
    query: &FeatureQuery,
    directory: &Arc<Directory>,
    places: Option<Vec<u32>>,
) -> Result<Option<Vec<u32>>, ApiError> {
    let Some(needed) = query.filter.as_ref().and_then(Filter::columns) else { return Ok(None) };
    let mut columns = Vec::with_capacity(needed.len());
    for Needed { reads, .. } in &needed {
        let Some(column) = column(state, &query.collection, directory, reads).await else { return Ok(None) };
        columns.push(column);
    }
    let places = places.unwrap_or_else(|| (0..directory.count() as u32).collect());
    if places.len() <= AT_ONCE {
        return Ok(query.filter.as_ref().map(|filter| tried(filter, &columns, places)));
    }
    drop(needed);
    let filter = query.filter.clone();
    compute(move || Ok(filter.map(|filter| tried(&filter, &columns, places)))).await
}

/// `columns` in the order of the filter's.
fn tried(filter: &Filter, columns: &[Arc<Column>], mut places: Vec<u32>) -> Vec<u32> {
    let needed = filter.columns().unwrap_or_default();
    let values = needed.iter().zip(columns).map(|(needed, column)| (needed.at, &**column)).collect();
    let mut row = Row { values, at: 0 };
    places.retain(|at| {
        row.at = *at;
        filter.holds(&row)
    });
    places
}

/// A feature's values, each by where it stands in the filter.
struct Row<'a> {
    values: Vec<(&'a Term, &'a Column)>,
    at: u32,
}

impl Values for Row<'_> {
    fn given(&self, term: &Term) -> Option<Known<'_>> {
        let (_, column) = self.values.iter().find(|(at, _)| std::ptr::eq(*at, term))?;
        Some(match column.get(self.at) {
            Entry::Nothing => Known::Unknown,
            Entry::Truth(truth) => Known::Truth(truth),
            Entry::Number(number) => Known::Number(number),
            Entry::Text(text) => Known::Text(text.into()),
        })
    }
}

/// The column that goes with the directory; where there is none it will come.
async fn column(
    state: &AppState,
    collection: &Arc<Collection>,
    directory: &Arc<Directory>,
    term: &Term,
) -> Option<Arc<Column>> {
    let memory = &state.memory;
    let old = match memory.column(collection, directory, term) {
        Found::Column(column) => return Some(column),
        Found::Nothing => return None,
        Found::ToRead(old) => old,
    };
    let reading = Reading {
        memory: memory.clone(),
        store: state.store.clone(),
        collection: collection.clone(),
        directory: directory.clone(),
        term: term.clone(),
    };
    let reading = tokio::spawn(reading.run(old));
    if !memory.waits || reading.await.is_err() {
        return None;
    }
    match memory.column(collection, directory, term) {
        Found::Column(column) => Some(column),
        _ => None,
    }
}

enum Found {
    Column(Arc<Column>),
    Nothing,
    /// By the one who is told so, beginning with what there is.
    ToRead(Option<Arc<Column>>),
}

impl Memory {
    /// All columns together [bytes].
    pub fn column_bytes(&self) -> usize {
        let slots = self.columns.lock().unwrap_or_else(PoisonError::into_inner);
        slots.iter().filter_map(|slot| slot.column.as_ref()).map(|column| column.bytes()).sum()
    }

    /// What columns may take together [bytes]: as much as a quarter of the rest.
    fn most_column_bytes(&self) -> usize {
        usize::try_from(self.size_bytes / 4).unwrap_or(usize::MAX)
    }

    fn column(&self, collection: &Collection, directory: &Directory, term: &Term) -> Found {
        let mut slots = self.columns.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let known = slots.iter_mut().find(|slot| slot.collection == collection.key && slot.term == *term);
        let Some(slot) = known else {
            if slots.len() >= MOST_COLUMNS {
                let idle = slots.iter().enumerate().filter(|(_, slot)| !slot.is_busy);
                let Some((oldest, _)) = idle.min_by_key(|(_, slot)| slot.used) else { return Found::Nothing };
                slots.swap_remove(oldest);
            }
            slots.push(ColumnSlot {
                collection: collection.key,
                term: term.clone(),
                column: None,
                used: now,
                is_busy: self.waits,
                rests_until: None,
            });
            // For what is asked for once all of it need not be read.
            return if self.waits { Found::ToRead(None) } else { Found::Nothing };
        };
        slot.used = now;
        if let Some(column) = slot.column.as_ref().filter(|column| column.is_of(directory.keys())) {
            return Found::Column(column.clone());
        }
        let is_resting = slot.rests_until.is_some_and(|until| now < until);
        if slot.is_busy || is_resting && !self.waits {
            return Found::Nothing;
        }
        slot.is_busy = true;
        Found::ToRead(slot.column.clone())
    }

    /// Keeps what was read, and drops what was not used for longest where all together are too many.
    fn keep(&self, collection: &Collection, term: &Term, read: Option<Column>, took: Duration) {
        let mut slots = self.columns.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) =
            slots.iter_mut().find(|slot| slot.collection == collection.key && slot.term == *term)
        {
            slot.is_busy = false;
            slot.rests_until = Some(Instant::now() + if read.is_some() { took * REST } else { LONG_REST });
            slot.column = read.map(Arc::new);
        }
        let bytes = |slot: &ColumnSlot| slot.column.as_ref().map_or(0, |column| column.bytes());
        while slots.iter().map(bytes).sum::<usize>() > self.most_column_bytes() {
            let full = slots.iter_mut().filter(|slot| slot.column.is_some());
            let Some(oldest) = full.min_by_key(|slot| slot.used) else { break };
            oldest.column = None;
            oldest.rests_until = Some(Instant::now() + LONG_REST);
        }
    }
}

/// A column being read.
struct Reading {
    memory: Arc<Memory>,
    store: Store,
    collection: Arc<Collection>,
    directory: Arc<Directory>,
    term: Term,
}

impl Reading {
    async fn run(self, old: Option<Arc<Column>>) {
        let started = Instant::now();
        let read = self.read(old).await.unwrap_or_else(|error| {
            tracing::warn!(collection = self.collection.id, %error, "Values for filters could not be read: the database answers alone");
            None
        });
        self.memory.keep(&self.collection, &self.term, read, started.elapsed());
    }

    async fn read(&self, old: Option<Arc<Column>>) -> Result<Option<Column>, StoreError> {
        let keys = self.directory.keys();
        let is_new = old.is_none();
        let old = old.unwrap_or_else(|| Arc::new(Column::empty(kind(&self.term))));
        let missing = old.missing(keys);
        let only = (!is_new).then_some(&missing[..]);
        let most = self.memory.most_column_bytes() / 2;
        let values = self.store.values(&self.collection, &self.term, only, most).await?;
        Ok(values.and_then(|values| old.changed(keys, &values)))
    }
}

fn kind(term: &Term) -> ColumnKind {
    match term.kind() {
        Type::Boolean => ColumnKind::Truths,
        Type::Number => ColumnKind::Numbers,
        _ => ColumnKind::Texts,
    }
}

//! What nearly every request needs and only imports change, kept in memory for a moment.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::code_list::Texts;
use super::{Head, Store, StoreError};
use stadtwin_model::{Collection, text_in};

/// Codes whose texts are kept in memory.
const MOST_TEXTS: usize = 50_000;

/// One state of collections, code lists and links.
#[derive(Debug)]
pub struct Catalogue {
    collections: Vec<Arc<Collection>>,
    /// Changes whenever a code list does.
    pub code_lists: String,
    /// Whether any object links to another.
    pub has_links: bool,
    /// What all of the above was read from.
    state: String,
    /// Of codes asked for before, by list and code; `None` has none.
    texts: RwLock<HashMap<String, HashMap<String, Option<Texts>>>>,
}

impl Catalogue {
    /// Also one that nothing was published in yet.
    pub fn collection(&self, id: &str) -> Option<&Arc<Collection>> {
        self.collections.iter().find(|collection| collection.id == id)
    }

    /// The text of a code in a language, if the list that goes by one of the names has it; `unknown` gets those that
    /// nobody asked for yet.
    pub fn text(
        &self,
        lists: &[String],
        code: &str,
        language: &str,
        unknown: &mut BTreeSet<(String, String)>,
    ) -> Option<String> {
        let texts = self.texts.read().unwrap_or_else(PoisonError::into_inner);
        for list in lists {
            match texts.get(list).and_then(|codes| codes.get(code)) {
                None => drop(unknown.insert((list.clone(), code.to_owned()))),
                Some(None) => {}
                Some(Some(found)) => {
                    if let Some(text) = text_in(found, language) {
                        return Some(text.to_owned());
                    }
                }
            }
        }
        None
    }

    /// All that have been published, in the order of their making.
    pub fn collections(&self) -> impl Iterator<Item = &Arc<Collection>> {
        self.collections.iter().filter(|collection| collection.head > 0)
    }
}

/// The newest state known, with the time of the last look.
#[derive(Debug, Default)]
pub(super) struct Kept {
    now: RwLock<Option<(Instant, Arc<Catalogue>)>>,
    /// How often it was forgotten: what was read before a change is not kept behind it.
    changes: AtomicU64,
    /// One look at a time.
    looking: tokio::sync::Mutex<()>,
}

impl Kept {
    fn newest(&self) -> Option<(Instant, Arc<Catalogue>)> {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, catalogue: &Arc<Catalogue>, looked: Instant, changes: u64) {
        let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
        if self.changes.load(Ordering::Acquire) == changes {
            *now = Some((looked, catalogue.clone()));
        }
    }

    fn forget(&self) {
        let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
        self.changes.fetch_add(1, Ordering::Release);
        *now = None;
    }
}

/// Whatever is updated gets another `xmin`.
const STATE: &str = "
    SELECT (SELECT count(*) || ' ' || coalesce(extract(epoch FROM max(updated)), 0) FROM code_list) AS code_lists,
        EXISTS (SELECT FROM object_link) AS has_links,
        concat_ws(' ', (SELECT string_agg(key || '@' || xmin, ',' ORDER BY key) FROM collection),
            (SELECT string_agg(key || '@' || xmin, ',' ORDER BY key) FROM terrain)) AS rows";

impl Store {
    /// A store whose catalogue may be as old as this: readers see what another process wrote only then. What was
    /// written through this store is seen at once.
    pub fn with_catalogue_age(mut self, age: Duration) -> Store {
        self.catalogue_age = age;
        self
    }

    /// The newest state; a statement to the database only where the last look is older than allowed.
    pub async fn catalogue(&self) -> Result<Arc<Catalogue>, StoreError> {
        let fresh = |kept: Option<(Instant, Arc<Catalogue>)>| {
            kept.filter(|(looked, _)| looked.elapsed() < self.catalogue_age).map(|(_, catalogue)| catalogue)
        };
        if let Some(catalogue) = fresh(self.kept.newest()) {
            return Ok(catalogue);
        }
        let _looking = self.kept.looking.lock().await;
        if let Some(catalogue) = fresh(self.kept.newest()) {
            return Ok(catalogue);
        }
        let (looked, changes) = (Instant::now(), self.kept.changes.load(Ordering::Acquire));
        let (code_lists, has_links, rows): (String, bool, String) =
            sqlx::query_as(STATE).fetch_one(&self.pool).await?;
        let state = format!("{code_lists} {has_links} {rows}");
        let catalogue = match self.kept.newest() {
            Some((_, catalogue)) if catalogue.state == state => catalogue,
            _ => Arc::new(Catalogue {
                collections: self.all_collections().await?.into_iter().map(Arc::new).collect(),
                code_lists,
                has_links,
                state,
                texts: RwLock::default(),
            }),
        };
        self.kept.keep(&catalogue, looked, changes);
        Ok(catalogue)
    }

    /// As it is now, whatever is kept.
    pub async fn newest_catalogue(&self) -> Result<Arc<Catalogue>, StoreError> {
        self.forget_catalogue();
        self.catalogue().await
    }

    /// What readers are told of they also get.
    pub(super) fn forget_older_catalogue(&self, heads: &HashMap<i32, Head>) {
        let Some((_, catalogue)) = self.kept.newest() else { return };
        let known = |key: i32| catalogue.collections.iter().find(|collection| collection.key == key);
        if heads.iter().any(|(key, head)| known(*key).is_none_or(|known| known.head < head.revision)) {
            self.forget_catalogue();
        }
    }

    /// To be called after what the catalogue holds was changed.
    pub(super) fn forget_catalogue(&self) {
        self.kept.forget();
    }

    /// Asks for the texts of codes that the catalogue does not know yet.
    pub async fn learn_texts(
        &self,
        catalogue: &Catalogue,
        unknown: BTreeSet<(String, String)>,
    ) -> Result<(), StoreError> {
        let unknown: Vec<_> = unknown.into_iter().collect();
        let mut asked = self.code_texts(&unknown).await?;
        let mut kept = catalogue.texts.write().unwrap_or_else(PoisonError::into_inner);
        if kept.values().map(HashMap::len).sum::<usize>() + unknown.len() > MOST_TEXTS {
            kept.clear();
        }
        for name in unknown {
            let texts = asked.remove(&name);
            kept.entry(name.0).or_default().insert(name.1, texts);
        }
        Ok(())
    }
}

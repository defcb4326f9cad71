//! What an import compares with and writes to: a revision being written, or for a dry run the state that is there.

use std::collections::HashMap;

use anyhow::bail;

use crate::ground_codes;
use stadtwin_geometry::validate::{KINDS, THEMATIC};
use stadtwin_model::Collection;
use stadtwin_store::{DryMatching, Fresh, ImportSession, Known, MatchRule, Matches, Store};

use super::{Checks, Import, ImportReport};

/// Row ids reserved for a run: more than any file has objects, and 2^63 holds 2^31 such blocks.
const ID_BLOCK: i64 = 1 << 32;

/// Codes of findings that only checks give.
pub(super) fn check_codes() -> Vec<String> {
    KINDS
        .iter()
        .map(|kind| kind.code.to_string())
        .chain(THEMATIC.iter().map(|word| (*word).to_owned()))
        .collect()
}

#[expect(clippy::large_enum_variant, reason = "an import has one of it")]
pub(super) enum Target {
    Written(ImportSession),
    /// `None`: there is no such collection yet, and a dry run makes none.
    Compared {
        store: Store,
        collection: Option<Collection>,
        matching: Option<Box<DryMatching>>,
    },
}

impl Target {
    /// Opens a revision; on a dry run only looks.
    pub async fn open(import: &Import, store: &Store) -> anyhow::Result<Target> {
        if import.dry_run {
            let collection = store.collection(&import.collection).await?;
            return Ok(Target::Compared { store: store.clone(), collection, matching: None });
        }
        let title = import.title.as_deref().unwrap_or_default();
        let collection = store.create_collection(&import.collection, title, "").await?;
        let mut session = store.begin_import(&collection).await?;
        // What a comparison with the ground found holds until the next one.
        let mut kept = ground_codes();
        if import.checks == Checks::None {
            kept.extend(check_codes());
        }
        session.keep_codes(kept);
        Ok(Target::Written(session))
    }

    /// Whether earlier imports left findings that hold.
    pub async fn has_findings(&self) -> anyhow::Result<bool> {
        match self.session() {
            Some(session) => Ok(session.has_findings().await?),
            None => Ok(false),
        }
    }

    pub fn session(&self) -> Option<&ImportSession> {
        match self {
            Target::Written(session) => Some(session),
            Target::Compared { .. } => None,
        }
    }

    pub fn collection(&self) -> Option<&Collection> {
        match self {
            Target::Written(session) => Some(session.collection()),
            Target::Compared { collection, .. } => collection.as_ref(),
        }
    }

    /// The first row id that is this run's own.
    pub async fn reserve_ids(&self) -> anyhow::Result<i64> {
        match self.session() {
            Some(session) => Ok(session.reserve_ids(ID_BLOCK).await?),
            None => Ok(0),
        }
    }

    /// Those of the ids that the collection holds.
    pub async fn known(&self, ids: &[String]) -> anyhow::Result<HashMap<String, Known>> {
        Ok(match self {
            Target::Written(session) => session.known(ids).await?,
            Target::Compared { store, collection: Some(collection), .. } => {
                store.known(collection, ids).await?
            }
            Target::Compared { collection: None, .. } => HashMap::new(),
        })
    }

    /// Leaves all objects as they were; what was found of them this time holds in place of what was found before.
    pub async fn settle(self) -> anyhow::Result<()> {
        match self {
            Target::Written(session) => Ok(session.settle_and_abandon().await?),
            Target::Compared { .. } => Ok(()),
        }
    }

    pub async fn begin_matching(&mut self) -> anyhow::Result<()> {
        match self {
            Target::Written(session) => session.begin_matching().await?,
            Target::Compared { store, collection: Some(collection), matching } => {
                *matching = Some(Box::new(store.begin_matching(collection).await?));
            }
            Target::Compared { collection: None, .. } => {}
        }
        Ok(())
    }

    pub async fn add_for_matching(&self, fresh: &[Fresh], met: &[i64]) -> anyhow::Result<()> {
        match self {
            Target::Written(session) => session.add_for_matching(fresh, met).await?,
            Target::Compared { matching: Some(matching), .. } => matching.add(fresh, met).await?,
            Target::Compared { .. } => {}
        }
        Ok(())
    }

    pub async fn match_objects(&self, rule: MatchRule) -> anyhow::Result<Matches> {
        Ok(match self {
            Target::Written(session) => session.match_objects(rule).await?,
            Target::Compared { matching: Some(matching), .. } => matching.matches(rule).await?,
            Target::Compared { .. } => Matches::default(),
        })
    }

    /// After a refusal: everything as it was, but what was found wrong in the first input of a collection can be asked for.
    pub async fn refuse(self, store: &Store) -> anyhow::Result<()> {
        match self.collection() {
            Some(collection) if collection.head == 0 => self.settle().await,
            _ => self.abandon(store).await,
        }
    }

    /// Leaves everything as it was; a collection that never held anything goes.
    pub async fn abandon(self, store: &Store) -> anyhow::Result<()> {
        let Target::Written(session) = self else { return Ok(()) };
        let collection = session.collection().clone();
        session.abandon().await?;
        if collection.head == 0 {
            store.drop_collection(&collection.id).await?;
        }
        Ok(())
    }

    /// Ends what the input no longer holds, unless objects may be missing because the input could not be read.
    pub async fn end_missing(&self, report: &mut ImportReport) -> anyhow::Result<()> {
        if report.members == 0 {
            bail!(
                "the input holds no usable object; `--mode replace` would have emptied `{}`, so nothing was changed",
                report.collection
            );
        }
        if report.is_incomplete {
            report.replace_refused = Some(
                "the input could not be read as a whole, so objects that it does not hold were kept: repair it and import again with `--mode replace`"
                    .into(),
            );
            return Ok(());
        }
        // Those in whose place others stand are staged to end already, and counted.
        report.ended = match self {
            Target::Written(session) => report.ended + session.end_missing(None).await?,
            Target::Compared { collection, .. } => {
                let held = collection.as_ref().map_or(0, |collection| collection.feature_count.max(0) as u64);
                held.saturating_sub(report.updated + report.unchanged)
            }
        };
        Ok(())
    }
}

//! An earlier revision becomes the head again, as a new revision: nothing of the history is lost.

use std::sync::Arc;

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

use stadtwin_model::{Revision, RevisionState, Target};
use stadtwin_store::{CollectionSummary, Store};

use super::queue::{Job, JobContext};
use super::{Progress, compare_after_publication, follow_publication};

/// The parameters of a rollback.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Rollback {
    pub collection: String,
    /// The revision whose state shall be the head's.
    pub to: i64,
    /// Height of the geoid above the ellipsoid [m] in place of a grid.
    pub geoid_constant_m: Option<f64>,
}

impl Job for Rollback {
    const KIND: &'static str = "rollback";

    fn target(&self) -> Target {
        Target::Collection(self.collection.clone())
    }

    async fn run(&self, context: &JobContext) -> anyhow::Result<serde_json::Value> {
        let report = Rollback::run(self, &context.store, context.progress.clone()).await?;
        Ok(serde_json::to_value(report)?)
    }
}

/// What a rollback did.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct RollbackReport {
    pub collection: String,
    pub restores: i64,
    /// The revision published; `None` when the head has that state already.
    pub revision: Option<i64>,
    /// Top-level objects that came back.
    pub inserted: i64,
    /// Top-level objects that went.
    pub ended: i64,
    /// Top-level objects at the new head.
    pub features: i64,
    pub tiles: usize,
}

impl Rollback {
    /// Runs to the end; on an error, or when dropped, nothing of it is ever seen.
    pub async fn run(&self, store: &Store, progress: Arc<Progress>) -> anyhow::Result<RollbackReport> {
        let collection = store.collection(&self.collection).await?.with_context(|| {
            format!("no collection `{}`; `stadtwin collections` lists them", self.collection)
        })?;
        check_published(&store.revisions(&collection).await?, self)?;
        let mut report = RollbackReport {
            collection: self.collection.clone(),
            restores: self.to,
            features: collection.feature_count,
            ..RollbackReport::default()
        };
        progress.say("comparing the revisions");
        let session = store.begin_import(&collection).await?;
        let (begun, ended) = session.stage_restore(self.to).await?;
        if begun + ended == 0 {
            session.abandon().await?;
            report.tiles = follow_publication(store, &self.collection, self.geoid_constant_m).await?.tiles;
            return Ok(report);
        }
        progress.say("publishing");
        let job = progress.job.get().copied();
        let published = session.publish_for(job, CollectionSummary::default()).await?;
        report.revision = Some(published.number);
        report.inserted = published.inserted_count;
        report.ended = published.ended_count;
        report.features = published.feature_count;
        progress.say("planning tiles");
        report.tiles = follow_publication(store, &self.collection, self.geoid_constant_m).await?.tiles;
        compare_after_publication(store, &self.collection, 1, &progress).await;
        Ok(report)
    }
}

impl RollbackReport {
    /// The report as `stadtwin rollback` prints it.
    pub fn to_text(&self) -> String {
        match self.revision {
            None => {
                format!("nothing to do: `{}` is as it was in revision {}", self.collection, self.restores)
            }
            Some(revision) => format!(
                "published revision {revision} of `{}`: as in revision {}; {} objects came back, {} went, {} in all; {} tiles planned",
                self.collection, self.restores, self.inserted, self.ended, self.features, self.tiles
            ),
        }
    }
}

fn check_published(revisions: &[Revision], rollback: &Rollback) -> anyhow::Result<()> {
    let published = |revision: &&Revision| revision.state == RevisionState::Published;
    if revisions.iter().filter(published).any(|revision| revision.number == rollback.to) {
        return Ok(());
    }
    bail!(
        "`{}` has no published revision {}; `stadtwin revisions --collection {}` lists them",
        rollback.collection,
        rollback.to,
        rollback.collection
    )
}

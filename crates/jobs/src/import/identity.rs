//! Objects that their supplier names anew: what was not found by id is matched with what the input no longer names.

use anyhow::bail;
use serde::{Deserialize, Serialize};

use stadtwin_geometry::footprint;
use stadtwin_model::{IdentityMatch, Succession};
use stadtwin_store::{Fresh, MatchRule, Matches};

use super::prepare::{Content, Prepared};
use super::run::Run;
use super::{Import, ImportReport, Mode};

/// Share of the larger footprint from which two are the same thing, unless told otherwise.
const LEAST_OVERLAP: f64 = 0.5;

/// By what objects are recognised that the collection holds already; each after those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MatchBy {
    /// gml:id alone.
    #[default]
    Id,
    /// A common external reference, such as the OID of the cadastre.
    Reference,
    /// Overlap of footprints of the same class.
    Overlap,
}

/// What became of objects that were not found by id.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct IdentityReport {
    /// Known objects recognised by reference and by footprint; they count as updated.
    pub by_reference: u64,
    pub by_overlap: u64,
    /// Old objects that end since others stand in their place.
    pub superseded: u64,
    /// The first 1,000 recognised ones, and the first 1,000 splits and merges.
    pub recognised: Vec<IdentityMatch>,
    pub successions: Vec<Succession>,
}

impl From<Matches> for IdentityReport {
    fn from(found: Matches) -> IdentityReport {
        IdentityReport {
            by_reference: found.by_reference,
            by_overlap: found.by_overlap,
            superseded: found.superseded,
            recognised: found.kept,
            successions: found.successions,
        }
    }
}

/// Objects of the present batch that were not found by id.
#[derive(Default)]
pub(super) struct Unknown(Vec<Fresh>);

impl Unknown {
    pub fn note(&mut self, prepared: &Prepared) {
        let Content::Whole(object) = &prepared.content else { return };
        self.0.push(Fresh {
            id: prepared.id.clone(),
            class: object.class.name(),
            references: object.attributes.get("externalReferences").cloned().unwrap_or_default(),
            footprint: footprint(object),
        });
    }
}

impl Import {
    /// The share of footprints asked for; an error where matching makes no sense.
    pub fn check_matching(&self) -> anyhow::Result<f64> {
        let least = self.match_overlap.unwrap_or(LEAST_OVERLAP);
        if !(least > 0.0 && least <= 1.0) {
            bail!("a match needs an overlap above 0 and up to 1, not {least}");
        }
        if self.match_by != MatchBy::Id && self.mode == Mode::Append {
            bail!(
                "mode `append` takes every object for a new one: match by id, or use `update` or `replace`"
            );
        }
        Ok(least)
    }
}

impl Run<'_> {
    /// Notes a batch: `met` are keys of objects found by id.
    pub(super) async fn note_batch(&mut self, met: Vec<i64>) -> anyhow::Result<()> {
        let Some(unknown) = &mut self.unknown else { return Ok(()) };
        let fresh = std::mem::take(&mut unknown.0);
        self.target.add_for_matching(&fresh, &met).await
    }

    /// Once all was read and written: matched objects count as updated.
    pub(super) async fn recognise(&mut self) -> anyhow::Result<()> {
        if self.unknown.is_none() {
            return Ok(());
        }
        self.progress.say("recognising objects under other ids");
        let least = self.import.check_matching()?;
        let rule = MatchRule {
            least_overlap: (self.import.match_by == MatchBy::Overlap).then_some(least),
            is_replaced: self.import.mode == Mode::Replace && !self.report.is_incomplete,
        };
        let found = IdentityReport::from(self.target.match_objects(rule).await?);
        let kept = found.by_reference + found.by_overlap;
        self.report.inserted = self.report.inserted.saturating_sub(kept);
        self.report.updated += kept;
        self.report.ended += found.superseded;
        self.report.identity = Some(found);
        Ok(())
    }
}

impl ImportReport {
    pub(super) fn identity_text(&self) -> Option<String> {
        let found = self.identity.as_ref()?;
        Some(format!(
            "recognised under another id: {} by reference, {} by footprint; {} objects were split or merged",
            found.by_reference, found.by_overlap, found.superseded
        ))
    }
}

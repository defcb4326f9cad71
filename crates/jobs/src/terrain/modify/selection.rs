//! Which modifications of a terrain a reader sees.

use stadtwin_model::{Terrain, TerrainModification};
use stadtwin_store::Store;

use super::super::edits::TerrainEdits;
use super::{MOST_MODIFICATIONS, ModificationError};

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Selection {
    /// Those that belong to the ground for all.
    #[default]
    Base,
    None,
    /// All that are enabled and belong to no plan.
    All,
    /// By id, each once.
    Named(Vec<i64>),
}

impl Selection {
    /// `all`, `none` or ids, separated by commas.
    pub fn parse(text: &str) -> Result<Selection, ModificationError> {
        let wrong = || {
            let shown: String = text.chars().take(60).collect();
            ModificationError::Selection(format!(
                "`modifications` must be all, none or ids separated by commas, not `{shown}`"
            ))
        };
        match text {
            "all" => return Ok(Selection::All),
            "none" => return Ok(Selection::None),
            _ => {}
        }
        let ids: Option<Vec<i64>> = text.split(',').map(|id| id.trim().parse().ok()).collect();
        let mut ids = ids.filter(|ids| ids.len() <= MOST_MODIFICATIONS as usize).ok_or_else(wrong)?;
        ids.sort_unstable();
        ids.dedup();
        Ok(Selection::Named(ids))
    }

    /// In memory, roughly.
    pub fn size_bytes(&self) -> u64 {
        if let Selection::Named(ids) = self { 512 + 8 * ids.len() as u64 } else { 512 }
    }

    fn takes(&self, modification: &TerrainModification) -> bool {
        modification.is_enabled
            && match self {
                Selection::Base => modification.in_base,
                Selection::None => false,
                Selection::All => modification.scenario.is_none(),
                Selection::Named(ids) => ids.contains(&modification.id),
            }
    }
}

/// The edits to be applied, in the order of their making.
pub async fn selected_edits(
    store: &Store,
    terrain: &Terrain,
    selection: &Selection,
) -> Result<TerrainEdits, ModificationError> {
    if terrain.modified == 0 && !matches!(selection, Selection::Named(_)) || *selection == Selection::None {
        return Ok(TerrainEdits::default());
    }
    let all = store.terrain_modifications(terrain.key, 0, MOST_MODIFICATIONS as u32).await?;
    if let Selection::Named(ids) = selection {
        for id in ids {
            let found = all.iter().find(|modification| modification.id == *id);
            let fault = match found {
                None => "does not have",
                Some(found) if !found.is_enabled => "has, but not enabled",
                Some(_) => continue,
            };
            return Err(ModificationError::Selection(format!(
                "`modifications` names {id}, which terrain `{}` {fault}",
                terrain.id
            )));
        }
    }
    let edits = all.into_iter().filter(|modification| selection.takes(modification));
    let (terrain, edits) = (terrain.clone(), edits.map(|modification| modification.edit).collect());
    let made = tokio::task::spawn_blocking(move || TerrainEdits::new(&terrain, edits)).await?;
    made.map_err(|cause| ModificationError::Failed(cause.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selections_are_words_or_ids() {
        for (text, expected) in [
            ("all", Selection::All),
            ("none", Selection::None),
            ("3", Selection::Named(vec![3])),
            ("7, 3,7", Selection::Named(vec![3, 7])),
        ] {
            assert_eq!(Selection::parse(text).unwrap(), expected, "{text}");
        }
        for wrong in ["", "All", "1,", "a", "1;2", "1.5"] {
            assert!(Selection::parse(wrong).unwrap_err().to_string().contains("`modifications`"), "{wrong}");
        }
    }
}

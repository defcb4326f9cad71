//! What is looked at before a batch is written: where the objects that it brings or moves are, how high, and of what shape.

use std::collections::HashMap;

use stadtwin_model::{CityObject, Footprint, Scenario, Severity};
use stadtwin_scenario::plane::common;
use stadtwin_scenario::{Demand, Finding, Site, check_planned, terrain_samples};

use super::fault::{PlanFault, PlanFaultKind};
use super::report::PlanIssue;
use super::run::Desk;
use super::settle::Settled;
use super::write::Brought;
use super::{PlanAct, PlanBatch, PlanError};
use crate::edit::EditTools;
use crate::edit::heights::ground;

/// An object as it will stand.
pub(super) struct Entry {
    /// Of the operation.
    index: usize,
    /// `Collection::key`.
    collection: i32,
    object: CityObject,
}

/// What an operation brings, and what it moves as the move leaves it.
pub(super) fn entries(batch: &PlanBatch, brought: &[(usize, Vec<Brought>)], settled: &Settled) -> Vec<Entry> {
    let mut entries: Vec<Entry> = brought
        .iter()
        .flat_map(|(index, all)| all.iter().map(|one| (*index, one)))
        .map(|(index, one)| Entry { index, collection: one.collection, object: one.object.clone() })
        .collect();
    let moves = batch.operations.iter().zip(batch.seqs()).enumerate();
    let moves: HashMap<i64, usize> = moves
        .filter(|(_, (operation, _))| matches!(operation.act, PlanAct::Transform { .. }))
        .map(|(index, (_, seq))| (seq, index))
        .collect();
    if moves.is_empty() {
        return entries;
    }
    for draft in &settled.drafts {
        let effects = draft.shown_by.iter().filter_map(|at| settled.effects.get(*at));
        let index = effects.flat_map(|effect| &effect.operations).find_map(|seq| moves.get(seq));
        if let Some(index) = index {
            entries.push(Entry { index: *index, collection: draft.collection, object: draft.object.clone() });
        }
    }
    entries
}

/// Adds findings and faults to those of the desk.
pub(super) async fn check(
    desk: &mut Desk<'_>,
    tools: &EditTools,
    scenario: &Scenario,
    entries: Vec<Entry>,
) -> Result<(), PlanError> {
    if entries.is_empty() {
        return Ok(());
    }
    let bounds = Bounds::of(desk, scenario).await?;
    let ground = Ground::below(desk, tools, &entries).await?;
    let found = tokio::task::spawn_blocking(move || examine(&entries, &bounds, &ground));
    for finding in found.await.map_err(anyhow::Error::from)? {
        match finding.severity {
            Severity::Error => desk.faults.push(fault(finding)),
            _ => desk.issues.push(PlanIssue::of(finding)),
        }
    }
    Ok(())
}

/// Blocks.
fn examine(entries: &[Entry], bounds: &Bounds, ground: &Ground) -> Vec<Finding> {
    let mut found = Vec::new();
    // United once, or each object at a border would have them united again.
    let municipality = match bounds.municipality.len() {
        0 | 1 => bounds.municipality.clone(),
        _ => common(&bounds.municipality, &bounds.municipality).polygons,
    };
    for entry in entries {
        let terrain = |place: [f64; 2]| ground.0.get(&(entry.collection, bits(place))).copied();
        let site = Site {
            municipality: &municipality,
            project_area: &bounds.project_area,
            terrain: &terrain,
            demand: Demand::ToShow,
        };
        // One by one: that a name is there only once the operations have settled.
        let of_entry = check_planned(std::slice::from_ref(&entry.object), &site);
        found.extend(of_entry.into_iter().map(|finding| Finding { index: entry.index, ..finding }));
    }
    found
}

fn fault(finding: Finding) -> PlanFault {
    let kind = match finding.rule.as_str() {
        "outside_municipality" => PlanFaultKind::Outside,
        _ => PlanFaultKind::Unusable,
    };
    let fault = PlanFault::new(finding.index, Some(&finding.id), kind, finding.message);
    PlanFault { measured: finding.measured, ..fault }
}

/// Where the plans of a project may be (storage CRS); empty: anywhere.
struct Bounds {
    municipality: Footprint,
    project_area: Footprint,
}

impl Bounds {
    /// Partners of a project consent to what lies on their ground.
    async fn of(desk: &Desk<'_>, scenario: &Scenario) -> Result<Bounds, PlanError> {
        let project = desk.store.project(&scenario.project).await?;
        let project = project.ok_or_else(|| anyhow::anyhow!("a scenario without its project"))?;
        let boundaries = desk.store.boundaries().await?;
        let has_home = boundaries.iter().any(|(id, _)| project.owners.contains(id));
        let is_agreed = |id: &String| project.owners.contains(id) || project.partners.contains(id);
        let municipality = boundaries.into_iter().filter(|(id, _)| has_home && is_agreed(id));
        Ok(Bounds {
            municipality: municipality.flat_map(|(_, boundary)| boundary).collect(),
            project_area: project.area,
        })
    }
}

/// Heights of the terrain [m] by collection and place.
struct Ground(HashMap<(i32, [u64; 2]), f64>);

fn bits(place: [f64; 2]) -> [u64; 2] {
    place.map(f64::to_bits)
}

impl Ground {
    async fn below(desk: &Desk<'_>, tools: &EditTools, entries: &[Entry]) -> Result<Ground, PlanError> {
        let mut asked: HashMap<i32, Vec<[f64; 2]>> = HashMap::new();
        for entry in entries {
            asked.entry(entry.collection).or_default().extend(terrain_samples(&entry.object));
        }
        let mut known = HashMap::new();
        for (key, places) in asked {
            let Some(collection) = desk.collections.get(&key) else { continue };
            let found = ground(desk.store, tools, collection, &desk.storage, places.clone()).await?;
            let Some((_, heights)) = found else { continue };
            let told = places.into_iter().zip(heights);
            known.extend(told.filter_map(|(place, height)| Some(((key, bits(place)), height?))));
        }
        Ok(Ground(known))
    }
}

//! Files that shall come into a scenario: which operations their objects ask for, what these would do, and doing them.

use std::sync::Arc;

use serde_json::{Value, json};

use stadtwin_formats::xplan::XPlan;
use stadtwin_geometry::footprint;
use stadtwin_model::{CityObject, Crs, Envelope, Footprint, Scenario, Span};
use stadtwin_scenario::place_of;
use stadtwin_store::Store;

use super::bodies::Given;
use super::fault::{PlanError, PlanFault};
use super::model::PlacedModel;
use super::pieces::{Pieces, read};
use super::report::{PlanIssue, PlanReport, PlanResult};
use super::run::Work;
use super::wanted::{Wanted, wanted};
use super::{PlanAct, PlanBatch, PlanOperation};
use crate::edit::{EditTools, Plain, ReceiptKey};

/// Objects of one file.
pub const MOST_IMPORTED: usize = 10_000;

/// A file and where it goes.
#[derive(Debug, Clone)]
pub struct PlanImport {
    /// As it was read by the one who asks.
    pub scenario: Scenario,
    /// Id of the collection that its objects come into.
    pub collection: String,
    pub content: ImportContent,
    /// What coordinates are in; `None`: CRS84 in GeoJSON, what they say in city models.
    pub crs: Option<Crs>,
    pub span: Span,
    /// Label of the phase whose span that is.
    pub phase: Option<String>,
    pub comment: Option<String>,
    /// Subject.
    pub author: String,
}

/// What a file holds.
#[derive(Debug, Clone)]
pub enum ImportContent {
    /// CityGML, CityJSON or CityJSONSeq.
    City(Arc<Vec<u8>>),
    /// Features of GeoJSON: outlines, with heights or without.
    Outlines(Vec<Plain>),
    /// A development plan of XPlanung.
    Plan(XPlan),
    /// A glTF with its place.
    Model(Box<PlacedModel>),
}

/// What a file would do.
#[derive(Debug)]
pub struct Proposal {
    /// Of operations, the ones that are taken back among them.
    pub results: Vec<PlanResult>,
    pub objects: Vec<ProposedObject>,
    /// What may not be; with one of them nothing is done.
    pub faults: Vec<PlanFault>,
    pub issues: Vec<PlanIssue>,
}

/// An object that would come.
#[derive(Debug)]
pub struct ProposedObject {
    /// Of its operation.
    pub index: usize,
    pub id: String,
    pub class: &'static str,
    /// In the storage CRS; empty where the object has no faces.
    pub footprint: Footprint,
    /// Its middle at the height of its lowest point, in the storage CRS.
    pub place: Option<[f64; 3]>,
    /// Of its lowest and its highest point [m].
    pub heights_m: Option<[f64; 2]>,
}

/// A waiting import that is done.
#[derive(Debug, Clone)]
pub struct PlanCommit {
    /// Of the import in its scenario.
    pub number: i32,
    pub receipt: Option<ReceiptKey>,
}

impl PlanImport {
    /// Works it out; nothing is changed.
    pub async fn preview(self, store: &Store, tools: &EditTools) -> Result<Proposal, PlanError> {
        let (batch, given, issues) = self.propose(store, tools, None).await?;
        let mut work = batch.work_out(store, tools, given).await?;
        work.desk.issues.splice(..0, issues);
        let results = work.results();
        let Work { desk, brought, .. } = work;
        let (faults, issues) = (desk.faults, desk.issues);
        let objects: Vec<(usize, CityObject)> = brought
            .into_iter()
            .flat_map(|(index, all)| all.into_iter().map(move |one| (index, one.object)))
            .collect();
        let objects = tokio::task::spawn_blocking(move || objects.iter().map(proposed).collect());
        Ok(Proposal { results, objects: objects.await.map_err(anyhow::Error::from)?, faults, issues })
    }

    /// Does it as one batch, if nothing hinders it.
    pub async fn commit(
        self,
        store: &Store,
        tools: &EditTools,
        commit: PlanCommit,
    ) -> Result<PlanReport, PlanError> {
        let (batch, given, issues) = self.propose(store, tools, Some(commit)).await?;
        batch.run_with(store, tools, given, issues).await
    }

    /// The operations that its objects ask for.
    async fn propose(
        self,
        store: &Store,
        tools: &EditTools,
        commit: Option<PlanCommit>,
    ) -> Result<(PlanBatch, Vec<(usize, Given)>, Vec<PlanIssue>), PlanError> {
        let body = commit.as_ref().map_or(json!({}), |commit| json!({ "import": commit.number }));
        let Pieces { pieces, mut issues } =
            read(store, tools, &self.scenario, self.content, self.crs).await?;
        let Wanted { groups, undone } =
            wanted(store, (&self.scenario, &self.collection), self.span, &pieces).await?;
        let mut operations: Vec<PlanOperation> = Vec::new();
        let mut places = vec![0; pieces.len()];
        for (index, (targets, members)) in groups.into_iter().enumerate() {
            members.iter().for_each(|member| places[*member] = index);
            operations.push(PlanOperation {
                collection: self.collection.clone(),
                act: match targets.is_empty() {
                    true => PlanAct::Add { contents: Vec::new() },
                    false => PlanAct::Replace { targets, contents: Vec::new() },
                },
                span: self.span,
                phase: self.phase.clone(),
                comment: self.comment.clone(),
                body: body.clone(),
            });
        }
        operations.extend(undone.into_iter().map(|seq| PlanOperation {
            collection: String::new(),
            act: PlanAct::Undo { seq, whole_batch: false },
            span: Span::ALWAYS,
            phase: None,
            comment: None,
            body: Value::Null,
        }));
        for issue in &mut issues {
            issue.index = issue.index.and_then(|piece| places.get(piece).copied());
        }
        let given = places.into_iter().zip(pieces).map(|(index, piece)| (index, piece.given)).collect();
        let (number, receipt) = match commit {
            Some(commit) => (Some(commit.number), commit.receipt),
            None => (None, None),
        };
        let batch = PlanBatch {
            scenario: self.scenario,
            operations,
            crs: None,
            author: self.author,
            receipt,
            is_tried: false,
            is_first: false,
            import: number,
        };
        Ok((batch, given, issues))
    }
}

/// Blocks.
fn proposed((index, object): &(usize, CityObject)) -> ProposedObject {
    let placed = object.placed();
    let mut envelope = Envelope::EMPTY;
    for geometry in placed.walk().iter().flat_map(|part| &part.geometries) {
        envelope.union(&geometry.envelope());
    }
    let place = place_of(&placed);
    ProposedObject {
        index: *index,
        id: object.id.clone(),
        class: object.class.name(),
        footprint: footprint(&placed),
        heights_m: place.map(|_| [envelope.min[2], envelope.max[2]]),
        place,
    }
}

//! The conductor of a batch: bodies → what they touch → what becomes of it → the scenario's next version, or nothing.

use std::collections::{BTreeSet, HashMap, HashSet};

use stadtwin_model::{CityObject, Collection, Crs};
use stadtwin_scenario::{Act, Fault, Step};
use stadtwin_store::{Batch, Chain, NewOperation, Store};

use super::act::Change;
use super::bodies::{Given, brought};
use super::entry;
use super::fault::{PlanFault, PlanFaultKind};
use super::gather::{Name, Subjects, gather};
use super::report::{PlanIssue, PlanReport, PlanResult, told};
use super::settle::{Settled, settle};
use super::write::{Brought, rows};
use super::{PlanAct, PlanBatch, PlanError, PlanOperation};
use crate::edit::{EditTools, ReceiptKey};

/// What the batch is to be worked out with.
pub(super) struct Desk<'a> {
    pub store: &'a Store,
    pub storage: Crs,
    pub chain: Chain,
    /// By number, and their numbers by name.
    pub collections: HashMap<i32, Collection>,
    pub keys: HashMap<String, i32>,
    pub issues: Vec<PlanIssue>,
    pub faults: Vec<PlanFault>,
}

impl<'a> Desk<'a> {
    async fn new(store: &'a Store, storage: Crs, chain: Chain) -> Result<Desk<'a>, PlanError> {
        let collections = store.collections().await?;
        let keys = collections.iter().map(|collection| (collection.id.clone(), collection.key)).collect();
        let collections = collections.into_iter().map(|collection| (collection.key, collection)).collect();
        Ok(Desk { store, storage, chain, collections, keys, issues: Vec::new(), faults: Vec::new() })
    }

    /// Faults so far end the batch.
    pub fn check(&mut self) -> Result<(), PlanError> {
        match self.faults.is_empty() {
            true => Ok(()),
            false => {
                let mut faults = std::mem::take(&mut self.faults);
                faults.sort_by_key(|fault| fault.index);
                Err(PlanError::Faults(faults))
            }
        }
    }

    /// Whether the collection of an operation is there, and was when the scenario was made.
    fn check_collection(&mut self, index: usize, operation: &PlanOperation) {
        let shown: String = operation.collection.chars().take(60).collect();
        let detail = match self.keys.get(&operation.collection) {
            None => format!("no collection `{shown}`"),
            Some(key) if !self.chain.revisions.contains_key(key) => {
                format!("collection `{shown}` came after the scenario was made: rebase the scenario first")
            }
            Some(_) => return,
        };
        self.faults.push(PlanFault::new(index, None, PlanFaultKind::Unknown, detail));
    }

    /// The one that an operation is about.
    pub fn collection_of(&self, batch: &PlanBatch, index: usize) -> Option<&Collection> {
        self.collections.get(self.keys.get(&batch.operations.get(index)?.collection)?)
    }

    pub fn unusable(&mut self, index: usize, id: Option<&str>, detail: impl Into<String>) {
        self.faults.push(PlanFault::new(index, id, PlanFaultKind::Unusable, detail));
    }
}

/// What the same request to a scenario (by `Scenario::key`) was answered before.
pub async fn kept_report(
    store: &Store,
    scenario: i64,
    own: &ReceiptKey,
) -> Result<Option<PlanReport>, PlanError> {
    match store.scenario_receipt(scenario, &own.owner, &own.key).await? {
        None => Ok(None),
        Some((request, _)) if request != own.request => Err(PlanError::KeyReused),
        Some((_, answer)) => Ok(Some(serde_json::from_value(answer).map_err(anyhow::Error::from)?)),
    }
}

/// A batch that is worked out and not written.
pub(super) struct Work<'a> {
    pub batch: PlanBatch,
    pub desk: Desk<'a>,
    pub brought: Vec<(usize, Vec<Brought>)>,
    undone: Vec<(usize, Vec<i64>)>,
    settled: Settled,
}

impl PlanBatch {
    /// Runs to the end; on an error, or when dropped, nothing of it is ever seen.
    pub async fn run(self, store: &Store, tools: &EditTools) -> Result<PlanReport, PlanError> {
        self.run_with(store, tools, Vec::new(), Vec::new()).await
    }

    /// The same with objects that come beside the operations, and what was found about them.
    pub(super) async fn run_with(
        self,
        store: &Store,
        tools: &EditTools,
        given: Vec<(usize, Given)>,
        issues: Vec<PlanIssue>,
    ) -> Result<PlanReport, PlanError> {
        if let Some(report) = self.kept(store).await? {
            return Ok(report);
        }
        let is_tried = self.is_tried;
        let mut work = self.work_out(store, tools, given).await?;
        work.desk.issues.splice(..0, issues);
        work.desk.check()?;
        if is_tried { Ok(work.tried()) } else { work.write().await }
    }

    /// All but the writing; faults of what objects are stay with the desk.
    pub(super) async fn work_out<'a>(
        mut self,
        store: &'a Store,
        tools: &EditTools,
        given: Vec<(usize, Given)>,
    ) -> Result<Work<'a>, PlanError> {
        let storage = store.storage_crs().await?.ok_or(PlanError::NoCrs)?;
        let chain = store.chain(self.scenario.key, self.scenario.version).await?;
        let mut desk = Desk::new(store, storage, chain).await?;
        for (index, operation) in self.operations.iter().enumerate() {
            if operation.is_recorded() {
                desk.check_collection(index, operation);
            }
        }
        desk.check()?;
        let brought = brought(&mut self, &mut desk, tools, given).await?;
        let undone = self.undone(&mut desk).await?;
        desk.check()?;
        let gone: HashSet<i64> = undone.iter().flat_map(|(_, seqs)| seqs.iter().copied()).collect();
        let names = self.names(&desk, &brought, &gone).await?;
        let mut subjects = gather(store, &desk.chain, &desk.collections, &names, &gone).await?;
        self.check_stock(&mut desk, &subjects);
        self.add_steps(&desk, &brought, &mut subjects);
        desk.check()?;
        let settled = tokio::task::spawn_blocking(move || settle(&subjects, &storage));
        let settled = match settled.await.map_err(anyhow::Error::from)? {
            Ok(settled) => settled,
            Err(faults) => {
                let told = |(name, fault)| self.told(&desk, &undone, &name, fault);
                desk.faults = faults.into_iter().map(told).collect();
                return Err(desk.check().err().unwrap_or(PlanError::Changed));
            }
        };
        let entries = entry::entries(&self, &brought, &settled);
        entry::check(&mut desk, tools, &self.scenario, entries).await?;
        Ok(Work { batch: self, desk, brought, undone, settled })
    }

    /// What the same request was answered before.
    async fn kept(&self, store: &Store) -> Result<Option<PlanReport>, PlanError> {
        match &self.receipt {
            Some(own) => kept_report(store, self.scenario.key, own).await,
            None => Ok(None),
        }
    }

    /// Numbers that the operations will have; those that undo others get none, and stand with the number of the next.
    pub(super) fn seqs(&self) -> Vec<i64> {
        let mut next = self.scenario.next_seq;
        let seq = |operation: &PlanOperation| {
            let seq = next;
            next += i64::from(operation.is_recorded());
            seq
        };
        self.operations.iter().map(seq).collect()
    }

    /// Numbers of the operations that each `undo` takes back.
    async fn undone(&self, desk: &mut Desk<'_>) -> Result<Vec<(usize, Vec<i64>)>, PlanError> {
        if !self.operations.iter().any(|operation| matches!(operation.act, PlanAct::Undo { .. })) {
            return Ok(Vec::new());
        }
        let own = self.scenario.key;
        let holding = desk.store.operations(&desk.chain).await?;
        let holding: Vec<_> = holding.into_iter().filter(|operation| operation.scenario == own).collect();
        let batches: HashMap<i64, i64> = holding.iter().map(|held| (held.seq, held.batch)).collect();
        let mut undone = Vec::new();
        for (index, operation) in self.operations.iter().enumerate() {
            let PlanAct::Undo { seq, whole_batch } = operation.act else { continue };
            match batches.get(&seq) {
                None => {
                    let detail = format!("the scenario has no operation {seq} that holds");
                    desk.faults.push(PlanFault::new(index, None, PlanFaultKind::Unknown, detail));
                }
                Some(batch) if whole_batch => {
                    let meant = holding.iter().filter(|held| held.batch == *batch).map(|held| held.seq);
                    undone.push((index, meant.collect()));
                }
                Some(_) => undone.push((index, vec![seq])),
            }
        }
        Ok(undone)
    }

    /// Names of all objects that the batch touches.
    async fn names(
        &self,
        desk: &Desk<'_>,
        brought: &[(usize, Vec<Brought>)],
        gone: &HashSet<i64>,
    ) -> Result<BTreeSet<Name>, PlanError> {
        let mut names = BTreeSet::new();
        for operation in &self.operations {
            if let Some(key) = desk.keys.get(&operation.collection) {
                names.extend(operation.act.targets().iter().map(|target| (*key, target.clone())));
            }
        }
        let objects = brought.iter().flat_map(|(_, brought)| brought);
        names.extend(objects.map(|brought| (brought.collection, brought.object.id.clone())));
        if !gone.is_empty() {
            let own = self.scenario.key;
            for held in desk.store.operations(&desk.chain).await? {
                if held.scenario == own && gone.contains(&held.seq) {
                    let uids = held.targets.into_iter().chain(held.made);
                    names.extend(uids.map(|uid| (held.collection, uid)));
                }
            }
        }
        Ok(names)
    }

    /// Objects of the city as it is are moved only where the operation says that it is meant.
    fn check_stock(&self, desk: &mut Desk<'_>, subjects: &Subjects) {
        for (index, operation) in self.operations.iter().enumerate() {
            let PlanAct::Transform { target, stock: false, .. } = &operation.act else { continue };
            let Some(key) = desk.keys.get(&operation.collection) else { continue };
            let is_stock =
                subjects.all.get(&(*key, target.clone())).is_some_and(|subject| subject.base.is_some());
            if is_stock {
                let detail = format!(
                    "`{target}` stands in the city as it is: say `\"stock\": true` if the plan shall move it"
                );
                desk.faults.push(PlanFault::new(index, Some(target), PlanFaultKind::Stock, detail));
            }
        }
    }

    fn add_steps(&self, desk: &Desk<'_>, brought: &[(usize, Vec<Brought>)], subjects: &mut Subjects) {
        let mut objects: HashMap<usize, Vec<&Brought>> = HashMap::new();
        for (index, brought) in brought {
            objects.entry(*index).or_default().extend(brought);
        }
        for ((index, operation), seq) in self.operations.iter().enumerate().zip(self.seqs()) {
            let Some(key) = desk.keys.get(&operation.collection) else { continue };
            let mut add = |collection: i32, uid: &str, act: Act<CityObject, Change>| {
                let step = Step { operation: seq, is_own: true, span: operation.span, act };
                subjects.of((collection, uid.to_owned())).steps.push(step);
            };
            for target in operation.act.targets() {
                match &operation.act {
                    PlanAct::Remove { .. } => add(*key, target, Act::Remove),
                    PlanAct::Replace { .. } => add(*key, target, Act::Replace),
                    PlanAct::Modify { properties, .. } => {
                        add(*key, target, Act::Modify(Change::Modify(properties.clone())));
                    }
                    PlanAct::Transform { movement, .. } => {
                        add(*key, target, Act::Transform(Change::Move(*movement)));
                    }
                    PlanAct::Add { .. } | PlanAct::Extrude { .. } | PlanAct::Undo { .. } => {}
                }
            }
            for one in objects.remove(&index).into_iter().flatten() {
                add(one.collection, &one.object.id, Act::Bring(one.object.clone()));
            }
        }
    }

    /// A fault by the operation that brought it about.
    fn told(
        &self,
        desk: &Desk<'_>,
        undone: &[(usize, Vec<i64>)],
        (collection, uid): &Name,
        fault: Fault<String>,
    ) -> PlanFault {
        let id = desk.collections.get(collection).map_or("", |collection| collection.id.as_str());
        let (operation, kind, detail) = match fault {
            Fault::Twice { operation, earlier } => (
                operation,
                PlanFaultKind::Twice,
                format!(
                    "operation {earlier} moves, replaces or removes `{uid}` in the same time: undo it first, in this batch or before"
                ),
            ),
            Fault::Nothing { operation } => (
                operation,
                PlanFaultKind::Unknown,
                match operation < self.scenario.next_seq {
                    true => format!("operation {operation} needs `{uid}`: undo it as well"),
                    false => format!(
                        "collection `{id}` has no object `{uid}` in the state that the scenario builds on, nor does the plan bring one in that time"
                    ),
                },
            ),
            Fault::Taken { operation } => (
                operation,
                PlanFaultKind::Taken,
                format!(
                    "there is an object `{uid}` in collection `{id}` already: give the new one another id"
                ),
            ),
            Fault::Change { operation, cause } => (operation, PlanFaultKind::Unusable, cause),
        };
        let recorded = self.operations.iter().enumerate().filter(|(_, own)| own.is_recorded());
        let place = usize::try_from(operation - self.scenario.next_seq).ok();
        let own = place.and_then(|place| recorded.map(|(index, _)| index).nth(place));
        let index = own.or_else(|| undone.first().map(|(index, _)| *index)).unwrap_or(0);
        PlanFault::new(index, Some(uid), kind, detail)
    }
}

impl Work<'_> {
    /// What each operation does.
    pub(super) fn results(&self) -> Vec<PlanResult> {
        let batch = &self.batch;
        let mut made: HashMap<usize, Vec<String>> = HashMap::new();
        for (index, brought) in &self.brought {
            made.entry(*index).or_default().extend(brought.iter().map(|one| one.object.id.clone()));
        }
        let mut undone: HashMap<usize, Vec<i64>> = self.undone.iter().cloned().collect();
        let result = |((index, operation), seq): ((usize, &PlanOperation), i64)| PlanResult {
            index,
            op: operation.act.kind().to_owned(),
            seq: operation.is_recorded().then_some(seq),
            targets: operation.act.targets().to_vec(),
            made: made.remove(&index).unwrap_or_default(),
            undone: undone.remove(&index).unwrap_or_default(),
        };
        batch.operations.iter().enumerate().zip(batch.seqs()).map(result).collect()
    }

    /// What would be answered, of the version that stays.
    fn tried(self) -> PlanReport {
        let (version, results) = (self.batch.scenario.version, self.results());
        let issue_count = self.desk.issues.len();
        PlanReport { version, results, issues: told(self.desk.issues), issue_count }
    }

    async fn write(self) -> Result<PlanReport, PlanError> {
        let results = self.results();
        let Work { batch: own, desk, brought, undone, mut settled } = self;
        let (of, mut brought): (Vec<usize>, Vec<Brought>) =
            brought.into_iter().flat_map(|(of, all)| all.into_iter().map(move |one| (of, one))).unzip();
        let rows = rows(desk.store, &desk.storage, &desk.collections, &mut brought, &mut settled).await?;
        let mut made_rows: HashMap<usize, Vec<i64>> = HashMap::new();
        for (of, brought) in of.into_iter().zip(brought) {
            made_rows.entry(of).or_default().push(brought.row);
        }
        let recorded = own.operations.iter().zip(&results).filter(|(operation, _)| operation.is_recorded());
        let operations = recorded.map(|(operation, result)| NewOperation {
            kind: operation.act.kind(),
            collection: desk.keys.get(&operation.collection).copied().unwrap_or_default(),
            targets: result.targets.clone(),
            made: result.made.clone(),
            made_rows: made_rows.remove(&result.index).unwrap_or_default(),
            body: operation.body.clone(),
            span: operation.span,
            phase: operation.phase.clone(),
            comment: operation.comment.clone(),
        });
        let operations = operations.collect();
        let issue_count = desk.issues.len();
        let mut report = PlanReport { version: 0, results, issues: told(desk.issues), issue_count };
        let answer = serde_json::to_value(&report).map_err(anyhow::Error::from)?;
        let receipt = own
            .receipt
            .as_ref()
            .map(|receipt| (receipt.owner.clone(), receipt.key.clone(), receipt.request, answer));
        let batch = Batch {
            author: own.author.clone(),
            operations,
            undone: undone.into_iter().flat_map(|(_, seqs)| seqs).collect(),
            touched: std::mem::take(&mut settled.touched),
            effects: std::mem::take(&mut settled.effects),
            rows,
            receipt,
            import: own.import,
            is_first: own.is_first,
            ..Batch::default()
        };
        match desk.store.commit_batch(&own.scenario, batch).await? {
            Some(version) => {
                report.version = version;
                Ok(report)
            }
            // The same request may have been done while this one was worked out.
            None => own.kept(desk.store).await?.ok_or(PlanError::Changed),
        }
    }
}

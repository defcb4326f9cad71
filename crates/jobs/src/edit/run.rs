//! The conductor: bodies → lock → what is meant → new states → one revision, or nothing.

use std::sync::Arc;

use tokio::runtime::Handle;

use stadtwin_crs::HeightModel;
use stadtwin_formats::{Declared, Shape};
use stadtwin_model::{Collection, Crs, Issue};
use stadtwin_store::{ImportSession, Receipt, Store, StoreError};

use super::heights::Grounds;
use super::make::{Drafts, Maker};
use super::outline::Placer;
use super::report::{EditAction, EditReport, Fault};
use super::resolve::resolve;
use super::types::Types;
use super::write::{Writing, write};
use super::{Content, Edit, EditError, EditTools, Operation};
use crate::city_pen::CityForm;
use crate::import::{Body, Checked, ReadBody, read_body};

/// Findings that the answer tells.
const MOST_ISSUES: usize = 100;

/// What an operation brings along, ready: objects and shapes in the storage CRS.
pub(super) enum Given {
    Nothing,
    /// Outer `None`: not spoken of.
    Shape(Option<Option<Shape>>),
    /// And what they were written as.
    Objects(Vec<Checked>, CityForm),
}

impl Given {
    fn shape(&self) -> Option<&Shape> {
        match self {
            Given::Shape(Some(shape)) => shape.as_ref(),
            _ => None,
        }
    }
}

/// What reading needs.
struct Reading {
    crs: Option<Crs>,
    storage: Crs,
    heights: Arc<HeightModel>,
    store: Store,
    declared: Arc<Declared>,
    runtime: Handle,
}

impl Reading {
    /// Blocks.
    fn given(
        &self,
        operation: &mut Operation,
        placer: &mut Placer<'_>,
        issues: &mut Vec<Issue>,
    ) -> Result<Given, String> {
        let (shape, crs) = match operation {
            Operation::Delete { .. } => return Ok(Given::Nothing),
            Operation::Create { content: Content::City(bytes) }
            | Operation::Replace { content: Content::City(bytes), .. } => {
                let read = self.objects(std::mem::take(bytes))?;
                issues.extend(read.issues);
                return Ok(Given::Objects(read.objects, read.form));
            }
            Operation::Create { content: Content::Ready(_) }
            | Operation::Replace { content: Content::Ready(_), .. } => {
                return Err("objects that are read already are of plans alone".into());
            }
            Operation::Create { content: Content::Plain(plain) }
            | Operation::Replace { content: Content::Plain(plain), .. } => {
                (Some(plain.shape.take()), self.crs.filter(|_| !plain.is_jsonfg))
            }
            Operation::Update { patch, .. } => (patch.shape.take(), self.crs),
        };
        let placed = |mut shape: Shape| placer.place(&mut shape, crs).map(|()| shape);
        let shape = shape.map(|shape| shape.map(placed).transpose()).transpose()?;
        Ok(Given::Shape(shape))
    }

    fn objects(&self, bytes: Arc<Vec<u8>>) -> Result<ReadBody, String> {
        let body = Body {
            bytes: Arc::unwrap_or_clone(bytes),
            forced: self.crs,
            storage: self.storage,
            store: self.store.clone(),
            declared: self.declared.clone(),
        };
        read_body(body, &self.runtime)
    }
}

impl Edit {
    /// Runs to the end; on an error, or when dropped, nothing of it is ever seen. What follows a publication is for the
    /// caller to start.
    pub async fn run(mut self, store: &Store, tools: &EditTools) -> Result<EditReport, EditError> {
        let collection = self.collection(store).await?;
        if let Some(report) = self.kept(store, &collection).await? {
            return Ok(report);
        }
        let storage = store.storage_crs().await?.ok_or(EditError::NoCrs)?;
        let (given, issues) = self.read(store, tools, storage).await?;
        let session = store.begin_import(&collection).await?;
        // The same request may have been done while this one waited.
        let kept = self.kept(store, &collection).await;
        if !matches!(kept, Ok(None)) {
            session.abandon().await?;
            return kept?.ok_or(EditError::KeyReused);
        }
        let drafts = match self.drafts(store, tools, &session, storage, given, issues).await {
            Ok(drafts) => drafts,
            Err(error) => {
                session.abandon().await?;
                return Err(error);
            }
        };
        let mut report =
            EditReport { revision: None, results: drafts.results.clone(), issues: drafts.issues.clone() };
        if drafts.ended.is_empty() && drafts.made.is_empty() && drafts.whole.is_empty() {
            // Under the lock, so that the same request at another server finds it.
            if let Some(receipt) = self.receipt(&report)? {
                store.add_receipt(&collection, &receipt).await?;
            }
            session.abandon().await?;
            return Ok(report);
        }
        report.revision = Some(session.revision());
        for result in report.results.iter_mut().filter(|result| result.action != EditAction::Unchanged) {
            result.revision = report.revision;
        }
        self.write(session, storage, drafts, report).await
    }

    async fn collection(&self, store: &Store) -> Result<Collection, EditError> {
        let found = store.collection(&self.collection).await?;
        Ok(found.ok_or_else(|| StoreError::NoCollection(self.collection.clone()))?)
    }

    /// What the same request was answered before.
    async fn kept(&self, store: &Store, collection: &Collection) -> Result<Option<EditReport>, EditError> {
        let Some(own) = &self.receipt else { return Ok(None) };
        match store.receipt(collection, &own.owner, &own.key).await? {
            None => Ok(None),
            Some(kept) if kept.request != own.request => Err(EditError::KeyReused),
            Some(kept) => Ok(Some(serde_json::from_value(kept.answer).map_err(anyhow::Error::from)?)),
        }
    }

    fn receipt(&self, report: &EditReport) -> Result<Option<Receipt>, EditError> {
        let Some(own) = &self.receipt else { return Ok(None) };
        Ok(Some(Receipt {
            owner: own.owner.clone(),
            key: own.key.clone(),
            request: own.request,
            answer: serde_json::to_value(report).map_err(anyhow::Error::from)?,
        }))
    }

    /// All that can be read before the lock is taken. Takes bodies and shapes out of the operations.
    async fn read(
        &mut self,
        store: &Store,
        tools: &EditTools,
        storage: Crs,
    ) -> Result<(Vec<Given>, Vec<Issue>), EditError> {
        let reading = Reading {
            crs: self.crs,
            storage,
            heights: tools.heights.clone(),
            store: store.clone(),
            declared: Arc::new(Declared::new(&store.ade_schemas().await?)),
            runtime: Handle::current(),
        };
        let mut operations = std::mem::take(&mut self.operations);
        let read = tokio::task::spawn_blocking(move || {
            let (mut given, mut issues, mut faults) = (Vec::new(), Vec::new(), Vec::new());
            let mut placer = Placer::new(&reading.storage, &reading.heights);
            for (index, operation) in operations.iter_mut().enumerate() {
                match reading.given(operation, &mut placer, &mut issues) {
                    Ok(found) => given.push(found),
                    Err(detail) => faults.push(Fault::unusable(index, operation.id(), detail)),
                }
            }
            if faults.is_empty() { Ok((operations, given, issues)) } else { Err(EditError::Faults(faults)) }
        });
        let (operations, given, issues) = read.await.map_err(anyhow::Error::from)??;
        self.operations = operations;
        Ok((given, issues))
    }

    async fn drafts(
        &self,
        store: &Store,
        tools: &EditTools,
        session: &ImportSession,
        storage: Crs,
        given: Vec<Given>,
        issues: Vec<Issue>,
    ) -> Result<Drafts, EditError> {
        let collection = session.collection();
        let subjects = resolve(store, session, &self.operations).await?.map_err(EditError::Faults)?;
        let keys: Vec<i64> = subjects.iter().filter_map(|subject| Some(subject.live()?.1.key)).collect();
        let objects = store.objects(collection, &keys).await?;
        let objects = objects.into_iter().map(|(key, object, ..)| (key, object)).collect();
        let is_change = |operation: &Operation| !matches!(operation, Operation::Delete { .. });
        let changed = self.operations.iter().zip(&subjects).filter(|(operation, _)| is_change(operation));
        let changed: Vec<i64> = changed.filter_map(|(_, subject)| Some(subject.live()?.1.key)).collect();
        let shown = store.features_by_key(collection, changed).await?;
        let shown = shown.into_iter().map(|raw| raw.parsed().map(|feature| (feature.key, feature)));
        let shown = shown.collect::<Result<_, _>>().map_err(anyhow::Error::from)?;
        let shapes: Vec<Option<&Shape>> = given.iter().map(Given::shape).collect();
        let grounds = Grounds::below(store, tools, collection, &storage, &shapes).await?;
        let drafts = Drafts { issues, ..Drafts::default() };
        let types = Types::of(collection);
        let declared = Arc::new(Declared::new(&store.ade_schemas().await?));
        let mut maker =
            Maker { store, tools, session, storage, declared, types, objects, shown, grounds, drafts };
        for (index, ((operation, subject), given)) in
            self.operations.iter().zip(&subjects).zip(given).enumerate()
        {
            maker.take(index, operation, subject, given).await?;
        }
        if maker.drafts.faults.is_empty() {
            Ok(maker.drafts)
        } else {
            Err(EditError::Faults(maker.drafts.faults))
        }
    }

    /// Publishes, or leaves no trace.
    async fn write(
        &self,
        mut session: ImportSession,
        storage: Crs,
        drafts: Drafts,
        mut report: EditReport,
    ) -> Result<EditReport, EditError> {
        let written = async {
            session.set_editor(&self.by).await?;
            write(&mut session, storage, drafts).await
        };
        let Writing { summary, issues } = match written.await {
            Ok(written) => written,
            Err(error) => {
                session.abandon().await?;
                return Err(error);
            }
        };
        report.issues = issues;
        report.issues.truncate(MOST_ISSUES);
        if let Some(receipt) = self.receipt(&report)? {
            session.keep_receipt(receipt);
        }
        session.publish(summary).await?;
        Ok(report)
    }
}

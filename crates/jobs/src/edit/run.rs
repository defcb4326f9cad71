//! The conductor: bodies → lock → what is meant → new states → one revision, or nothing.

use std::sync::Arc;

use tokio::runtime::Handle;

use stadtwin_formats::{Declared, Shape};
use stadtwin_model::{Collection, Crs, Issue};
use stadtwin_store::{ImportSession, Receipt, Store, StoreError};

use super::make::{Drafts, Maker};
use super::outline::place;
use super::report::{EditReport, Fault};
use super::resolve::resolve;
use super::write::{Writing, write};
use super::{Content, Edit, EditError, EditTools, Operation};
use crate::import::{Body, Checked, read_body};

/// Findings that the answer tells.
const MOST_ISSUES: usize = 100;

/// What an operation brings along, ready: objects and shapes in the storage CRS.
pub(super) enum Given {
    Nothing,
    /// Outer `None`: not spoken of.
    Shape(Option<Option<Shape>>),
    Objects(Vec<Checked>),
}

impl Edit {
    /// Runs to the end; on an error, or when dropped, nothing of it is ever seen. What follows a publication is for the
    /// caller to start.
    pub async fn run(&self, store: &Store, tools: &EditTools) -> Result<EditReport, EditError> {
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
        let drafts = match self.drafts(store, tools, &session, storage, given).await {
            Ok(drafts) => drafts,
            Err(error) => {
                session.abandon().await?;
                return Err(error);
            }
        };
        let mut report = EditReport { revision: None, results: drafts.results.clone(), issues };
        if drafts.ended.is_empty() && drafts.made.is_empty() && drafts.whole.is_empty() {
            session.abandon().await?;
            if let Some(receipt) = self.receipt(&report)? {
                store.add_receipt(&collection, &receipt).await?;
            }
            return Ok(report);
        }
        report.revision = Some(session.revision());
        self.write(session, storage, drafts, report).await
    }

    async fn collection(&self, store: &Store) -> Result<Collection, EditError> {
        let found = store.collection(&self.collection).await?;
        Ok(found.ok_or_else(|| StoreError::NoCollection(self.collection.clone()))?)
    }

    /// What the same request was answered before.
    async fn kept(&self, store: &Store, collection: &Collection) -> Result<Option<EditReport>, EditError> {
        let Some(own) = &self.receipt else { return Ok(None) };
        match store.receipt(collection, &self.by, &own.key).await? {
            None => Ok(None),
            Some(kept) if kept.request != own.request => Err(EditError::KeyReused),
            Some(kept) => Ok(Some(serde_json::from_value(kept.answer).map_err(anyhow::Error::from)?)),
        }
    }

    fn receipt(&self, report: &EditReport) -> Result<Option<Receipt>, EditError> {
        let Some(own) = &self.receipt else { return Ok(None) };
        Ok(Some(Receipt {
            owner: self.by.clone(),
            key: own.key.clone(),
            request: own.request,
            answer: serde_json::to_value(report).map_err(anyhow::Error::from)?,
        }))
    }

    /// All that can be read before the lock is taken.
    async fn read(
        &self,
        store: &Store,
        tools: &EditTools,
        storage: Crs,
    ) -> Result<(Vec<Given>, Vec<Issue>), EditError> {
        let declared = Arc::new(Declared::new(&store.ade_schemas().await?));
        let (operations, crs, heights) = (self.operations.clone(), self.crs, tools.heights.clone());
        let (store, runtime) = (store.clone(), Handle::current());
        let read = tokio::task::spawn_blocking(move || {
            let (mut given, mut issues, mut faults) = (Vec::new(), Vec::new(), Vec::new());
            for (index, operation) in operations.into_iter().enumerate() {
                let placed = |mut shape: Shape| place(&mut shape, crs, &storage, &heights).map(|()| shape);
                let (id, shape) = match operation {
                    Operation::Delete { .. } => {
                        given.push(Given::Nothing);
                        continue;
                    }
                    Operation::Create { content: Content::City(bytes) }
                    | Operation::Replace { content: Content::City(bytes), .. } => {
                        let body = Body {
                            bytes: bytes.to_vec(),
                            forced: crs,
                            storage,
                            store: store.clone(),
                            declared: declared.clone(),
                        };
                        match read_body(body, &runtime) {
                            Ok((objects, found)) => {
                                given.push(Given::Objects(objects));
                                issues.extend(found);
                            }
                            Err(detail) => faults.push(Fault::unusable(index, None, detail)),
                        }
                        continue;
                    }
                    Operation::Create { content: Content::Plain(plain) } => (None, Some(plain.shape)),
                    Operation::Replace { id, content: Content::Plain(plain), .. } => {
                        (Some(id), Some(plain.shape))
                    }
                    Operation::Update { id, patch, .. } => (Some(id), patch.shape),
                };
                match shape.map(|shape| shape.map(placed).transpose()).transpose() {
                    Ok(shape) => given.push(Given::Shape(shape)),
                    Err(detail) => faults.push(Fault::unusable(index, id.as_deref(), detail)),
                }
            }
            if faults.is_empty() { Ok((given, issues)) } else { Err(EditError::Faults(faults)) }
        });
        read.await.map_err(anyhow::Error::from)?
    }

    async fn drafts(
        &self,
        store: &Store,
        tools: &EditTools,
        session: &ImportSession,
        storage: Crs,
        given: Vec<Given>,
    ) -> Result<Drafts, EditError> {
        let subjects = resolve(store, session, &self.operations).await?.map_err(EditError::Faults)?;
        let keys: Vec<i64> = subjects.iter().filter_map(|subject| Some(subject.live()?.1.key)).collect();
        let objects = store.objects(session.collection(), &keys).await?;
        let objects = objects.into_iter().map(|(key, object, ..)| (key, object)).collect();
        let drafts = Drafts::default();
        let mut maker = Maker { store, session, tools, storage, objects, drafts };
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
        let read = std::mem::take(&mut report.issues);
        let written = async {
            session.set_editor(&self.by).await?;
            write(&mut session, storage, drafts, read).await
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

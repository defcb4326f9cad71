//! Editing features over HTTP, after OGC API – Features Part 4: one by one, or many in one revision.

mod answer;
mod batch;
mod body;
mod conditions;
mod desk;
mod schemas;
mod table;

pub use body::{city as city_content, is_city as is_city_document, plain as plain_content};
pub use desk::Desk;
pub use schemas::{answers, header_parameters, is_edit, schemas};
pub use table::{CLASSES, WRITES};

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, StatusCode};

use super::answer::Answer;
use super::auth::{self, Caller};
use super::call::Call;
use super::collections;
use super::error::ApiError;
use conditions::Asked;
use stadtwin_jobs::{Content, Edit, Operation, ReceiptKey};
use stadtwin_model::{Collection, Target};

/// `POST …/items`: one feature, several, or a batch of operations.
pub async fn create(call: Call, caller: Caller, body: Body) -> Result<Answer, ApiError> {
    let (collection, asked, bytes) = received(&call, &caller, Method::POST, body).await?;
    let operations = batch::operations(bytes.clone(), &asked).await?;
    // Batches say in their document what is done; all others make features.
    let is_batch = operations.iter().any(|operation| !matches!(operation, Operation::Create { .. }));
    let report = done(&call, &caller, &collection, asked.clone(), operations, &bytes).await?;
    if is_batch {
        answer::of_batch(&call, &collection, &report)
    } else {
        answer::of_creation(&call, &collection, &report, &asked).await
    }
}

/// `PUT …/items/{id}`.
pub async fn replace(call: Call, caller: Caller, body: Body) -> Result<Answer, ApiError> {
    let (collection, asked, bytes) = received(&call, &caller, Method::PUT, body).await?;
    let content = body::content(&asked, bytes.clone()).await?;
    let (id, condition) = (call.segment("featureId").to_owned(), asked.condition.clone());
    let operation = Operation::Replace { id, content, condition };
    let report = done(&call, &caller, &collection, asked.clone(), vec![operation], &bytes).await?;
    answer::of_one(&call, &collection, &report, &asked).await
}

/// `PATCH …/items/{id}`.
pub async fn update(call: Call, caller: Caller, body: Body) -> Result<Answer, ApiError> {
    let (collection, asked, bytes) = received(&call, &caller, Method::PATCH, body).await?;
    let patch = body::patch(&asked, bytes.clone()).await?;
    let (id, condition) = (call.segment("featureId").to_owned(), asked.condition.clone());
    let operation = Operation::Update { id, patch, condition };
    let report = done(&call, &caller, &collection, asked.clone(), vec![operation], &bytes).await?;
    answer::of_one(&call, &collection, &report, &asked).await
}

/// `DELETE …/items/{id}`.
pub async fn remove(call: Call, caller: Caller, body: Body) -> Result<Answer, ApiError> {
    let (collection, asked, bytes) = received(&call, &caller, Method::DELETE, body).await?;
    let (id, condition) = (call.segment("featureId").to_owned(), asked.condition.clone());
    done(&call, &caller, &collection, asked, vec![Operation::Delete { id, condition }], &bytes).await?;
    let nothing = Answer::new(call.media, bytes::Bytes::new());
    Ok(Answer { status: StatusCode::NO_CONTENT, ..nothing }.uncached())
}

/// Who may, then what there is, then what the headers ask for, then the body.
async fn received(
    call: &Call,
    caller: &Caller,
    method: Method,
    body: Body,
) -> Result<(Collection, Asked, Arc<Vec<u8>>), ApiError> {
    // Before anything is said about what there is.
    auth::check_import(caller, Some(&Target::Collection(call.segment("collectionId").to_owned())))?;
    let collection = collections::named(call).await?;
    let storage = call.state.store.storage_crs().await?;
    let asked = conditions::read(call, method, storage.as_ref())?;
    let bytes = body::received(call, body).await?;
    Ok((collection.as_ref().clone(), asked, Arc::new(bytes)))
}

async fn done(
    call: &Call,
    caller: &Caller,
    collection: &Collection,
    asked: Asked,
    operations: Vec<Operation>,
    bytes: &[u8],
) -> Result<stadtwin_jobs::EditReport, ApiError> {
    let is_single = match operations.as_slice() {
        [Operation::Create { content: Content::City(_) }] => false,
        operations => operations.len() == 1,
    };
    let count = operations.len();
    let edit = Edit {
        collection: collection.id.clone(),
        operations,
        crs: asked.crs,
        by: caller.name.clone(),
        receipt: asked.key.clone().map(|key| {
            let (owner, request) = (caller.subject.clone(), asked.hash(call, bytes));
            ReceiptKey { owner, key, request }
        }),
    };
    let report =
        desk::edit(&call.state, edit).await.map_err(|error| answer::refusal(call, error, is_single))?;
    tracing::info!(
        collection = collection.id,
        token = caller.name,
        operations = count,
        revision = report.revision,
        "Edited a collection"
    );
    Ok(report)
}

//! Changes as they happen: server-sent events, one for each revision, resumed by `Last-Event-ID`.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderName;
use bytes::Bytes;
use http_body::Frame;
use serde_json::Value;
use tokio::sync::mpsc;

use super::DEFAULT_CHANGES;
use super::changes::{Cursor, page};
use super::feeds::{Listener, closed};
use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::collections;
use crate::api::error::ApiError;
use crate::api::negotiate::Media;
use crate::api::params::shortened;
use stadtwin_model::Collection;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// A sign of life, so that nobody in between takes the line for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// A client that takes nothing for so long has gone.
const PATIENCE: Duration = Duration::from_secs(60);
/// Events that wait for a slow client.
const WAITING: usize = 8;

pub async fn show(call: Call, collection: Collection) -> Result<Answer, ApiError> {
    let since = match call.headers.get(LAST_EVENT_ID) {
        Some(value) => {
            let text = value.to_str().unwrap_or_default().trim();
            let revision = text.parse::<i64>().ok().filter(|revision| *revision >= 0);
            Some(revision.ok_or_else(|| {
                let shown = shortened(text);
                ApiError::BadRequest(format!(
                    "`Last-Event-ID` must be the number of a revision, not `{shown}`"
                ))
            })?)
        }
        None => call.query.integer("since"),
    };
    // Who says nothing wants to know what comes; who knows more than there is listens to an older copy of the data. The
    // catalogue may be behind what another server told.
    let head =
        call.state.store.collection(&collection.id).await?.map_or(collection.head, |newest| newest.head);
    let at = AtomicI64::new(since.unwrap_or(head).min(head));
    let listener = call.state.feeds.listen(&call.state.store).await?;
    let (sender, receiver) = mpsc::channel(WAITING);
    tokio::spawn(async move {
        let (ends, leave) = (tokio::time::sleep(listener.life), listener.leave.clone());
        tokio::select! {
            fed = feed(&call, &collection.id, &at, listener, &sender) => if let Err(cause) = fed {
                tracing::error!(collection = collection.id, %cause, "A feed of changes broke off");
            },
            () = ends => {}
            () = leave.notified() => {}
        }
        // Also who heard of no revision goes on where this one ends.
        let at = at.into_inner();
        let _ = sender.try_send(format!("id: {at}\n\n").into());
    });
    let mut answer = Answer::new(Media::EventStream, Bytes::new());
    answer.stream = Some(Body::new(Events(receiver)));
    // Proxies that collect answers are asked to let events through.
    Ok(answer.with(HeaderName::from_static("x-accel-buffering"), "no"))
}

/// Ends when the client goes, the server ends, or the collection is no more. `at` is the last revision sent.
async fn feed(
    call: &Call,
    id: &str,
    at: &AtomicI64,
    mut listener: Listener,
    sender: &mpsc::Sender<Bytes>,
) -> Result<(), ApiError> {
    if !send(sender, "retry: 2000\n\n".into()).await {
        return Ok(());
    }
    loop {
        // Noted before the look, so that nothing is published unseen in between.
        listener.heads.mark_unchanged();
        let Some(mut collection) = call.state.store.collection(id).await? else { return Ok(()) };
        // What is newer is told later.
        collection.head = listener.heads.borrow().get(&collection.key).copied().unwrap_or(0);
        while let Some((revision, event)) = next(call, &collection, at.load(Ordering::Relaxed)).await? {
            if !send(sender, event).await {
                return Ok(());
            }
            at.store(revision, Ordering::Relaxed);
        }
        loop {
            tokio::select! {
                changed = listener.heads.changed() => match changed {
                    Ok(()) => break,
                    Err(_) => return Ok(()),
                },
                () = tokio::time::sleep(HEARTBEAT) => {
                    if !send(sender, ": alive\n\n".into()).await {
                        return Ok(());
                    }
                }
                () = closed(&mut listener.closing) => return Ok(()),
                () = sender.closed() => return Ok(()),
            }
        }
    }
}

/// The revision behind `at` with its event; `None`: there is none yet.
async fn next(call: &Call, collection: &Collection, at: i64) -> Result<Option<(i64, String)>, ApiError> {
    if at >= collection.head {
        return Ok(None);
    }
    let one = Cursor { since: at, after: None };
    let page = page(&call.state, collection, &one, DEFAULT_CHANGES, 1).await?;
    let Some(mut told) = page.revisions.into_iter().next() else { return Ok(None) };
    let revision = told["revision"].as_i64().unwrap_or(collection.head);
    if told["isComplete"] == Value::Bool(false) {
        let all = format!("{}/changes?since={at}", collections::path(collection));
        told["href"] = call.base.to(&all).into();
    }
    Ok(Some((revision, format!("id: {revision}\nevent: revision\ndata: {told}\n\n"))))
}

/// Whether anybody still listens.
async fn send(sender: &mpsc::Sender<Bytes>, text: String) -> bool {
    matches!(tokio::time::timeout(PATIENCE, sender.send(text.into())).await, Ok(Ok(())))
}

/// What is sent, as a body without end.
struct Events(mpsc::Receiver<Bytes>);

impl http_body::Body for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|event| event.map(|bytes| Ok(Frame::data(bytes))))
    }
}

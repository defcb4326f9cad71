//! A bound on what stands before and between the parts of a form: its reader would keep heads of any length in memory.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, BodyDataStream, HttpBody};
use bytes::Bytes;
use http_body::Frame;

/// Longest head of a part, with what stands before it [bytes].
const HEAD_BYTES: u64 = 32 * 1024;
/// No head is being read.
const CLOSED: u64 = u64::MAX;

/// Says when heads are read.
pub struct HeadRoom(Arc<AtomicU64>);

impl HeadRoom {
    /// A head comes next.
    pub fn open(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// It has been read: content comes next.
    pub fn close(&self) {
        self.0.store(CLOSED, Ordering::Relaxed);
    }
}

/// The body, which fails when a head is longer than any honest one.
pub fn bounded_heads(body: Body) -> (BodyDataStream, HeadRoom) {
    let read = Arc::new(AtomicU64::new(CLOSED));
    let bounded = Bounded { body, head_bytes: read.clone(), pauses: false };
    (Body::new(bounded).into_data_stream(), HeadRoom(read))
}

struct Bounded {
    body: Body,
    /// Bytes read since the head began, or `CLOSED`.
    head_bytes: Arc<AtomicU64>,
    pauses: bool,
}

impl HttpBody for Bounded {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        // The reader takes all that is there into its memory before it looks: so there is one piece at a time.
        if std::mem::take(&mut self.pauses) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let read = self.head_bytes.load(Ordering::Relaxed);
        if read != CLOSED && read >= HEAD_BYTES {
            let message = format!("the head of a part is longer than {HEAD_BYTES} bytes");
            return Poll::Ready(Some(Err(axum::Error::new(message))));
        }
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            self.pauses = true;
            let length = frame.data_ref().map_or(0, |data| data.len() as u64);
            if read != CLOSED {
                self.head_bytes.store(read.saturating_add(length), Ordering::Relaxed);
            }
        }
        polled
    }
}

//! A body that comes over time: what a channel brings, until its sender goes. An error breaks the answer off, so that
//! nobody takes a part for the whole.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::Frame;
use tokio::sync::mpsc;

pub struct Told(pub mpsc::Receiver<io::Result<Bytes>>);

impl http_body::Body for Told {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        self.0.poll_recv(context).map(|told| told.map(|bytes| bytes.map(Frame::data)))
    }
}

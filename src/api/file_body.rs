//! A file as the body of an answer, read while it is sent: memory does not grow with it.

use std::fs::File;
use std::io::Read;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::mpsc;

/// Read at once [bytes].
const CHUNK_BYTES: usize = 256 * 1024;
/// Chunks that wait to be sent.
const WAITING: usize = 2;

/// The chunks of a file on their way.
#[derive(Debug)]
pub struct FileBody {
    chunks: mpsc::Receiver<std::io::Result<Bytes>>,
    /// Not yet sent.
    bytes: u64,
}

impl FileBody {
    /// Reads as many bytes as the file has now.
    pub fn new(file: File) -> std::io::Result<FileBody> {
        let bytes = file.metadata()?.len();
        let (sender, chunks) = mpsc::channel(WAITING);
        // Ends when the client no longer listens.
        tokio::task::spawn_blocking(move || send(&file, bytes, &sender));
        Ok(FileBody { chunks, bytes })
    }
}

fn send(file: &File, bytes: u64, sender: &mpsc::Sender<std::io::Result<Bytes>>) {
    let mut rest = file.take(bytes);
    loop {
        let mut chunk = Vec::with_capacity(CHUNK_BYTES);
        let read = rest.by_ref().take(CHUNK_BYTES as u64).read_to_end(&mut chunk);
        let is_last = !matches!(read, Ok(1..));
        if matches!(read, Ok(0)) || sender.blocking_send(read.map(|_| Bytes::from(chunk))).is_err() || is_last
        {
            return;
        }
    }
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<std::io::Result<Frame<Bytes>>>> {
        let chunk = std::task::ready!(self.chunks.poll_recv(context));
        if let Some(Ok(chunk)) = &chunk {
            self.bytes = self.bytes.saturating_sub(chunk.len() as u64);
        }
        Poll::Ready(chunk.map(|chunk| chunk.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes)
    }
}

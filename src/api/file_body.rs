//! A file as the body of an answer, read while it is sent: memory does not grow with it.

use std::fs::File;
use std::future::Future;
use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::task::{JoinHandle, spawn_blocking};

/// Read at once [bytes].
const CHUNK_BYTES: u64 = 256 * 1024;

/// A file on its way. A chunk is read when the client has room for it: a slow one holds no thread.
#[derive(Debug)]
pub struct FileBody {
    source: Source,
    /// Not yet sent.
    bytes: u64,
}

#[derive(Debug)]
enum Source {
    /// `None` after the end, or a failure.
    Waiting(Option<File>),
    Reading(JoinHandle<io::Result<(File, Bytes)>>),
}

impl FileBody {
    /// Reads as many bytes as the file has now.
    pub fn new(file: File) -> io::Result<FileBody> {
        let bytes = file.metadata()?.len();
        Ok(FileBody { source: Source::Waiting(Some(file)), bytes })
    }
}

fn read(file: File, bytes: u64) -> io::Result<(File, Bytes)> {
    let mut chunk = Vec::with_capacity(bytes as usize);
    (&file).take(bytes).read_to_end(&mut chunk)?;
    match chunk.is_empty() {
        // Shorter than it was: the client must not take it for the whole.
        true => Err(io::ErrorKind::UnexpectedEof.into()),
        false => Ok((file, chunk.into())),
    }
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        loop {
            match &mut self.source {
                Source::Waiting(file) => {
                    let file = file.take();
                    let Some(file) = file.filter(|_| self.bytes > 0) else { return Poll::Ready(None) };
                    let bytes = self.bytes.min(CHUNK_BYTES);
                    self.source = Source::Reading(spawn_blocking(move || read(file, bytes)));
                }
                Source::Reading(reading) => {
                    let read = ready!(Pin::new(reading).poll(context));
                    self.source = Source::Waiting(None);
                    let (file, chunk) = match read.map_err(io::Error::other).flatten() {
                        Ok(read) => read,
                        Err(cause) => return Poll::Ready(Some(Err(cause))),
                    };
                    self.source = Source::Waiting(Some(file));
                    self.bytes = self.bytes.saturating_sub(chunk.len() as u64);
                    return Poll::Ready(Some(Ok(Frame::data(chunk))));
                }
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::time::Duration;

    use super::*;

    /// The next chunk.
    async fn next(body: &mut FileBody) -> Option<Bytes> {
        let frame = std::future::poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await;
        frame.map(|frame| frame.unwrap().into_data().unwrap())
    }

    /// One thread for all that blocks, and a client that has taken the first chunk and no other.
    #[test]
    fn a_slow_client_holds_no_thread() {
        let mut file = tempfile::tempfile().unwrap();
        let content: Vec<u8> = (0..2_000_000_u32).map(|at| (at % 251) as u8).collect();
        file.write_all(&content).unwrap();
        io::Seek::rewind(&mut file).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(1)
            .build()
            .unwrap();
        runtime.block_on(async {
            let mut body = FileBody::new(file).unwrap();
            assert_eq!(body.size_hint().exact(), Some(2_000_000));
            let mut taken = next(&mut body).await.unwrap().to_vec();
            let other = tokio::time::timeout(Duration::from_secs(10), spawn_blocking(|| 7)).await;
            assert_eq!(other.expect("the thread is free").unwrap(), 7);
            while let Some(chunk) = next(&mut body).await {
                taken.extend_from_slice(&chunk);
            }
            assert!(taken == content);
        });
    }
}

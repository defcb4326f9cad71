//! Batches from the database to a thread that may wait: reading and writing go on side by side.

use anyhow::bail;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// One batch waits while another is worked on.
const WAITING: usize = 1;

/// The sending end, and the work at the other.
pub(super) struct Pipe<T, R> {
    sender: mpsc::Sender<Option<Vec<T>>>,
    work: JoinHandle<anyhow::Result<R>>,
}

/// The receiving end.
pub(super) struct Batches<T>(mpsc::Receiver<Option<Vec<T>>>);

impl<T> Batches<T> {
    /// `None` at the end; an error when the sender stopped before.
    pub fn next(&mut self) -> anyhow::Result<Option<Vec<T>>> {
        match self.0.blocking_recv() {
            Some(batch) => Ok(batch),
            None => bail!("stopped before the end"),
        }
    }
}

impl<T: Send + 'static, R: Send + 'static> Pipe<T, R> {
    pub fn start(work: impl FnOnce(Batches<T>) -> anyhow::Result<R> + Send + 'static) -> Pipe<T, R> {
        let (sender, receiver) = mpsc::channel(WAITING);
        Pipe { sender, work: tokio::task::spawn_blocking(move || work(Batches(receiver))) }
    }

    /// False when the work has ended already: `finish` says why.
    pub async fn send(&self, batch: Vec<T>) -> bool {
        self.sender.send(Some(batch)).await.is_ok()
    }

    /// What the work gives back.
    pub async fn finish(self) -> anyhow::Result<R> {
        // Nobody listens when the work has failed; it says so itself.
        let _ = self.sender.send(None).await;
        self.work.await?
    }
}

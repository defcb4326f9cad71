//! A few threads that make things, one a core: what they have made ready, transformers and memory, serves the next.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::sync::oneshot;

use super::error::ApiError;

type Work = Box<dyn FnOnce() + Send>;

/// The threads begin with the first work and end with this.
pub struct Makers {
    name: &'static str,
    work: OnceLock<Sender<Work>>,
}

impl Makers {
    /// The name is that of the threads.
    pub fn new(name: &'static str) -> Makers {
        Makers { name, work: OnceLock::new() }
    }

    /// Runs work that computes.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let (answer, answered) = oneshot::channel();
        let work = move || {
            // Whoever asked may have gone.
            if !answer.is_closed() {
                drop(answer.send(work()));
            }
        };
        let lost = || ApiError::internal(format!("a thread `{}` ended early", self.name));
        self.work.get_or_init(|| start(self.name)).send(Box::new(work)).map_err(|_| lost())?;
        answered.await.map_err(|_| lost())?
    }
}

fn start(name: &str) -> Sender<Work> {
    let (sender, receiver) = channel::<Work>();
    let receiver = Arc::new(Mutex::new(receiver));
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    for _ in 0..cores {
        let receiver = receiver.clone();
        let started = std::thread::Builder::new().name(name.to_owned()).spawn(move || keep_on(&receiver));
        if let Err(error) = started {
            tracing::error!(%error, "A thread could not be started");
        }
    }
    sender
}

fn keep_on(receiver: &Mutex<Receiver<Work>>) {
    loop {
        let next = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(work) = next else { return };
        if catch_unwind(AssertUnwindSafe(work)).is_err() {
            tracing::error!("Work panicked");
        }
    }
}

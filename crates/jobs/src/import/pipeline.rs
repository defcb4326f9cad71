//! One file through the threads: a reader cuts it into batches, workers parse and prepare them, results come out in order.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use tokio::sync::mpsc;

use stadtwin_formats::{Batch, CityModelFile, FormatError, Input, Pending, Unresolved};
use stadtwin_model::{Issue, Severity};
use stadtwin_store::{CopyRows, StoreError};

use super::Progress;
use super::prepare::{Context, Prepared, Preparer, Tally};
use crate::measure::measured_rows;

/// What workers make of one batch.
#[derive(Default)]
pub(super) struct Done {
    sequence: u64,
    pub prepared: Vec<Prepared>,
    /// Of what is new in `prepared`, in its order.
    pub rows: CopyRows,
    pub tally: Tally,
    pub issues: Vec<Issue>,
    unresolved: Vec<Unresolved>,
    /// The store could not be asked.
    pub failed: Option<StoreError>,
}

/// What the collector receives, in any order, then `Ended` once from the reader.
enum Message {
    Done(Box<Done>),
    Ended { batches: u64, issues: Vec<Issue>, failed: Option<FormatError> },
}

/// A file on its way; `next` gives its batches in the order of the file.
pub(super) struct Pipeline {
    messages: mpsc::Receiver<Message>,
    waiting: BTreeMap<u64, Done>,
    next_sequence: u64,
    total: Option<u64>,
    final_issues: Vec<Issue>,
    unresolved: Pending,
    ended: bool,
    failed: Option<FormatError>,
    input: Input,
    context: Context,
    next_id: Arc<AtomicI64>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Pipeline {
    /// `file` is open already; `jobs` parse at the same time.
    pub fn start(
        file: CityModelFile,
        input: Input,
        context: Context,
        next_id: Arc<AtomicI64>,
        jobs: usize,
        progress: Arc<Progress>,
    ) -> Pipeline {
        // Batches of 256 KiB: enough to keep every worker busy while the store catches up, little enough to stay small.
        let (batch_sender, batch_receiver) = sync_channel(jobs * 2);
        let (sender, messages) = mpsc::channel(jobs * 2);
        let batch_receiver = Arc::new(Mutex::new(batch_receiver));
        let stop = Arc::new(AtomicBool::new(false));
        let mut threads = Vec::with_capacity(jobs + 1);
        for _ in 0..jobs {
            let (batches, sender) = (batch_receiver.clone(), sender.clone());
            let (context, ids, progress) = (context.clone(), next_id.clone(), progress.clone());
            threads.push(std::thread::spawn(move || work(&batches, &sender, context, ids, &progress)));
        }
        let flag = stop.clone();
        threads.push(std::thread::spawn(move || read(file, &batch_sender, &sender, &progress, &flag)));
        Pipeline {
            messages,
            waiting: BTreeMap::new(),
            next_sequence: 0,
            total: None,
            final_issues: Vec::new(),
            unresolved: Pending::default(),
            ended: false,
            failed: None,
            input,
            context,
            next_id,
            stop,
            threads,
        }
    }

    /// The next batch in file order; then what needed a second pass; then `None`.
    pub async fn next(&mut self) -> Result<Option<Done>, FormatError> {
        loop {
            if let Some(mut done) = self.waiting.remove(&self.next_sequence) {
                self.next_sequence += 1;
                let unresolved = std::mem::take(&mut done.unresolved);
                let io = |source| FormatError::Io { name: self.input.name.clone(), source };
                self.unresolved.extend(unresolved).map_err(io)?;
                return Ok(Some(done));
            }
            if self.total.is_some_and(|total| self.next_sequence >= total) {
                return self.after_the_last().await;
            }
            match self.messages.recv().await {
                Some(Message::Done(done)) => drop(self.waiting.insert(done.sequence, *done)),
                Some(Message::Ended { batches, issues, failed }) => {
                    self.total = Some(batches);
                    self.final_issues = issues;
                    self.failed = failed;
                }
                None => {
                    let source = std::io::Error::other("a reading thread ended before its time");
                    return Err(FormatError::Io { name: self.input.name.clone(), source });
                }
            }
        }
    }

    async fn after_the_last(&mut self) -> Result<Option<Done>, FormatError> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        if !self.ended {
            self.ended = true;
            return Ok(Some(Done { issues: std::mem::take(&mut self.final_issues), ..Done::default() }));
        }
        if self.unresolved.is_empty() { Ok(None) } else { self.second_pass().await.map(Some) }
    }

    /// Some of the members that point at others.
    async fn second_pass(&mut self) -> Result<Done, FormatError> {
        let mut pending = std::mem::take(&mut self.unresolved);
        let (input, context, ids) = (self.input.clone(), self.context.clone(), self.next_id.clone());
        let work = tokio::task::spawn_blocking(move || -> Result<(Done, Pending), FormatError> {
            let parsed = stadtwin_formats::resolve(&input, &mut pending)?;
            let mut done = Done { rows: measured_rows(context.storage.horizontal), ..Done::default() };
            done.failed = Preparer::new(context, ids).prepare(parsed, &mut done).err();
            Ok((done, pending))
        });
        let Ok(result) = work.await else {
            let issues =
                vec![worker_failed("the second pass", "objects that point at other members are missing")];
            return Ok(Done { issues, ..Done::default() });
        };
        let (done, pending) = result?;
        self.unresolved = pending;
        Ok(done)
    }
}

impl Drop for Pipeline {
    /// Threads end by themselves once nobody listens.
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.messages.close();
        while self.messages.try_recv().is_ok() {}
        for thread in self.threads.drain(..) {
            drop(thread);
        }
    }
}

fn read(
    mut file: CityModelFile,
    batches: &SyncSender<(u64, Batch)>,
    sender: &mpsc::Sender<Message>,
    progress: &Progress,
    stop: &AtomicBool,
) {
    let mut count = 0;
    let mut read_before = 0;
    let failed = loop {
        if stop.load(Ordering::Relaxed) {
            break None;
        }
        match file.next_batch() {
            Ok(Some(batch)) => {
                let read = file.bytes_read();
                progress.bytes.fetch_add(read - read_before, Ordering::Relaxed);
                read_before = read;
                if batches.send((count, batch)).is_err() {
                    break None;
                }
                count += 1;
            }
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    progress.bytes.fetch_add(file.bytes_read() - read_before, Ordering::Relaxed);
    let ended = Message::Ended { batches: count, issues: file.issues(), failed };
    // Nobody listens any more: the import was given up.
    let _ = sender.blocking_send(ended);
}

fn work(
    batches: &Mutex<Receiver<(u64, Batch)>>,
    sender: &mpsc::Sender<Message>,
    context: Context,
    ids: Arc<AtomicI64>,
    progress: &Progress,
) {
    let srid = context.storage.horizontal;
    let mut preparer = Preparer::new(context, ids);
    loop {
        let received = match batches.lock() {
            Ok(receiver) => receiver.recv(),
            Err(_) => return,
        };
        let Ok((sequence, batch)) = received else { return };
        // A fault of ours costs its batch, which is told, and never what comes behind it.
        let caught = catch_unwind(AssertUnwindSafe(|| one_batch(sequence, &batch, srid, &mut preparer)));
        let done = caught.unwrap_or_else(|_| Done {
            sequence,
            issues: vec![worker_failed("reading a part of the file", "its objects are missing")],
            ..Done::default()
        });
        progress.add_objects(done.prepared.len() as u64);
        if sender.blocking_send(Message::Done(Box::new(done))).is_err() {
            return;
        }
    }
}

fn one_batch(sequence: u64, batch: &Batch, srid: u32, preparer: &mut Preparer) -> Done {
    let mut done = Done { sequence, rows: measured_rows(srid), ..Done::default() };
    done.failed = read_batch(batch, preparer, &mut done).err();
    done
}

fn read_batch(batch: &Batch, preparer: &mut Preparer, done: &mut Done) -> Result<(), StoreError> {
    let known = preparer.recognise(batch, done)?;
    let result = batch.parse_others(&known);
    done.unresolved = result.unresolved;
    done.issues = result.issues;
    preparer.prepare(result.objects, done)
}

fn worker_failed(what: &str, lost: &str) -> Issue {
    Issue {
        object: String::new(),
        line: 0,
        code: "internal".into(),
        severity: Severity::Error,
        message: format!("{what} failed by a fault of stadtwin, please report it; {lost}"),
        ..Issue::default()
    }
}

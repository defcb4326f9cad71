//! Two connections, each inside one binary COPY: objects and geometries side by side.

use std::collections::HashSet;

use sqlx::{Connection, PgConnection, PgPool};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::copy::{COPY_HEADER, COPY_TRAILER, GEOMETRY_FIELDS, OBJECT_FIELDS};
use super::revision::share_writer_lock;
use super::{CopyRows, StoreError, template};

/// Sends rows of one revision; they are in the database after `finish`, and seen by nobody before publication.
#[derive(Debug)]
pub struct RowWriter {
    objects: Stream,
    geometries: Stream,
    pool: PgPool,
    collection: i32,
    /// Hashes of the templates sent.
    templates: HashSet<[u8; 16]>,
}

/// Where rows go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Into the collection's partitions.
    Partition,
    /// Into tables made for them in the same transaction: the collection has no partitions yet.
    LooseTable,
}

/// What one stream fills.
#[derive(Debug, Clone, Copy)]
struct Filled {
    /// The partitioned table.
    holder: &'static str,
    fields: &'static str,
    collection: i32,
    place: Place,
}

impl Filled {
    fn copy_statement(&self) -> String {
        let Filled { holder, fields, collection, place } = self;
        match place {
            Place::Partition => format!("COPY {holder} ({fields}) FROM STDIN (FORMAT binary)"),
            Place::LooseTable => {
                format!("COPY {holder}_{collection} ({fields}) FROM STDIN (FORMAT binary, FREEZE)")
            }
        }
    }

    /// Before the rows or behind them, where they get a table of their own.
    async fn step(&self, connection: &mut PgConnection, statement: &'static str) -> Result<(), StoreError> {
        if self.place == Place::LooseTable {
            sqlx::query(statement).bind(self.holder).bind(self.collection).execute(connection).await?;
        }
        Ok(())
    }
}

/// Sent at once: what the connection copies stays in the processor's cache [bytes].
const PIECE: usize = 64 * 1024;

#[derive(Debug)]
struct Stream {
    sender: mpsc::Sender<Message>,
    task: JoinHandle<Result<(), StoreError>>,
}

enum Message {
    Rows(Vec<u8>),
    /// Without it, a stream that ends is given up.
    Finish,
}

impl RowWriter {
    pub(super) fn start(
        pool: PgPool,
        objects: PgConnection,
        geometries: PgConnection,
        collection: i32,
        place: Place,
    ) -> RowWriter {
        let filled = |holder, fields| Filled { holder, fields, collection, place };
        RowWriter {
            objects: Stream::start(objects, filled("city_object", OBJECT_FIELDS)),
            geometries: Stream::start(geometries, filled("object_geometry", GEOMETRY_FIELDS)),
            pool,
            collection,
            templates: HashSet::new(),
        }
    }

    pub async fn send(&mut self, mut rows: CopyRows) -> Result<(), StoreError> {
        if rows.srid == 0 && !rows.is_empty() {
            return Err(StoreError::NoCrs);
        }
        rows.templates.retain(|hash, _| self.templates.insert(*hash));
        if !rows.templates.is_empty() {
            template::write(&self.pool, self.collection, &rows.templates).await?;
        }
        // Geometries are the greater part: start them first.
        self.geometries.send(Message::Rows(rows.geometries)).await?;
        self.objects.send(Message::Rows(rows.objects)).await
    }

    /// Commits both streams.
    pub async fn finish(mut self) -> Result<(), StoreError> {
        self.geometries.send(Message::Finish).await?;
        self.objects.send(Message::Finish).await?;
        self.geometries.join().await?;
        self.objects.join().await
    }
}

impl Stream {
    fn start(connection: PgConnection, filled: Filled) -> Stream {
        // Batches of rows: one on its way, one waiting.
        let (sender, receiver) = mpsc::channel(1);
        Stream { sender, task: tokio::spawn(copy(connection, filled, receiver)) }
    }

    async fn send(&mut self, message: Message) -> Result<(), StoreError> {
        match self.sender.send(message).await {
            Ok(()) => Ok(()),
            // The task has ended before its time: its error is the reason.
            Err(_) => self.join().await,
        }
    }

    async fn join(&mut self) -> Result<(), StoreError> {
        match (&mut self.task).await {
            Ok(result) => result,
            Err(_) => Err(StoreError::Database(sqlx::Error::WorkerCrashed)),
        }
    }
}

async fn copy(
    mut connection: PgConnection,
    filled: Filled,
    mut messages: mpsc::Receiver<Message>,
) -> Result<(), StoreError> {
    let mut transaction = connection.begin().await?;
    share_writer_lock(&mut transaction, filled.collection).await?;
    filled.step(&mut transaction, "SELECT create_loose_table($1, $2)").await?;
    let mut copy = transaction.copy_in_raw(&filled.copy_statement()).await?;
    copy.send(COPY_HEADER).await?;
    let mut is_finished = false;
    while let Some(message) = messages.recv().await {
        match message {
            Message::Rows(rows) => {
                for piece in rows.chunks(PIECE) {
                    copy.send(piece).await?;
                }
            }
            Message::Finish => {
                is_finished = true;
                break;
            }
        }
    }
    if !is_finished {
        copy.abort("the import was given up").await?;
        return Ok(());
    }
    copy.send(COPY_TRAILER).await?;
    copy.finish().await?;
    filled.step(&mut transaction, "SELECT index_loose_table($1, $2)").await?;
    transaction.commit().await?;
    Ok(())
}

//! PostGIS: the only SQL. Computes no geometry, parses no files, builds no links.

mod collection;
mod copy;
mod diagnose;
pub mod embedded;
mod error;
mod ewkb;
mod feature;
mod image;
mod import;
mod issue;
mod job;
mod look;
mod object;
mod publish;
mod revision;
mod rollback;
mod row_writer;
mod settle;
mod template;
mod tile;
mod token;
mod twin;

pub use copy::{CopyRows, RowEnds, encode_rows};
pub use diagnose::Diagnosis;
pub use embedded::{Embedded, EmbeddedError};
pub use error::StoreError;
pub use import::{FileFigures, ImportSession, Known};
pub use issue::{Held, IssueCount, IssueFilter, StoredIssue};
pub use job::{JobState, NewJob, StoredJob, WatchedFile};
pub use object::{PlanRow, StoredObject};
pub use publish::{CollectionSummary, PublishedRevision};
pub use row_writer::RowWriter;
pub use token::{NewToken, StoredToken};
pub use twin::Store;

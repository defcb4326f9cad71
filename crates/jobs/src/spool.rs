//! Files that were sent to the server, until their job is done. No name from outside ever becomes a path.

use std::collections::HashSet;
use std::fs::File;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::results::{ResultBounds, Results};
use stadtwin_access::random_hex;

/// Random bytes in the name of an entry: it cannot be guessed.
const NAME_BYTES: usize = 16;
/// Files of an entry beside the numbered ones: what will come, how many bytes are set aside for it, and the mark of the
/// one order that took it.
const ANNOUNCED: &str = "announced.json";
const RESERVED: &str = "reserved";
const ORDERED: &str = "ordered";
/// Holds what jobs leave; no entry is called so.
const RESULTS: &str = "results";
/// An order that no job in the queue follows is given up after this time.
const ORDER_AGE: Duration = Duration::from_secs(3600);

/// A folder of entries, and a mark by which workers know that they see the same folder.
#[derive(Debug)]
pub struct Spool {
    folder: PathBuf,
    place: String,
    result_bounds: ResultBounds,
    /// Held while room is counted and taken.
    room: Mutex<()>,
}

/// What may lie in the spool.
#[derive(Debug, Clone, Copy)]
pub struct Quota {
    /// Of all entries together, those of waiting jobs and what is announced included [bytes].
    pub bytes: u64,
    /// Entries that no job has been made of yet.
    pub count: usize,
}

/// Why the spool takes no further upload.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    #[error(
        "{bytes} bytes are more than the {limit} that uploads may take together (`stadtwin serve --upload-quota`)"
    )]
    TooLarge { bytes: u64, limit: u64 },
    #[error(
        "uploads take {taken} of {limit} bytes and there is no room for {bytes} more: wait until jobs have ended, or \
         finish or give up others (`stadtwin serve --upload-quota`)"
    )]
    NoRoom { bytes: u64, taken: u64, limit: u64 },
    #[error(
        "{count} uploads wait to be finished and imported, and no more may (`stadtwin serve --upload-count`): finish and \
         import some of them first"
    )]
    TooMany { count: usize },
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// One upload: numbered files and what is known of them.
#[derive(Debug, Clone)]
pub struct Entry {
    pub id: String,
    folder: PathBuf,
}

/// What an upload that comes in pieces will be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Announced {
    /// What it is for: a collection's id, or `terrain/` with a terrain's.
    #[serde(alias = "collection")]
    pub target: String,
    /// For people.
    pub name: String,
    pub size_bytes: u64,
}

impl Spool {
    /// Opens the folder, making it where needed; nobody else may look into it.
    pub fn open(folder: &Path) -> anyhow::Result<Spool> {
        let cannot = || format!("cannot use the folder `{}` for uploads", folder.display());
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).with_context(cannot)?;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).with_context(cannot)?;
        let folder = folder.canonicalize().with_context(cannot)?;
        let mark = folder.join("place");
        if !mark.exists() {
            let own = folder.join(format!("place-{}", random_hex(NAME_BYTES)?));
            std::fs::write(&own, random_hex(NAME_BYTES)?).with_context(cannot)?;
            // Of several that begin at once, the first one's mark stays.
            let _ = std::fs::hard_link(&own, &mark);
            std::fs::remove_file(&own).with_context(cannot)?;
        }
        let place = std::fs::read_to_string(&mark).with_context(cannot)?;
        Ok(Spool { folder, place, result_bounds: ResultBounds::default(), room: Mutex::new(()) })
    }

    /// With other bounds for the files that jobs leave.
    pub fn keeping(self, result_bounds: ResultBounds) -> Spool {
        Spool { result_bounds, ..self }
    }

    /// Files that jobs leave.
    pub fn results(&self) -> Results {
        Results::new(self.folder.join(RESULTS), self.result_bounds)
    }

    /// The same for all that see this folder.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// A new entry with this much room set aside for it.
    pub fn create(&self, bytes: u64, quota: &Quota) -> Result<Entry, SpoolError> {
        let limit = quota.bytes;
        if bytes > limit {
            return Err(SpoolError::TooLarge { bytes, limit });
        }
        let _counting = self.room.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut taken, mut count) = (0_u64, 0);
        for entry in self.entries() {
            taken = taken.saturating_add(entry.room_bytes());
            count += usize::from(!entry.is_ordered());
        }
        if count >= quota.count {
            return Err(SpoolError::TooMany { count });
        }
        if taken.saturating_add(bytes) > limit {
            return Err(SpoolError::NoRoom { bytes, taken, limit });
        }
        let id = random_hex(NAME_BYTES)?;
        let folder = self.folder.join(&id);
        std::fs::DirBuilder::new().mode(0o700).create(&folder)?;
        let entry = Entry { id, folder };
        std::fs::write(entry.folder.join(RESERVED), bytes.to_string())?;
        Ok(entry)
    }

    fn entries(&self) -> impl Iterator<Item = Entry> {
        let found = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        found.filter_map(|found| self.entry(found.file_name().to_str()?))
    }

    /// The entry with this name; `None` when there is none, or the name is none of ours.
    pub fn entry(&self, id: &str) -> Option<Entry> {
        let fits = id.len() == 2 * NAME_BYTES && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        let folder = self.folder.join(id);
        (fits && folder.is_dir()).then(|| Entry { id: id.to_owned(), folder })
    }

    /// Removes entries that nothing has been added to for this long; those in use by jobs stay, however long they wait.
    pub fn sweep(&self, age: Duration, in_use: &HashSet<String>) {
        for entry in self.entries().filter(|entry| !in_use.contains(&entry.id)) {
            let age = if entry.is_ordered() { age.min(ORDER_AGE) } else { age };
            let files = std::fs::read_dir(&entry.folder).into_iter().flatten().flatten();
            let times = files.filter_map(|file| file.metadata().ok()?.modified().ok());
            let own = std::fs::metadata(&entry.folder).and_then(|folder| folder.modified()).ok();
            let newest = times.chain(own).max();
            if newest.is_some_and(|time| time.elapsed().is_ok_and(|elapsed| elapsed > age)) {
                tracing::info!(upload = entry.id, "Removed an upload that nobody came back for");
                entry.remove();
            }
        }
    }
}

impl Entry {
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where file `number` lies, from 0.
    pub fn file(&self, number: usize) -> PathBuf {
        self.folder.join(number.to_string())
    }

    /// Says what will come; the file is empty then.
    pub fn announce(&self, announced: &Announced) -> anyhow::Result<()> {
        File::create(self.file(0))?;
        Ok(std::fs::write(self.folder.join(ANNOUNCED), serde_json::to_vec(announced)?)?)
    }

    pub fn announced(&self) -> anyhow::Result<Announced> {
        Ok(serde_json::from_slice(&std::fs::read(self.folder.join(ANNOUNCED))?)?)
    }

    /// Takes the entry for one job: false when another order has. On one file system, also among several servers.
    pub fn order(&self) -> std::io::Result<bool> {
        match File::options().write(true).create_new(true).open(self.folder.join(ORDERED)) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Gives an order back that no job came of.
    pub fn unorder(&self) {
        if let Err(error) = std::fs::remove_file(self.folder.join(ORDERED)) {
            tracing::warn!(upload = self.id, %error, "An upload could not be given back");
        }
    }

    fn is_ordered(&self) -> bool {
        self.folder.join(ORDERED).exists()
    }

    /// All has come: the entry takes the room that its files take.
    pub fn settle(&self) {
        // Where it stays, more room than needed stays set aside.
        let _ = std::fs::remove_file(self.folder.join(RESERVED));
    }

    /// Room set aside, or taken by its files [bytes].
    fn room_bytes(&self) -> u64 {
        let reserved = std::fs::read_to_string(self.folder.join(RESERVED)).ok();
        let files = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let lengths = files.filter_map(|file| Some(file.metadata().ok()?.len())).sum();
        reserved.and_then(|text| text.parse().ok()).unwrap_or(0).max(lengths)
    }

    /// Bytes of file 0 that have come.
    pub fn received_bytes(&self) -> std::io::Result<u64> {
        Ok(std::fs::metadata(self.file(0))?.len())
    }

    /// File 0 to append to; `None` while someone else does.
    pub fn append(&self) -> std::io::Result<Option<File>> {
        let file = File::options().append(true).open(self.file(0))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(error)) => Err(error),
        }
    }

    pub fn remove(&self) {
        if let Err(error) = std::fs::remove_dir_all(&self.folder) {
            tracing::warn!(upload = self.id, %error, "An upload could not be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_by_their_own_names_only() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(&folder.path().join("a/spool")).unwrap();
        let again = Spool::open(&folder.path().join("a/spool")).unwrap();
        assert_eq!((spool.place(), spool.place().len()), (again.place(), 32));
        assert_ne!(Spool::open(&folder.path().join("b")).unwrap().place(), spool.place());

        let entry = spool.create(5, &QUOTA).unwrap();
        let announced = Announced { target: "c".into(), name: "../../x.gml".into(), size_bytes: 5 };
        entry.announce(&announced).unwrap();
        assert_eq!(spool.entry(&entry.id).unwrap().announced().unwrap(), announced);
        assert_eq!(entry.received_bytes().unwrap(), 0);
        let held = entry.append().unwrap().unwrap();
        assert!(entry.append().unwrap().is_none(), "one at a time");
        drop(held);
        for wrong in ["", ".", "..", "place", "../spool", &entry.id[1..], &"0".repeat(32)] {
            assert!(spool.entry(wrong).is_none(), "{wrong}");
        }
    }

    const QUOTA: Quota = Quota { bytes: 1_000, count: 2 };

    fn spool() -> (tempfile::TempDir, Spool) {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path()).unwrap();
        (folder, spool)
    }

    #[test]
    fn the_sweep_leaves_what_jobs_wait_for() {
        let (_folder, spool) = spool();
        let (left, waiting) = (spool.create(1, &QUOTA).unwrap(), spool.create(1, &QUOTA).unwrap());
        assert!(waiting.order().unwrap());
        let in_use = HashSet::from([waiting.id.clone()]);
        spool.sweep(Duration::from_secs(60), &in_use);
        assert!(spool.entry(&left.id).is_some() && spool.entry(&waiting.id).is_some());
        spool.sweep(Duration::ZERO, &in_use);
        assert!(spool.entry(&left.id).is_none() && spool.entry(&waiting.id).is_some());
        spool.sweep(Duration::ZERO, &HashSet::new());
        assert!(spool.entry(&waiting.id).is_none());
    }

    #[test]
    fn an_entry_is_ordered_once() {
        let (_folder, spool) = spool();
        let entry = spool.create(1, &QUOTA).unwrap();
        let again = spool.entry(&entry.id).unwrap();
        assert_eq!((entry.order().unwrap(), again.order().unwrap()), (true, false));
        entry.unorder();
        assert!(again.order().unwrap());
    }

    #[test]
    fn all_uploads_share_one_room() {
        let (_folder, spool) = spool();
        assert!(matches!(spool.create(1_001, &QUOTA), Err(SpoolError::TooLarge { .. })));
        let first = spool.create(600, &QUOTA).unwrap();
        let told = spool.create(401, &QUOTA).unwrap_err().to_string();
        assert!(told.contains("600 of 1000 bytes") && told.contains("401 more"), "{told}");
        let second = spool.create(400, &QUOTA).unwrap();
        let told = spool.create(0, &QUOTA).unwrap_err().to_string();
        assert!(told.starts_with("2 uploads wait"), "{told}");
        // Of 600 announced bytes, 100 came: the rest is free again, and an order makes room for another upload.
        std::fs::write(first.file(0), [0; 100]).unwrap();
        first.settle();
        assert!(second.order().unwrap());
        assert!(spool.create(501, &QUOTA).is_err());
        spool.create(500, &QUOTA).unwrap();
    }
}

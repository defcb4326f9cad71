//! Files that were sent to the server, until their job is done. No name from outside ever becomes a path.

use std::fs::File;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use crate::access::random_hex;

/// Random bytes in the name of an entry: it cannot be guessed.
const NAME_BYTES: usize = 16;

/// A folder of entries, and a mark by which workers know that they see the same folder.
#[derive(Debug)]
pub struct Spool {
    folder: PathBuf,
    place: String,
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
    pub collection: String,
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
        Ok(Spool { folder, place })
    }

    /// The same for all that see this folder.
    pub fn place(&self) -> &str {
        &self.place
    }

    pub fn create(&self) -> std::io::Result<Entry> {
        let id = random_hex(NAME_BYTES)?;
        let folder = self.folder.join(&id);
        std::fs::DirBuilder::new().mode(0o700).create(&folder)?;
        Ok(Entry { id, folder })
    }

    /// The entry with this name; `None` when there is none, or the name is none of ours.
    pub fn entry(&self, id: &str) -> Option<Entry> {
        let fits = id.len() == 2 * NAME_BYTES && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        let folder = self.folder.join(id);
        (fits && folder.is_dir()).then(|| Entry { id: id.to_owned(), folder })
    }

    /// Removes entries that nothing has been added to for this long.
    pub fn sweep(&self, age: Duration) {
        for found in std::fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let Some(entry) = found.file_name().to_str().and_then(|name| self.entry(name)) else { continue };
            let newest = std::fs::read_dir(&entry.folder)
                .into_iter()
                .flatten()
                .flatten()
                .chain([found])
                .filter_map(|file| file.metadata().ok()?.modified().ok())
                .max();
            if newest.is_some_and(|time| time.elapsed().is_ok_and(|elapsed| elapsed > age)) {
                tracing::info!(upload = entry.id, "Removed an upload that nobody came back for");
                entry.remove();
            }
        }
    }
}

impl Entry {
    /// Where file `number` lies, from 0.
    pub fn file(&self, number: usize) -> PathBuf {
        self.folder.join(number.to_string())
    }

    /// Says what will come; the file is empty then.
    pub fn announce(&self, announced: &Announced) -> anyhow::Result<()> {
        File::create(self.file(0))?;
        Ok(std::fs::write(self.folder.join("announced.json"), serde_json::to_vec(announced)?)?)
    }

    pub fn announced(&self) -> anyhow::Result<Announced> {
        Ok(serde_json::from_slice(&std::fs::read(self.folder.join("announced.json"))?)?)
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

        let entry = spool.create().unwrap();
        let announced = Announced { collection: "c".into(), name: "../../x.gml".into(), size_bytes: 5 };
        entry.announce(&announced).unwrap();
        assert_eq!(spool.entry(&entry.id).unwrap().announced().unwrap(), announced);
        assert_eq!(entry.received_bytes().unwrap(), 0);
        let held = entry.append().unwrap().unwrap();
        assert!(entry.append().unwrap().is_none(), "one at a time");
        drop(held);
        for wrong in ["", ".", "..", "place", "../spool", &entry.id[1..], &"0".repeat(32)] {
            assert!(spool.entry(wrong).is_none(), "{wrong}");
        }
        spool.sweep(Duration::from_secs(60));
        assert!(spool.entry(&entry.id).is_some());
        spool.sweep(Duration::ZERO);
        assert!(spool.entry(&entry.id).is_none());
    }
}

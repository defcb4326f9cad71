//! Gzip and zip by content, with a guard against archives that unpack without end.

use flate2::read::{DeflateDecoder, MultiGzDecoder};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Whoever asks for more than this at once gets it without another copy [bytes].
const BUFFER: usize = 64 * 1024;
/// No city model packs better than this (the best seen reach 25); a bomb does (deflate reaches 1032).
const MAX_RATIO: u64 = 100;
/// Always allowed, however small the packed file [bytes].
const FREE_BYTES: u64 = 64 * 1024 * 1024;
const MAX_ENTRIES: usize = 100_000;

/// One file inside a zip archive.
#[derive(Debug, Clone, PartialEq)]
pub struct ZipEntry {
    pub name: String,
    /// Where the packed bytes begin in the archive, and how many they are.
    pub start: u64,
    pub packed_bytes: u64,
    pub size_bytes: u64,
    pub deflated: bool,
}

/// An archive that entries are read from.
pub struct Archive {
    path: PathBuf,
    /// Removes the file with the last one who reads from it.
    _temporary: Option<tempfile::TempPath>,
    /// By name in lower case with `/` between folders; made when first asked for.
    entries: OnceLock<HashMap<String, Vec<ZipEntry>>>,
}

impl Archive {
    pub fn new(path: &Path) -> Archive {
        Archive { path: path.to_owned(), _temporary: None, entries: OnceLock::new() }
    }

    pub fn temporary(path: tempfile::TempPath) -> Archive {
        Archive { path: path.to_path_buf(), _temporary: Some(path), entries: OnceLock::new() }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The entry with this name; of those that differ in case only, the exact one if there is any.
    pub fn entry(&self, name: &str) -> Option<&ZipEntry> {
        let entries = self.entries.get_or_init(|| by_name(&self.path));
        let alike = entries.get(&name.to_lowercase())?;
        alike.iter().find(|entry| entry.name == name).or_else(|| alike.first())
    }
}

/// Nothing where the archive cannot be read again.
fn by_name(path: &Path) -> HashMap<String, Vec<ZipEntry>> {
    let mut entries: HashMap<String, Vec<ZipEntry>> = HashMap::new();
    for mut entry in zip_entries(path).map(|(entries, _)| entries).unwrap_or_default() {
        entry.name = entry.name.replace('\\', "/");
        entries.entry(entry.name.to_lowercase()).or_default().push(entry);
    }
    entries
}

/// Whether the file begins like a zip archive.
pub fn is_zip(path: &Path) -> io::Result<bool> {
    let mut magic = Vec::with_capacity(4);
    File::open(path)?.take(4).read_to_end(&mut magic)?;
    Ok(magic == b"PK\x03\x04" || magic == b"PK\x05\x06")
}

/// Whether the file begins like one that gzip packed.
pub fn is_gzip(path: &Path) -> io::Result<bool> {
    let mut magic = Vec::with_capacity(2);
    File::open(path)?.take(2).read_to_end(&mut magic)?;
    Ok(magic == GZIP)
}

const GZIP: [u8; 2] = [0x1f, 0x8b];

/// An entry that is not read.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    pub name: String,
    pub reason: &'static str,
}

/// The files of an archive in its order, and what of it is not read.
pub fn zip_entries(path: &Path) -> io::Result<(Vec<ZipEntry>, Vec<Refused>)> {
    let mut archive = zip::ZipArchive::new(BufReader::new(File::open(path)?))?;
    let mut entries: Vec<ZipEntry> = Vec::new();
    let mut refused = Vec::new();
    let mut refuse = |name: &str, reason| refused.push(Refused { name: name.to_owned(), reason });
    for index in 0..archive.len().min(MAX_ENTRIES) {
        let entry = archive.by_index_raw(index)?;
        if entry.is_dir() {
            continue;
        }
        if climbs_out(entry.name()) {
            refuse(entry.name(), "its path leads out of the archive");
            continue;
        }
        let known =
            matches!(entry.compression(), zip::CompressionMethod::Stored | zip::CompressionMethod::Deflated);
        match entry.data_start() {
            Some(start) if known && !entry.encrypted() => entries.push(ZipEntry {
                name: entry.name().to_owned(),
                start,
                packed_bytes: entry.compressed_size(),
                size_bytes: entry.size(),
                deflated: entry.compression() == zip::CompressionMethod::Deflated,
            }),
            _ => refuse(entry.name(), "it is encrypted or packed by a method other than deflate"),
        }
    }
    if overlap(&entries) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "files in the archive share their bytes, as in a bomb; pack it anew",
        ));
    }
    Ok((entries, refused))
}

/// Whether a name is absolute or goes up, in the spelling of any system.
fn climbs_out(name: &str) -> bool {
    let is_drive = name.as_bytes().get(1) == Some(&b':');
    is_drive || name.starts_with(['/', '\\']) || name.split(['/', '\\']).any(|part| part == "..")
}

/// Whether packed bytes belong to more than one entry.
fn overlap(entries: &[ZipEntry]) -> bool {
    let mut places: Vec<(u64, u64)> =
        entries.iter().map(|entry| (entry.start, entry.start.saturating_add(entry.packed_bytes))).collect();
    places.sort_unstable();
    places.windows(2).any(|pair| matches!(pair, [(_, end), (start, _)] if start < end))
}

/// A plain or gzip file, unpacked.
pub fn open_file(path: &Path) -> io::Result<Box<dyn BufRead + Send>> {
    let file = File::open(path)?;
    let packed_bytes = file.metadata()?.len();
    unpacked(Box::new(file), packed_bytes)
}

/// An entry of a zip archive, unpacked; a gzip file inside is unpacked too.
pub fn open_entry(path: &Path, entry: &ZipEntry) -> io::Result<Box<dyn BufRead + Send>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(entry.start))?;
    let packed = file.take(entry.packed_bytes);
    if entry.deflated {
        let guarded =
            Guard::new(DeflateDecoder::new(BufReader::with_capacity(BUFFER, packed)), entry.packed_bytes);
        unpacked(Box::new(guarded), entry.packed_bytes)
    } else {
        unpacked(Box::new(packed), entry.packed_bytes)
    }
}

/// Bytes in memory, unpacked if they are gzip.
pub fn unpacked(reader: Box<dyn Read + Send>, packed_bytes: u64) -> io::Result<Box<dyn BufRead + Send>> {
    let mut reader = BufReader::with_capacity(BUFFER, reader);
    if reader.fill_buf()?.starts_with(&GZIP) {
        let guarded = Guard::new(MultiGzDecoder::new(reader), packed_bytes);
        return Ok(Box::new(BufReader::with_capacity(BUFFER, guarded)));
    }
    Ok(Box::new(reader))
}

/// Unpacked size of a file [bytes]: its own length, or what gzip says at its end (modulo 4 GiB).
pub fn size_hint(path: &Path) -> io::Result<u64> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut magic = [0; 2];
    if length < 18 || file.read_exact(&mut magic).is_err() || magic != GZIP {
        return Ok(length);
    }
    let mut tail = [0; 4];
    file.seek(SeekFrom::End(-4))?;
    file.read_exact(&mut tail)?;
    Ok(u64::from(u32::from_le_bytes(tail)).max(length))
}

/// Fails once more came out than any honest file packs.
struct Guard<R> {
    reader: R,
    left: u64,
}

impl<R> Guard<R> {
    fn new(reader: R, packed_bytes: u64) -> Guard<R> {
        Guard { reader, left: packed_bytes.saturating_mul(MAX_RATIO).max(FREE_BYTES) }
    }
}

impl<R: Read> Read for Guard<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.left = self.left.checked_sub(count as u64).ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("unpacks to more than {MAX_RATIO} times its size"),
            )
        })?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_climb_and_bytes_used_twice_are_seen() {
        for (name, climbs) in [
            ("a/b.gml", false),
            ("a..b/c.gml", false),
            ("../a.gml", true),
            ("a/../../b.gml", true),
            ("a\\..\\b.gml", true),
            ("/etc/a.gml", true),
            ("C:\\a.gml", true),
        ] {
            assert_eq!(climbs_out(name), climbs, "{name}");
        }
        let entry = |start, packed_bytes| ZipEntry {
            name: String::new(),
            start,
            packed_bytes,
            size_bytes: 0,
            deflated: true,
        };
        for (places, expected) in [
            (vec![(0, 10), (10, 5)], false),
            (vec![(40, 10), (30, 10), (50, 0)], false),
            (vec![(0, 10), (9, 5)], true),
            (vec![(30, 10), (30, 10)], true),
        ] {
            let entries: Vec<_> = places.iter().map(|(start, bytes)| entry(*start, *bytes)).collect();
            assert_eq!(overlap(&entries), expected, "{places:?}");
        }
    }

    #[test]
    fn a_bomb_is_stopped() {
        let mut guard = Guard { reader: io::repeat(0), left: 1000 };
        assert!(io::copy(&mut guard, &mut io::sink()).is_err());
    }
}

//! Files that a city model names, such as images: looked for within the folder or archive that was given, never outside.

use super::input::{Input, Loose};
use super::unpack::{self, Archive};
use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thiserror::Error;

/// No path that a file names is longer [bytes].
const MAX_NAME: usize = 4096;
/// Folders whose names are remembered.
const MAX_LISTED: usize = 256;

/// Why a file that another one names is not at hand.
#[derive(Debug, Error)]
pub enum BesideError {
    #[error("there is no such file")]
    Missing,
    /// An absolute path, an address, or a path that climbs out.
    #[error("it lies outside of what was given")]
    Outside,
    #[error("it is larger than {} MiB", limit_bytes >> 20)]
    TooLarge { limit_bytes: u64 },
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The surroundings of one file.
pub struct Beside {
    place: Place,
    /// Folders from the root to the file.
    base: Vec<String>,
    loose: Option<Loose>,
}

enum Place {
    Folder {
        root: PathBuf,
        /// Folder → name in lower case → name.
        listed: HashMap<PathBuf, HashMap<String, OsString>>,
    },
    Archive(Arc<Archive>),
    Nowhere,
}

impl Beside {
    pub(super) fn in_folder(file: &Path, root: &Path) -> Beside {
        let folders = file.strip_prefix(root).ok().and_then(Path::parent);
        let names = folders.into_iter().flat_map(Path::components);
        let base = names.map(|name| name.as_os_str().to_string_lossy().into_owned()).collect();
        let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
        Beside { place: Place::Folder { root: root.to_owned(), listed: HashMap::new() }, base, loose: None }
    }

    pub(super) fn in_archive(archive: Arc<Archive>, entry: &str) -> Beside {
        let mut base = resolve(&[], entry).unwrap_or_default();
        base.pop();
        Beside { place: Place::Archive(archive), base, loose: None }
    }

    /// For what came as bytes alone.
    pub(super) fn nowhere() -> Beside {
        Beside { place: Place::Nowhere, base: Vec::new(), loose: None }
    }

    /// The same with files that came without folders: what is not there is looked for among them by name alone.
    pub(super) fn with_loose(self, loose: Option<Loose>) -> Beside {
        Beside { loose, ..self }
    }

    /// The bytes of the file that goes by this name, in any case, with `/` or `\`, as it is or percent-encoded.
    pub fn read(&mut self, name: &str, limit_bytes: u64) -> Result<Vec<u8>, BesideError> {
        match (self.read_placed(name, limit_bytes), &self.loose) {
            (Err(error @ (BesideError::Missing | BesideError::Outside)), Some(loose)) => {
                let Some(path) = find_loose(loose, name) else { return Err(error) };
                read_bounded(File::open(path)?, fs::metadata(path)?.len(), limit_bytes)
            }
            (result, _) => result,
        }
    }

    fn read_placed(&mut self, name: &str, limit_bytes: u64) -> Result<Vec<u8>, BesideError> {
        let decoded = percent_decoded(name);
        for spelling in [Some(name), decoded.as_deref()].into_iter().flatten() {
            let parts = resolve(&self.base, spelling)?;
            match self.read_parts(&parts, limit_bytes) {
                Err(BesideError::Missing) => {}
                result => return result,
            }
        }
        Err(BesideError::Missing)
    }

    /// The file that goes by this name, to be read as a stream.
    pub fn input(&mut self, name: &str) -> Option<Input> {
        let decoded = percent_decoded(name);
        let spellings = [Some(name), decoded.as_deref()];
        spellings
            .into_iter()
            .flatten()
            .find_map(|spelling| self.input_of(&resolve(&self.base, spelling).ok()?))
    }

    fn input_of(&mut self, parts: &[String]) -> Option<Input> {
        match &mut self.place {
            Place::Folder { root, listed } => {
                let path = find(root, parts, listed).ok()?;
                Some(Input::file_within(&path, root))
            }
            Place::Archive(archive) => {
                let entry = archive.entry(&parts.join("/"))?.clone();
                Some(Input::entry(archive, entry))
            }
            Place::Nowhere => None,
        }
    }

    fn read_parts(&mut self, parts: &[String], limit_bytes: u64) -> Result<Vec<u8>, BesideError> {
        match &mut self.place {
            Place::Folder { root, listed } => {
                let path = find(root, parts, listed)?;
                let size_bytes = fs::metadata(&path)?.len();
                read_bounded(File::open(&path)?, size_bytes, limit_bytes)
            }
            Place::Archive(archive) => {
                let entry = archive.entry(&parts.join("/")).ok_or(BesideError::Missing)?;
                if entry.size_bytes > limit_bytes {
                    return Err(BesideError::TooLarge { limit_bytes });
                }
                let reader = unpack::open_entry(archive.path(), entry)?;
                read_bounded(reader, entry.size_bytes, limit_bytes)
            }
            Place::Nowhere => Err(BesideError::Missing),
        }
    }
}

/// Folders and file from the root.
fn resolve(base: &[String], name: &str) -> Result<Vec<String>, BesideError> {
    let name = name.trim();
    if name.len() > MAX_NAME {
        return Err(BesideError::Missing);
    }
    if is_elsewhere(name) {
        return Err(BesideError::Outside);
    }
    let mut parts = base.to_vec();
    for part in name.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop().ok_or(BesideError::Outside)?),
            part => parts.push(part.to_owned()),
        }
    }
    Ok(parts)
}

/// The file that goes by the last part of the name.
fn find_loose<'a>(loose: &'a Loose, name: &str) -> Option<&'a PathBuf> {
    let decoded = percent_decoded(name);
    let mut spellings = [Some(name), decoded.as_deref()].into_iter().flatten();
    spellings.find_map(|name| loose.get(&name.trim().rsplit(['/', '\\']).next()?.to_lowercase()))
}

/// An absolute path of any system, or an address.
fn is_elsewhere(name: &str) -> bool {
    let has_drive = matches!(name.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    let begins = |scheme: &&str| name.get(..scheme.len()).is_some_and(|own| own.eq_ignore_ascii_case(scheme));
    has_drive
        || name.starts_with(['/', '\\'])
        || name.contains("://")
        || ["file:", "data:", "http:", "https:"].iter().any(begins)
}

/// `None` where nothing is encoded, or it is not UTF-8.
fn percent_decoded(name: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(name.len().min(MAX_NAME));
    let mut rest = name.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let code = after.get(..2).filter(|code| *byte == b'%' && code.iter().all(u8::is_ascii_hexdigit));
        let code = code.and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        bytes.push(code.unwrap_or(*byte));
        rest = if code.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8(bytes).ok().filter(|decoded| decoded != name)
}

/// The file on disk; links that lead out of the root are not followed.
fn find(
    root: &Path,
    parts: &[String],
    listed: &mut HashMap<PathBuf, HashMap<String, OsString>>,
) -> Result<PathBuf, BesideError> {
    let mut path = root.to_owned();
    for part in parts {
        let exact = path.join(part);
        if exact.symlink_metadata().is_ok() {
            path = exact;
            continue;
        }
        if !listed.contains_key(&path) {
            if listed.len() >= MAX_LISTED {
                listed.clear();
            }
            listed.insert(path.clone(), names_in(&path));
        }
        let name = listed.get(&path).and_then(|names| names.get(&part.to_lowercase()));
        path.push(name.ok_or(BesideError::Missing)?);
    }
    let missing = |_| BesideError::Missing;
    let real = path.canonicalize().map_err(missing)?;
    if !real.starts_with(root.canonicalize().map_err(missing)?) {
        return Err(BesideError::Outside);
    }
    if real.is_file() { Ok(real) } else { Err(BesideError::Missing) }
}

fn names_in(folder: &Path) -> HashMap<String, OsString> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| (entry.file_name().to_string_lossy().to_lowercase(), entry.file_name())).collect()
}

/// `size_bytes` is what the file system or the archive says.
fn read_bounded(reader: impl Read, size_bytes: u64, limit_bytes: u64) -> Result<Vec<u8>, BesideError> {
    if size_bytes > limit_bytes {
        return Err(BesideError::TooLarge { limit_bytes });
    }
    let mut bytes = Vec::with_capacity(size_bytes.min(1 << 20) as usize);
    reader.take(limit_bytes.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit_bytes { Err(BesideError::TooLarge { limit_bytes }) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expand;
    use std::io::Write;

    /// What is found by each name from `town/models/a.gml`, where `town` was given: content, or the reason.
    const CASES: [(&str, &str); 22] = [
        ("Roof.PNG", "roof"),
        ("roof.png", "roof"),
        (" ./Roof.PNG ", "roof"),
        ("..\\Bilder\\S\u{fc}d 1.jpg", "south"),
        ("../bilder/S%C3%BCD%201.JPG", "south"),
        ("..\\..\\town\\Bilder\\x.jpg", "outside"),
        ("100%.png", "percent"),
        ("a%20b.png", "encoded"),
        ("../models/../models/Roof.PNG", "roof"),
        ("..\\..\\etc", "outside"),
        ("../../secret.png", "outside"),
        ("..%2F..%2Fsecret.png", "outside"),
        ("/etc/passwd", "outside"),
        ("\\\\server\\share\\a.png", "outside"),
        ("C:\\a.png", "outside"),
        ("file:///etc/passwd", "outside"),
        ("HTTP://example.org/a.png", "outside"),
        ("https:example.org", "outside"),
        ("none.png", "missing"),
        ("", "missing"),
        ("..", "missing"),
        ("Roof.PNG\0", "missing"),
    ];
    const FILES: [(&str, &str); 5] = [
        ("models/a.gml", "<CityModel/>"),
        ("models/Roof.PNG", "roof"),
        ("Bilder/S\u{fc}d 1.jpg", "south"),
        ("models/100%.png", "percent"),
        ("models/a%20b.png", "encoded"),
    ];

    fn outcome(beside: &mut Beside, name: &str) -> String {
        match beside.read(name, 100) {
            Ok(bytes) => String::from_utf8(bytes).unwrap(),
            Err(BesideError::Missing) => "missing".into(),
            Err(BesideError::Outside) => "outside".into(),
            Err(error) => error.to_string(),
        }
    }

    fn town() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let town = folder.path().join("town");
        fs::write(folder.path().join("secret.png"), "secret").unwrap();
        for (name, content) in FILES {
            let path = town.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        (folder, town)
    }

    fn beside_of(argument: &Path) -> Beside {
        let (inputs, issues) = expand(&[argument.display().to_string()]);
        assert!(issues.is_empty() && inputs.len() == 1, "{issues:?}");
        inputs[0].beside()
    }

    #[test]
    fn names_are_found_in_the_folder_that_was_given() {
        let (_folder, town) = town();
        let mut beside = beside_of(&town);
        for (name, expected) in CASES {
            assert_eq!(outcome(&mut beside, name), expected, "{name}");
        }
        let mut alone = beside_of(&town.join("models/a.gml"));
        assert_eq!(outcome(&mut alone, "roof.png"), "roof");
        assert_eq!(outcome(&mut alone, "../Bilder/S\u{fc}d 1.jpg"), "outside");
    }

    #[test]
    fn names_are_found_in_the_same_archive() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("town.zip");
        let mut writer = zip::ZipWriter::new(File::create(&path).unwrap());
        for (name, content) in FILES.into_iter().chain([("../secret.png", "secret")]) {
            writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(content.as_bytes()).unwrap();
        }
        writer.finish().unwrap();
        fs::write(folder.path().join("none.png"), "beside the archive").unwrap();
        let mut beside = beside_of(&path);
        for (name, expected) in CASES {
            assert_eq!(outcome(&mut beside, name), expected, "{name}");
        }
    }

    #[test]
    fn links_out_and_large_files_are_refused() {
        let (folder, town) = town();
        std::os::unix::fs::symlink(folder.path().join("secret.png"), town.join("models/link.png")).unwrap();
        fs::write(town.join("models/large.png"), [0_u8; 101]).unwrap();
        let mut beside = beside_of(&town);
        assert_eq!(outcome(&mut beside, "link.png"), "outside");
        assert!(matches!(beside.read("large.png", 100), Err(BesideError::TooLarge { limit_bytes: 100 })));
        assert_eq!(beside.read("large.png", 101).unwrap().len(), 101);
    }
}

//! Files that heights of the ground may be in: files, folders, patterns and archives as one list of plain paths.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::unpack;
use stadtwin_model::{Issue, Severity};

/// Endings of files that hold heights, as far as a name can tell.
const SURE: [&str; 8] = [".tif", ".tiff", ".asc", ".dem", ".grd", ".agr", ".xyz", ".landxml"];
/// Endings that other files beside them have too.
const POSSIBLE: [&str; 3] = [".xml", ".txt", ".csv"];

/// One file to be opened.
#[derive(Debug, Clone, PartialEq)]
pub struct HeightFile {
    /// For people: a path, or `zip!entry`.
    pub name: String,
    pub path: PathBuf,
    /// Named by the user, or by its ending certainly meant: that it cannot be read is a fault.
    pub is_meant: bool,
}

/// In the order given, each folder, pattern and archive by name; of one named twice the last counts. Entries of archives
/// are unpacked into the folder `spool`. What cannot be found or unpacked is told by an issue.
pub fn height_files(arguments: &[String], spool: &Path) -> (Vec<HeightFile>, Vec<Issue>) {
    let mut found = Found { spool, files: Vec::new(), issues: Vec::new() };
    for argument in arguments {
        if let Err(message) = found.add(argument) {
            found.issue(message);
        }
    }
    let mut files: Vec<HeightFile> = Vec::new();
    for file in found.files {
        files.retain(|known| known.name != file.name);
        files.push(file);
    }
    (files, found.issues)
}

struct Found<'a> {
    spool: &'a Path,
    files: Vec<HeightFile>,
    issues: Vec<Issue>,
}

impl Found<'_> {
    fn issue(&mut self, message: String) {
        let (code, severity) = ("input_unreadable".to_owned(), Severity::Error);
        self.issues.push(Issue { code, severity, message, ..Issue::default() });
    }

    fn add(&mut self, argument: &str) -> Result<(), String> {
        let path = Path::new(argument);
        if path.is_dir() {
            return self.folder(path);
        }
        if path.exists() {
            return self.file(path, true);
        }
        let paths = glob::glob(argument)
            .map_err(|error| format!("`{argument}` is neither a file nor a pattern: {error}"))?;
        let mut is_empty = true;
        for path in paths {
            let path = path.map_err(|error| {
                format!("cannot look into `{}`: {}", error.path().display(), error.error())
            })?;
            is_empty = false;
            if path.is_dir() { self.folder(&path)? } else { self.file(&path, true)? }
        }
        if is_empty { Err(format!("nothing is found at `{argument}`")) } else { Ok(()) }
    }

    fn folder(&mut self, path: &Path) -> Result<(), String> {
        let entries = std::fs::read_dir(path)
            .map_err(|error| format!("cannot look into `{}`: {error}", path.display()))?;
        let mut entries: Vec<_> = entries.flatten().collect();
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            // A link to a folder may lead in a circle.
            let result = match entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                true => self.folder(&entry.path()),
                false if is_promising(&name) || name.to_ascii_lowercase().ends_with(".zip") => {
                    self.file(&entry.path(), false)
                }
                false => Ok(()),
            };
            if let Err(message) = result {
                self.issue(message);
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, is_named: bool) -> Result<(), String> {
        let name = path.display().to_string();
        let failed = |error: io::Error| format!("cannot read `{name}`: {error}");
        if unpack::is_zip(path).map_err(failed)? {
            return self.archive(path, &name, is_named);
        }
        let is_meant = is_named || is_sure(&name);
        self.files.push(HeightFile { name, path: path.to_owned(), is_meant });
        Ok(())
    }

    fn archive(&mut self, path: &Path, name: &str, is_named: bool) -> Result<(), String> {
        let failed = |error: io::Error| format!("cannot unpack `{name}`: {error}");
        let (mut entries, refused) = unpack::zip_entries(path).map_err(failed)?;
        for entry in refused.iter().filter(|entry| is_promising(&entry.name)) {
            self.issue(format!("`{name}!{}` was skipped: {}", entry.name, entry.reason));
        }
        entries.retain(|entry| is_promising(&entry.name) && !entry.name.starts_with("__MACOSX/"));
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        if entries.is_empty() && is_named {
            return Err(format!("`{name}` holds no file of heights"));
        }
        for entry in entries {
            let last = entry.name.rsplit(['/', '\\']).next().unwrap_or("entry");
            let unpacked = self.spool.join(format!("{}-{last}", self.files.len()));
            let mut reader = unpack::open_entry(path, &entry).map_err(failed)?;
            let copied = File::create(&unpacked).and_then(|mut file| io::copy(&mut reader, &mut file));
            copied.map_err(|error| format!("cannot unpack `{name}!{}`: {error}", entry.name))?;
            let is_meant = is_sure(&entry.name);
            self.files.push(HeightFile { name: format!("{name}!{}", entry.name), path: unpacked, is_meant });
        }
        Ok(())
    }
}

fn is_sure(name: &str) -> bool {
    ends_with_any(name, &SURE)
}

fn is_promising(name: &str) -> bool {
    is_sure(name) || ends_with_any(name, &POSSIBLE)
}

fn ends_with_any(name: &str, endings: &[&str]) -> bool {
    let name = name.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    endings.iter().any(|ending| name.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn arguments_become_files_in_their_order() {
        let (folder, spool) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = folder.path();
        std::fs::create_dir(path.join("below")).unwrap();
        for name in ["b.tif", "a.asc", "below/c.xyz.gz", "below/meta.xml", "read.me"] {
            std::fs::write(path.join(name), "x").unwrap();
        }
        let mut archive = zip::ZipWriter::new(File::create(path.join("below/d.zip")).unwrap());
        for name in ["z/2.tif", "1.xyz", "licence.pdf"] {
            archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            archive.write_all(name.as_bytes()).unwrap();
        }
        archive.finish().unwrap();
        let check = |arguments: &[&str], expected: &[&str], issues: usize| {
            let arguments: Vec<_> =
                arguments.iter().map(|name| path.join(name).display().to_string()).collect();
            let (files, told) = height_files(&arguments, spool.path());
            let names: Vec<_> = files
                .iter()
                .map(|file| file.name.strip_prefix(&format!("{}/", path.display())).unwrap().to_owned())
                .collect();
            assert_eq!(
                (names, told.len()),
                (expected.iter().map(|name| (*name).to_owned()).collect(), issues)
            );
            assert!(files.iter().all(|file| file.path.is_file()));
            files
        };
        let below = ["below/c.xyz.gz", "below/d.zip!1.xyz", "below/d.zip!z/2.tif", "below/meta.xml"];
        let files = check(&["below"], &below, 0);
        assert_eq!(std::fs::read_to_string(&files[2].path).unwrap(), "z/2.tif");
        assert_eq!(files.iter().map(|file| file.is_meant).collect::<Vec<_>>(), [true, true, true, false]);
        // Later ones lie above: their order is the user's, and a name given again moves to the end.
        check(&["b.tif", "a.asc", "b.tif"], &["a.asc", "b.tif"], 0);
        check(&["*.tif", "nothing.tif"], &["b.tif"], 1);
        check(&["read.me"], &["read.me"], 0);
    }
}

//! Files with code lists: in folders, in archives and one by one.

use super::citygml::read_dictionary;
use super::input::Input;
use super::transcode::to_utf8;
use super::unpack::{self, Archive};
use stadtwin_model::CodeList;
use std::io::{self, BufRead, Read};
use std::path::Path;
use std::sync::Arc;

/// Larger files are no code lists.
pub const MAX_CODE_LIST_BYTES: u64 = 16 << 20;
/// More files below one folder are not looked at.
const MAX_FILES: usize = 10_000;

/// A file that may hold a code list.
pub struct CodeListFile {
    pub input: Input,
    /// Folder and name, `codelists/Building_class.xml`: what relative codeSpaces end with.
    pub code_space: String,
}

/// The XML files of a folder (and all below), of a zip archive, or the file itself.
pub fn code_list_files(argument: &str) -> io::Result<Vec<CodeListFile>> {
    let path = Path::new(argument);
    let mut files = Vec::new();
    if path.is_dir() {
        folder(path, &mut files)?;
    } else if unpack::is_zip(path)? {
        archive(path, &mut files)?;
    } else {
        files.push(on_disk(path));
    }
    Ok(files)
}

fn folder(path: &Path, files: &mut Vec<CodeListFile>) -> io::Result<()> {
    let mut entries: Vec<_> = std::fs::read_dir(path)?.flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        // A link to a folder may lead in a circle.
        if entry.file_type()?.is_dir() {
            folder(&entry.path(), files)?;
        } else if files.len() < MAX_FILES && is_xml(&entry.file_name().to_string_lossy()) {
            files.push(on_disk(&entry.path()));
        }
    }
    Ok(())
}

fn archive(path: &Path, files: &mut Vec<CodeListFile>) -> io::Result<()> {
    let archive = Arc::new(Archive::new(path));
    let (entries, _) = unpack::zip_entries(path)?;
    for entry in entries.into_iter().filter(|entry| is_xml(&entry.name)).take(MAX_FILES) {
        let code_space = last_two(&entry.name);
        files.push(CodeListFile { input: Input::entry(&archive, entry), code_space });
    }
    Ok(())
}

fn on_disk(path: &Path) -> CodeListFile {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    CodeListFile { input: Input::file(path), code_space: last_two(&whole.to_string_lossy()) }
}

fn last_two(path: &str) -> String {
    let parts: Vec<_> = path.split(['/', '\\']).filter(|part| !part.is_empty()).collect();
    parts.get(parts.len().saturating_sub(2)..).unwrap_or(&[]).join("/")
}

fn is_xml(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with(".xml") || name.ends_with(".gml")
}

/// Reads a code list; the reason where it is none.
pub fn read_code_list(reader: Box<dyn BufRead + Send>) -> Result<CodeList, String> {
    let (reader, _) = to_utf8(reader).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    reader.take(MAX_CODE_LIST_BYTES + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > MAX_CODE_LIST_BYTES {
        return Err(format!("it is larger than {} MiB", MAX_CODE_LIST_BYTES >> 20));
    }
    read_dictionary(&bytes).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_go_by_the_end_of_their_path() {
        let folder = tempfile::tempdir().unwrap();
        let lists = folder.path().join("town/codelists");
        std::fs::create_dir_all(&lists).unwrap();
        std::fs::write(lists.join("A.xml"), "<Dictionary/>").unwrap();
        std::fs::write(lists.join("read.me"), "no").unwrap();
        for argument in [folder.path().to_owned(), lists.clone(), lists.join("A.xml")] {
            let files = code_list_files(&argument.display().to_string()).unwrap();
            let names: Vec<_> = files.iter().map(|file| file.code_space.as_str()).collect();
            assert_eq!(names, ["codelists/A.xml"], "{}", argument.display());
            assert_eq!(read_code_list(files[0].input.open().unwrap()).unwrap(), CodeList::default());
        }
        assert!(code_list_files("/no/such/file.xml").is_err());
        let endless = io::BufReader::new(io::repeat(b'<'));
        assert!(read_code_list(Box::new(endless)).unwrap_err().contains("larger than 16 MiB"));
    }
}

//! Where bytes come from: files, folders, globs, archives and standard input become one `Input` per file.

use super::beside::Beside;
use super::cityjson;
use super::unpack::{self, Archive, ZipEntry};
use stadtwin_model::{Issue, Severity};
use std::collections::BTreeMap;
use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One readable file; cheap to clone, can be opened many times.
#[derive(Clone)]
pub struct Input {
    /// For people: a path, or `zip!entry`.
    pub name: String,
    source: Source,
    /// Images to be found by their names in lower case, when they are not where the file says.
    pub loose: Option<Loose>,
}

/// Name in lower case → file.
pub type Loose = Arc<BTreeMap<String, PathBuf>>;

#[derive(Clone)]
enum Source {
    File {
        path: PathBuf,
        /// The folder that was given, else the file's own: what the file names is looked for in here.
        root: PathBuf,
    },
    Entry(Arc<Archive>, Arc<ZipEntry>),
    Memory(Arc<[u8]>),
    /// Standard input; the file goes when the last clone goes.
    Spool(Arc<tempfile::TempPath>),
}

impl Input {
    /// A file on disk, plain or gzip.
    pub fn file(path: &Path) -> Input {
        Input::file_within(path, path.parent().unwrap_or(path))
    }

    pub(super) fn file_within(path: &Path, root: &Path) -> Input {
        let source = Source::File { path: path.to_owned(), root: root.to_owned() };
        Input { name: path.display().to_string(), source, loose: None }
    }

    /// Bytes at hand, plain or gzip.
    pub fn memory(name: &str, bytes: impl Into<Arc<[u8]>>) -> Input {
        Input { name: name.to_owned(), source: Source::Memory(bytes.into()), loose: None }
    }

    pub(super) fn entry(archive: &Arc<Archive>, entry: ZipEntry) -> Input {
        let name = format!("{}!{}", archive.path().display(), entry.name);
        Input { name, source: Source::Entry(archive.clone(), Arc::new(entry)), loose: None }
    }

    /// Where the bytes lie just as `open` gives them, to be read at any place.
    pub(super) fn plain_path(&self) -> Option<&Path> {
        match &self.source {
            Source::File { path, .. } if !unpack::is_gzip(path).ok()? => Some(path),
            _ => None,
        }
    }

    /// The unpacked bytes from the beginning.
    pub fn open(&self) -> io::Result<Box<dyn BufRead + Send>> {
        match &self.source {
            Source::File { path, .. } => unpack::open_file(path),
            Source::Entry(archive, entry) => unpack::open_entry(archive.path(), entry),
            Source::Spool(path) => unpack::open_file(path),
            Source::Memory(bytes) => {
                unpack::unpacked(Box::new(io::Cursor::new(bytes.clone())), bytes.len() as u64)
            }
        }
    }

    /// Where other files that this one names are looked for.
    pub fn beside(&self) -> Beside {
        let beside = match &self.source {
            Source::File { path, root } => Beside::in_folder(path, root),
            Source::Entry(archive, entry) => Beside::in_archive(archive.clone(), &entry.name),
            Source::Memory(_) | Source::Spool(_) => Beside::nowhere(),
        };
        beside.with_loose(self.loose.clone())
    }

    /// Whether the beginning speaks of CityGML or CityJSON at all; what cannot be read is left to complain later.
    fn speaks_city(&self) -> bool {
        let mut head = Vec::new();
        if self.open().and_then(|reader| reader.take(64 * 1024).read_to_end(&mut head)).is_err() {
            return true;
        }
        without_utf16(&mut head);
        if cityjson::begins_as_json(&head) {
            return cityjson::speaks_cityjson(&head);
        }
        ["CityModel", "opengis.net/citygml"]
            .iter()
            .any(|word| memchr::memmem::find(&head, word.as_bytes()).is_some())
    }

    /// Unpacked size [bytes] as far as the file system or the archive tells.
    pub fn size_hint(&self) -> Option<u64> {
        match &self.source {
            Source::File { path, .. } => unpack::size_hint(path).ok(),
            Source::Spool(path) => unpack::size_hint(path).ok(),
            Source::Entry(_, entry) => Some(entry.size_bytes),
            Source::Memory(bytes) => Some(bytes.len() as u64),
        }
    }
}

/// Files, folders (recursive), globs, zip archives and `-` (standard input) as one list, sorted and without
/// repetitions. What cannot be read is told by an issue.
pub fn expand(arguments: &[String]) -> (Vec<Input>, Vec<Issue>) {
    let mut inputs = Vec::new();
    let mut issues = Vec::new();
    for argument in arguments {
        if let Err(message) = expand_one(argument, &mut inputs, &mut issues) {
            issues.push(unreadable(message));
        }
    }
    inputs.sort_by(|a, b| a.name.cmp(&b.name));
    inputs.dedup_by(|a, b| a.name == b.name);
    (inputs, issues)
}

fn expand_one(argument: &str, inputs: &mut Vec<Input>, issues: &mut Vec<Issue>) -> Result<(), String> {
    if argument == "-" {
        return spool(&mut io::stdin().lock(), inputs, issues)
            .map_err(|error| format!("cannot read standard input: {error}"));
    }
    let path = Path::new(argument);
    if path.is_dir() {
        return folder(path, path, inputs, issues);
    }
    if path.exists() {
        return file(path, None, inputs, issues);
    }
    let before = inputs.len();
    for found in glob::glob(argument)
        .map_err(|error| format!("`{argument}` is neither a file nor a pattern: {error}"))?
    {
        let found = found
            .map_err(|error| format!("cannot look into `{}`: {}", error.path().display(), error.error()))?;
        if found.is_dir() {
            folder(&found, &found, inputs, issues)?;
        } else {
            file(&found, None, inputs, issues)?;
        }
    }
    if inputs.len() == before { Err(format!("nothing is found at `{argument}`")) } else { Ok(()) }
}

/// Everything in a folder and below that a city model may be in, by name; `root` is the folder that was given.
fn folder(path: &Path, root: &Path, inputs: &mut Vec<Input>, issues: &mut Vec<Issue>) -> Result<(), String> {
    let entries =
        std::fs::read_dir(path).map_err(|error| format!("cannot look into `{}`: {error}", path.display()))?;
    let mut entries: Vec<_> = entries.flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let below = entry.path();
        // A link to a folder may lead in a circle.
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let result = if is_folder {
            folder(&below, root, inputs, issues)
        } else if below.is_file() && promising(&entry.file_name().to_string_lossy(), true) {
            file(&below, Some(root), inputs, issues)
        } else {
            Ok(())
        };
        if let Err(message) = result {
            issues.push(unreadable(message));
        }
    }
    Ok(())
}

/// Whether the name is one that city models go by.
fn promising(name: &str, archives: bool) -> bool {
    let name = name.to_ascii_lowercase();
    if archives && name.ends_with(".zip") {
        return true;
    }
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    [".gml", ".xml", ".citygml", ".json", ".jsonl", ".cityjson", ".cityjsonl"]
        .iter()
        .any(|ending| name.ends_with(ending))
}

/// A file, or the promising entries of an archive; `root` is the folder given that it was found in.
fn file(
    path: &Path,
    root: Option<&Path>,
    inputs: &mut Vec<Input>,
    issues: &mut Vec<Issue>,
) -> Result<(), String> {
    let name = path.display().to_string();
    let failed = |error: io::Error| format!("cannot read `{name}`: {error}");
    if !unpack::is_zip(path).map_err(failed)? {
        let input = root.map_or_else(|| Input::file(path), |root| Input::file_within(path, root));
        // Code lists, schemas and the like lie beside city models: only what was named is read come what may.
        if root.is_none() || input.speaks_city() {
            inputs.push(input);
        }
        return Ok(());
    }
    let holds_any = archive(Archive::new(path), &name, inputs, issues).map_err(failed)?;
    if holds_any || root.is_some() { Ok(()) } else { Err(format!("`{name}` {NO_CITY}")) }
}

/// Of an archive.
const NO_CITY: &str = "holds no CityGML or CityJSON file";

/// The entries that speak of a city; whether there are any.
fn archive(
    archive: Archive,
    name: &str,
    inputs: &mut Vec<Input>,
    issues: &mut Vec<Issue>,
) -> io::Result<bool> {
    let (mut entries, refused) = unpack::zip_entries(archive.path())?;
    entries.retain(|entry| promising(&entry.name, false) && !entry.name.starts_with("__MACOSX/"));
    for unpack::Refused { name: entry, reason } in
        refused.iter().filter(|entry| promising(&entry.name, false))
    {
        issues.push(unreadable(format!("`{name}!{entry}` was skipped: {reason}")));
    }
    let archive = Arc::new(archive);
    let before = inputs.len();
    let entries = entries.into_iter().map(|entry| Input {
        name: format!("{name}!{}", entry.name),
        source: Source::Entry(archive.clone(), Arc::new(entry)),
        loose: None,
    });
    inputs.extend(entries.filter(Input::speaks_city));
    Ok(inputs.len() > before)
}

/// The letters of ASCII in a text of whatever encoding: UTF-16 has a zero byte beside each, and a mark before them.
pub(super) fn without_utf16(head: &mut Vec<u8>) {
    if head.contains(&0) {
        head.retain(|byte| !matches!(*byte, 0 | 0xfe | 0xff));
    }
}

/// Of standard input read before it is judged [bytes].
const JUDGED: u64 = 4 << 20;

fn spool(reader: &mut dyn Read, inputs: &mut Vec<Input>, issues: &mut Vec<Issue>) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new()?;
    let judged = io::copy(&mut (&mut *reader).take(JUDGED), &mut file)?;
    if judged == JUDGED && super::open::is_hopeless(&Input::file(file.path())) {
        // Whoever opens it says why; the rest need not be kept for that.
        inputs.push(Input {
            name: "-".to_owned(),
            source: Source::Spool(Arc::new(file.into_temp_path())),
            loose: None,
        });
        return Ok(());
    }
    io::copy(reader, &mut file)?;
    let path = file.into_temp_path();
    if unpack::is_zip(&path)? {
        let holds_any = archive(Archive::temporary(path), "-", inputs, issues)?;
        return if holds_any { Ok(()) } else { Err(io::Error::other(format!("the archive {NO_CITY}"))) };
    }
    inputs.push(Input { name: "-".to_owned(), source: Source::Spool(Arc::new(path)), loose: None });
    Ok(())
}

fn unreadable(message: String) -> Issue {
    Issue {
        object: String::new(),
        line: 0,
        code: "input_unreadable".to_owned(),
        severity: Severity::Error,
        message,
        ..Issue::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const MODEL: &[u8] = b"<CityModel/>";

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        for (index, (name, bytes)) in entries.iter().enumerate() {
            let method = [zip::CompressionMethod::Stored, zip::CompressionMethod::Deflated][index % 2];
            writer
                .start_file(*name, zip::write::SimpleFileOptions::default().compression_method(method))
                .unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    /// Names (below the folder) and texts of what the arguments give.
    fn found(folder: &Path, arguments: &[&str]) -> (Vec<String>, usize) {
        let arguments: Vec<String> =
            arguments.iter().map(|name| folder.join(name).display().to_string()).collect();
        let (inputs, issues) = expand(&arguments);
        let name = |input: &Input| {
            let mut text = Vec::new();
            input.open().unwrap().read_to_end(&mut text).unwrap();
            assert_eq!(text, MODEL, "{}", input.name);
            let name = input.name.strip_prefix(&folder.display().to_string()).unwrap();
            name.trim_start_matches('/').to_owned()
        };
        (inputs.iter().map(name).collect(), issues.len())
    }

    #[test]
    fn arguments_become_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        std::fs::create_dir(path.join("below")).unwrap();
        let packed =
            zip(&[("x/1.gml", MODEL), ("2.gml", MODEL), ("read.me", b"no"), ("codes.xml", b"<Dictionary/>")]);
        let files: [(&str, &[u8]); 7] = [
            ("a.gml", MODEL),
            ("below/b.xml.gz", &gzip(MODEL)),
            ("below/c.zip", &packed),
            ("below/schema.xsd", b"<schema/>"),
            ("codes.xml", b"<Dictionary/>"),
            ("package.json", b"{\"name\":\"x\"}"),
            ("odd.bin", &gzip(MODEL)),
        ];
        for (name, bytes) in files {
            std::fs::write(path.join(name), bytes).unwrap();
        }
        let all = ["a.gml", "below/b.xml.gz", "below/c.zip!2.gml", "below/c.zip!x/1.gml"];
        let cases: [(&[&str], &[&str], usize); 6] = [
            (&[""], &all, 0),
            (&["a.gml", "a.gml", "below"], &all, 0),
            (&["odd.bin"], &["odd.bin"], 0),
            (&["*.gml"], &["a.gml"], 0),
            (&["below/*.zip"], &all[2..], 0),
            (&["nothing.gml", "a.gml"], &["a.gml"], 1),
        ];
        for (arguments, expected, issues) in cases {
            let (names, told) = found(path, arguments);
            assert_eq!(
                (names.as_slice(), told),
                (expected.iter().map(|name| name.to_string()).collect::<Vec<_>>().as_slice(), issues),
                "{arguments:?}"
            );
        }
    }

    #[test]
    fn spooled_input_can_be_read_twice() {
        for bytes in [MODEL.to_vec(), gzip(MODEL), zip(&[("a.gml", MODEL)])] {
            let (mut inputs, mut issues) = (Vec::new(), Vec::new());
            spool(&mut bytes.as_slice(), &mut inputs, &mut issues).unwrap();
            for _ in 0..2 {
                let mut text = Vec::new();
                inputs[0].open().unwrap().read_to_end(&mut text).unwrap();
                assert_eq!(text, MODEL);
            }
        }
    }
}

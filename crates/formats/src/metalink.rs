//! Metalink 4 (RFC 5854): which files a delivery consists of, how large they are, what they hash to and where they lie.
//! Knows no network and no files but its own.

use super::citygml::{decode_text, scan};
use scan::{Kind, Token};

/// Longest Metalink file [bytes]: a country in tiles of a kilometre, several mirrors each.
pub const METALINK_BYTES: u64 = 256 << 20;
/// Most files of a delivery.
const MAX_FILES: usize = 500_000;
/// Most addresses of one file that are kept.
const MAX_URLS: usize = 32;
/// Elements deeper than this are no Metalink.
const MAX_DEPTH: usize = 32;
/// Longest name of a file [bytes].
const MAX_NAME: usize = 1024;
/// Lowest priority (RFC 5854, 4.2.16).
const LOWEST: u32 = 999_999;

#[derive(Debug, thiserror::Error, PartialEq)]
pub enum MetalinkError {
    #[error("not well-formed at byte {0}")]
    Malformed(usize),
    #[error("is no Metalink 4: the root element `metalink` of RFC 5854 is missing")]
    NoMetalink,
    #[error("names no file")]
    Empty,
    #[error("names more than {MAX_FILES} files")]
    TooMany,
    #[error("names a file `{0}`, which is no plain path below the delivery")]
    Name(String),
    #[error("names the file `{0}` twice")]
    Twice(String),
    #[error("says nothing strong of `{0}`: a SHA-256, SHA-384 or SHA-512 hash is needed")]
    NoHash(String),
    #[error("has a {kind} for `{name}` that is none")]
    BadHash { name: String, kind: &'static str },
    #[error("has a size for `{0}` that is no number")]
    BadSize(String),
}

/// Hashes that nobody can forge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StrongHash {
    Sha256,
    Sha384,
    Sha512,
}

impl StrongHash {
    const ALL: [StrongHash; 3] = [StrongHash::Sha256, StrongHash::Sha384, StrongHash::Sha512];

    /// As the register of hash functions names it (RFC 5854, 4.2.4).
    pub fn name(self) -> &'static str {
        match self {
            StrongHash::Sha256 => "sha-256",
            StrongHash::Sha384 => "sha-384",
            StrongHash::Sha512 => "sha-512",
        }
    }

    fn digits(self) -> usize {
        match self {
            StrongHash::Sha256 => 64,
            StrongHash::Sha384 => 96,
            StrongHash::Sha512 => 128,
        }
    }
}

/// One file of a delivery.
#[derive(Debug, Clone, PartialEq)]
pub struct MetalinkFile {
    /// Path below the delivery, with `/`; never one that leads out of it.
    pub name: String,
    pub size_bytes: Option<u64>,
    /// The strongest that is given, in lower-case hexadecimal.
    pub hash: (StrongHash, String),
    /// The best first.
    pub urls: Vec<String>,
}

#[derive(Default)]
struct Draft {
    name: String,
    size: Option<String>,
    hashes: Vec<(StrongHash, String)>,
    urls: Vec<(u32, String)>,
}

/// The files in their order.
pub fn read_metalink(bytes: &[u8]) -> Result<Vec<MetalinkFile>, MetalinkError> {
    let mut reader = Reader { bytes, open: Vec::new(), draft: None, files: Vec::new(), has_root: false };
    let mut at = 0;
    loop {
        let token = match scan::next_token(bytes, at) {
            Ok(token) => token,
            Err(end) if end >= bytes.len() => break,
            Err(start) => return Err(MetalinkError::Malformed(start)),
        };
        match token.kind {
            Kind::Start => reader.start(&token)?,
            Kind::Empty => {
                reader.start(&token)?;
                reader.end(&token, token.end)?;
            }
            Kind::End => reader.end(&token, token.start)?,
            Kind::CData | Kind::Other => {}
        }
        at = token.end;
    }
    if !reader.open.is_empty() {
        return Err(MetalinkError::Malformed(bytes.len()));
    }
    let mut names: Vec<_> = reader.files.iter().map(|file| file.name.as_str()).collect();
    names.sort_unstable();
    if let Some([name, _]) = names.array_windows().find(|[a, b]| a == b) {
        return Err(MetalinkError::Twice((*name).to_owned()));
    }
    match (reader.has_root, reader.files.is_empty()) {
        (false, _) => Err(MetalinkError::NoMetalink),
        (true, true) => Err(MetalinkError::Empty),
        (true, false) => Ok(reader.files),
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    /// Local name, raw attributes and begin of the content of every open element.
    open: Vec<(&'a [u8], &'a [u8], usize)>,
    draft: Option<Draft>,
    files: Vec<MetalinkFile>,
    has_root: bool,
}

impl<'a> Reader<'a> {
    fn start(&mut self, token: &Token) -> Result<(), MetalinkError> {
        let (_, local) = scan::split_name(token.name(self.bytes));
        if self.open.len() >= MAX_DEPTH {
            return Err(MetalinkError::Malformed(token.start));
        }
        if self.open.is_empty() {
            // The older Metalink 3 has the same root in another namespace, and no `file` right below it.
            if local != b"metalink" {
                return Err(MetalinkError::NoMetalink);
            }
            self.has_root = true;
        }
        let attributes = token.attributes(self.bytes);
        self.open.push((local, attributes, token.end));
        if self.is_at(&[b"metalink", b"file"]) {
            let name = attribute(attributes, b"name").unwrap_or_default();
            if !is_plain_path(&name) {
                return Err(MetalinkError::Name(name.chars().take(200).collect()));
            }
            self.draft = Some(Draft { name, ..Draft::default() });
        }
        Ok(())
    }

    fn end(&mut self, token: &Token, content_end: usize) -> Result<(), MetalinkError> {
        let malformed = MetalinkError::Malformed(token.start);
        let Some((local, attributes, content_start)) = self.open.last().copied() else {
            return Err(malformed);
        };
        if scan::split_name(token.name(self.bytes)).1 != local {
            return Err(malformed);
        }
        let content = self.bytes.get(content_start..content_end).unwrap_or(&[]);
        if self.is_at(&[b"metalink", b"file"]) {
            self.close_file()?;
        } else if let (true, Some(draft)) = (self.is_at(&[b"metalink", b"file", local]), &mut self.draft) {
            draft.take(local, attributes, content);
        }
        self.open.pop();
        Ok(())
    }

    fn is_at(&self, path: &[&[u8]]) -> bool {
        self.open.len() == path.len() && self.open.iter().zip(path).all(|((local, ..), name)| local == name)
    }

    fn close_file(&mut self) -> Result<(), MetalinkError> {
        if self.files.len() >= MAX_FILES {
            return Err(MetalinkError::TooMany);
        }
        self.files.extend(self.draft.take().map(Draft::close).transpose()?);
        Ok(())
    }
}

impl Draft {
    fn take(&mut self, local: &[u8], attributes: &[u8], content: &[u8]) {
        let text = || decode_text(content).trim().to_owned();
        match local {
            b"size" => self.size = Some(text()),
            b"hash" => {
                let named = attribute(attributes, b"type").unwrap_or_default().to_ascii_lowercase();
                let kind = StrongHash::ALL.into_iter().find(|kind| kind.name() == named);
                self.hashes.extend(kind.map(|kind| (kind, text().to_ascii_lowercase())));
            }
            b"url" if self.urls.len() < MAX_URLS => {
                let priority = attribute(attributes, b"priority").and_then(|text| text.parse().ok());
                self.urls.push((priority.unwrap_or(LOWEST), text()));
            }
            _ => {}
        }
    }

    fn close(mut self) -> Result<MetalinkFile, MetalinkError> {
        let name = self.name;
        let hash = self.hashes.into_iter().max_by_key(|(kind, _)| *kind);
        let (kind, digits) = hash.ok_or_else(|| MetalinkError::NoHash(name.clone()))?;
        if digits.len() != kind.digits() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(MetalinkError::BadHash { name, kind: kind.name() });
        }
        let size_bytes = match self.size.map(|text| text.parse()) {
            None => None,
            Some(Ok(size)) => Some(size),
            Some(Err(_)) => return Err(MetalinkError::BadSize(name)),
        };
        self.urls.sort_by_key(|(priority, _)| *priority);
        let urls = self.urls.into_iter().map(|(_, url)| url).collect();
        Ok(MetalinkFile { name, size_bytes, hash: (kind, digits), urls })
    }
}

fn attribute(raw: &[u8], name: &[u8]) -> Option<String> {
    scan::attributes(raw).find(|(known, _)| *known == name).map(|(_, value)| decode_text(value).into_owned())
}

/// Folders and a file below where the delivery lies, whatever the system.
fn is_plain_path(name: &str) -> bool {
    let is_odd = |c: char| c.is_control() || "\\:*?\"<>|".contains(c);
    (1..=MAX_NAME).contains(&name.len())
        && !name.contains(is_odd)
        && name.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
}

/// Whether files of this name are Metalinks by custom.
pub fn is_metalink_name(name: &str) -> bool {
    let name = name.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    name.ends_with(".meta4") || name.ends_with(".metalink")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZERO: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn metalink(inner: &str) -> String {
        format!("<?xml version='1.0'?>\n<metalink xmlns='urn:ietf:params:xml:ns:metalink'>{inner}</metalink>")
    }

    fn file(name: &str, inner: &str) -> String {
        metalink(&format!("<file name='{name}'>{inner}</file>"))
    }

    fn hash(kind: &str, text: &str) -> String {
        format!("<hash type='{kind}'>{text}</hash>")
    }

    #[test]
    fn a_delivery_is_read() {
        // As the Bavarian survey writes them, with what RFC 5854 allows besides.
        let text = metalink(&format!(
            "<generator>x</generator><published>2024-01-01T00:00:00Z</published>\
             <file name=\"696_5346.gml\"><size>42</size>{}<pieces length='10' type='sha-256'>{}</pieces>\
             <hash type='md5'>d41d8cd98f00b204e9800998ecf8427e</hash>\
             <url location='de' priority='2'>https://download2.example.org/a.gml?x=1&amp;y=2</url>\
             <url priority='1'> https://download1.example.org/a.gml </url><url>ftp://old/a.gml</url>\
             <metaurl mediatype='torrent'>https://example.org/a.torrent</metaurl></file>\
             <m:file xmlns:m='urn:ietf:params:xml:ns:metalink' name='b/c.zip'>{}</m:file>",
            hash("SHA-256", &ZERO.to_uppercase()),
            hash("sha-256", "0"),
            hash("sha-256", ZERO),
        ));
        let files = read_metalink(text.as_bytes()).unwrap();
        assert_eq!(files.len(), 2);
        let first = &files[0];
        assert_eq!((first.name.as_str(), first.size_bytes), ("696_5346.gml", Some(42)));
        assert_eq!(first.hash, (StrongHash::Sha256, ZERO.to_owned()));
        let urls = [
            "https://download1.example.org/a.gml",
            "https://download2.example.org/a.gml?x=1&y=2",
            "ftp://old/a.gml",
        ];
        assert_eq!(first.urls, urls);
        assert_eq!((files[1].name.as_str(), files[1].size_bytes), ("b/c.zip", None));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let good = hash("sha-256", ZERO);
        let cases = [
            (String::new(), "is no Metalink"),
            ("no xml".to_owned(), "is no Metalink"),
            ("<CityModel/>".to_owned(), "is no Metalink"),
            (metalink(""), "names no file"),
            (file("a", &hash("md5", "d41d8cd98f00b204e9800998ecf8427e")), "SHA-256"),
            (file("a", ""), "nothing strong of `a`"),
            (file("a", &hash("sha-256", "12")), "a sha-256 for `a` that is none"),
            (file("a", &hash("sha-256", &ZERO.replace('e', "g"))), "that is none"),
            (file("a", &format!("{good}<size>many</size>")), "size for `a`"),
            (file("a", &format!("{good}<size>-1</size>")), "size for `a`"),
            (file("../a", &good), "names a file `../a`"),
            (file("/etc/passwd", &good), "no plain path"),
            (file("a/../../b", &good), "no plain path"),
            (file("C:a", &good), "no plain path"),
            (file("a\\b", &good), "no plain path"),
            (file("", &good), "no plain path"),
            (metalink(&format!("<file name='a'>{good}</file><file name='a'>{good}</file>")), "`a` twice"),
            (metalink("<file name='a'>"), "not well-formed"),
            ("<metalink><file name='a'".to_owned(), "not well-formed"),
            (format!("<metalink>{}", "<a>".repeat(100)), "not well-formed"),
        ];
        for (text, part) in cases {
            let told = read_metalink(text.as_bytes()).unwrap_err().to_string();
            assert!(told.contains(part), "{text}: {told}");
        }
    }

    #[test]
    fn the_strongest_hash_is_taken() {
        let long = "0".repeat(128);
        let text = file("a", &format!("{}{}", hash("sha-512", &long), hash("sha-256", ZERO)));
        assert_eq!(read_metalink(text.as_bytes()).unwrap()[0].hash, (StrongHash::Sha512, long));
    }
}

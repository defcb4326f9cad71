//! A CityJSON document or a CityJSONSeq, open for one pass.

use super::batch::{Batch, Source};
use super::entries::Entries;
use super::findings::Findings;
use super::head::{self, Head, Root, Shared};
use super::scan::{Borders, members, skip_space};
use super::vertices::{self, Transform};
use crate::{FormatError, Header, Input};
use stadtwin_model::{Issue, Template};
use std::io::{self, BufRead, Read};
use std::sync::Arc;

/// A batch is cut at the first object that ends behind this many bytes.
const BATCH: usize = 256 * 1024;

/// A document is held whole while it is read; larger ones are refused.
const MAX_DOCUMENT: usize = u32::MAX as usize - 1;

/// Longer lines are left out.
const MAX_LINE: usize = 256 * 1024 * 1024;

/// A CityJSON file: what it says of itself, and its objects in batches.
pub struct CityJsonFile {
    header: Header,
    head: Head,
    shared: Arc<Shared>,
    body: Body,
    passed: u64,
    issues: Vec<Issue>,
}

enum Body {
    Document { bytes: Arc<Vec<u8>>, entries: Entries, next: usize },
    Lines { reader: Box<dyn BufRead + Send>, line: u64, waiting: Option<Vec<u8>>, ended: bool },
}

impl CityJsonFile {
    /// A document is read whole, a sequence up to its first line.
    pub fn open(input: Input) -> Result<CityJsonFile, FormatError> {
        let mut reader =
            input.open().map_err(|source| FormatError::Io { name: input.name.clone(), source })?;
        let (mut first, rest) = first_value(&input, &mut reader)?;
        let name = input.name.clone();
        let lines = memchr::memchr_iter(b'\n', &first).count() as u64;
        let refuse = |reason: String| FormatError::NotCityJson { name: name.clone(), reason };
        let root = Root::read(&first, skip_space(&first, 0)..first.len()).map_err(|broken| {
            let line =
                1 + memchr::memchr_iter(b'\n', first.get(..broken.offset).unwrap_or(&[])).count() as u64;
            FormatError::Malformed { name: name.clone(), line, reason: broken.reason.to_owned() }
        })?;
        let is_sequence = rest.first() == Some(&b'{');
        let mut findings = Findings { line: 1, ..Findings::default() };
        match root.kind.as_str() {
            "CityJSONFeature" => {
                findings.warning(
                    "header_missing",
                    "the first line is no CityJSON object; transform and reference system are unknown",
                );
                let (header, head, shared) = (empty_header(), Head::default(), Shared::default());
                // Line breaks stand in no string: one feature becomes one line.
                first.iter_mut().filter(|byte| matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
                first.push(b'\n');
                let reader: Box<dyn BufRead + Send> =
                    Box::new(io::Cursor::new(first).chain(io::Cursor::new(rest)).chain(reader));
                return Ok(CityJsonFile::lines(header, head, shared, reader, 0, findings));
            }
            "CityJSON" | "CityModel" => {}
            _ if root.kind.is_empty() && root.part("CityObjects").is_some() => {}
            other => {
                let other: String = other.chars().take(60).collect();
                return Err(refuse(format!("its type is `{other}`, not `CityJSON`")));
            }
        }
        let (header, head, shared) = head::read(&first, &root, &mut findings).map_err(refuse)?;
        if is_sequence {
            let has_objects = root
                .part("CityObjects")
                .is_some_and(|range| members(&first, range).is_some_and(|mut all| all.next().is_some()));
            if has_objects {
                findings.warning(
                    "header_objects_skipped",
                    "the first line of a sequence has objects of its own; they are left out",
                );
            }
            let reader: Box<dyn BufRead + Send> = Box::new(io::Cursor::new(rest).chain(reader));
            return Ok(CityJsonFile::lines(header, head, shared, reader, lines + 1, findings));
        }
        if !rest.is_empty() {
            findings.warning(
                "json_trailing",
                "something follows behind the end of the CityJSON object; it is left out",
            );
        }
        CityJsonFile::document(name, first, root, header, head, shared, findings)
    }

    pub fn header(&self) -> &Header {
        &self.header
    }

    /// What the file says beside its objects.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Steps and origin of the coordinates, where the file has them.
    pub fn transform(&self) -> Option<Transform> {
        self.shared.transform
    }

    /// What instances show.
    pub fn templates(&self) -> impl Iterator<Item = &Arc<Template>> {
        self.shared.templates.iter().flatten()
    }

    /// Of the unpacked stream.
    pub fn bytes_read(&self) -> u64 {
        self.passed
    }

    /// Findings about the file itself since the last call.
    pub fn issues(&mut self) -> Vec<Issue> {
        std::mem::take(&mut self.issues)
    }

    /// The next objects, about 256 KiB of them; `None` behind the last.
    pub fn next_batch(&mut self) -> Result<Option<Batch>, FormatError> {
        let source = match &mut self.body {
            Body::Document { .. } => self.next_families(),
            Body::Lines { .. } => self.next_lines(),
        };
        Ok(source.map(|source| Batch { source, shared: self.shared.clone() }))
    }

    fn lines(
        header: Header,
        head: Head,
        shared: Shared,
        reader: Box<dyn BufRead + Send>,
        line: u64,
        findings: Findings,
    ) -> CityJsonFile {
        let body = Body::Lines { reader, line, waiting: None, ended: false };
        CityJsonFile { header, head, shared: Arc::new(shared), body, passed: 0, issues: findings.issues }
    }

    fn document(
        name: String,
        bytes: Vec<u8>,
        root: Root,
        header: Header,
        head: Head,
        mut shared: Shared,
        mut findings: Findings,
    ) -> Result<CityJsonFile, FormatError> {
        let malformed = |broken: super::scan::Broken| {
            let line =
                1 + memchr::memchr_iter(b'\n', bytes.get(..broken.offset).unwrap_or(&[])).count() as u64;
            FormatError::Malformed { name: name.clone(), line, reason: broken.reason.to_owned() }
        };
        let transform = shared.transform.unwrap_or(Transform::NONE);
        if let Some(range) = root.part("vertices") {
            let (points, bad) = vertices::read(&bytes, range, &transform).map_err(malformed)?;
            shared.vertices = points;
            if bad > 0 {
                findings.warning("vertex_invalid", format!("{bad} vertices are not three finite numbers"));
            }
        }
        let entries = match root.part("CityObjects") {
            Some(range) => Entries::read(&bytes, range, 1, &mut findings).map_err(malformed)?,
            None => {
                findings.warning("objects_missing", "the file has no `CityObjects`");
                Entries::default()
            }
        };
        let body = Body::Document { bytes: Arc::new(bytes), entries, next: 0 };
        Ok(CityJsonFile { header, head, shared: Arc::new(shared), body, passed: 0, issues: findings.issues })
    }

    fn next_families(&mut self) -> Option<Source> {
        let Body::Document { bytes, entries, next } = &mut self.body else { return None };
        let (mut families, mut size) = (Vec::new(), 0);
        while size < BATCH {
            let Some(root) = entries.next_root(*next) else {
                *next = usize::MAX;
                break;
            };
            *next = root + 1;
            let family = entries.family(root);
            size += family.iter().map(|piece| piece.value.len()).sum::<usize>();
            families.push(family);
        }
        if families.is_empty() {
            self.passed = bytes.len() as u64;
            return None;
        }
        self.passed += size as u64;
        Some(Source::Document { bytes: bytes.clone(), families })
    }

    fn next_lines(&mut self) -> Option<Source> {
        let (mut bytes, mut lines) = (Vec::new(), Vec::new());
        while bytes.len() < BATCH {
            let Some((line, number)) = self.next_line(bytes.is_empty()) else { break };
            let start = bytes.len();
            bytes.extend_from_slice(&line);
            lines.push((start..bytes.len(), number));
        }
        (!lines.is_empty()).then_some(Source::Lines { bytes, lines })
    }

    /// A line that holds a feature. One that begins another sequence waits until the batch before it is full.
    fn next_line(&mut self, batch_is_empty: bool) -> Option<(Vec<u8>, u64)> {
        loop {
            let Body::Lines { reader, line: number, waiting, ended } = &mut self.body else { return None };
            let line = match waiting.take() {
                Some(line) => line,
                None if *ended => return None,
                None => {
                    let mut line = Vec::new();
                    *number += 1;
                    match reader.by_ref().take(MAX_LINE as u64).read_until(b'\n', &mut line) {
                        Ok(0) => {
                            *ended = true;
                            return None;
                        }
                        Ok(length) => self.passed += length as u64,
                        Err(error) => {
                            *ended = true;
                            let message = format!(
                                "the file cannot be read to its end ({error}); what comes before is read"
                            );
                            let number = *number;
                            self.tell(number, message);
                            return None;
                        }
                    }
                    line
                }
            };
            let number = *number;
            if line.len() >= MAX_LINE && line.last() != Some(&b'\n') {
                self.skip_line();
                self.tell(number, "the line is longer than 256 MiB and is left out".to_owned());
                continue;
            }
            if line.trim_ascii().is_empty() {
                continue;
            }
            let Some(root) = another_head(&line) else { return Some((line, number)) };
            if !batch_is_empty {
                if let Body::Lines { waiting, .. } = &mut self.body {
                    *waiting = Some(line);
                }
                return None;
            }
            self.change_head(&line, &root, number);
        }
    }

    fn skip_line(&mut self) {
        let Body::Lines { reader, .. } = &mut self.body else { return };
        loop {
            let Ok(buffer) = reader.fill_buf() else { return };
            if buffer.is_empty() {
                return;
            }
            let end = memchr::memchr(b'\n', buffer);
            let length = end.map_or(buffer.len(), |end| end + 1);
            reader.consume(length);
            self.passed += length as u64;
            if end.is_some() {
                return;
            }
        }
    }

    /// Sequences one behind the other: each first line holds for the lines behind it.
    fn change_head(&mut self, line: &[u8], root: &Root, number: u64) {
        let mut findings = Findings { line: number, ..Findings::default() };
        match head::read(line, root, &mut findings) {
            Ok((_, _, shared)) => self.shared = Arc::new(shared),
            Err(reason) => findings.error("json_malformed", reason),
        }
        self.issues.append(&mut findings.issues);
    }

    fn tell(&mut self, line: u64, message: String) {
        let mut findings = Findings { line, ..Findings::default() };
        findings.error("json_malformed", message);
        self.issues.append(&mut findings.issues);
    }
}

fn another_head(line: &[u8]) -> Option<Root> {
    memchr::memmem::find(line, b"\"CityJSON\"")?;
    Root::read(line, skip_space(line, 0)..line.len()).ok().filter(|root| root.kind == "CityJSON")
}

fn empty_header() -> Header {
    Header {
        name: None,
        version: "CityJSONFeature".to_owned(),
        srs_name: None,
        envelope: None,
        encoding: "UTF-8".to_owned(),
    }
}

/// The first JSON value of the stream, and what was read behind it: nothing where only white space follows.
fn first_value(
    input: &Input,
    reader: &mut Box<dyn BufRead + Send>,
) -> Result<(Vec<u8>, Vec<u8>), FormatError> {
    let io = |source| FormatError::Io { name: input.name.clone(), source };
    let mut first = Vec::new();
    // What the file claims is no reason to fail where memory is short.
    let claimed = usize::try_from(input.size_hint().unwrap_or(0)).unwrap_or(0).min(MAX_DOCUMENT);
    drop(first.try_reserve_exact(claimed.saturating_add(1)));
    let mut borders = Borders::default();
    let malformed = |bytes: &[u8], reason: String| FormatError::Malformed {
        name: input.name.clone(),
        line: 1 + memchr::memchr_iter(b'\n', bytes).count() as u64,
        reason,
    };
    loop {
        let chunk = reader.fill_buf().map_err(io)?;
        if chunk.is_empty() {
            return Err(malformed(
                &first,
                "the file ends before its brackets close: it was cut off".to_owned(),
            ));
        }
        let mark = if first.is_empty() && chunk.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let chunk_length = chunk.len();
        let chunk = chunk.get(mark..).unwrap_or(&[]);
        let found = borders.find_end(chunk).map_err(|broken| {
            let start = first.len();
            let mut seen = std::mem::take(&mut first);
            seen.extend_from_slice(chunk.get(..broken.offset.saturating_sub(start)).unwrap_or(&[]));
            malformed(&seen, broken.reason.to_owned())
        })?;
        let length = found.unwrap_or(chunk.len());
        if first.len() + length > MAX_DOCUMENT {
            let reason = "a CityJSON document of more than 4 GiB cannot be read in one piece: convert it to CityJSONSeq (one object a line) first";
            return Err(FormatError::NotCityJson { name: input.name.clone(), reason: reason.to_owned() });
        }
        first.extend_from_slice(chunk.get(..length).unwrap_or(&[]));
        reader.consume(if found.is_some() { mark + length } else { chunk_length });
        if found.is_some() {
            break;
        }
    }
    Ok((first, following(reader).map_err(io)?))
}

/// The stream's next bytes behind white space, its line break left out.
fn following(reader: &mut Box<dyn BufRead + Send>) -> io::Result<Vec<u8>> {
    loop {
        let chunk = reader.fill_buf()?;
        if chunk.is_empty() {
            return Ok(Vec::new());
        }
        let length = chunk.len();
        let rest = chunk.trim_ascii_start();
        if !rest.is_empty() {
            let rest = rest.to_vec();
            reader.consume(length);
            return Ok(rest);
        }
        reader.consume(length);
    }
}

/// Whether the first value of a stream, cut off anywhere, cannot become JSON by any continuation.
pub fn is_hopeless(mut reader: Box<dyn BufRead + Send>) -> bool {
    let mut borders = Borders::default();
    loop {
        let Ok(chunk) = reader.fill_buf() else { return false };
        let length = chunk.len();
        match borders.find_end(chunk) {
            Ok(None) if length > 0 => reader.consume(length),
            Ok(_) => return false,
            Err(_) => return true,
        }
    }
}

/// Whether a text that begins like this is JSON at all.
pub fn begins_as_json(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    head.trim_ascii_start().first() == Some(&b'{')
}

/// Whether a JSON text's beginning speaks of CityJSON.
pub fn speaks_cityjson(head: &[u8]) -> bool {
    let names: [&[u8]; 3] = [b"\"CityJSON", b"\"CityObjects\"", b"cityjson.org"];
    begins_as_json(head) && names.iter().any(|name| memchr::memmem::find(head, name).is_some())
}

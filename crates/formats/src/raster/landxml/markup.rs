//! Tags and texts of an XML stream, one at a time, in flat memory.

use crate::FormatError;
use crate::raster::io_error;
use std::io::{BufRead, Read};

/// A tag with its attributes [bytes].
const MAX_TAG: usize = 64 * 1024;
/// What is kept of the text before a tag [bytes]: a point or a face.
const MAX_TEXT: usize = 1024;

/// The stream just behind a tag.
pub(super) struct Markup<R> {
    pub name: String,
    reader: R,
    /// Between the last tag and this one, its beginning.
    pub text: Vec<u8>,
    /// Between `<` and `>`.
    tag: Vec<u8>,
    /// From 1.
    pub line: u64,
}

impl<R: BufRead> Markup<R> {
    pub fn new(reader: R, name: &str) -> Markup<R> {
        Markup { name: name.to_owned(), reader, text: Vec::new(), tag: Vec::new(), line: 1 }
    }

    pub fn malformed(&self, reason: impl Into<String>) -> FormatError {
        FormatError::Malformed { name: self.name.clone(), line: self.line, reason: reason.into() }
    }

    /// Goes behind the next start or end tag; `false` at the end of the stream.
    pub fn next(&mut self) -> Result<bool, FormatError> {
        self.text.clear();
        loop {
            if !self.skip_to_tag()? {
                return Ok(false);
            }
            self.tag.clear();
            self.extend_tag()?;
            if self.tag.starts_with(b"!--") {
                self.skip_until(b"--")?;
            } else if self.tag.starts_with(b"![CDATA[") {
                self.skip_until(b"]]")?;
            } else if !self.tag.starts_with(b"!") && !self.tag.starts_with(b"?") {
                // A `>` within quotes belongs to an attribute.
                let mut quote = open_quote(None, &self.tag);
                while quote.is_some() {
                    self.tag.push(b'>');
                    let from = self.tag.len();
                    self.extend_tag()?;
                    quote = open_quote(quote, self.tag.get(from..).unwrap_or_default());
                }
                return Ok(true);
            }
        }
    }

    /// Local name; whether it is a start tag and whether it is an end tag (`<a/>` is both).
    pub fn tag(&self) -> (&[u8], bool, bool) {
        let (is_end, tag) = match self.tag.strip_prefix(b"/") {
            Some(tag) => (true, tag),
            None => (false, self.tag.as_slice()),
        };
        let length = tag.iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'/');
        let name = tag.get(..length.unwrap_or(tag.len())).unwrap_or(tag);
        let local = name.iter().position(|byte| *byte == b':').map_or(0, |colon| colon + 1);
        (name.get(local..).unwrap_or(name), !is_end, is_end || self.tag.ends_with(b"/"))
    }

    /// Of the start tag, as it stands in the file.
    pub fn attribute(&self, wanted: &str) -> Option<&str> {
        let tag = std::str::from_utf8(&self.tag).ok()?;
        let mut rest = tag.get(tag.find(char::is_whitespace)?..)?;
        loop {
            let (name, after) = rest.split_once('=')?;
            let after = after.trim_start();
            let quote = after.chars().next().filter(|quote| ['"', '\''].contains(quote))?;
            let (value, next) = after.get(1..)?.split_once(quote)?;
            if name.trim() == wanted {
                return Some(value.trim());
            }
            rest = next;
        }
    }

    /// Keeps the beginning of the text; `false` at the end of the stream.
    fn skip_to_tag(&mut self) -> Result<bool, FormatError> {
        loop {
            let buffer = self.reader.fill_buf().map_err(io_error(&self.name))?;
            if buffer.is_empty() {
                return Ok(false);
            }
            let end = memchr::memchr(b'<', buffer);
            let text = buffer.get(..end.unwrap_or(buffer.len())).unwrap_or(buffer);
            self.line += memchr::memchr_iter(b'\n', text).count() as u64;
            let room = MAX_TEXT.saturating_sub(self.text.len()).min(text.len());
            self.text.extend_from_slice(text.get(..room).unwrap_or_default());
            let used = text.len() + usize::from(end.is_some());
            self.reader.consume(used);
            if end.is_some() {
                return Ok(true);
            }
        }
    }

    /// Up to the next `>`, which is left out.
    fn extend_tag(&mut self) -> Result<(), FormatError> {
        let from = self.tag.len();
        let room = MAX_TAG.saturating_sub(from) as u64;
        (&mut self.reader).take(room).read_until(b'>', &mut self.tag).map_err(io_error(&self.name))?;
        let added = self.tag.get(from..).unwrap_or_default();
        self.line += memchr::memchr_iter(b'\n', added).count() as u64;
        if added.ends_with(b">") {
            self.tag.pop();
            return Ok(());
        }
        let is_long = self.tag.len() >= MAX_TAG;
        Err(self.malformed(if is_long { "a tag is too long" } else { "the file ends within a tag" }))
    }

    /// The end of a comment or the like, of which `tag` holds the beginning.
    fn skip_until(&mut self, end: &[u8]) -> Result<(), FormatError> {
        while !self.tag.ends_with(end) {
            self.tag.clear();
            self.long_part(b'>')?;
        }
        Ok(())
    }

    /// The last bytes before the next `end`, however far it is.
    fn long_part(&mut self, end: u8) -> Result<(), FormatError> {
        loop {
            let buffer = self.reader.fill_buf().map_err(io_error(&self.name))?;
            if buffer.is_empty() {
                return Err(self.malformed("the file ends within a comment"));
            }
            let found = memchr::memchr(end, buffer);
            let part = buffer.get(..found.unwrap_or(buffer.len())).unwrap_or(buffer);
            self.line += memchr::memchr_iter(b'\n', part).count() as u64;
            self.tag.extend_from_slice(part.get(part.len().saturating_sub(2)..).unwrap_or(part));
            let used = part.len() + usize::from(found.is_some());
            self.reader.consume(used);
            if found.is_some() {
                return Ok(());
            }
        }
    }
}

/// The quote that is open behind the bytes, given the one before them.
fn open_quote(before: Option<u8>, bytes: &[u8]) -> Option<u8> {
    bytes.iter().fold(before, |quote, byte| match quote {
        Some(open) if open == *byte => None,
        None if matches!(byte, b'"' | b'\'') => Some(*byte),
        _ => quote,
    })
}

//! Words and lines of long texts, with their line numbers, in flat memory.

use super::io_error;
use crate::FormatError;
use std::io::{BufRead, Read};

/// No number is longer [bytes].
const MAX_TOKEN: usize = 256;
/// No line of three numbers is longer [bytes].
const MAX_LINE: usize = 4096;

pub(super) struct Tokens {
    name: String,
    reader: Box<dyn BufRead + Send>,
    token: Vec<u8>,
    /// From 1.
    line: u64,
}

impl Tokens {
    pub fn new(reader: Box<dyn BufRead + Send>, name: &str) -> Tokens {
        Tokens { name: name.to_owned(), reader, token: Vec::new(), line: 1 }
    }

    pub fn malformed(&self, reason: impl Into<String>) -> FormatError {
        FormatError::Malformed { name: self.name.clone(), line: self.line, reason: reason.into() }
    }

    /// The next word between white space.
    pub fn next(&mut self) -> Result<Option<&[u8]>, FormatError> {
        self.token.clear();
        loop {
            let buffer = self.reader.fill_buf().map_err(io_error(&self.name))?;
            if buffer.is_empty() {
                break;
            }
            let blank = if self.token.is_empty() {
                buffer.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(buffer.len())
            } else {
                0
            };
            let (blanks, rest) = buffer.split_at(blank);
            self.line += blanks.iter().filter(|byte| **byte == b'\n').count() as u64;
            let length = rest.iter().position(u8::is_ascii_whitespace);
            let word = rest.get(..length.unwrap_or(rest.len())).unwrap_or(rest);
            self.token.extend_from_slice(word.get(..MAX_TOKEN).unwrap_or(word));
            let used = blank + word.len();
            self.reader.consume(used);
            if self.token.len() >= MAX_TOKEN {
                return Err(self.malformed(format!("more than {MAX_TOKEN} characters without a space")));
            }
            if length.is_some() && !self.token.is_empty() {
                break;
            }
        }
        Ok((!self.token.is_empty()).then_some(self.token.as_slice()))
    }

    /// The next line that is not blank, without its end; its number is that of messages until the next call.
    pub fn next_line(&mut self) -> Result<Option<&[u8]>, FormatError> {
        loop {
            if self.token.ends_with(b"\n") {
                self.line += 1;
            }
            self.token.clear();
            let mut limited = (&mut self.reader).take(MAX_LINE as u64);
            limited.read_until(b'\n', &mut self.token).map_err(io_error(&self.name))?;
            if self.token.is_empty() {
                return Ok(None);
            }
            if self.token.len() >= MAX_LINE {
                return Err(self.malformed(format!("the line is longer than {MAX_LINE} characters")));
            }
            if !self.token.trim_ascii().is_empty() {
                return Ok(Some(self.token.trim_ascii()));
            }
        }
    }
}

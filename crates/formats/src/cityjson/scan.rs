//! Where values of a JSON text begin and end; understands none of them.

use std::borrow::Cow;
use std::ops::Range;

/// Deeper nesting is refused; also keeps the parser behind from running out of stack.
pub const MAX_DEPTH: u32 = 64;

/// Why a text is no JSON, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken {
    pub offset: usize,
    pub reason: &'static str,
}

/// Finds the end of the first array or object of a text that comes in pieces.
#[derive(Default)]
pub struct Borders {
    /// One bit a level: set for `{`.
    open: u64,
    depth: u32,
    in_string: bool,
    escaped: bool,
    /// Bytes seen.
    passed: usize,
}

impl Borders {
    /// Offset in `bytes` behind the value's last bracket; `None` when it does not end here.
    pub fn find_end(&mut self, bytes: &[u8]) -> Result<Option<usize>, Broken> {
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            at += 1;
            if self.in_string {
                at = self.string(bytes, at - 1);
                continue;
            }
            let broken = |reason| Broken { offset: self.passed + at - 1, reason };
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => {
                    if self.depth == MAX_DEPTH {
                        return Err(broken("it is nested more than 64 levels deep"));
                    }
                    self.open = self.open << 1 | u64::from(*byte == b'{');
                    self.depth += 1;
                }
                b'}' | b']' => {
                    if self.depth == 0 || (self.open & 1 == 1) != (*byte == b'}') {
                        return Err(broken("a bracket closes what was not opened"));
                    }
                    self.open >>= 1;
                    self.depth -= 1;
                    if self.depth == 0 {
                        self.passed += at;
                        return Ok(Some(at));
                    }
                }
                _ => {}
            }
        }
        self.passed += at;
        Ok(None)
    }

    /// Inside a string from `at` on; the offset behind its end or the end of the piece.
    fn string(&mut self, bytes: &[u8], mut at: usize) -> usize {
        if std::mem::take(&mut self.escaped) {
            at += 1;
        }
        while let Some(found) = memchr::memchr2(b'"', b'\\', bytes.get(at..).unwrap_or(&[])) {
            at += found + 1;
            if bytes.get(at - 1) == Some(&b'"') {
                self.in_string = false;
                return at;
            }
            at += 1;
        }
        self.escaped = at > bytes.len();
        bytes.len()
    }
}

pub fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    at
}

/// Offset behind the value that begins at `start`.
pub fn value_end(bytes: &[u8], start: usize) -> Result<usize, Broken> {
    let rest = bytes.get(start..).unwrap_or(&[]);
    let ended = match rest.first() {
        Some(b'{' | b'[') => Borders::default()
            .find_end(rest)
            .map_err(|broken| Broken { offset: start + broken.offset, ..broken })?,
        Some(b'"') => {
            let mut borders = Borders { in_string: true, ..Borders::default() };
            let end = borders.string(rest, 1);
            (!borders.in_string).then_some(end)
        }
        Some(_) => {
            let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b':') || byte.is_ascii_whitespace();
            rest.iter().position(ends).or(Some(rest.len())).filter(|length| *length > 0)
        }
        None => None,
    };
    match ended {
        Some(length) => Ok(start + length),
        None => Err(Broken { offset: start, reason: "a value does not end" }),
    }
}

/// The members of an object: key with its quotes, and value. Ends behind the first error.
pub struct Members<'a> {
    bytes: &'a [u8],
    at: usize,
    ended: bool,
}

/// `None` when the value is no object.
pub fn members(bytes: &[u8], value: Range<usize>) -> Option<Members<'_>> {
    let at = skip_space(bytes, value.start);
    let bytes = bytes.get(..value.end)?;
    (bytes.get(at) == Some(&b'{')).then_some(Members { bytes, at: at + 1, ended: false })
}

impl Iterator for Members<'_> {
    type Item = Result<(Range<usize>, Range<usize>), Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        self.at = skip_space(self.bytes, self.at);
        if self.bytes.get(self.at) == Some(&b'}') {
            self.ended = true;
            return None;
        }
        let member = self.member();
        self.ended |= member.is_err();
        Some(member)
    }
}

impl Members<'_> {
    fn member(&mut self) -> Result<(Range<usize>, Range<usize>), Broken> {
        let broken = |offset, reason| Err(Broken { offset, reason });
        if self.bytes.get(self.at) != Some(&b'"') {
            return broken(self.at, "a member has no name");
        }
        let key = self.at..value_end(self.bytes, self.at)?;
        let colon = skip_space(self.bytes, key.end);
        if self.bytes.get(colon) != Some(&b':') {
            return broken(colon, "a colon is missing behind a member's name");
        }
        let start = skip_space(self.bytes, colon + 1);
        let value = start..value_end(self.bytes, start)?;
        self.at = skip_space(self.bytes, value.end);
        match self.bytes.get(self.at) {
            Some(b',') => self.at += 1,
            Some(b'}') => self.ended = true,
            _ => return broken(self.at, "a comma is missing between two members"),
        }
        Ok((key, value))
    }
}

/// The values of an array; nothing when it is none. Ends where the text is broken.
pub fn elements(bytes: &[u8], value: Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = skip_space(bytes, value.start);
    if bytes.get(at) != Some(&b'[') {
        return found;
    }
    loop {
        at = skip_space(bytes, at + 1);
        if at >= value.end || bytes.get(at) == Some(&b']') {
            return found;
        }
        let Ok(end) = value_end(bytes, at) else { return found };
        found.push(at..end);
        at = skip_space(bytes, end);
        if bytes.get(at) != Some(&b',') {
            return found;
        }
    }
}

/// The text of a string value, its quotes included in `bytes`.
pub fn text(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let inner = bytes.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    if memchr::memchr(b'\\', inner).is_none() {
        return Some(String::from_utf8_lossy(inner));
    }
    match serde_json::from_slice::<String>(bytes) {
        Ok(text) => Some(Cow::Owned(text)),
        Err(_) => Some(Cow::Owned(String::from_utf8_lossy(inner).into_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text, its members, and what is wrong behind them.
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], Option<&'a str>);

    #[test]
    fn members_are_found_or_the_fault_is_named() {
        let cases: [Case; 6] = [
            ("{}", &[], None),
            (
                r#" { "a" : [1, {"b]": "}\""}] , "c":-1.5e3}"#,
                &[("a", r#"[1, {"b]": "}\""}]"#), ("c", "-1.5e3")],
                None,
            ),
            (r#"{"a":1 "b":2}"#, &[], Some("a comma is missing between two members")),
            (r#"{"a" 1}"#, &[], Some("a colon is missing behind a member's name")),
            (r#"{"a":[1}}"#, &[], Some("a bracket closes what was not opened")),
            (r#"{"a":1,"b":"x}"#, &[("a", "1")], Some("a value does not end")),
        ];
        for (json, expected, fault) in cases {
            let bytes = json.as_bytes();
            let (mut found, mut reason) = (Vec::new(), None);
            for member in members(bytes, 0..bytes.len()).unwrap() {
                match member {
                    Ok((key, value)) => found.push((text(&bytes[key]).unwrap().into_owned(), &json[value])),
                    Err(broken) => reason = Some(broken.reason),
                }
            }
            let found: Vec<_> = found.iter().map(|(key, value)| (key.as_str(), *value)).collect();
            assert_eq!((found.as_slice(), reason), (expected, fault), "{json}");
        }
    }

    #[test]
    fn a_value_is_found_in_pieces_of_any_size() {
        let json = br#"{"a\\\"}":["x\"]",{"b":[]}]} rest"#;
        for size in 1..json.len() {
            let mut borders = Borders::default();
            let mut passed = 0;
            let end = json.chunks(size).find_map(|piece| {
                let end = borders.find_end(piece).unwrap().map(|end| passed + end);
                passed += piece.len();
                end
            });
            assert_eq!(end, Some(json.len() - 5), "pieces of {size}");
        }
        let deep = "[".repeat(MAX_DEPTH as usize + 1);
        assert_eq!(Borders::default().find_end(deep.as_bytes()).unwrap_err().offset, MAX_DEPTH as usize);
    }
}

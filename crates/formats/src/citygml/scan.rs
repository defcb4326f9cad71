//! The few tokens of XML that borders of elements depend on; shared by splitter and tree so that both always agree.

use memchr::{memchr, memchr3, memmem};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Start,
    /// `<a/>`
    Empty,
    End,
    CData,
    /// Comment, processing instruction, declaration, document type.
    Other,
}

/// Markup from `<` to just behind `>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
    /// End of the name of a start or end tag.
    pub name_end: usize,
}

impl Token {
    /// Qualified name of a tag.
    pub fn name<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        let begin = if self.kind == Kind::End { self.start + 2 } else { self.start + 1 };
        bytes.get(begin..self.name_end).unwrap_or(&[])
    }

    /// Everything between name and end of a start tag.
    pub fn attributes<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        let tail = if self.kind == Kind::Empty { 2 } else { 1 };
        bytes.get(self.name_end..self.end.saturating_sub(tail)).unwrap_or(&[]).trim_ascii()
    }
}

/// The next markup at or behind `from`; `Err` gives where an unfinished one begins, or the end of the bytes.
pub fn next_token(bytes: &[u8], from: usize) -> Result<Token, usize> {
    let rest = bytes.get(from..).unwrap_or(&[]);
    let start = from + memchr(b'<', rest).ok_or(bytes.len().max(from))?;
    token_at(bytes, start).ok_or(start)
}

fn token_at(bytes: &[u8], start: usize) -> Option<Token> {
    let other = |end: usize| Token { kind: Kind::Other, start, end, name_end: start };
    match bytes.get(start + 1)? {
        b'/' => {
            let end = start + 2 + memchr(b'>', bytes.get(start + 2..)?)? + 1;
            let name_end = start + 2 + bytes.get(start + 2..end - 1)?.trim_ascii_end().len();
            Some(Token { kind: Kind::End, start, end, name_end })
        }
        b'?' => find(bytes, start + 2, b"?>").map(other),
        b'!' => exclamation(bytes, start),
        _ => start_tag(bytes, start),
    }
}

fn exclamation(bytes: &[u8], start: usize) -> Option<Token> {
    let other = |end: usize| Token { kind: Kind::Other, start, end, name_end: start };
    let rest = bytes.get(start..)?;
    if rest.starts_with(b"<!--") {
        return find(bytes, start + 4, b"-->").map(other);
    }
    if rest.starts_with(b"<![CDATA[") {
        return find(bytes, start + 9, b"]]>").map(|end| Token {
            kind: Kind::CData,
            start,
            end,
            name_end: start,
        });
    }
    // Nine bytes are needed to tell a comment or CDATA from a document type.
    if rest.len() < 9 {
        return None;
    }
    document_type(bytes, start).map(other)
}

/// Behind `<!DOCTYPE … [ … ] >`; its declarations are passed over and never expanded.
fn document_type(bytes: &[u8], start: usize) -> Option<usize> {
    let mut depth = 0_i32;
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'[' => depth += 1,
            b']' => depth -= 1,
            b'"' | b'\'' => at += 1 + memchr(*byte, bytes.get(at + 1..)?)?,
            b'>' if depth <= 0 => return Some(at + 1),
            _ => {}
        }
        at += 1;
    }
    None
}

fn start_tag(bytes: &[u8], start: usize) -> Option<Token> {
    let mut at = start + 1;
    let end = loop {
        let found = at + memchr3(b'>', b'"', b'\'', bytes.get(at..)?)?;
        match bytes.get(found)? {
            b'>' => break found + 1,
            // A quoted value may hold `>`.
            quote => at = found + 1 + memchr(*quote, bytes.get(found + 1..)?)? + 1,
        }
    };
    let empty = bytes.get(end - 2) == Some(&b'/');
    let inner = bytes.get(start + 1..end - if empty { 2 } else { 1 })?;
    let name_length = inner.iter().position(|byte| byte.is_ascii_whitespace()).unwrap_or(inner.len());
    let kind = if empty { Kind::Empty } else { Kind::Start };
    Some(Token { kind, start, end, name_end: start + 1 + name_length })
}

/// Behind the next `needle`.
fn find(bytes: &[u8], from: usize, needle: &[u8]) -> Option<usize> {
    memmem::find(bytes.get(from..)?, needle).map(|at| from + at + needle.len())
}

/// Name and raw value of each attribute; what is no `name="value"` ends the list.
pub fn attributes(raw: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = raw;
    std::iter::from_fn(move || {
        let equals = memchr(b'=', rest)?;
        let name = rest.get(..equals)?.trim_ascii();
        let after = rest.get(equals + 1..)?.trim_ascii_start();
        let quote = *after.first().filter(|byte| matches!(byte, b'"' | b'\''))?;
        let value_end = memchr(quote, after.get(1..)?)?;
        let value = after.get(1..1 + value_end)?;
        rest = after.get(value_end + 2..)?;
        Some((name, value))
    })
}

/// Name and raw value of the attribute that the bytes begin with, where it is `name="value"` without any space or
/// letter that a name does not have.
pub fn plain_attribute(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'_' | b'-' | b'.');
    let name = bytes.get(..bytes.iter().position(|byte| !is_plain(byte))?)?;
    let value = bytes.get(name.len()..)?.strip_prefix(b"=\"")?;
    let value = value.get(..memchr(b'"', value)?)?;
    (!name.is_empty()).then_some((name, value))
}

/// The part of a qualified name behind the colon, and the prefix before it (empty without).
pub fn split_name(name: &[u8]) -> (&[u8], &[u8]) {
    match memchr(b':', name) {
        Some(at) => (name.get(..at).unwrap_or(&[]), name.get(at + 1..).unwrap_or(&[])),
        None => (&[], name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_found_with_their_borders() {
        let cases: [(&str, Kind, &str, &str); 9] = [
            ("x<a:b c='>'>", Kind::Start, "a:b", "<a:b c='>'>"),
            ("<b\n/>", Kind::Empty, "b", "<b\n/>"),
            ("<b/>", Kind::Empty, "b", "<b/>"),
            ("</b >", Kind::End, "b", "</b >"),
            ("<!-- <a> -->", Kind::Other, "", "<!-- <a> -->"),
            ("<![CDATA[<a>]]>", Kind::CData, "", "<![CDATA[<a>]]>"),
            ("<?xml a='?'?>", Kind::Other, "", "<?xml a='?'?>"),
            ("<!DOCTYPE a [<!ENTITY b '>'>]>", Kind::Other, "", "<!DOCTYPE a [<!ENTITY b '>'>]>"),
            ("<a b=\"'\" c=''>", Kind::Start, "a", "<a b=\"'\" c=''>"),
        ];
        for (text, kind, name, whole) in cases {
            let token = next_token(text.as_bytes(), 0).unwrap();
            assert_eq!(token.kind, kind, "{text}");
            assert_eq!(&text.as_bytes()[token.start..token.end], whole.as_bytes());
            if !name.is_empty() {
                assert_eq!(token.name(text.as_bytes()), name.as_bytes());
            }
        }
    }

    #[test]
    fn unfinished_tokens_say_where_they_begin() {
        for (text, at) in [("ab", 2), ("ab<c d='>'", 2), ("<!--", 0), ("<!", 0), ("", 0), ("</a", 0)] {
            assert_eq!(next_token(text.as_bytes(), 0), Err(at), "{text}");
        }
    }

    #[test]
    fn attributes_are_listed() {
        let found: Vec<_> = attributes(b"a = 'x=1' b:c=\"y\"").collect();
        assert_eq!(found, [(&b"a"[..], &b"x=1"[..]), (b"b:c", b"y")]);
        assert_eq!(attributes(b"a=b").count(), 0);
    }
}

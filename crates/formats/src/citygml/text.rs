//! Character data as people mean it: references, CDATA and comments resolved.

use super::scan::{self, Kind};
use std::borrow::Cow;

/// Bytes as text: what is no UTF-8 is shown as `\u{fffd}`. Faster than the standard library's way where all is well.
pub fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// Character data with references, CDATA and comments resolved. Unknown entities stay as they stand.
pub fn decode(raw: &[u8]) -> Cow<'_, str> {
    if memchr::memchr2(b'<', b'&', raw).is_none() {
        return lossy(raw);
    }
    let mut text = String::with_capacity(raw.len());
    let mut at = 0;
    while let Ok(token) = scan::next_token(raw, at) {
        unescape(&lossy(raw.get(at..token.start).unwrap_or(&[])), &mut text);
        if token.kind == Kind::CData {
            text.push_str(&lossy(raw.get(token.start + 9..token.end - 3).unwrap_or(&[])));
        }
        at = token.end;
    }
    unescape(&lossy(raw.get(at..).unwrap_or(&[])), &mut text);
    Cow::Owned(text.trim().to_owned())
}

fn unescape(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let reference = after.split_once(';').and_then(|(name, tail)| Some((character(name)?, tail)));
        match reference {
            Some((character, tail)) => {
                out.push(character);
                rest = tail;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
}

fn character(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_decoded() {
        let cases = [
            ("a &amp; b", "a & b"),
            ("&#228;&#x20AC;", "ä€"),
            ("<![CDATA[<x> & ]]>y<!-- z -->", "<x> & y"),
            ("&unknown; &", "&unknown; &"),
        ];
        for (raw, expected) in cases {
            assert_eq!(decode(raw.as_bytes()), expected);
        }
    }
}

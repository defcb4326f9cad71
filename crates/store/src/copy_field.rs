//! Fields of a tuple of binary COPY: each its length, then its bytes.

use serde_json::Value;

use stadtwin_model::Attributes;

pub(super) const INT2: u32 = 21;
pub(super) const INT4: u32 = 23;
const TEXT: u32 = 25;
pub(super) const FLOAT8: u32 = 701;

pub(super) fn push_null(out: &mut Vec<u8>) {
    push_i32_raw(out, -1);
}

pub(super) fn push_option<T>(out: &mut Vec<u8>, value: Option<T>, push: impl FnOnce(&mut Vec<u8>, T)) {
    match value {
        Some(value) => push(out, value),
        None => push_null(out),
    }
}

fn push_i32_raw(out: &mut Vec<u8>, value: i32) {
    out.extend_from_slice(&value.to_be_bytes());
}

pub(super) fn push_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    push_i32_raw(out, bytes.len() as i32);
    out.extend_from_slice(bytes);
}

pub(super) fn push_i16(out: &mut Vec<u8>, value: i16) {
    push_bytes(out, &value.to_be_bytes());
}

pub(super) fn push_i32(out: &mut Vec<u8>, value: i32) {
    push_bytes(out, &value.to_be_bytes());
}

pub(super) fn push_i64(out: &mut Vec<u8>, value: i64) {
    push_bytes(out, &value.to_be_bytes());
}

pub(super) fn push_f64(out: &mut Vec<u8>, value: f64) {
    push_bytes(out, &value.to_be_bytes());
}

/// PostgreSQL's text holds no NUL.
pub(super) fn push_text(out: &mut Vec<u8>, text: &str) {
    match memchr::memchr(0, text.as_bytes()) {
        None => push_bytes(out, text.as_bytes()),
        Some(_) => push_bytes(out, text.replace('\0', "").as_bytes()),
    }
}

/// A field whose length is known once it is written.
pub(super) fn push_sized(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    push_i32_raw(out, 0);
    write(out);
    let length = (out.len() - start - 4) as i32;
    if let Some(field) = out.get_mut(start..start + 4) {
        field.copy_from_slice(&length.to_be_bytes());
    }
}

pub(super) fn push_array<const N: usize>(
    out: &mut Vec<u8>,
    oid: u32,
    items: impl ExactSizeIterator<Item = [u8; N]>,
) {
    push_sized(out, |out| {
        push_i32_raw(out, i32::from(items.len() > 0));
        push_i32_raw(out, 0);
        out.extend_from_slice(&oid.to_be_bytes());
        if items.len() > 0 {
            push_i32_raw(out, items.len() as i32);
            push_i32_raw(out, 1);
        }
        for item in items {
            push_i32_raw(out, N as i32);
            out.extend_from_slice(&item);
        }
    });
}

pub(super) fn push_text_array<T: AsRef<str>>(out: &mut Vec<u8>, items: impl ExactSizeIterator<Item = T>) {
    push_sized(out, |out| {
        for number in [1, 0, TEXT as i32, items.len() as i32, 1] {
            push_i32_raw(out, number);
        }
        items.for_each(|item| push_text(out, item.as_ref()));
    });
}

pub(super) fn push_attributes(out: &mut Vec<u8>, attributes: &Attributes) {
    push_json_of(out, &InOrderOfJsonb(attributes), |out| {
        push_json(out, &without_nul(&Value::Object(attributes.clone())))
    });
}

/// jsonb sorts keys by length, then bytes: what comes so is taken in faster.
struct InOrderOfJsonb<'a>(&'a Attributes);

impl serde::Serialize for InOrderOfJsonb<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sorted: Vec<_> = self.0.iter().collect();
        sorted.sort_unstable_by_key(|(name, _)| (name.len(), name.as_bytes()));
        serializer.collect_map(sorted)
    }
}

pub(super) fn push_json(out: &mut Vec<u8>, value: &Value) {
    push_clean_json(out, value);
}

pub(super) fn push_clean_json<T: serde::Serialize>(out: &mut Vec<u8>, value: &T) {
    push_json_of(out, value, |out| {
        let clean = without_nul(&serde_json::to_value(value).unwrap_or_default());
        push_json_of(out, &clean, push_null);
    });
}

/// Version 1 of jsonb's binary form is the text. jsonb holds no `\u0000`: then `other` writes the field.
fn push_json_of<T: serde::Serialize>(out: &mut Vec<u8>, value: &T, other: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    let mut is_written = false;
    push_sized(out, |out| {
        out.push(1);
        is_written = serde_json::to_writer(&mut *out, value).is_ok();
    });
    if out.get(start..).is_some_and(has_nul) || !is_written {
        out.truncate(start);
        other(out);
    }
}

/// Whether JSON has an escaped NUL. `\\u0000` is none: a backslash, and `u0000` as it stands.
fn has_nul(json: &[u8]) -> bool {
    let backslashes = |before: &[u8]| before.iter().rev().take_while(|byte| **byte == b'\\').count();
    memchr::memmem::find_iter(json, br"\u0000")
        .any(|at| backslashes(json.get(..at).unwrap_or(&[])).is_multiple_of(2))
}

/// The value with every NUL taken out.
pub(super) fn without_nul(value: &Value) -> Value {
    let clean = |text: &str| text.replace('\0', "");
    match value {
        Value::String(text) => Value::String(clean(text)),
        Value::Array(items) => Value::Array(items.iter().map(without_nul).collect()),
        Value::Object(map) => {
            Value::Object(map.iter().map(|(key, item)| (clean(key), without_nul(item))).collect())
        }
        other => other.clone(),
    }
}

/// What a line cannot hold becomes a space: line breaks, and PostgreSQL's text holds no NUL.
pub(super) fn push_lines<'a>(out: &mut Vec<u8>, lines: impl Iterator<Item = &'a str>) {
    push_sized(out, |out| {
        for (at, line) in lines.enumerate() {
            if at > 0 {
                out.push(b'\n');
            }
            match memchr::memchr2(b'\n', 0, line.as_bytes()) {
                None => out.extend_from_slice(line.as_bytes()),
                Some(_) => out.extend_from_slice(line.replace(['\n', '\0'], " ").as_bytes()),
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn json_never_holds_what_jsonb_refuses() {
        // Texts and how JSON without NUL writes them; jsonb takes `\\u0000` and refuses `\u0000`.
        let cases = [
            ("a\0b", r#""ab""#),
            (r"a\u0000b", r#""a\\u0000b""#),
            (r"\\u0000", r#""\\\\u0000""#),
            ("\\\0", r#""\\""#),
            ("\\u\u{0}0000", r#""\\u0000""#),
        ];
        for (text, expected) in cases {
            let mut out = Vec::new();
            push_json(&mut out, &json!({ text: [text] }));
            let written = format!("\u{1}{{{expected}:[{expected}]}}");
            assert_eq!(String::from_utf8_lossy(&out[4..]), written, "{text:?}");
            let length = i32::from_be_bytes(*out.first_chunk().unwrap());
            assert_eq!(length as usize, out.len() - 4, "{text:?}");
        }
    }
}

//! Features as CSV (RFC 4180): a line for each, the outline as WKT in the last column.

use std::io::Write;

use serde_json::Value;

use super::Selection;
use super::geojson::{properties, write_number};
use stadtwin_model::{Feature, Place};

/// Appends the line with the names of the columns: `id`, those of `columns`, `geometry` unless it is skipped.
pub fn write_csv_head(out: &mut Vec<u8>, columns: &[String], selection: &Selection) {
    write_text(out, "id");
    for column in columns {
        out.push(b',');
        write_text(out, column);
    }
    out.extend_from_slice(if selection.skips_geometry { b"\r\n" } else { b",geometry\r\n" });
}

/// Appends a feature; its outline is in the CRS of the answer already. What it does not have is an empty field.
pub fn write_csv_feature(
    out: &mut Vec<u8>,
    feature: &Feature,
    columns: &[String],
    selection: &Selection,
) -> serde_json::Result<()> {
    write_text(out, &feature.id);
    let properties = properties(feature);
    for column in columns {
        out.push(b',');
        match properties.iter().find(|(name, _)| name == column).map(|(_, value)| value) {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) => write_text(out, text),
            Some(value @ (Value::Array(_) | Value::Object(_))) => write_text(out, &value.to_string()),
            Some(value) => serde_json::to_writer(&mut *out, value)?,
        }
    }
    if !selection.skips_geometry {
        out.push(b',');
        write_wkt(out, feature);
    }
    out.extend_from_slice(b"\r\n");
    Ok(())
}

/// An empty text keeps its quotes, to differ from none.
fn write_text(out: &mut Vec<u8>, text: &str) {
    let is_plain = !text.is_empty() && !text.contains([',', '"', '\r', '\n']);
    if is_plain {
        out.extend_from_slice(text.as_bytes());
    } else {
        // Writing into a vector cannot fail.
        let _ = write!(out, "\"{}\"", text.replace('"', "\"\""));
    }
}

/// In quotes: coordinates are separated by commas.
fn write_wkt(out: &mut Vec<u8>, feature: &Feature) {
    match &feature.place {
        _ if !feature.footprint.is_empty() => {
            out.extend_from_slice(b"\"MULTIPOLYGON ");
            write_list(out, &feature.footprint, |out, polygon| {
                write_list(out, polygon, |out, ring| write_list(out, ring, write_point));
            });
        }
        Place::Nothing => return,
        Place::Lines(lines) => {
            out.extend_from_slice(b"\"MULTILINESTRING ");
            write_list(out, lines, |out, line| write_list(out, line, write_point));
        }
        Place::Points(points) => {
            out.extend_from_slice(b"\"MULTIPOINT ");
            write_list(out, points, |out, point| write_list(out, std::slice::from_ref(point), write_point));
        }
    }
    out.push(b'"');
}

fn write_point(out: &mut Vec<u8>, &[first, second]: &[f64; 2]) {
    write_number(out, first);
    out.push(b' ');
    write_number(out, second);
}

fn write_list<T>(out: &mut Vec<u8>, items: &[T], write: impl Fn(&mut Vec<u8>, &T)) {
    out.push(b'(');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(out, item);
    }
    out.push(b')');
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4180, 2: fields with line breaks, quotes or commas stand in quotes, and a quote is written twice.
    #[test]
    fn texts_are_quoted_where_they_must_be() {
        for (text, expected) in [
            ("Haus 1", "Haus 1"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\r\nlines", "\"two\r\nlines\""),
            ("=1+1", "=1+1"),
            ("", "\"\""),
        ] {
            let mut out = Vec::new();
            write_text(&mut out, text);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}

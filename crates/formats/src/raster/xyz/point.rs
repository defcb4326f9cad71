//! One line of a list of points.

use crate::numbers::number;

/// The first three numbers, the last of which may be NaN; `None` for a comment.
pub(super) fn point_of(line: &[u8]) -> Result<Option<[f64; 3]>, String> {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    if line.starts_with(b"#") || line.starts_with(b"//") {
        return Ok(None);
    }
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b';');
    let by_comma = !line.iter().any(is_blank);
    let mut fields = line.split(|byte| is_blank(byte) || (by_comma && *byte == b',')).map(|field| {
        // "1.0, 2.0, 3.0"
        if by_comma { field } else { field.strip_suffix(b",").unwrap_or(field) }
    });
    let mut fields = fields.by_ref().filter(|field| !field.is_empty());
    let mut point = [0.0; 3];
    for (place, coordinate) in point.iter_mut().enumerate() {
        let field = fields.next().ok_or("it has fewer than three numbers")?;
        let is_hole = place == 2 && field.eq_ignore_ascii_case(b"nan");
        *coordinate = if is_hole { f64::NAN } else { number(field).ok_or_else(|| no_number(field))? };
    }
    // "690800,5,5335800,5,513,8" would read as three numbers too.
    if by_comma && fields.count() == 3 {
        return Err("it has six numbers; decimals are written with a point".to_owned());
    }
    Ok(Some(point))
}

fn no_number(field: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(field).chars().take(40).collect();
    let hint = if text.contains(',') { "; decimals are written with a point" } else { "" };
    format!("`{text}` is no number{hint}")
}

/// Names of columns: words, none of them a number.
pub(super) fn is_title(line: &[u8]) -> bool {
    let is_text = !line.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t');
    is_text && line.iter().any(u8::is_ascii_alphabetic) && fields(line).all(|field| number(field).is_none())
}

fn fields(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|byte| matches!(byte, b' ' | b'\t' | b';' | b',')).filter(|field| !field.is_empty())
}

/// Whether one of the first two lines with something on them is a point; the bytes may be cut off anywhere behind.
pub(crate) fn begins_as_xyz(head: &[u8]) -> bool {
    let lines = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    let mut lines = lines.skip_while(|line| matches!(point_of(line), Ok(None)));
    // Faulty numbers are for a later message.
    let is_point = |line: &[u8]| {
        let digits = line.iter().filter(|byte| byte.is_ascii_digit()).count();
        matches!(point_of(line), Ok(Some(_))) || (fields(line).count() >= 3 && digits * 2 > line.len())
    };
    match lines.next() {
        Some(line) if is_title(line) => lines.next().is_some_and(is_point),
        Some(line) => is_point(line),
        None => false,
    }
}

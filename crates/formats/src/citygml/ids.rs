//! Ids for objects that have none, made from what the object says.

use super::tree::Element;
use stadtwin_model::{ClassId, Geometry};
use std::borrow::Cow;
use std::collections::HashMap;

/// `building-0123456789abcdef` over local names and texts, so that a re-import of the same content finds the same
/// id whatever prefixes, line breaks and generated child ids the file has.
pub fn from_content(element: &Element, class: ClassId, made: &mut HashMap<String, u32>) -> String {
    let mut hasher = blake3::Hasher::new();
    for below in element.descendants() {
        hasher.update(below.local());
        hasher.update(b"\0");
        hasher.update(below.text().as_bytes());
        hasher.update(b"\0");
    }
    let hash = hasher.finalize().to_hex();
    let id = format!("{}-{}", class.name().to_lowercase(), hash.get(..16).unwrap_or_default());
    let count = made.entry(id.clone()).or_insert(0);
    *count += 1;
    if *count > 1 { format!("{id}-{count}") } else { id }
}

/// The id that a gml:id stands for: names in XML hold what ids may not begin with or contain as `_xHHHH_`.
pub fn of_name(name: Cow<str>) -> String {
    if !name.contains("_x") {
        return name.into_owned();
    }
    let mut id = String::with_capacity(name.len());
    let mut rest = &*name;
    while let Some((before, after)) = rest.split_once("_x") {
        id.push_str(before);
        let code = after.split_once('_').filter(|(code, _)| (4..=6).contains(&code.len()));
        let found =
            code.and_then(|(code, tail)| Some((char::from_u32(u32::from_str_radix(code, 16).ok()?)?, tail)));
        match found {
            Some((character, tail)) => {
                id.push(character);
                rest = tail;
            }
            None => {
                id.push_str("_x");
                rest = after;
            }
        }
    }
    id.push_str(rest);
    id
}

/// The gml:id for an id: itself where XML allows it.
pub fn to_name(id: &str) -> Cow<'_, str> {
    let fits = |at: usize, c: char| match c {
        '_' => !id.get(at..).is_some_and(|rest| rest.starts_with("_x")),
        '-' | '.' | '0'..='9' => at > 0,
        _ => c.is_alphabetic() || at > 0 && c.is_alphanumeric(),
    };
    if id.char_indices().all(|(at, c)| fits(at, c)) {
        return Cow::Borrowed(id);
    }
    let mut name = String::with_capacity(id.len() + 16);
    for (at, c) in id.char_indices() {
        match fits(at, c) {
            true => name.push(c),
            false => name.push_str(&format!("_x{:04X}_", u32::from(c))),
        }
    }
    Cow::Owned(name)
}

/// `template-0123456789abcdef` over the coordinates of a prototype without gml:id.
pub fn of_template(geometry: &Geometry) -> String {
    let mut hasher = blake3::Hasher::new();
    for coordinate in geometry.points.iter().flatten() {
        hasher.update(&coordinate.to_le_bytes());
    }
    for end in &geometry.ring_ends {
        hasher.update(&end.to_le_bytes());
    }
    let hash = hasher.finalize().to_hex();
    format!("template-{}", hash.get(..16).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_any_kind_are_names_and_come_back() {
        // XML 1.0: a name begins with a letter or an underscore. The spelling is that of SQL/XML (ISO 9075-14).
        let cases = [
            ("DEBY_1.a-b", "DEBY_1.a-b"),
            ("4018302", "_x0034_018302"),
            ("{1B 3}", "_x007B_1B_x0020_3_x007D_"),
            ("a_x0034_", "a_x005F_x0034_"),
            ("käse:1", "käse_x003A_1"),
        ];
        for (id, name) in cases {
            assert_eq!(to_name(id), name);
            assert_eq!(of_name(Cow::Borrowed(name)), id);
        }
        assert_eq!(of_name(Cow::Borrowed("a_xyz_b")), "a_xyz_b");
    }
}

//! Text and names as XML has them.

use std::fmt::Write;

/// Longest name that is made [characters].
const MOST_CHARACTERS: usize = 200;

/// Text between tags or in an attribute; characters that XML 1.0 has no place for become spaces.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\t' | '\n' | '\r' => {
                // As references they stay what they are in attributes too.
                let _ = write!(out, "&#{};", u32::from(character));
            }
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push(' '),
            other => out.push(other),
        }
    }
    out
}

/// A name without a colon in the place of any text: what names may not hold becomes `_`.
pub fn name_of(text: &str) -> String {
    let mut name: String =
        text.chars().take(MOST_CHARACTERS).map(|c| if is_name_character(c) { c } else { '_' }).collect();
    if !name.starts_with(|first: char| first.is_alphabetic() || first == '_') {
        name.insert(0, '_');
    }
    name
}

/// An id that is a name: what names may not hold is written `_x2f_`.
pub fn id_of(text: &str) -> String {
    let mut id = String::with_capacity(text.len());
    for character in text.chars() {
        if is_name_character(character) {
            id.push(character);
        } else {
            let _ = write!(id, "_x{:x}_", u32::from(character));
        }
    }
    id
}

/// What `id_of` was given.
pub fn text_of(id: &str) -> String {
    let mut text = String::with_capacity(id.len());
    let mut rest = id;
    while let Some((before, after)) = rest.split_once("_x") {
        text.push_str(before);
        let character = after.split_once('_').and_then(|(digits, after)| {
            let code = u32::from_str_radix(digits, 16).ok().filter(|_| digits.len() <= 6)?;
            Some((char::from_u32(code)?, after))
        });
        match character {
            Some((character, after)) => {
                text.push(character);
                rest = after;
            }
            None => {
                text.push_str("_x");
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text
}

/// Fewer than XML allows: letters and digits of any script that are so in XML 1.0's first edition and Unicode alike.
fn is_name_character(character: char) -> bool {
    match character {
        '-' | '_' | '.' => true,
        _ if character.is_ascii() => character.is_ascii_alphanumeric(),
        // Latin with its signs, Greek, Cyrillic.
        '\u{c0}'..='\u{17f}' | '\u{391}'..='\u{3c9}' | '\u{410}'..='\u{44f}' => character.is_alphabetic(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_xml() {
        assert_eq!(escaped("a<b>&\"c'\u{1}\n"), "a&lt;b&gt;&amp;&quot;c&apos; &#10;");
        for (text, name) in
            [("höhe", "höhe"), ("3d", "_3d"), ("a b:c", "a_b_c"), ("-x", "_-x"), ("", "_"), ("街", "_")]
        {
            assert_eq!(name_of(text), name);
        }
        for (text, id) in [("DENW_1", "DENW_1"), ("{a/b}", "_x7b_a_x2f_b_x7d_"), ("ä 街", "ä_x20__x8857_")]
        {
            assert_eq!((id_of(text).as_str(), text_of(id).as_str()), (id, text));
        }
        assert_eq!(text_of("a_xyz_b_x"), "a_xyz_b_x");
    }
}

//! Indented XML text for generated CityGML; knows lines and numbers, not classes.

use std::fmt::{Arguments, Write};

use super::solid::Point;

const INDENT: &str = "                                                                ";

/// Text under way, with its depth.
#[derive(Debug, Default)]
pub struct Xml {
    pub text: String,
    depth: usize,
}

impl Xml {
    /// One line at the present depth.
    pub fn line(&mut self, line: Arguments) {
        self.indent();
        // Writing into a string cannot fail.
        let _ = self.text.write_fmt(line);
        self.text.push('\n');
    }

    /// An opening tag with its attributes; what follows lies one deeper.
    pub fn open(&mut self, tag: &str) {
        self.indent();
        self.text.push('<');
        self.text.push_str(tag);
        self.text.push_str(">\n");
        self.depth += 1;
    }

    /// The closing tag (name without attributes).
    pub fn close(&mut self, name: &str) {
        self.depth = self.depth.saturating_sub(1);
        self.indent();
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push_str(">\n");
    }

    /// Opens several elements, one inside the other.
    pub fn open_all(&mut self, tags: &[&str]) {
        tags.iter().for_each(|tag| self.open(tag));
    }

    /// Closes several elements, the innermost (last) first.
    pub fn close_all(&mut self, names: &[&str]) {
        names.iter().rev().for_each(|name| self.close(name));
    }

    /// `<name>value</name>`; values here hold no markup.
    pub fn leaf(&mut self, name: &str, value: &str) {
        self.indent();
        for part in ["<", name, ">", value, "</", name, ">\n"] {
            self.text.push_str(part);
        }
    }

    /// A generic string attribute.
    pub fn generic(&mut self, name: &str, value: Arguments) {
        self.indent();
        self.text.push_str("<gen:stringAttribute name=\"");
        self.text.push_str(name);
        self.text.push_str("\">\n");
        self.depth += 1;
        self.line(format_args!("<gen:value>{value}</gen:value>"));
        self.close("gen:stringAttribute");
    }

    /// A closed ring as `gml:posList` in metres with millimetres.
    pub fn pos_list(&mut self, ring: &[Point]) {
        self.indent();
        self.text.push_str("<gml:posList srsDimension=\"3\">");
        for (index, point) in ring.iter().chain(ring.first()).enumerate() {
            for (axis, value) in point.iter().enumerate() {
                if index + axis > 0 {
                    self.text.push(' ');
                }
                push_metres(&mut self.text, *value);
            }
        }
        self.text.push_str("</gml:posList>\n");
    }

    fn indent(&mut self) {
        self.text.push_str(INDENT.get(..self.depth * 2).unwrap_or(INDENT));
    }
}

/// Millimetres as metres with three decimals.
pub fn push_metres(text: &mut String, millimetres: i64) {
    if millimetres < 0 {
        text.push('-');
    }
    let mut rest = millimetres.unsigned_abs();
    let mut digits = [b'0'; 24];
    let mut at = digits.len();
    let mut count = 0;
    while rest > 0 || count < 4 {
        at -= 1;
        if count == 3 {
            digits[at] = b'.';
            at -= 1;
        }
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        count += 1;
    }
    digits[at..].iter().for_each(|&digit| text.push(digit as char));
}

#[cfg(test)]
mod tests {
    use super::push_metres;

    #[test]
    fn metres_have_three_decimals() {
        for (millimetres, expected) in
            [(0, "0.000"), (5, "0.005"), (697_000_123, "697000.123"), (-1_500, "-1.500"), (1_000, "1.000")]
        {
            let mut text = String::new();
            push_metres(&mut text, millimetres);
            assert_eq!(text, expected);
        }
    }
}

//! XML as bytes: tags, escaped text, numbers that read back the same.

/// What elements are written into.
#[derive(Default)]
pub struct Xml {
    pub out: Vec<u8>,
}

impl Xml {
    pub fn push(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// `<name`: attributes may follow, then `close` or `close_empty`.
    pub fn open(&mut self, name: &str) {
        self.out.push(b'<');
        self.push(name);
    }

    pub fn attribute(&mut self, name: &str, value: &str) {
        self.out.push(b' ');
        self.push(name);
        self.push("=\"");
        self.escaped(value);
        self.out.push(b'"');
    }

    pub fn close(&mut self) {
        self.out.push(b'>');
    }

    pub fn close_empty(&mut self) {
        self.push("/>");
    }

    pub fn start(&mut self, name: &str) {
        self.open(name);
        self.close();
    }

    pub fn end(&mut self, name: &str) {
        self.push("</");
        self.push(name);
        self.out.push(b'>');
    }

    /// An element of nothing but text.
    pub fn leaf(&mut self, name: &str, text: &str) {
        self.start(name);
        self.escaped(text);
        self.end(name);
    }

    /// Text or a value of an attribute; characters that XML cannot hold become `\u{fffd}`.
    pub fn escaped(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut done = 0;
        for (at, byte) in bytes.iter().enumerate() {
            let replacement = match byte {
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'&' => "&amp;",
                b'"' => "&quot;",
                b'\n' => "&#10;",
                b'\r' => "&#13;",
                b'\t' => "&#9;",
                0..0x20 => "\u{fffd}",
                0xef if matches!(bytes.get(at + 1..at + 3), Some([0xbf, 0xbe | 0xbf])) => "\u{fffd}",
                _ => continue,
            };
            self.out.extend_from_slice(bytes.get(done..at).unwrap_or(&[]));
            self.push(replacement);
            done = at + if *byte == 0xef { 3 } else { 1 };
        }
        self.out.extend_from_slice(bytes.get(done..).unwrap_or(&[]));
    }

    pub fn number(&mut self, value: f64) {
        push_number(&mut self.out, value);
    }

    pub fn numbers<'n>(&mut self, values: impl IntoIterator<Item = &'n f64>) {
        let start = self.out.len();
        for value in values {
            if self.out.len() > start {
                self.out.push(b' ');
            }
            push_number(&mut self.out, *value);
        }
    }
}

/// Digits that read back to the same number, the fewest for what has at most three decimals.
pub fn push_number(out: &mut Vec<u8>, value: f64) {
    let thousandths = (value * 1000.0).round();
    if thousandths.abs() < 1e15 && thousandths / 1000.0 == value {
        if value.is_sign_negative() {
            out.push(b'-');
        }
        let whole = thousandths.abs() as u64;
        push_integer(out, whole / 1000);
        let rest = (whole % 1000) as usize;
        if rest > 0 {
            let digits =
                [b'.', b'0' + (rest / 100) as u8, b'0' + (rest / 10 % 10) as u8, b'0' + (rest % 10) as u8];
            let length = 4 - usize::from(rest.is_multiple_of(10)) - usize::from(rest.is_multiple_of(100));
            out.extend_from_slice(digits.get(..length).unwrap_or(&digits));
        }
        return;
    }
    let size = value.abs();
    let text = if (1e-7..1e21).contains(&size) { format!("{value}") } else { format!("{value:e}") };
    out.extend_from_slice(text.as_bytes());
}

pub fn push_integer(out: &mut Vec<u8>, mut value: u64) {
    let mut digits = [0_u8; 20];
    let mut count = 0;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
        count += 1;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(20 - count..).unwrap_or(&[]));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbers::number;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_short() {
        let cases = [
            (0.0, "0"),
            (-0.0, "-0"),
            (691000.25, "691000.25"),
            (5336000.1, "5336000.1"),
            (-1.005, "-1.005"),
            (0.00025, "0.00025"),
            (1e-9, "1e-9"),
            (12.0, "12"),
            (1e22, "1e22"),
        ];
        for (value, expected) in cases {
            let mut out = Vec::new();
            push_number(&mut out, value);
            assert_eq!(String::from_utf8_lossy(&out), expected);
        }
    }

    #[test]
    fn text_is_escaped() {
        let mut xml = Xml::default();
        xml.leaf("a", "<1> & \"x\"\u{1}\n\u{ffff}ä");
        assert_eq!(
            String::from_utf8(xml.out).unwrap(),
            "<a>&lt;1&gt; &amp; &quot;x&quot;\u{fffd}&#10;\u{fffd}ä</a>"
        );
    }

    proptest! {
        #[test]
        fn numbers_read_back_the_same(value in proptest::num::f64::NORMAL | proptest::num::f64::ZERO, places in 0..8) {
            let scale = 10_f64.powi(places);
            for value in [value, (value % 1e7 * scale).round() / scale] {
                let mut out = Vec::new();
                push_number(&mut out, value);
                prop_assert_eq!(number(&out).map(f64::to_bits), Some(value.to_bits()));
            }
        }
    }
}

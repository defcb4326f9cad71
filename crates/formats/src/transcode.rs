//! Any encoding of XML to UTF-8 without byte-order mark, as a stream.

use encoding_rs::{CoderResult, Decoder, UTF_8, UTF_16BE, UTF_16LE};
use std::io::{self, BufRead, Read};

const BUFFER: usize = 64 * 1024;

/// What a stream was before it became UTF-8.
#[derive(Debug, PartialEq)]
pub struct Encoding {
    /// `UTF-8`, `ISO-8859-15`, …
    pub name: String,
    /// The label of the XML declaration where nobody knows it.
    pub unknown: Option<String>,
}

/// The stream as UTF-8 and the encoding it had. The byte-order mark goes before the XML declaration's word.
pub fn to_utf8(mut reader: Box<dyn BufRead + Send>) -> io::Result<(Box<dyn Read + Send>, Encoding)> {
    let mut head = Vec::with_capacity(1024);
    (&mut reader).take(1024).read_to_end(&mut head)?;
    let (encoding, mark) = detect(&head);
    let unknown = declared_encoding(&head).filter(|label| encoding_rs::Encoding::for_label(label).is_none());
    let unknown = unknown.map(|label| String::from_utf8_lossy(label).chars().take(40).collect());
    let told = Encoding { name: encoding.name().to_owned(), unknown };
    let rest = io::Cursor::new(head.split_off(mark)).chain(reader);
    if encoding == UTF_8 {
        return Ok((Box::new(rest), told));
    }
    let transcoder = Transcoder {
        reader: rest,
        decoder: encoding.new_decoder_without_bom_handling(),
        input: vec![0; BUFFER],
        pending: 0..0,
        ended: false,
        output: Vec::with_capacity(4 * BUFFER),
        given: 0,
    };
    Ok((Box::new(transcoder), told))
}

/// The encoding and the length of the byte-order mark.
fn detect(head: &[u8]) -> (&'static encoding_rs::Encoding, usize) {
    if let Some(found) = encoding_rs::Encoding::for_bom(head) {
        return found;
    }
    match head {
        [b'<', 0, ..] => return (UTF_16LE, 0),
        [0, b'<', ..] => return (UTF_16BE, 0),
        _ => {}
    }
    let declared = declared_encoding(head).and_then(encoding_rs::Encoding::for_label).unwrap_or(UTF_8);
    // A declaration that can be read byte by byte cannot be UTF-16.
    (if declared == UTF_16LE || declared == UTF_16BE { UTF_8 } else { declared }, 0)
}

/// The label in `<?xml … encoding="label"?>`.
fn declared_encoding(head: &[u8]) -> Option<&[u8]> {
    let declaration = head.strip_prefix(b"<?xml")?;
    let declaration = declaration.get(..memchr::memmem::find(declaration, b"?>")?)?;
    let after = declaration.get(memchr::memmem::find(declaration, b"encoding")? + 8..)?;
    let quote_at = memchr::memchr2(b'"', b'\'', after)?;
    let quote = *after.get(quote_at)?;
    let value = after.get(quote_at + 1..)?;
    value.get(..memchr::memchr(quote, value)?)
}

struct Transcoder<R> {
    reader: R,
    decoder: Decoder,
    input: Vec<u8>,
    /// What of `input` is not decoded yet.
    pending: std::ops::Range<usize>,
    ended: bool,
    output: Vec<u8>,
    given: usize,
}

impl<R: Read> Transcoder<R> {
    fn refill(&mut self) -> io::Result<()> {
        if self.pending.is_empty() && !self.ended {
            let count = self.reader.read(&mut self.input)?;
            self.pending = 0..count;
        }
        let last = self.pending.is_empty();
        self.output.resize(4 * BUFFER, 0);
        self.given = 0;
        let source = self.input.get(self.pending.clone()).unwrap_or(&[]);
        let (result, read, written, _) = self.decoder.decode_to_utf8(source, &mut self.output, last);
        self.output.truncate(written);
        self.pending.start += read;
        self.ended = last && result == CoderResult::InputEmpty;
        Ok(())
    }
}

impl<R: Read> Read for Transcoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.output.len() && !self.ended {
            self.refill()?;
        }
        let mut rest = self.output.get(self.given..).unwrap_or(&[]);
        let count = rest.read(buffer)?;
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> (String, String) {
        let (mut reader, Encoding { name, unknown }) =
            to_utf8(Box::new(io::Cursor::new(bytes.to_vec()))).unwrap();
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        (text, unknown.unwrap_or(name))
    }

    #[test]
    fn encodings_become_utf8() {
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let latin = b"<?xml version='1.0' encoding='ISO-8859-15'?><a>\xe4\xa4</a>".to_vec();
        let marked = [&[0xff, 0xfe][..], &utf16("<a>ß</a>")].concat();
        let cases = [
            (latin, "<?xml version='1.0' encoding='ISO-8859-15'?><a>ä€</a>", "ISO-8859-15"),
            (b"\xef\xbb\xbf<a/>".to_vec(), "<a/>", "UTF-8"),
            ("<a>ö</a>".as_bytes().to_vec(), "<a>ö</a>", "UTF-8"),
            (marked, "<a>ß</a>", "UTF-16LE"),
            (utf16("<a>ß</a>"), "<a>ß</a>", "UTF-16LE"),
            (Vec::new(), "", "UTF-8"),
            (
                b"<?xml version='1.0' encoding='KLINGON'?><a/>".to_vec(),
                "<?xml version='1.0' encoding='KLINGON'?><a/>",
                "KLINGON",
            ),
        ];
        for (bytes, text, name) in cases {
            assert_eq!(decoded(&bytes), (text.to_owned(), name.to_owned()));
        }
    }

    #[test]
    fn long_texts_pass_whole() {
        let text = format!("<?xml version='1.0' encoding='ISO-8859-1'?>{}", "\u{e4}".repeat(300_000));
        let bytes: Vec<u8> = text.chars().map(|c| c as u8).collect();
        assert_eq!(decoded(&bytes).0, text);
    }
}

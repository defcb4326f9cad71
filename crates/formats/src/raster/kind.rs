//! What a file of heights is, by its first bytes.

use super::{io_error, xyz};
use crate::input::without_utf16;
use crate::{FormatError, Input};
use std::io::Read;

/// Enough for a header line and a point.
const HEAD: u64 = 8192;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Tiff,
    AsciiGrid,
    Xml,
    Xyz,
    Other,
}

pub(super) fn kind_of(input: &Input) -> Result<Kind, FormatError> {
    let mut head = Vec::with_capacity(HEAD as usize);
    let reader = input.open().map_err(io_error(&input.name))?;
    reader.take(HEAD).read_to_end(&mut head).map_err(io_error(&input.name))?;
    Ok(kind_of_head(head))
}

fn kind_of_head(mut head: Vec<u8>) -> Kind {
    if [&b"II*\0"[..], b"MM\0*", b"II+\0", b"MM\0+"].iter().any(|magic| head.starts_with(magic)) {
        return Kind::Tiff;
    }
    without_utf16(&mut head);
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head).trim_ascii_start();
    let begins =
        |word: &&str| text.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word.as_bytes()));
    if text.starts_with(b"<") {
        Kind::Xml
    } else if ["ncols", "nrows", "xllc", "yllc", "cellsize", "nodata_value"].iter().any(begins) {
        Kind::AsciiGrid
    } else if xyz::begins_as_xyz(text) {
        Kind::Xyz
    } else {
        Kind::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_tell() {
        for (head, kind) in [
            (&b"II*\0"[..], Kind::Tiff),
            (b"MM\0+", Kind::Tiff),
            (b"NCOLS 5\nNROWS 3\n", Kind::AsciiGrid),
            (b"\n ncols 5", Kind::AsciiGrid),
            (b"\xef\xbb\xbf<?xml ", Kind::Xml),
            (b"<\0L\0", Kind::Xml),
            (b"690800.5 5335800.5 515.8\n", Kind::Xyz),
            (b"# made by hand\r\nx;y;z\r\n1;2;3\r\n", Kind::Xyz),
            (b"690800,50;5335800,50;515,8\n", Kind::Xyz),
            (b"once upon a time\nthere was a city\n", Kind::Other),
            (b"{\"type\": \"CityJSON\"}", Kind::Other),
            (b"\x89PNG\r\n", Kind::Other),
            (b"", Kind::Other),
        ] {
            assert_eq!(kind_of_head(head.to_vec()), kind, "{}", String::from_utf8_lossy(head));
        }
    }
}

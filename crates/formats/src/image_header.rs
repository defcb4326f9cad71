//! Type and size of an image from its first bytes. Decodes nothing.

/// What the head of an image file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageHeader {
    pub mime_type: &'static str,
    /// [pixels], as stated.
    pub width: u32,
    pub height: u32,
}

/// Of a whole file: PNG, JPEG, GIF, TIFF, BMP or WebP, told by content. `None`: anything else, or broken off.
pub fn image_header(bytes: &[u8]) -> Option<ImageHeader> {
    let (mime_type, size) = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        ("image/png", png(bytes))
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        ("image/jpeg", jpeg(bytes))
    } else if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        ("image/gif", pair(bytes, 6, 8, little_16))
    } else if bytes.starts_with(b"II*\0") {
        ("image/tiff", tiff(bytes, little_16, little_32))
    } else if bytes.starts_with(b"MM\0*") {
        ("image/tiff", tiff(bytes, big_16, big_32))
    } else if bytes.starts_with(b"BM") {
        ("image/bmp", bmp(bytes))
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        ("image/webp", webp(bytes))
    } else {
        return None;
    };
    size.map(|(width, height)| ImageHeader { mime_type, width, height })
}

type Number = fn(&[u8], usize) -> Option<u32>;
type Size = Option<(u32, u32)>;

fn pair(bytes: &[u8], width_at: usize, height_at: usize, number: Number) -> Size {
    Some((number(bytes, width_at)?, number(bytes, height_at)?))
}

fn png(bytes: &[u8]) -> Size {
    if bytes.get(12..16)? != b"IHDR" {
        return None;
    }
    pair(bytes, 16, 20, big_32)
}

/// From segment to segment up to the frame header (ITU-T T.81, B.2.2).
fn jpeg(bytes: &[u8]) -> Size {
    let mut at = 2;
    loop {
        if *bytes.get(at)? != 0xff {
            return None;
        }
        match *bytes.get(at + 1)? {
            // Any number of these may stand before a marker.
            0xff => at += 1,
            0x01 | 0xd0..=0xd7 => at += 2,
            0xc4 | 0xc8 | 0xcc => at += segment(bytes, at)?,
            0xc0..=0xcf => return pair(bytes, at + 7, at + 5, big_16),
            // The image's data or its end before any frame.
            0xd9 | 0xda => return None,
            _ => at += segment(bytes, at)?,
        }
    }
}

/// Marker, length and content [bytes].
fn segment(bytes: &[u8], at: usize) -> Option<usize> {
    big_16(bytes, at + 2).filter(|length| *length >= 2).map(|length| length as usize + 2)
}

/// `ImageWidth` and `ImageLength` of the first directory (TIFF 6.0, section 2).
fn tiff(bytes: &[u8], short: Number, long: Number) -> Size {
    let directory = long(bytes, 4)? as usize;
    let count = short(bytes, directory)? as usize;
    let (mut width, mut height) = (None, None);
    for entry in (0..count).map(|index| directory + 2 + index * 12) {
        let value = || match short(bytes, entry + 2)? {
            3 => short(bytes, entry + 8),
            4 => long(bytes, entry + 8),
            _ => None,
        };
        match short(bytes, entry)? {
            256 => width = value(),
            257 => height = value(),
            _ => {}
        }
        if let (Some(width), Some(height)) = (width, height) {
            return Some((width, height));
        }
    }
    None
}

fn bmp(bytes: &[u8]) -> Size {
    match little_32(bytes, 14)? {
        12 => pair(bytes, 18, 20, little_16),
        // Signed: a negative height means that the first row is the upper one.
        40.. => pair(bytes, 18, 22, |bytes, at| Some(little_32(bytes, at)?.cast_signed().unsigned_abs())),
        _ => None,
    }
}

fn webp(bytes: &[u8]) -> Size {
    match bytes.get(12..16)? {
        b"VP8 " if bytes.get(23..26)? == b"\x9d\x01\x2a" => {
            pair(bytes, 26, 28, |bytes, at| Some(little_16(bytes, at)? & 0x3fff))
        }
        b"VP8L" if *bytes.get(20)? == 0x2f => {
            let bits = little_32(bytes, 21)?;
            Some(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
        }
        b"VP8X" => pair(bytes, 24, 27, |bytes, at| {
            Some((little_16(bytes, at)? | (u32::from(*bytes.get(at + 2)?) << 16)) + 1)
        }),
        _ => None,
    }
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

fn little_16(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u16::from_le_bytes(array(bytes, at)?).into())
}

fn little_32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(array(bytes, at)?))
}

fn big_16(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u16::from_be_bytes(array(bytes, at)?).into())
}

fn big_32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(array(bytes, at)?))
}

/// Whether files of this name are images by custom.
pub fn is_image_name(name: &str) -> bool {
    const ENDINGS: [&str; 8] = ["png", "jpg", "jpeg", "gif", "tif", "tiff", "bmp", "webp"];
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<_> = hex.chars().filter(|sign| !sign.is_whitespace()).collect();
        let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap();
        digits.chunks(2).map(byte).collect()
    }

    /// Heads of images of 3 × 2 pixels as Pillow 12 writes them; long tables of the JPEGs cut short, the TIFF of the
    /// other byte order, the old BMP and the padding by hand.
    const IMAGES: [(&str, &str); 12] = [
        ("image/png", "89504e470d0a1a0a 0000000d49484452 0000000300000002 0802000000"),
        ("image/jpeg", "ffd8 ffe000104a46494600010100000100010000 ffdb000408ff ffc000110800020003030122"),
        ("image/jpeg", "ffd8 ffe000104a46494600010100000100010000 ffffffdb000408ff ffc200110800020003030122"),
        ("image/jpeg", "ffd8 ffc4000401ff ffc000110800020003030122"),
        ("image/gif", "474946383761 0300 0200 810000"),
        (
            "image/tiff",
            "49492a0008000000 0a00 000104000100000003000000 010104000100000002000000 020103000300000086000000",
        ),
        ("image/tiff", "4d4d002a00000008 0002 010000030000000100030000 010100040000000100000002"),
        ("image/bmp", "424d4e0000000000000036000000 28000000 03000000 02000000 0100180000000000"),
        ("image/bmp", "424d4e0000000000000036000000 28000000 03000000 feffffff 0100180000000000"),
        ("image/bmp", "424d4e000000000000001a000000 0c000000 0300 0200 01001800"),
        ("image/webp", "524946463c00000057454250 56503820 30000000 d00100 9d012a 0300 0200 0140"),
        ("image/webp", "524946461c00000057454250 5650384c 0f000000 2f 02400000 0710fd8ffe0722"),
    ];

    #[test]
    fn heads_tell_type_and_size() {
        let extended = ("image/webp", "524946465e00000057454250 56503858 0a000000 10000000 020000 010000");
        for (mime_type, hex) in IMAGES.into_iter().chain([extended]) {
            let expected = ImageHeader { mime_type, width: 3, height: 2 };
            assert_eq!(image_header(&bytes(hex)), Some(expected), "{hex}");
        }
    }

    #[test]
    fn what_is_no_image_or_broken_off_is_told() {
        for no_image in
            ["", "3c737667", "ffd8", "ffd8ffd9", "ffd8ffda0004", "ffd8ffdb0000ffc0", "4d4d002affffffff"]
        {
            assert_eq!(image_header(&bytes(no_image)), None, "{no_image}");
        }
        for (_, hex) in IMAGES {
            // All are told by byte 10 at the earliest: the GIF's.
            let whole = bytes(hex);
            for end in 0..10 {
                assert_eq!(image_header(&whole[..end]), None, "{end} bytes of {hex}");
            }
        }
        let lying = bytes("49492a0008000000 ffff 000104000100000003000000");
        assert_eq!(image_header(&lying), None);
    }
}

//! Files that lie: each gives a sentence or heights, soon and in little memory.

use super::data_tests::open_bytes;
use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use stadtwin_model::Window;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

/// Windows of at most 512 × 512 at the corners of what the file claims.
fn read_all(bytes: &[u8]) -> Result<(), String> {
    let mut source = open_bytes(bytes).map_err(|error| error.to_string())?;
    let frame = source.frame().clone();
    for column in [0, frame.columns.saturating_sub(512)] {
        for row in [0, frame.rows.saturating_sub(512)] {
            let first = [column as i64, row as i64];
            let (columns, rows) = (frame.columns.min(512), frame.rows.min(512));
            source.read(Window { first, columns, rows }).map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}

fn soon<T>(what: &str, step: impl FnOnce() -> T) -> T {
    let begin = Instant::now();
    let result = step();
    assert!(begin.elapsed() < Duration::from_secs(20), "{what} took {:?}", begin.elapsed());
    result
}

/// Tag, kind of its numbers, numbers; none: the tag is left out.
type Change<'a> = (u16, u16, &'a [u64]);

/// A little-endian TIFF of one directory; numbers of more than four bytes go behind it.
fn tiff(changes: &[Change]) -> Vec<u8> {
    let mut tags: Vec<(u16, u16, Vec<u64>)> = vec![
        (256, 4, vec![4]),
        (257, 4, vec![4]),
        (258, 3, vec![32]),
        (259, 3, vec![1]),
        (262, 3, vec![1]),
        (273, 4, vec![8]),
        (277, 3, vec![1]),
        (278, 4, vec![4]),
        (279, 4, vec![64]),
        (339, 3, vec![3]),
        (33550, 12, [2.0, 2.0, 0.0].map(f64::to_bits).to_vec()),
        (33922, 12, [0.0, 0.0, 0.0, 691_000.0, 5_336_000.0, 0.0].map(f64::to_bits).to_vec()),
    ];
    for (tag, kind, values) in changes {
        tags.retain(|(own, _, _)| own != tag);
        if !values.is_empty() {
            tags.push((*tag, *kind, values.to_vec()));
        }
    }
    tags.sort();
    let data: Vec<u8> = (0..16).flat_map(|value| (value as f32).to_le_bytes()).collect();
    let directory = 8 + data.len();
    let mut extra = directory + 2 + tags.len() * 12 + 4;
    let (mut entries, mut behind) = (Vec::new(), Vec::new());
    for (tag, kind, values) in tags {
        let size = match kind {
            1 | 2 => 1,
            3 => 2,
            4 => 4,
            _ => 8,
        };
        let mut bytes: Vec<u8> =
            values.iter().flat_map(|value| value.to_le_bytes()[..size].to_vec()).collect();
        let count = (bytes.len() / size) as u32;
        if bytes.len() > 4 {
            let place = extra as u32;
            extra += bytes.len();
            behind.append(&mut bytes);
            bytes = place.to_le_bytes().to_vec();
        }
        bytes.resize(4, 0);
        entries.extend([&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &bytes].concat());
    }
    let count = (entries.len() / 12) as u16;
    let head = [&b"II*\0"[..], &(directory as u32).to_le_bytes()].concat();
    [head, data, count.to_le_bytes().to_vec(), entries, vec![0; 4], behind].concat()
}

#[test]
fn the_honest_file_is_read() {
    assert_eq!(read_all(&tiff(&[])), Ok(()));
}

#[test]
fn lying_tags_are_told() {
    let million: &[u64] = &[1_000_000];
    let wide = [(256, 4, million), (257, 4, million)];
    let no_number = [f64::NAN, 1.0, 0.0].map(f64::to_bits);
    let negative = [-1.0_f64, 1.0, 0.0].map(f64::to_bits);
    let cases: Vec<(Vec<Change>, &str)> = vec![
        // A strip of a million rows; as many strips as there are not; a tile of all.
        (vec![wide[0], wide[1], (278, 4, million)], "claims 1000000 × 1000000 samples"),
        (vec![wide[0], wide[1]], "TIFF structure"),
        (vec![(256, 4, &[30_000]), (257, 4, &[30_000]), (278, 4, &[30_000])], "more than 256 MiB each"),
        (vec![(256, 4, &[8_000]), (257, 4, &[8_000]), (278, 4, &[8_000])], "claims 256000000 bytes in 64"),
        (vec![(256, 4, &[0])], "TIFF structure"),
        (vec![(257, 4, &[u32::MAX as u64]), (278, 4, &[1])], "TIFF structure"),
        (vec![(278, 4, &[0])], "TIFF structure"),
        // Planes × strips beyond 32 bits.
        (
            vec![(257, 4, &[u32::MAX as u64]), (278, 4, &[1]), (277, 3, &[60_000]), (284, 3, &[2])],
            "contradict",
        ),
        (vec![(273, 4, &[100_000])], "cut off: strip 0"),
        (vec![(279, 4, &[u32::MAX as u64])], "cut off: strip 0"),
        (vec![(279, 4, &[])], "TIFF structure"),
        (vec![(258, 3, &[8]), (339, 3, &[1])], "8-bit"),
        (vec![(258, 3, &[64]), (339, 3, &[2])], "64-bit"),
        (vec![(262, 3, &[0])], "0 is white"),
        (vec![(262, 3, &[2]), (277, 3, &[3]), (258, 3, &[32, 32, 32])], "red, green and blue"),
        (vec![(259, 3, &[50000])], "tag 259 is 50000"),
        (vec![(259, 3, &[5])], "strip or tile 0"),
        (vec![(259, 3, &[8])], "strip or tile 0"),
        (vec![(317, 3, &[9])], "TIFF structure"),
        (vec![(33550, 12, &[])], "neither GeoTIFF tags"),
        (vec![(33922, 12, &[0, 0])], "too few numbers"),
        (vec![(33550, 12, &no_number)], "makes no sense"),
        (vec![(33550, 12, &negative)], "only positive ones"),
        (vec![(34264, 12, &[0, 0])], "2 numbers instead of 16"),
        (vec![(42113, 2, &[b'x' as u64, b'y' as u64])], "no data"),
    ];
    for (changes, part) in cases {
        let outcome = soon(part, || read_all(&tiff(&changes)));
        let error = outcome.expect_err(part);
        assert!(error.contains(part) && error.contains("file"), "{part}: {error}");
        assert!(error.len() < 400 && !error.contains('\n'), "{error}");
    }
}

#[test]
fn files_cut_anywhere_are_told_or_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/raster");
    for name in ["f32_strips_lzw.tif", "f32_tiles_deflate_p3.tif", "f32_bigtiff_point.tif", "cog.tif"] {
        let whole = std::fs::read(folder.join(name)).unwrap();
        soon(name, || {
            for length in (0..whole.len()).step_by(7) {
                let outcome = read_all(&whole[..length]);
                assert!(outcome.is_err() || length > whole.len() / 2, "{name} of {length} bytes");
            }
        });
    }
}

#[test]
fn bombs_stop() {
    let packed = |begin: &[u8], fill: u8| {
        let mut packer = GzEncoder::new(Vec::new(), Compression::best());
        packer.write_all(begin).unwrap();
        packer.write_all(&vec![fill; 80 << 20]).unwrap();
        packer.finish().unwrap()
    };
    for (what, bytes) in [
        ("tiff", packed(b"II*\0", 0)),
        ("grid", packed(b"ncols 3\nnrows 2\n", b' ')),
        ("list", packed(b"1 2 3\n", b'\n')),
        ("xml", packed(b"<LandXML version=\"1.2\">", b' ')),
        ("comment", packed(b"<LandXML version=\"1.2\"><!--", b'>')),
    ] {
        let error = soon(what, || read_all(&bytes)).expect_err(what);
        assert!(error.contains("unpacks to more than 100 times its size"), "{what}: {error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn flipped_bytes_are_survived(
        which in 0_usize..4,
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let name = ["f32_strips_lzw.tif", "f64_tiles_lzw_p3.tif", "f32_bigtiff_point.tif", "two_bands_pixel.tif"];
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/raster");
        let mut bytes = std::fs::read(folder.join(name[which])).unwrap();
        let length = bytes.len();
        // Half of them in the directory, where they hurt.
        for (place, (index, byte)) in flips.into_iter().enumerate() {
            let within = if place % 2 == 0 { length.min(320) } else { length };
            bytes[index.index(within)] = byte;
        }
        let _ = read_all(&bytes);
    }

    #[test]
    fn any_text_is_survived(text in "(ncols 3\n)?[<>/ \nA-FP0-9.,;\"=!-]{0,120}") {
        let _ = read_all(text.as_bytes());
        let _ = read_all(format!("<LandXML version=\"1.1\"><Pnts>{text}").as_bytes());
    }
}

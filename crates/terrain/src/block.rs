//! Blocks of heights as bytes: whole millimetres, predicted from their neighbours, zstd behind.
//!
//! Layout: version u8 · planes u8 · mask u8 · step u8 [mm] · first height i32 little-endian [steps] · a zstd frame of
//! the mask of unknown nodes (a bit a node, if any is unknown) and the byte planes of the differences, lowest first.

use stadtwin_model::{BLOCK_SIDE, BlockKey, Heights};

const NODES: usize = BLOCK_SIDE * BLOCK_SIDE;
const MASK_BYTES: usize = NODES / 8;
const HEADER_BYTES: usize = 8;
const VERSION: u8 = 1;
const MAX_PLANES: usize = 4;
const COMPRESSION_LEVEL: i32 = 1;
/// Beyond this nothing is a height of the ground [m].
const MAX_HEIGHT_M: f32 = 20_000.0;

/// Why bytes are no block.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    #[error("a block of heights of {length} bytes is too short")]
    Short { length: usize },
    #[error("a block of heights of version {version}, {planes} planes and {step_mm} mm is not known")]
    Unknown { version: u8, planes: u8, step_mm: u8 },
    #[error("a block of heights does not unpack to {expected} bytes")]
    Packed { expected: usize },
}

/// Heights of a whole block, rounded to 1 mm, as bytes; the same heights give the same bytes.
///
/// Not-a-number and heights beyond 20 km become unknown; so do nodes that a window smaller than a block lacks.
pub fn encode_block(heights: &Heights) -> Vec<u8> {
    let millimetres: Vec<Option<i32>> =
        (0..NODES).map(|node| whole_millimetres(heights.heights_m.get(node).copied())).collect();
    // Many surveys deliver centimetres: a tenth of the range saves a third of the bytes.
    let step_mm = if millimetres.iter().flatten().all(|height| height % 10 == 0) { 10 } else { 1 };
    let base = millimetres.iter().flatten().next().map_or(0, |height| height / step_mm);
    let differences = differences(&millimetres, step_mm, base);
    let planes = (4 - differences.iter().fold(0, |all, one| all | one).leading_zeros() as usize / 8).max(1);
    let masked = millimetres.iter().any(Option::is_none);
    let mut plain = Vec::with_capacity(MASK_BYTES + planes * NODES);
    if masked {
        plain.extend(millimetres.chunks_exact(8).map(mask_byte));
    }
    for plane in 0..planes {
        plain.extend(differences.iter().map(|difference| (difference >> (8 * plane)) as u8));
    }
    let mut bytes = vec![VERSION, planes as u8, u8::from(masked), step_mm as u8];
    bytes.extend(base.to_le_bytes());
    bytes.extend(zstd::bulk::compress(&plain, COMPRESSION_LEVEL).expect("zstd packs any bytes in memory"));
    bytes
}

fn whole_millimetres(height_m: Option<f32>) -> Option<i32> {
    height_m
        .filter(|height| height.abs() <= MAX_HEIGHT_M)
        .map(|height| (f64::from(height) * 1000.0).round() as i32)
}

/// Bit 0 is the first of eight nodes; set where unknown.
fn mask_byte(nodes: &[Option<i32>]) -> u8 {
    nodes.iter().enumerate().fold(0, |byte, (bit, node)| byte | u8::from(node.is_none()) << bit)
}

/// Of each node to what is foretold from its neighbours, zigzag; 0 where unknown.
fn differences(millimetres: &[Option<i32>], step_mm: i32, base: i32) -> Vec<u32> {
    let mut known = vec![0i32; NODES];
    let mut differences = vec![0u32; NODES];
    for node in 0..NODES {
        let foretold = foretold(&known, node, base);
        known[node] = millimetres[node].map_or(foretold, |height| height / step_mm);
        let difference = known[node].wrapping_sub(foretold);
        differences[node] = ((difference << 1) ^ (difference >> 31)) as u32;
    }
    differences
}

/// Median edge prediction from west, south and south-west (LOCO-I): follows slopes, holds at steps.
#[inline(always)]
fn median_edge(west: i32, south: i32, corner: i32) -> i32 {
    let (low, high) = (west.min(south), west.max(south));
    west.wrapping_add(south).wrapping_sub(corner).max(low).min(high)
}

#[inline(always)]
fn foretold(known: &[i32], node: usize, base: i32) -> i32 {
    match (node % BLOCK_SIDE, node / BLOCK_SIDE) {
        (0, 0) => base,
        (_, 0) => known[node - 1],
        (0, _) => known[node - BLOCK_SIDE],
        _ => median_edge(known[node - 1], known[node - BLOCK_SIDE], known[node - BLOCK_SIDE - 1]),
    }
}

/// The heights that `encode_block` was given.
pub fn decode_block(key: BlockKey, bytes: &[u8]) -> Result<Heights, BlockError> {
    let (header, packed) =
        bytes.split_first_chunk::<HEADER_BYTES>().ok_or(BlockError::Short { length: bytes.len() })?;
    let &[version, planes, masked, step_mm, b0, b1, b2, b3] = header;
    let known = version == VERSION && (1..=MAX_PLANES as u8).contains(&planes) && masked <= 1 && step_mm > 0;
    if !known {
        return Err(BlockError::Unknown { version, planes, step_mm });
    }
    let mask_length = usize::from(masked) * MASK_BYTES;
    let expected = mask_length + usize::from(planes) * NODES;
    let plain = zstd::bulk::decompress(packed, expected).map_err(|_| BlockError::Packed { expected })?;
    if plain.len() != expected {
        return Err(BlockError::Packed { expected });
    }
    let (mask, planes) = plain.split_at(mask_length);
    let steps = restore(planes, i32::from_le_bytes([b0, b1, b2, b3]));
    let step_m = f64::from(step_mm) * 0.001;
    let mut heights_m: Vec<f32> = steps.iter().map(|steps| (f64::from(*steps) * step_m) as f32).collect();
    for (byte, nodes) in mask.iter().zip(heights_m.chunks_exact_mut(8)).filter(|(byte, _)| **byte != 0) {
        for (_, height) in nodes.iter_mut().enumerate().filter(|(bit, _)| byte >> bit & 1 == 1) {
            *height = f32::NAN;
        }
    }
    Ok(Heights { window: key.window(), heights_m })
}

/// The differences from their planes, zigzag undone.
fn signed(planes: &[u8]) -> Vec<i32> {
    let (low, higher) = planes.split_at(NODES);
    let mut zigzag: Vec<u32> = low.iter().map(|byte| u32::from(*byte)).collect();
    for (plane, bytes) in higher.chunks_exact(NODES).enumerate() {
        for (value, byte) in zigzag.iter_mut().zip(bytes) {
            *value |= u32::from(*byte) << (8 * plane + 8);
        }
    }
    zigzag.into_iter().map(|value| (value >> 1) as i32 ^ -((value & 1) as i32)).collect()
}

/// Heights in steps from the planes of differences.
fn restore(planes: &[u8], base: i32) -> Vec<i32> {
    let mut steps = signed(planes);
    let mut west = base;
    for step in &mut steps[..BLOCK_SIDE] {
        *step = step.wrapping_add(west);
        west = *step;
    }
    for row in 1..BLOCK_SIDE {
        let (below, here) = steps.split_at_mut(row * BLOCK_SIDE);
        let south_row = &below[(row - 1) * BLOCK_SIDE..];
        let here = &mut here[..BLOCK_SIDE];
        let mut corner = south_row[0];
        let mut west = here[0].wrapping_add(corner);
        here[0] = west;
        for (step, south) in here.iter_mut().zip(south_row).skip(1) {
            west = step.wrapping_add(median_edge(west, *south, corner));
            *step = west;
            corner = *south;
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: BlockKey = BlockKey { column: -3, row: 7 };

    fn block(height_m: impl Fn(usize, usize) -> f32) -> Heights {
        let heights_m = (0..NODES).map(|node| height_m(node % BLOCK_SIDE, node / BLOCK_SIDE)).collect();
        Heights { window: KEY.window(), heights_m }
    }

    /// Heights come back within half a millimetre (and what f32 holds), unknown ones unknown, and pack to the same bytes.
    fn check_there_and_back(heights: &Heights, most_bytes: usize) {
        let bytes = encode_block(heights);
        assert!(bytes.len() <= most_bytes, "{} bytes", bytes.len());
        let back = decode_block(KEY, &bytes).unwrap();
        assert_eq!(back.window, KEY.window());
        for (node, (expected, found)) in heights.heights_m.iter().zip(&back.heights_m).enumerate() {
            let same = expected.is_nan() && found.is_nan();
            let off = f64::from(*expected) - f64::from(*found);
            assert!(
                same || off.abs() <= 0.000_51 + f64::from(expected.abs()) * 1e-7,
                "{node}: {expected} {found}"
            );
        }
        assert_eq!(encode_block(&back), bytes);
    }

    #[test]
    fn blocks_come_back() {
        let slope = |column: usize, row: usize| 480.0 + column as f32 * 0.013 - row as f32 * 0.027;
        let noise = |column: usize, row: usize| (column * 7919 + row * 104_729) % 97;
        check_there_and_back(&block(|_, _| 512.25), 60);
        check_there_and_back(&block(|_, _| f32::NAN), 60);
        check_there_and_back(&block(slope), 20_000);
        check_there_and_back(&block(|c, r| slope(c, r) + noise(c, r) as f32 * 0.001), 98_304);
        check_there_and_back(&block(|c, r| if c > 100 && r < 50 { f32::NAN } else { slope(c, r) }), 30_000);
        check_there_and_back(&block(|c, r| if (c + r) % 2 == 0 { -11_000.0 } else { 8_848.86 }), 4_000);
    }

    /// Hand: 480.12 m and 480.13 m are 48012 and 48013 steps of 10 mm.
    #[test]
    fn centimetres_are_told() {
        let bytes = encode_block(&block(|column, _| if column == 0 { 480.12 } else { 480.13 }));
        assert_eq!(bytes[..8], [1, 1, 0, 10, 0x8c, 0xbb, 0, 0]);
    }

    #[test]
    fn impossible_heights_are_unknown() {
        let odd = [f32::INFINITY, f32::NEG_INFINITY, 3.4e38, -20_001.0, f32::NAN];
        let back = decode_block(KEY, &encode_block(&block(|column, _| odd[column % 5]))).unwrap();
        assert!(back.heights_m.iter().all(|height| height.is_nan()));
    }

    #[test]
    fn hostile_bytes_are_refused() {
        let good = encode_block(&block(|column, row| (column * row) as f32 / 8.0));
        let with = |place: usize, byte: u8| {
            let mut bytes = good.clone();
            bytes[place] = byte;
            decode_block(KEY, &bytes)
        };
        assert_eq!(decode_block(KEY, &[1, 2, 3]), Err(BlockError::Short { length: 3 }));
        assert!(matches!(with(0, 9), Err(BlockError::Unknown { version: 9, .. })));
        assert!(matches!(with(1, 0), Err(BlockError::Unknown { planes: 0, .. })));
        assert!(matches!(with(1, 200), Err(BlockError::Unknown { planes: 200, .. })));
        assert!(matches!(with(1, good[1] + 1), Err(BlockError::Packed { .. })));
        assert!(matches!(with(2, 1), Err(BlockError::Packed { .. })));
        assert!(matches!(with(3, 0), Err(BlockError::Unknown { step_mm: 0, .. })));
        assert!(matches!(decode_block(KEY, &good[..good.len() / 2]), Err(BlockError::Packed { .. })));
        // A frame that claims 16 MB of zeros in a few bytes.
        let bomb = [&good[..8], &zstd::bulk::compress(&vec![0; 1 << 24], 1).unwrap()].concat();
        assert!(matches!(decode_block(KEY, &bomb), Err(BlockError::Packed { .. })));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn any_block_comes_back(
            values in proptest::collection::vec(prop_oneof![-500.0f32..9000.0, Just(f32::NAN), 480.0f32..481.0], 1..64),
            stride in 1usize..977,
        ) {
            let heights = block(|column, row| values[(column + row * stride) % values.len()]);
            check_there_and_back(&heights, 4 * NODES + MASK_BYTES + 1000);
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), step in 1u8..=255, base in any::<i32>()) {
            let _ = decode_block(KEY, &bytes);
            let mut whole = vec![VERSION, 4, 0, step];
            whole.extend(base.to_le_bytes());
            let plain: Vec<u8> = (0..4 * NODES).map(|at| bytes.get(at % 211).copied().unwrap_or(255)).collect();
            whole.extend(zstd::bulk::compress(&plain, 1).unwrap());
            prop_assert!(decode_block(KEY, &whole).is_ok());
        }
    }
}

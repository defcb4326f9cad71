//! Numbers out of the buffer; what the JSON says of them is a claim.

use super::GlbError;
use super::document::{Accessor, Document};

const BYTE: u32 = 5121;
const SHORT: u32 = 5123;
const INT: u32 = 5125;
const FLOAT: u32 = 5126;

fn damaged(index: usize, fault: &'static str) -> GlbError {
    GlbError::Damaged { what: "accessor", index, fault }
}

/// Positions `[x, y, z]`.
pub fn positions(document: &Document, binary: &[u8], index: usize) -> Result<Vec<[f64; 3]>, GlbError> {
    let (accessor, elements) = elements(document, binary, index, 12)?;
    if accessor.component_type != FLOAT || accessor.kind != "VEC3" {
        return Err(damaged(index, "holds no positions of three floats"));
    }
    let number = |bytes: &[u8]| f64::from(f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
    let point = |bytes: &[u8]| [number(&bytes[0..4]), number(&bytes[4..8]), number(&bytes[8..12])];
    let points: Vec<[f64; 3]> = elements.map(point).collect();
    match points.iter().flatten().all(|number| number.is_finite()) {
        true => Ok(points),
        false => Err(damaged(index, "holds what is no number")),
    }
}

/// Indices of vertices.
pub fn indices(document: &Document, binary: &[u8], index: usize) -> Result<Vec<usize>, GlbError> {
    let kind = document.accessors.get(index).map(|accessor| accessor.component_type);
    let size = match kind {
        Some(BYTE) => 1,
        Some(SHORT) => 2,
        Some(INT) => 4,
        _ => return Err(damaged(index, "holds no indices")),
    };
    let (_, elements) = elements(document, binary, index, size)?;
    let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |sum, byte| (sum << 8) | usize::from(*byte));
    Ok(elements.map(number).collect())
}

/// The bytes of each element of so many bytes.
fn elements<'a>(
    document: &'a Document,
    binary: &'a [u8],
    index: usize,
    size: usize,
) -> Result<(&'a Accessor, impl Iterator<Item = &'a [u8]>), GlbError> {
    let accessor = document.accessors.get(index).ok_or_else(|| damaged(index, "is not there"))?;
    if accessor.sparse.is_some() {
        return Err(damaged(index, "is sparse, which is not read here"));
    }
    let view = accessor.buffer_view.and_then(|view| document.buffer_views.get(view));
    let view = view.ok_or_else(|| damaged(index, "has no bytes"))?;
    let buffer = document.buffers.get(view.buffer);
    if view.buffer != 0 || buffer.is_some_and(|buffer| buffer.uri.is_some()) {
        return Err(GlbError::External);
    }
    let stride = view.byte_stride.unwrap_or(size).max(size);
    let bytes =
        view.byte_offset.checked_add(view.byte_length).and_then(|end| binary.get(view.byte_offset..end));
    let bytes = bytes.and_then(|bytes| bytes.get(accessor.byte_offset..));
    let bytes = bytes.ok_or_else(|| damaged(index, "lies beyond the end of the file"))?;
    let needed =
        accessor.count.checked_sub(1).map_or(Some(0), |last| last.checked_mul(stride)?.checked_add(size));
    if needed.is_none_or(|needed| needed > bytes.len()) {
        return Err(damaged(index, "lies beyond the end of the file"));
    }
    Ok((accessor, bytes.chunks(stride).take(accessor.count).filter_map(move |one| one.get(..size))))
}

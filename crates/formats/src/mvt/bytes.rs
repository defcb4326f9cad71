//! Protocol buffers, as far as a tile needs them.

/// How a field is written (protocol buffers, wire types).
const VARINT: u32 = 0;
const FIXED_64: u32 = 1;
const SIZED: u32 = 2;

pub fn push_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Small numbers of either sign become small ones without: 0, -1, 1, -2 … are 0, 1, 2, 3 …
pub fn zigzag(value: i32) -> u32 {
    ((value << 1) ^ (value >> 31)) as u32
}

pub fn push_number(out: &mut Vec<u8>, field: u32, value: u64) {
    push_varint(out, u64::from(field << 3 | VARINT));
    push_varint(out, value);
}

pub fn push_double(out: &mut Vec<u8>, field: u32, value: f64) {
    push_varint(out, u64::from(field << 3 | FIXED_64));
    out.extend_from_slice(&value.to_le_bytes());
}

/// What stands before the bytes of a field.
pub fn push_head(out: &mut Vec<u8>, field: u32, size: usize) {
    push_varint(out, u64::from(field << 3 | SIZED));
    push_varint(out, size as u64);
}

/// What a field of so many bytes takes, head included; fields up to 15.
pub fn sized_bytes(size: usize) -> usize {
    1 + varint_bytes(size as u64) + size
}

pub fn push_bytes(out: &mut Vec<u8>, field: u32, bytes: &[u8]) {
    push_head(out, field, bytes.len());
    out.extend_from_slice(bytes);
}

/// Numbers of a repeated field in one piece; none for an empty list.
pub fn push_packed(out: &mut Vec<u8>, field: u32, values: &[u32]) {
    if values.is_empty() {
        return;
    }
    push_head(out, field, values.iter().map(|value| varint_bytes(u64::from(*value))).sum());
    values.iter().for_each(|value| push_varint(out, u64::from(*value)));
}

/// Seven bits a byte.
fn varint_bytes(value: u64) -> usize {
    (70 - (value | 1).leading_zeros()) as usize / 7
}

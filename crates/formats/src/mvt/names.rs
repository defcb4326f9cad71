//! Byte strings by their number, in memory that is used again.

use std::hash::Hasher;

use rustc_hash::FxHasher;

/// A slot without a number.
const FREE: u32 = u32::MAX;
/// Slots at first.
const SLOTS: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Names {
    /// All, one after another.
    bytes: Vec<u8>,
    /// Of each, where it ends and its hash.
    entries: Vec<(usize, u32)>,
    /// Numbers at their hash, or behind it; at least half of them free, as many as a power of two.
    slots: Vec<u32>,
}

impl Names {
    /// The number of a string: that of an equal one, or the next.
    pub fn number(&mut self, name: &[u8]) -> u32 {
        if self.entries.len() * 2 >= self.slots.len() {
            self.grow();
        }
        let mut hasher = FxHasher::default();
        hasher.write(name);
        let hash = hasher.finish() as u32;
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        while let Some(number) = self.slots.get(at).copied().filter(|number| *number != FREE) {
            let is_same = self.entries.get(number as usize).is_some_and(|(_, known)| *known == hash);
            if is_same && self.get(number as usize) == name {
                return number;
            }
            at = (at + 1) & mask;
        }
        let number = self.entries.len() as u32;
        self.bytes.extend_from_slice(name);
        self.entries.push((self.bytes.len(), hash));
        self.place(at, number);
        number
    }

    /// In the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.entries.len()).map(|number| self.get(number))
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.entries.clear();
        self.slots.fill(FREE);
    }

    fn get(&self, number: usize) -> &[u8] {
        let end = |number: usize| self.entries.get(number).map_or(0, |(end, _)| *end);
        let start = number.checked_sub(1).map_or(0, end);
        self.bytes.get(start..end(number)).unwrap_or_default()
    }

    fn place(&mut self, at: usize, number: u32) {
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = number;
        }
    }

    fn grow(&mut self) {
        let count = (self.slots.len() * 2).max(SLOTS);
        self.slots.clear();
        self.slots.resize(count, FREE);
        for number in 0..self.entries.len() {
            let hash = self.entries.get(number).map_or(0, |(_, hash)| *hash);
            let mut at = hash as usize & (count - 1);
            while self.slots.get(at).is_some_and(|slot| *slot != FREE) {
                at = (at + 1) & (count - 1);
            }
            self.place(at, number as u32);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_strings_have_one_number() {
        let mut names = Names::default();
        for round in 0..2 {
            for pass in 0..2 {
                for number in 0..1_000_u32 {
                    assert_eq!(names.number(number.to_string().as_bytes()), number, "{round} {pass}");
                }
            }
            assert_eq!(names.iter().nth(321), Some(&b"321"[..]));
            assert_eq!(names.iter().count(), 1_000);
            names.clear();
            assert_eq!(names.iter().count(), 0);
        }
        assert_eq!([names.number(b""), names.number(b"a"), names.number(b"")], [0, 1, 0]);
    }
}

//! The bytes of a pack taken apart. Lengths are claims: nothing is reserved beyond what the bytes can hold.

use super::{Kind, MapPack, Packed, PackedValue, Part};
use crate::map_grid::{MapGrid, of_steps};
use stadtwin_crs::CrsError;
use stadtwin_model::MapCell;

#[derive(Debug, thiserror::Error)]
pub enum MapPackError {
    #[error("not a pack of map features")]
    Damaged,
    #[error("outlines cannot be converted: {0}")]
    Crs(#[from] CrsError),
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn number(&mut self) -> Result<u64, MapPackError> {
        let mut value = 0;
        for (index, byte) in self.0.iter().enumerate().take(10) {
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                self.0 = self.0.get(index + 1..).unwrap_or_default();
                return Ok(value);
            }
        }
        Err(MapPackError::Damaged)
    }

    fn signed(&mut self) -> Result<i64, MapPackError> {
        let value = self.number()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// How many things follow, each of a byte at least.
    fn count(&mut self) -> Result<usize, MapPackError> {
        let count = usize::try_from(self.number()?).map_err(|_| MapPackError::Damaged)?;
        if count > self.0.len() { Err(MapPackError::Damaged) } else { Ok(count) }
    }

    /// A number below `end`.
    fn below(&mut self, end: usize) -> Result<u32, MapPackError> {
        let number = self.number()?;
        if number < end as u64 { Ok(number as u32) } else { Err(MapPackError::Damaged) }
    }

    fn bytes(&mut self, count: usize) -> Result<&'a [u8], MapPackError> {
        let (bytes, rest) = self.0.split_at_checked(count).ok_or(MapPackError::Damaged)?;
        self.0 = rest;
        Ok(bytes)
    }

    fn double(&mut self) -> Result<f64, MapPackError> {
        let bytes = self.bytes(8)?.first_chunk().ok_or(MapPackError::Damaged)?;
        Ok(f64::from_le_bytes(*bytes))
    }
}

/// The point and key before, from which the next are told.
#[derive(Default)]
struct Before {
    at: [i64; 2],
    key: i64,
}

impl MapPack {
    /// What `pack_features` wrote of the features of a cell.
    pub fn read(bytes: &[u8], cell: MapCell, grid: &mut MapGrid<'_>) -> Result<MapPack, MapPackError> {
        let mut reader = Reader(bytes);
        let mut pack = MapPack::tables(&mut reader)?;
        let mut before = Before::default();
        for _ in 0..reader.count()? {
            pack.feature(&mut reader, &mut before)?;
        }
        grid.convert(cell, &mut pack.points)?;
        pack.measure();
        Ok(pack)
    }

    fn tables(reader: &mut Reader<'_>) -> Result<MapPack, MapPackError> {
        let mut names = Vec::new();
        for _ in 0..reader.count()? {
            let size = reader.count()?;
            let name = std::str::from_utf8(reader.bytes(size)?).map_err(|_| MapPackError::Damaged)?;
            names.push(name.to_owned());
        }
        let mut layouts = Vec::new();
        for _ in 0..reader.count()? {
            let size = reader.count()?;
            layouts.push((0..size).map(|_| reader.below(names.len())).collect::<Result<Vec<_>, _>>()?);
        }
        let mut values = Vec::new();
        let mut end = 0_u64;
        for _ in 0..reader.count()? {
            let head = reader.number()?;
            end = end.saturating_add(head >> 1);
            let here = u32::try_from(end).map_err(|_| MapPackError::Damaged)?;
            values.push(PackedValue { end: here, is_plain: head & 1 == 1 });
        }
        let encoded = reader.bytes(end as usize)?.to_vec();
        Ok(MapPack {
            names,
            layouts,
            values,
            encoded,
            features: Vec::new(),
            parts: Vec::new(),
            points: Vec::new(),
            numbers: Vec::new(),
        })
    }

    fn feature(&mut self, reader: &mut Reader<'_>, before: &mut Before) -> Result<(), MapPackError> {
        before.key = before.key.wrapping_add(reader.signed()?);
        let size_m = reader.double()?;
        let head = reader.number()?;
        let kind = match head & 3 {
            0 => Kind::Polygons,
            1 => Kind::Lines,
            2 => Kind::Points,
            _ => return Err(MapPackError::Damaged),
        };
        let first_part = self.parts.len() as u32;
        for _ in 0..head >> 2 {
            match kind {
                Kind::Polygons => {
                    for index in 0..reader.count()? {
                        self.run(reader, &mut before.at, index == 0, true)?;
                    }
                }
                _ => self.run(reader, &mut before.at, true, false)?,
            }
        }
        let layout = reader.below(self.layouts.len())?;
        let first_number = self.numbers.len() as u32;
        for _ in 0..self.layouts.get(layout as usize).map_or(0, Vec::len) {
            self.numbers.push(reader.below(self.values.len())?);
        }
        let parts = [first_part, self.parts.len() as u32];
        let bounds = [0.0; 4];
        self.features.push(Packed { key: before.key, kind, size_m, bounds, parts, layout, first_number });
        Ok(())
    }

    fn run(
        &mut self,
        reader: &mut Reader<'_>,
        at: &mut [i64; 2],
        begins: bool,
        is_ring: bool,
    ) -> Result<(), MapPackError> {
        let start = self.points.len();
        for _ in 0..reader.count()? {
            *at = [at[0].wrapping_add(reader.signed()?), at[1].wrapping_add(reader.signed()?)];
            self.points.push(at.map(of_steps));
        }
        if let Some(first) = self.points.get(start).copied().filter(|_| is_ring) {
            self.points.push(first);
        }
        self.parts.push(Part { end: self.points.len() as u32, begins });
        Ok(())
    }

    /// Boxes around features, now that their points are where they belong.
    fn measure(&mut self) {
        let mut features = std::mem::take(&mut self.features);
        for feature in &mut features {
            let start = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
            let points = self.runs(feature).flat_map(|(_, points)| points);
            feature.bounds = points
                .fold(start, |all, [x, y]| [all[0].min(*x), all[1].min(*y), all[2].max(*x), all[3].max(*y)]);
        }
        self.features = features;
    }
}

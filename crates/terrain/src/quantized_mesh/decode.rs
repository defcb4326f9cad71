//! A quantized-mesh tile read back, by the format's own rules and nothing of ours.

use super::oct::oct_decode;
use super::{METADATA, NORMALS, SHORT_INDEX_VERTICES, WATER_MASK, WATER_SIDE};

/// What a tile holds; u, v and heights as numbers 0 … 32767.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct QuantizedMesh {
    /// Earth-centred [m].
    pub center: [f64; 3],
    /// Of number 0 and number 32767 [m].
    pub heights_m: [f32; 2],
    pub sphere_center: [f64; 3],
    pub sphere_radius_m: f64,
    /// In space scaled by the ellipsoid's radii.
    pub horizon_occlusion_point: [f64; 3],
    pub u: Vec<u16>,
    pub v: Vec<u16>,
    pub height: Vec<u16>,
    pub triangles: Vec<[u32; 3]>,
    /// Vertices on the west, south, east and north edge.
    pub edges: [Vec<u32>; 4],
    /// Unit vectors, earth-centred axes.
    pub normals: Option<Vec<[f64; 3]>>,
    /// One byte, or 256 × 256.
    pub water_mask: Option<Vec<u8>>,
    /// JSON.
    pub metadata: Option<String>,
}

/// Why bytes are no quantized-mesh tile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuantizedMeshError {
    #[error("the tile ends at byte {length}, inside its {part}")]
    Short { part: &'static str, length: usize },
    #[error("the tile's {part} names vertex {index} of {count}")]
    Index { part: &'static str, index: u32, count: usize },
    #[error("the tile's {part} has {length} bytes")]
    Length { part: &'static str, length: usize },
    #[error("the tile's {part} lie beyond 0 to 32767")]
    Range { part: &'static str },
}

use QuantizedMeshError::{Index, Length, Range, Short};

/// Reads a tile (not packed). Lengths are claims: memory is at most a few times that of the bytes.
pub fn decode_quantized_mesh(bytes: &[u8]) -> Result<QuantizedMesh, QuantizedMeshError> {
    let mut reader = Reader { bytes, at: 0 };
    let mut mesh = QuantizedMesh {
        center: reader.vector("header")?,
        heights_m: [reader.f32("header")?, reader.f32("header")?],
        sphere_center: reader.vector("header")?,
        sphere_radius_m: reader.f64("header")?,
        horizon_occlusion_point: reader.vector("header")?,
        ..QuantizedMesh::default()
    };
    let count = reader.u32("vertices")? as usize;
    mesh.u = reader.differences(count, "east-west places")?;
    mesh.v = reader.differences(count, "north-south places")?;
    mesh.height = reader.differences(count, "heights")?;
    let wide = count > SHORT_INDEX_VERTICES;
    if wide {
        reader.at = reader.at.next_multiple_of(4);
    }
    mesh.triangles = reader.triangles(count, wide)?;
    for edge in &mut mesh.edges {
        let length = reader.u32("edges")? as usize;
        *edge = reader.indices(length, wide, "edges")?;
        if let Some(&index) = edge.iter().find(|index| **index as usize >= count) {
            return Err(Index { part: "edges", index, count });
        }
    }
    while reader.at < bytes.len() {
        reader.extension(&mut mesh)?;
    }
    Ok(mesh)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize, part: &'static str) -> Result<&'a [u8], QuantizedMeshError> {
        let short = Short { part, length: self.bytes.len() };
        let rest = self.bytes.get(self.at..).ok_or(short.clone())?;
        let taken = rest.get(..length).ok_or(short)?;
        self.at += length;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self, part: &'static str) -> Result<[u8; N], QuantizedMeshError> {
        let taken = self.take(N, part)?;
        taken.try_into().map_err(|_| Short { part, length: self.bytes.len() })
    }

    fn u32(&mut self, part: &'static str) -> Result<u32, QuantizedMeshError> {
        Ok(u32::from_le_bytes(self.array(part)?))
    }

    fn f32(&mut self, part: &'static str) -> Result<f32, QuantizedMeshError> {
        Ok(f32::from_le_bytes(self.array(part)?))
    }

    fn f64(&mut self, part: &'static str) -> Result<f64, QuantizedMeshError> {
        Ok(f64::from_le_bytes(self.array(part)?))
    }

    fn vector(&mut self, part: &'static str) -> Result<[f64; 3], QuantizedMeshError> {
        Ok([self.f64(part)?, self.f64(part)?, self.f64(part)?])
    }

    fn differences(&mut self, count: usize, part: &'static str) -> Result<Vec<u16>, QuantizedMeshError> {
        let taken = self.take(count.saturating_mul(2), part)?;
        let mut value = 0i32;
        let numbers = taken.chunks_exact(2).map(|pair| {
            let zigzag = i32::from(u16::from_le_bytes([pair[0], pair[1]]));
            value = value.wrapping_add((zigzag >> 1) ^ -(zigzag & 1));
            if (0..=32_767).contains(&value) { Ok(value as u16) } else { Err(Range { part }) }
        });
        numbers.collect()
    }

    fn indices(
        &mut self,
        count: usize,
        wide: bool,
        part: &'static str,
    ) -> Result<Vec<u32>, QuantizedMeshError> {
        let taken = self.take(count.saturating_mul(if wide { 4 } else { 2 }), part)?;
        Ok(match wide {
            true => taken
                .chunks_exact(4)
                .map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
                .collect(),
            false => {
                taken.chunks_exact(2).map(|pair| u32::from(u16::from_le_bytes([pair[0], pair[1]]))).collect()
            }
        })
    }

    fn triangles(&mut self, count: usize, wide: bool) -> Result<Vec<[u32; 3]>, QuantizedMeshError> {
        let length = self.u32("triangles")? as usize;
        let mut indices = self.indices(length.saturating_mul(3), wide, "triangles")?;
        let mut highest = 0u32;
        for index in &mut indices {
            let code = *index;
            *index = highest.wrapping_sub(code);
            if *index as usize >= count {
                return Err(Index { part: "triangles", index: *index, count });
            }
            if code == 0 {
                highest += 1;
            }
        }
        Ok(indices.chunks_exact(3).map(|corner| [corner[0], corner[1], corner[2]]).collect())
    }

    /// Unknown extensions are skipped.
    fn extension(&mut self, mesh: &mut QuantizedMesh) -> Result<(), QuantizedMeshError> {
        let [id] = self.array("extensions")?;
        let length = self.u32("extensions")? as usize;
        let content = self.take(length, "extensions")?;
        match id {
            NORMALS if length != mesh.u.len() * 2 => return Err(Length { part: "normals", length }),
            NORMALS => {
                mesh.normals =
                    Some(content.chunks_exact(2).map(|pair| oct_decode([pair[0], pair[1]])).collect());
            }
            WATER_MASK if length != 1 && length != WATER_SIDE * WATER_SIDE => {
                return Err(Length { part: "water mask", length });
            }
            WATER_MASK => mesh.water_mask = Some(content.to_vec()),
            METADATA => {
                let json = content.get(4..).ok_or(Length { part: "metadata", length })?;
                mesh.metadata = Some(String::from_utf8_lossy(json).into_owned());
            }
            _ => {}
        }
        Ok(())
    }
}

//! Appearances of a geometry as the store keeps them: a JSON array, and all texture coordinates as bytes.

use stadtwin_model::{Appearance, Material, NO_LOOK, Texture};

/// An `Appearance` without its coordinates.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AppearanceRow {
    theme: String,
    #[serde(default, skip_serializing_if = "is_false")]
    is_back: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    materials: Vec<Material>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    textures: Vec<Texture>,
    /// -1 for none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    face_materials: Vec<i64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    face_textures: Vec<i64>,
    #[serde(default, skip_serializing_if = "is_false")]
    has_coordinates: bool,
}

fn is_false(value: &bool) -> bool {
    !value
}

pub(super) fn rows(appearances: &[Appearance]) -> Vec<AppearanceRow> {
    let one = |look: &u32| if *look == NO_LOOK { -1 } else { i64::from(*look) };
    let signed = |looks: &[u32]| looks.iter().map(one).collect();
    let row = |appearance: &Appearance| AppearanceRow {
        theme: appearance.theme.clone(),
        is_back: appearance.is_back,
        materials: appearance.materials.clone(),
        textures: appearance.textures.clone(),
        face_materials: signed(&appearance.face_materials),
        face_textures: signed(&appearance.face_textures),
        has_coordinates: !appearance.texture_coordinates.is_empty(),
    };
    appearances.iter().map(row).collect()
}

pub(super) fn coordinates(appearances: &[Appearance]) -> impl Iterator<Item = [u8; 8]> {
    appearances
        .iter()
        .flat_map(|appearance| &appearance.texture_coordinates)
        .flatten()
        .map(|c| c.to_le_bytes())
}

/// `bytes` holds `point_count` pairs for each row that has any; missing ones are NaN.
pub(super) fn read(rows: Vec<AppearanceRow>, bytes: &[u8], point_count: usize) -> Vec<Appearance> {
    let (pairs, _) = bytes.as_chunks::<16>();
    let mut pairs = pairs.iter().map(|pair| {
        let (halves, _) = pair.as_chunks::<8>();
        [0, 1].map(|at: usize| halves.get(at).map_or(f64::NAN, |half| f64::from_le_bytes(*half)))
    });
    let unsigned =
        |looks: Vec<i64>| looks.into_iter().map(|look| u32::try_from(look).unwrap_or(NO_LOOK)).collect();
    let mut read_one = |row: AppearanceRow| {
        let count = if row.has_coordinates { point_count } else { 0 };
        Appearance {
            theme: row.theme,
            is_back: row.is_back,
            materials: row.materials,
            textures: row.textures,
            face_materials: unsigned(row.face_materials),
            face_textures: unsigned(row.face_textures),
            texture_coordinates: (0..count).map(|_| pairs.next().unwrap_or([f64::NAN; 2])).collect(),
        }
    };
    rows.into_iter().map(&mut read_one).collect()
}

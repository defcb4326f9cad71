//! What an object measures in space.

/// Of an object with the parts that it is made of.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Measures {
    /// Of its solids at the highest level of detail at which all of them are closed; `None` without such solids [m³].
    pub volume_m3: Option<f64>,
    /// In space, of all polygons at the highest level of detail: of a solid its hull; `None` without polygons [m²].
    pub surface_m2: Option<f64>,
}

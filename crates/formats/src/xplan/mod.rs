//! XPlanGML 4 to 6: what a development plan (Bebauungsplan) fixes for its building fields, in the plane.

mod reader;

#[cfg(test)]
mod tests;

pub use reader::read_xplan;

/// Of a document, its beginning where it says what it is [bytes].
const HEAD_BYTES: usize = 64 * 1024;

/// What of a plan building fields are raised by.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct XPlan {
    pub name: Option<String>,
    /// The plan's own datum (`bezugshoehe`) [m].
    pub reference_m: Option<f64>,
    pub areas: Vec<PlanArea>,
}

/// What an area is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AreaKind {
    /// BP_UeberbaubareGrundstuecksFlaeche: where may be built (Baufenster).
    Field,
    /// BP_BaugebietsTeilFlaeche: what holds for the fields in it, unless they say otherwise.
    Zone,
}

/// An area with what is fixed for it.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanArea {
    pub id: String,
    pub kind: AreaKind,
    /// Its own, else that of the document.
    pub srs_name: Option<String>,
    /// Polygons of rings, the exterior first, without the point that closes them. Axes as in the file.
    pub polygons: Vec<Vec<Vec<[f64; 2]>>>,
    /// Some of its edges are arcs, here straight from point to point.
    pub is_curved: bool,
    /// Z: at most, or exactly.
    pub storeys: Option<u32>,
    pub heights: Vec<PlanHeight>,
    pub grz: Option<f64>,
    pub gfz: Option<f64>,
    /// [m]
    pub bmz: Option<f64>,
    /// Code of XP_BesondereArtDerBaulNutzung.
    pub land_use: Option<u32>,
}

/// XP_Hoehenangabe.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PlanHeight {
    /// XP_ArtHoehenbezugspunkt: 1000 TH, 2000 FH, 3000 OK, …
    pub point: Option<u32>,
    /// XP_ArtHoehenbezug: 1000 NHN, 2000 above the terrain, 3000 above the plan's datum, …
    pub datum: Option<u32>,
    /// Exactly, at most, or as it stands, in this order [m].
    pub value_m: f64,
}

/// Why a plan cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XPlanError {
    #[error("the plan is not well-formed at byte {0}")]
    Malformed(usize),
    #[error("the plan has elements more than {0} deep")]
    Deep(usize),
    #[error("`{id}`: {what} must be a number, not `{found}`")]
    Number { id: String, what: String, found: String },
}

/// Whether the bytes are a document of XPlanung.
pub fn is_xplan(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(HEAD_BYTES)).unwrap_or_default();
    memchr::memmem::find(head, b"xplanung.de/xplangml/").is_some()
}

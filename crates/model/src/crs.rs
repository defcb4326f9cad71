//! Coordinate reference systems by EPSG code.

/// A horizontal CRS and, where known, a vertical one. Coordinates inside are always `[east, north, up]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Crs {
    /// EPSG code of the 2D CRS (25832, 4326, …).
    pub horizontal: u32,
    pub vertical: VerticalCrs,
    /// The definition (or the srsName's own form) gives north/latitude first: readers swap on the way in.
    pub north_first: bool,
}

/// What the third coordinate is measured from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VerticalCrs {
    /// EPSG code of a height system above a geoid: 7837 DHHN2016, 5783 DHHN92, …
    Epsg(u32),
    /// Height above the ellipsoid (EPSG:4979 and the like).
    Ellipsoidal,
    /// The file does not say.
    Unknown,
}

//! Coordinate reference systems: what names in files mean, where they hold, and how points go from one to another.

mod area;
mod axis;
mod box_ring;
mod ellipsoid;
mod geoid;
mod local_map;
mod lonlat_box;
mod name;
mod register;
mod transform;
mod uri;
mod wkt;

pub use area::{check_area, storage_crs_for};
pub use axis::{is_geographic, parse_crs_uri};
pub use box_ring::ring_of_box;
pub use ellipsoid::{east_north_up, from_ecef, normal_ecef, to_ecef};
pub use geoid::{Grid, HeightModel};
pub use local_map::LocalMap;
pub use lonlat_box::LonLatBox;
pub use name::{parse_srs_name, parse_user_crs};
pub use transform::{Transformer, datum_grid_found};
pub use uri::{CRS84_URI, CRS84H_URI, compound_uri, crs_uri, crs_uris, epsg_uri, has_named_heights};
pub use wkt::{crs_of_title, crs_of_wkt, vertical_of_title};

use stadtwin_model::{Crs, VerticalCrs};

/// Longitude, latitude [°] on WGS 84, in this order.
pub const CRS84: Crs = Crs { horizontal: 4326, vertical: VerticalCrs::Unknown, north_first: false };

/// Why coordinates cannot be placed on the earth.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CrsError {
    /// The text names no CRS that we know.
    #[error(
        "the coordinate reference system {name:?} is not known; give the right one with --crs, such as --crs EPSG:25832"
    )]
    Unknown { name: String },
    /// The code is well-formed, but PROJ cannot work with it.
    #[error("EPSG:{code} cannot be used: {reason}; give another one with --crs, such as --crs EPSG:25832")]
    Unsupported { code: u32, reason: String },
    /// The coordinates lie by far outside of where their CRS holds.
    #[error("point {east} {north} lies far outside the area of EPSG:{code}{}", suspicion(*.code, *.suspected))]
    OutOfArea {
        code: u32,
        east: f64,
        north: f64,
        /// EPSG code of the CRS that the coordinates fit; the same as `code` when only the axes are swapped.
        suspected: Option<u32>,
    },
    /// The geoid is not known there.
    #[error("no height above the ellipsoid is known at {longitude} {latitude}: the geoid grid ends before")]
    NoUndulation {
        /// [°]
        longitude: f64,
        /// [°]
        latitude: f64,
    },
    /// PROJ could not convert a point.
    #[error("point {x} {y} cannot be converted from EPSG:{from} to EPSG:{to}")]
    Projection { from: u32, to: u32, x: f64, y: f64 },
}

fn suspicion(code: u32, suspected: Option<u32>) -> String {
    match suspected {
        None => "; give the right one with --crs".to_owned(),
        Some(right) if right == code => "; its two axes seem to be swapped in the file".to_owned(),
        Some(right) => {
            format!("; the numbers look like EPSG:{right}, if so give --crs EPSG:{right}")
        }
    }
}

//! Files in, model objects out: where bytes come from and what city model formats say; knows no database.

mod beside;
mod codes;
mod columns;
mod dictionaries;
mod error;
mod fes;
mod geojson_shape;
mod height_files;
mod image_header;
mod input;
mod losses;
mod metalink;
mod numbers;
mod object_links;
mod open;
mod own_property;
mod raw_geojson;
mod raw_members;
mod selection;
mod transcode;
#[cfg(test)]
mod twin_tests;
mod units;
mod unpack;
mod wkb;

pub mod citygml;
pub mod cityjson;
pub mod csv;
pub mod flatgeobuf;
pub mod geojson;
pub mod geopackage;
pub mod geoparquet;
pub mod glb;
pub mod jsonfg;
pub mod mvt;
pub mod raster;
pub mod xplan;

pub use beside::{Beside, BesideError};
pub use citygml::{
    BatchResult, Candidate, CityGmlFile, CityGmlWriter, Declared, DictionaryError, Fingerprint, Header,
    Parsed, Pending, PlannedTransition, Unresolved, Version, VersionTransaction, XsdError,
    planned_transitions, read_ade, read_dictionary, resolve,
};
pub use cityjson::CityJsonFile;
pub use codes::{CodeValue, WITH_OWN_LISTS, codes, has_code_spaces, list_names, with_texts};
pub use columns::{Cell, Column, ColumnKind, cells};
pub use dictionaries::{CodeListFile, MAX_CODE_LIST_BYTES, code_list_files, read_code_list};
pub use error::FormatError;
pub use fes::{FesError, FesFilter, read_fes};
pub use geojson_shape::{Shape, ShapeKind, read_shape};
pub use height_files::{HeightFile, height_files};
pub use image_header::{ImageHeader, image_header, is_image_name};
pub use input::{Input, expand};
pub use losses::Losses;
pub use metalink::{
    METALINK_BYTES, MetalinkError, MetalinkFile, StrongHash, is_metalink_name, read_metalink,
};
pub use object_links::object_links;
pub use open::{Batch, CityModelFile, open, open_plain};
pub use raw_geojson::{RawWriter, TextOf, raw_properties};
pub use selection::Selection;
pub use units::with_units;

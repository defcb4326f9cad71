//! The words of the field as plain data. Reads nothing, writes nothing, cannot fail.

mod ade;
mod appearance;
mod city_object;
mod class;
mod code_list;
mod collection;
mod crs;
mod envelope;
mod feature;
mod geometry;
mod ground;
mod ground_edit;
mod image;
mod implicit;
mod issue;
mod lineage;
mod map_cell;
mod measures;
mod object_link;
mod organization;
mod place;
mod plan;
mod revision;
mod target;
mod terrain;
mod tile;

pub use ade::{AdeClass, AdeProperty, AdeSchema, AdeType};
pub use appearance::{Appearance, Material, NO_LOOK, Projection, Texture};
pub use city_object::{Attributes, CityObject};
pub use class::{ClassId, Module, ObjectClass, class_by_element, class_by_name, class_of, classes};
pub use code_list::{
    Code, CodeList, CodeListOrigin, code_space_key, file_name_key, is_relative as is_relative_code_space,
    text_in,
};
pub use collection::{Collection, PropertySummary, PropertyType};
pub use crs::{Crs, VerticalCrs};
pub use envelope::Envelope;
pub use feature::{Feature, Footprint, Matched, Page, RawFeature};
pub use geometry::{BoundarySurface, Face, Geometry, GeometryKind, Lod, NO_SURFACE};
pub use ground::GroundDifference;
pub use ground_edit::{CutFill, EditFigures, GroundEdit, GroundTarget, TerrainModification};
pub use image::Image;
pub use implicit::{ImplicitGeometry, Template};
pub use issue::{Issue, Severity};
pub use lineage::{IdentityMatch, Lineage, Succession};
pub use map_cell::MapCell;
pub use measures::Measures;
pub use object_link::ObjectLink;
pub use organization::{Organization, OrganizationKind};
pub use place::Place;
pub use plan::{EditState, Project, Scenario, Span};
pub use revision::{Revision, RevisionState};
pub use target::Target;
pub use terrain::{BLOCK_SIDE, BlockKey, HeightGrid, Heights, Terrain, Window};
pub use tile::{TileKey, TileNode};

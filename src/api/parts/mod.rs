//! What lies below features: their parts, rooms and installations, and the surfaces that bound them; of one feature, and
//! of a whole collection as a collection for each class. Surfaces are no rows: they are read off the geometries.

mod child;
mod children;
mod class_items;
mod describe;
mod expand;
mod gather;
mod holder;
mod pages;
mod schemas;
mod surface_json;
mod surfaces;
mod view;
mod words;

pub use child::{answer, links, pages_below};
pub use children::list as children;
pub use class_items::{item as class_item, list as class_items};
pub use describe::{describe, template};
pub use schemas::schemas;
pub use surfaces::list as surfaces;
pub use view::{view, view_of};

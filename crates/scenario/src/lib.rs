//! What plans are made of and come to, as pure functions on city objects. Knows no store, no HTTP, no user.

mod check;
pub mod conflict;
mod diff;
mod extrude;
mod figures;
mod full_storey;
mod outline;
mod overlap;
mod permitted;
pub mod plane;
mod resolve;
mod roof;
mod rule_set;
mod shape;
pub mod span;
mod transform;

pub use check::{Demand, Finding, Measured, Site, Unit, check_planned, terrain_samples};
pub use diff::{AttributeChange, Change, ChangeKind, Delta, Diff, Movement, Tolerances, Version, diff};
pub use extrude::{Extrusion, ExtrusionError, HIGHEST_M, RoofForm, extrude};
pub use figures::{Figure, Figures, KEYS, Limit, Plot, Subject, Tree, figures, storeys};
pub use full_storey::{Attic, FullStoreyRule};
pub use outline::{Outline, OutlineError};
pub use overlap::Body;
pub use permitted::{
    BuildingField, FixedHeight, HeightFrom, HeightOf, Permitted, PermittedError, beyond_permitted_m3,
    permitted,
};
pub use resolve::{Act, Fault, Outcome, Step, resolve};
pub use rule_set::{EffectiveLimits, Housing, Limits, RuleFault, RuleSet, Use, UseRule, orientation_values};
pub use shape::{Part, Shape};
pub use transform::{Motion, Transform, TransformError, place_of, transform};

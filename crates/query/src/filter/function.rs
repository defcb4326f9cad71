//! Functions that filters may call.

use super::Type;

/// What a function computes; the store knows how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Computed {
    Height,
    Volume,
    SurfaceArea,
    Lowest,
    Highest,
    Distance3d,
    Intersects3d,
    Area,
    Distance,
    Absolute,
    Floor,
    Ceiling,
    Lower,
    Upper,
    CharacterCount,
    Year,
}

/// A function as `/functions` describes it.
#[derive(Debug, PartialEq)]
pub struct Function {
    pub name: &'static str,
    pub computed: Computed,
    /// Title and type of each argument.
    pub takes: &'static [(&'static str, Type)],
    pub gives: Type,
    /// With the unit of the result.
    pub description: &'static str,
}

pub static FUNCTIONS: &[Function] = &[
    Function {
        name: "height",
        computed: Computed::Height,
        takes: &[],
        gives: Type::Number,
        description: "Height of the object from its lowest to its highest point [m].",
    },
    Function {
        name: "volume",
        computed: Computed::Volume,
        takes: &[],
        gives: Type::Number,
        description: "Volume of the object's solids, with those of its parts, at the highest level of detail at which all \
                      of them are closed [m³]; null where there is no closed solid.",
    },
    Function {
        name: "area3d",
        computed: Computed::SurfaceArea,
        takes: &[],
        gives: Type::Number,
        description: "Area in space of all faces of the object and its parts at the highest level of detail [m²]; null \
                      where there is no face.",
    },
    Function {
        name: "z_min",
        computed: Computed::Lowest,
        takes: &[],
        gives: Type::Number,
        description: "Height of the object's lowest point in the storage height system [m].",
    },
    Function {
        name: "z_max",
        computed: Computed::Highest,
        takes: &[],
        gives: Type::Number,
        description: "Height of the object's highest point in the storage height system [m].",
    },
    Function {
        name: "distance3d",
        computed: Computed::Distance3d,
        takes: &[
            ("geometry: the property of that name", Type::Shape),
            ("point with height: POINT Z", Type::Shape),
        ],
        gives: Type::Number,
        description: "Shortest distance in space from the object's shape at its highest level of detail to a point [m]; 0 \
                      within its solids. The height is in the system of `filter-crs`: above the ellipsoid by default and \
                      in CRS84h, in the storage height system (that of z_min and zMin) in all others.",
    },
    Function {
        name: "intersects3d",
        computed: Computed::Intersects3d,
        takes: &[("box with heights: BBOX of six numbers", Type::Shape)],
        gives: Type::Boolean,
        description: "Whether the object's shape at its highest level of detail has a point in common with a box in space; \
                      solids are full. Heights [m] are in the system of `filter-crs`: above the ellipsoid by default and in CRS84h, \
                      in the storage height system (that of z_min and zMin) in all others.",
    },
    Function {
        name: "area",
        computed: Computed::Area,
        takes: &[("geometry", Type::Shape)],
        gives: Type::Number,
        description: "Area in plan, in square units of the storage CRS [m²].",
    },
    Function {
        name: "distance",
        computed: Computed::Distance,
        takes: &[("geometry", Type::Shape), ("other geometry", Type::Shape)],
        gives: Type::Number,
        description: "Shortest distance in plan, in units of the storage CRS [m].",
    },
    Function {
        name: "abs",
        computed: Computed::Absolute,
        takes: &[("number", Type::Number)],
        gives: Type::Number,
        description: "The number without its sign.",
    },
    Function {
        name: "floor",
        computed: Computed::Floor,
        takes: &[("number", Type::Number)],
        gives: Type::Number,
        description: "The next whole number below.",
    },
    Function {
        name: "ceil",
        computed: Computed::Ceiling,
        takes: &[("number", Type::Number)],
        gives: Type::Number,
        description: "The next whole number above.",
    },
    Function {
        name: "lower",
        computed: Computed::Lower,
        takes: &[("text", Type::Text)],
        gives: Type::Text,
        description: "The text in small letters.",
    },
    Function {
        name: "upper",
        computed: Computed::Upper,
        takes: &[("text", Type::Text)],
        gives: Type::Text,
        description: "The text in capital letters.",
    },
    Function {
        name: "char_length",
        computed: Computed::CharacterCount,
        takes: &[("text", Type::Text)],
        gives: Type::Number,
        description: "Number of characters.",
    },
    Function {
        name: "year",
        computed: Computed::Year,
        takes: &[("date or time", Type::Time)],
        gives: Type::Number,
        description: "The year of a date or time, in UTC.",
    },
];

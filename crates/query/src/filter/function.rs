//! Functions that filters may call.

use super::Type;

/// What a function computes; the store knows how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Computed {
    Height,
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

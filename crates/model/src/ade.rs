//! Application domain extensions: what their schemas say of classes and properties.

use super::CodeList;

/// What a property's values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AdeType {
    String,
    Integer,
    Number,
    /// White-space separated.
    Numbers,
    Boolean,
    /// Dates and times, kept as text.
    Date,
    Uri,
    Code,
    /// A number with a unit.
    Measure,
    /// A link to something.
    Reference,
    Geometry,
    /// Something with properties of its own.
    Object,
    /// Of a type that nobody here knows.
    Any,
}

impl AdeType {
    const ALL: [AdeType; 13] = {
        use AdeType::*;
        [
            String, Integer, Number, Numbers, Boolean, Date, Uri, Code, Measure, Reference, Geometry, Object,
            Any,
        ]
    };

    pub fn name(self) -> &'static str {
        match self {
            AdeType::String => "string",
            AdeType::Integer => "integer",
            AdeType::Number => "number",
            AdeType::Numbers => "numbers",
            AdeType::Boolean => "boolean",
            AdeType::Date => "date",
            AdeType::Uri => "uri",
            AdeType::Code => "code",
            AdeType::Measure => "measure",
            AdeType::Reference => "reference",
            AdeType::Geometry => "geometry",
            AdeType::Object => "object",
            AdeType::Any => "any",
        }
    }

    pub fn from_name(name: &str) -> AdeType {
        AdeType::ALL.into_iter().find(|kind| kind.name() == name).unwrap_or(AdeType::Any)
    }
}

/// A property of a class, or of whatever class of CityGML it extends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdeProperty {
    /// Local name of the class; empty for properties that extend classes of CityGML.
    pub class: String,
    /// Local name of the element.
    pub name: String,
    /// Local name of the XML type; empty where it has none of its own.
    pub type_name: String,
    pub kind: AdeType,
    /// Where the schema fixes it.
    pub unit: Option<String>,
    /// Of the list that its codes are of, where the schema tells.
    pub code_space: Option<String>,
    pub min_occurs: u32,
    /// `None`: any number.
    pub max_occurs: Option<u32>,
    pub description: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdeClass {
    /// Local name of the element.
    pub name: String,
    /// Head of the substitution group, `{namespace}name`.
    pub base: Option<String>,
    /// CityGML class that it is a kind of.
    pub standard_class: Option<String>,
    pub is_feature: bool,
    pub is_abstract: bool,
    pub description: String,
}

/// One namespace of an ADE.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AdeSchema {
    pub namespace: String,
    pub version: String,
    pub description: String,
    pub classes: Vec<AdeClass>,
    pub properties: Vec<AdeProperty>,
    /// Enumerations by the codeSpace that properties name.
    pub code_lists: Vec<(String, CodeList)>,
}

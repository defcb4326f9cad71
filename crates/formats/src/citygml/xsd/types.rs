//! What values of an XML type are.

use super::super::names::{self, Origin};
use super::declarations::{Element, Name, Schema, Type};
use super::{MAX_DEPTH, enumeration_space};
use stadtwin_model::AdeType;

/// Of one property.
pub struct Meaning {
    pub kind: AdeType,
    pub unit: Option<String>,
    pub code_space: Option<String>,
}

pub fn meaning(schema: &Schema, element: &Element) -> Meaning {
    let mut meaning = Meaning { kind: AdeType::Any, unit: None, code_space: element.code_space.clone() };
    let declared = schema.types_of(element, MAX_DEPTH);
    for one in &declared {
        meaning.unit = meaning.unit.take().or_else(|| one.unit.clone());
        meaning.code_space = meaning.code_space.take().or_else(|| one.code_space.clone());
    }
    meaning.kind = kind(&declared, element);
    if let (Some(name), Some(first)) = (&element.type_name, declared.first())
        && !first.enumeration.is_empty()
    {
        meaning.kind = AdeType::Code;
        meaning.code_space = Some(enumeration_space(name));
    }
    meaning
}

fn kind(declared: &[&Type], element: &Element) -> AdeType {
    if declared.iter().any(|one| one.items.is_some()) {
        let items = declared.iter().find_map(|one| one.items.as_ref());
        let is_number =
            items.is_some_and(|name| matches!(built_in(name), AdeType::Number | AdeType::Integer));
        return if is_number { AdeType::Numbers } else { AdeType::String };
    }
    if declared.iter().any(|one| !one.members.is_empty() || !one.refers.is_empty()) {
        return AdeType::Object;
    }
    // The outermost type that is known stands on one that is built in.
    let last = declared.last().and_then(|last| last.base.as_ref());
    let built = last.or(element.type_name.as_ref()).map_or(AdeType::Any, built_in);
    let is_text = declared.last().is_some_and(|last| last.is_simple);
    if built == AdeType::Any && is_text { AdeType::String } else { built }
}

/// Of XML Schema and GML, and of CityGML's own.
fn built_in(name: &Name) -> AdeType {
    if name.namespace == "http://www.w3.org/2001/XMLSchema" {
        return xml_schema(&name.local);
    }
    if names::namespace_of(name.namespace.as_bytes()).origin != Origin::Standard {
        return AdeType::Any;
    }
    match name.local.as_str() {
        "CodeType" | "CodeWithAuthorityType" | "CodeOrNilReasonListType" => AdeType::Code,
        "MeasureType"
        | "LengthType"
        | "AreaType"
        | "VolumeType"
        | "ScaleType"
        | "AngleType"
        | "SpeedType"
        | "TimeType"
        | "GridLengthType"
        | "MeasureOrNilReasonType" => AdeType::Measure,
        "doubleList"
        | "doubleOrNilReasonList"
        | "integerList"
        | "integerOrNilReasonList"
        | "MeasureListType"
        | "MeasureOrNilReasonListType" => AdeType::Numbers,
        "ReferenceType" => AdeType::Reference,
        "StringOrRefType" | "CoordinatesType" => AdeType::String,
        "booleanOrNilReason" => AdeType::Boolean,
        "doubleOrNilReason" | "DoubleBetween0and1" => AdeType::Number,
        "integerOrNilReason" => AdeType::Integer,
        "CalDate" | "TimePositionType" | "dateOrNilReason" => AdeType::Date,
        local if local.ends_with("PropertyType") => held(local),
        local
            if local.contains("Class") || local.ends_with("FunctionType") || local.ends_with("UsageType") =>
        {
            AdeType::Code
        }
        _ => AdeType::Any,
    }
}

fn xml_schema(local: &str) -> AdeType {
    match local {
        "boolean" => AdeType::Boolean,
        "double" | "float" | "decimal" => AdeType::Number,
        "integer" | "int" | "long" | "short" | "byte" | "nonNegativeInteger" | "positiveInteger"
        | "nonPositiveInteger" | "negativeInteger" | "unsignedInt" | "unsignedLong" | "unsignedShort"
        | "unsignedByte" | "gYear" => AdeType::Integer,
        "date" | "dateTime" | "time" | "gYearMonth" | "gMonth" | "gMonthDay" | "gDay" | "duration" => {
            AdeType::Date
        }
        "anyURI" => AdeType::Uri,
        "anyType" | "anySimpleType" => AdeType::Any,
        _ => AdeType::String,
    }
}

/// `gml:MultiSurfacePropertyType` holds a geometry, `core:AddressPropertyType` an object.
fn held(local: &str) -> AdeType {
    const GEOMETRIES: [&str; 7] = ["Surface", "Solid", "Curve", "Point", "Geometr", "Polygon", "Tin"];
    if GEOMETRIES.iter().any(|geometry| local.contains(geometry)) {
        AdeType::Geometry
    } else {
        AdeType::Object
    }
}

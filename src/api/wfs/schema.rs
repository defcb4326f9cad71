//! Collections as feature types: their names, their properties, and the schema that tells of both (GML 3.2, simple features
//! level 0).

use std::collections::HashSet;
use std::fmt::Write;

use super::super::answer::Answer;
use super::super::call::Call;
use super::super::collections;
use super::super::params::shortened;
use super::GML;
use super::exception::WfsError;
use super::kvp::Kvp;
use super::xml::{escaped, name_of};
use stadtwin_model::Collection;
use stadtwin_query::{Queryables, Source, Type};

/// Of all feature types, and the prefix that we give it.
pub const NAMESPACE: &str = "urn:x-stadtwin:features";
pub const PREFIX: &str = "st";

/// What a feature type has besides its geometry.
#[derive(Debug, Clone, PartialEq)]
pub struct Property {
    /// As GeoJSON names it.
    pub name: String,
    /// Name of its element.
    pub element: String,
    /// XML Schema's.
    pub kind: &'static str,
}

/// Without prefix: collections may begin with a digit, names of elements may not.
pub fn type_name(collection: &Collection) -> String {
    name_of(&collection.id)
}

/// In the order of the schema; `id` is the name that features have elsewhere.
pub fn properties(collection: &Collection) -> Vec<Property> {
    let queryables = Queryables::of(collection);
    let mut taken: HashSet<String> = ["id", "geometry"].into_iter().map(str::to_owned).collect();
    let mut properties = vec![Property { name: "id".into(), element: "id".into(), kind: "string" }];
    for returnable in queryables.returnables() {
        let plain = name_of(&returnable.name);
        let numbered = (2..).map(|number| format!("{plain}_{number}"));
        let element = std::iter::once(plain.clone()).chain(numbered).find(|name| !taken.contains(name));
        let element = element.unwrap_or(plain);
        taken.insert(element.clone());
        let is_own = !matches!(returnable.source, Source::Attribute(_));
        let kind = match returnable.kind {
            Type::Boolean => "boolean",
            Type::Number if returnable.is_integer => "long",
            Type::Number => "double",
            Type::Date => "date",
            // Attributes that are times may also be days, which are none in XML Schema.
            Type::Time if is_own => "dateTime",
            _ => "string",
        };
        properties.push(Property { name: returnable.name.clone(), element, kind });
    }
    properties
}

/// Collections that have been published.
pub async fn published(call: &Call) -> Result<Vec<Collection>, WfsError> {
    Ok(collections::published(call).await?)
}

/// The collection of a feature type by its name, with any prefix.
pub fn named<'a>(all: &'a [Collection], name: &str) -> Result<&'a Collection, WfsError> {
    let local = name.rsplit(':').next().unwrap_or(name);
    all.iter().find(|collection| type_name(collection) == local).ok_or_else(|| {
        let known: Vec<_> =
            all.iter().map(|collection| format!("{PREFIX}:{}", type_name(collection))).collect();
        let message = format!("no feature type `{}`; there are: {}", shortened(name), known.join(", "));
        WfsError::invalid("typeNames", message)
    })
}

/// Names of one parameter, separated by commas.
pub fn type_names(kvp: &Kvp) -> Vec<&str> {
    let text = kvp.get("typenames").or_else(|| kvp.get("typename")).unwrap_or_default();
    text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect()
}

pub async fn show(call: &Call, kvp: &Kvp) -> Result<Answer, WfsError> {
    let all = published(call).await?;
    let names = type_names(kvp);
    if let Some(format) = kvp.get("outputformat")
        && !super::features::is_gml(format)
    {
        let message = format!("schemas come as `{GML}`, not as `{}`", shortened(format));
        return Err(WfsError::invalid("outputFormat", message));
    }
    let wanted: Vec<&Collection> = match names.is_empty() {
        true => all.iter().collect(),
        false => names.iter().map(|name| named(&all, name)).collect::<Result<_, _>>()?,
    };
    Ok(Answer::file(GML, document(&wanted)))
}

fn document(collections: &[&Collection]) -> String {
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xsd:schema xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" \
         xmlns:gml=\"http://www.opengis.net/gml/3.2\" xmlns:gmlsf=\"http://www.opengis.net/gmlsf/2.0\" \
         xmlns:{PREFIX}=\"{NAMESPACE}\" targetNamespace=\"{NAMESPACE}\" elementFormDefault=\"qualified\" version=\"1.0\">\n\
         <xsd:annotation><xsd:appinfo source=\"http://schemas.opengis.net/gmlsfProfile/2.0/gmlsfLevels.xsd\">\
         <gmlsf:ComplianceLevel>0</gmlsf:ComplianceLevel></xsd:appinfo></xsd:annotation>\n\
         <xsd:import namespace=\"http://www.opengis.net/gml/3.2\" \
         schemaLocation=\"http://schemas.opengis.net/gml/3.2.1/gml.xsd\"/>\n\
         <xsd:import namespace=\"http://www.opengis.net/gmlsf/2.0\" \
         schemaLocation=\"http://schemas.opengis.net/gmlsfProfile/2.0/gmlsfLevels.xsd\"/>\n"
    );
    collections.iter().for_each(|collection| feature_type(&mut out, collection));
    out.push_str("</xsd:schema>\n");
    out
}

fn feature_type(out: &mut String, collection: &Collection) {
    let name = type_name(collection);
    // Writing into a string does not fail.
    let _ = write!(
        out,
        "<xsd:element name=\"{name}\" type=\"{PREFIX}:{name}Type\" substitutionGroup=\"gml:AbstractFeature\">\
         <xsd:annotation><xsd:documentation>{}</xsd:documentation></xsd:annotation></xsd:element>\n\
         <xsd:complexType name=\"{name}Type\"><xsd:complexContent><xsd:extension base=\"gml:AbstractFeatureType\">\
         <xsd:sequence>\n<xsd:element name=\"geometry\" type=\"gml:GeometryPropertyType\" minOccurs=\"0\"/>\n",
        escaped(&collection.title)
    );
    for Property { element, kind, .. } in properties(collection) {
        let _ = writeln!(out, "<xsd:element name=\"{element}\" type=\"xsd:{kind}\" minOccurs=\"0\"/>");
    }
    out.push_str("</xsd:sequence></xsd:extension></xsd:complexContent></xsd:complexType>\n");
}

//! A building as the survey describes it and its CityGML 2.0 text.

use super::random::Random;
use super::solid::{Kind, Solid};
use super::surfaces::{Count, write_body};
use super::xml::{Xml, push_metres};

/// A solid with its AdV roof code; a building of several bodies is written as building parts.
#[derive(Clone, Debug)]
pub struct Body {
    pub roof: &'static str,
    pub solid: Solid,
}

/// Level of detail a building is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    Lod1,
    Lod2,
    Lod3,
}

impl Detail {
    /// The digit in names of properties.
    pub fn digit(self) -> char {
        match self {
            Detail::Lod1 => '1',
            Detail::Lod2 => '2',
            Detail::Lod3 => '3',
        }
    }
}

/// Street, house number, postcode, municipality.
#[derive(Clone, Debug)]
pub struct Address<'a> {
    pub street: &'a str,
    pub number: String,
    pub postcode: &'a str,
    pub municipality: &'a str,
}

/// Everything the survey tells of one building.
#[derive(Clone, Debug)]
pub struct Record<'a> {
    pub id: String,
    pub alkis_oid: String,
    pub name: Option<&'a str>,
    pub created: &'a str,
    pub municipality_key: &'a str,
    pub function: &'a str,
    pub year: Option<u32>,
    pub storeys: Option<u32>,
    pub detail: Detail,
    pub bodies: &'a [Body],
    pub address: Option<Address<'a>>,
    /// Surfaces named by UUIDs with ids on their rings and the area of roofs only; else short names and all measures.
    pub uuids: bool,
}

/// Writes one `cityObjectMember`.
pub fn write(xml: &mut Xml, record: &Record, random: &mut Random, count: &mut Count) {
    xml.open("core:cityObjectMember");
    xml.open(&format!("bldg:Building gml:id=\"{}\"", record.id));
    write_head(xml, record);
    let single = record.bodies.len() == 1;
    if let (true, Some(body)) = (single, record.bodies.first()) {
        write_body(xml, record, &record.id, body, random, count);
    } else {
        for (index, body) in record.bodies.iter().enumerate() {
            write_part(xml, record, index + 1, body, random, count);
        }
    }
    if let Some(address) = &record.address {
        write_address(xml, address);
    }
    xml.close("bldg:Building");
    xml.close("core:cityObjectMember");
}

fn write_head(xml: &mut Xml, record: &Record) {
    if let Some(name) = record.name {
        xml.leaf("gml:name", name);
    }
    xml.leaf("core:creationDate", record.created);
    xml.open("core:externalReference");
    xml.leaf("core:informationSystem", "http://repository.gdi-de.org/schemas/adv/citygml/fdv/art.htm#_9100");
    xml.open("core:externalObject");
    xml.leaf("core:name", &record.alkis_oid);
    xml.close_all(&["core:externalReference", "core:externalObject"]);
    let (low, high) = extent(record.bodies);
    let eaves = record.bodies.iter().map(|body| lowest_eaves(&body.solid)).min().unwrap_or(high);
    let dach = if record.detail == Detail::Lod1 { "3000" } else { "1000" };
    xml.generic("DatenquelleDachhoehe", format_args!("{dach}"));
    xml.generic("DatenquelleLage", format_args!("1000"));
    xml.generic("DatenquelleBodenhoehe", format_args!("1100"));
    xml.generic("Geometrietyp2DReferenz", format_args!("3000"));
    xml.generic("Gemeindeschluessel", format_args!("{}", record.municipality_key));
    xml.generic("Grundrissaktualitaet", format_args!("{}", record.created));
    xml.generic("HoeheGrund", format_args!("{}", metres(low)));
    xml.generic("HoeheDach", format_args!("{}", metres(high)));
    xml.generic("NiedrigsteTraufeDesGebaeudes", format_args!("{}", metres(eaves)));
    xml.leaf("bldg:function", record.function);
    if let Some(year) = record.year {
        xml.line(format_args!("<bldg:yearOfConstruction>{year}</bldg:yearOfConstruction>"));
    }
    xml.leaf("bldg:roofType", roof_of(record));
    write_height(xml, high - low);
    if let Some(storeys) = record.storeys {
        xml.line(format_args!("<bldg:storeysAboveGround>{storeys}</bldg:storeysAboveGround>"));
    }
}

/// Several bodies with different roofs are a mixed form.
fn roof_of(record: &Record) -> &'static str {
    match record.bodies {
        _ if record.detail == Detail::Lod1 => "9999",
        [first, rest @ ..] if rest.iter().all(|body| body.roof == first.roof) => first.roof,
        _ => "5000",
    }
}

fn write_height(xml: &mut Xml, height: i64) {
    xml.line(format_args!(
        "<bldg:measuredHeight uom=\"urn:adv:uom:m\">{}</bldg:measuredHeight>",
        metres(height)
    ));
}

fn write_part(
    xml: &mut Xml,
    record: &Record,
    number: usize,
    body: &Body,
    random: &mut Random,
    count: &mut Count,
) {
    let id = format!("{}_T{number}", record.id);
    xml.open("bldg:consistsOfBuildingPart");
    xml.open(&format!("bldg:BuildingPart gml:id=\"{id}\""));
    xml.leaf("core:creationDate", record.created);
    let (low, high) = body.solid.z_range();
    xml.generic("HoeheGrund", format_args!("{}", metres(low)));
    xml.generic("HoeheDach", format_args!("{}", metres(high)));
    xml.leaf("bldg:function", record.function);
    xml.leaf("bldg:roofType", body.roof);
    write_height(xml, high - low);
    write_body(xml, record, &id, body, random, count);
    xml.close("bldg:BuildingPart");
    xml.close("bldg:consistsOfBuildingPart");
}

fn write_address(xml: &mut Xml, address: &Address) {
    let outer = ["bldg:address", "core:Address", "core:xalAddress", "xAL:AddressDetails", "xAL:Country"];
    xml.open_all(&outer);
    xml.leaf("xAL:CountryName", "Germany");
    xml.open("xAL:Locality Type=\"Town\"");
    xml.leaf("xAL:LocalityName", address.municipality);
    xml.open("xAL:Thoroughfare Type=\"Street\"");
    xml.leaf("xAL:ThoroughfareNumber", &address.number);
    xml.leaf("xAL:ThoroughfareName", address.street);
    xml.close("xAL:Thoroughfare");
    xml.open("xAL:PostalCode");
    xml.leaf("xAL:PostalCodeNumber", address.postcode);
    xml.close("xAL:PostalCode");
    xml.close("xAL:Locality");
    xml.close_all(&outer);
}

/// Ground and top of all bodies in millimetres.
pub fn extent(bodies: &[Body]) -> (i64, i64) {
    let ranges = || bodies.iter().map(|body| body.solid.z_range());
    (ranges().map(|range| range.0).min().unwrap_or(0), ranges().map(|range| range.1).max().unwrap_or(0))
}

fn lowest_eaves(solid: &Solid) -> i64 {
    solid
        .surfaces
        .iter()
        .filter(|surface| surface.kind == Kind::Roof)
        .map(|surface| surface.z_range().0)
        .min()
        .unwrap_or(0)
}

/// Millimetres as text in metres.
pub fn metres(millimetres: i64) -> String {
    let mut text = String::new();
    push_metres(&mut text, millimetres);
    text
}

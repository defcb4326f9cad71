//! A building as the survey describes it and its CityGML 2.0 text.

use super::random::Random;
use super::solid::{Kind, Solid, Surface};
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
    fn digit(self) -> char {
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
    /// With ids on rings and as UUIDs, as the survey delivers; else shorter ones.
    pub verbose: bool,
}

/// Elements written, for checks against what a reader finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub polygons: u64,
    pub rings: u64,
    pub points: u64,
    pub triangles: u64,
}

impl Count {
    fn add(&mut self, rings: &[Vec<[i64; 3]>]) {
        self.polygons += 1;
        self.rings += rings.len() as u64;
        let open: usize = rings.iter().map(Vec::len).sum();
        self.points += (open + rings.len()) as u64;
        self.triangles += (open + 2 * rings.len()).saturating_sub(4) as u64;
    }
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
    xml.leaf(
        "core:informationSystem",
        "http://repository.gdi-de.org/schemas/adv/citygml/fdv/art.htm#_9100",
    );
    xml.open("core:externalObject");
    xml.leaf("core:name", &record.alkis_oid);
    xml.close_all(&["core:externalReference", "core:externalObject"]);
    let (low, high) = extent(record.bodies);
    let eaves = record
        .bodies
        .iter()
        .map(|body| lowest_eaves(&body.solid))
        .min()
        .unwrap_or(high);
    let dach = if record.detail == Detail::Lod1 {
        "3000"
    } else {
        "1000"
    };
    xml.generic("DatenquelleDachhoehe", format_args!("{dach}"));
    xml.generic("DatenquelleLage", format_args!("1000"));
    xml.generic("DatenquelleBodenhoehe", format_args!("1100"));
    xml.generic("Geometrietyp2DReferenz", format_args!("3000"));
    xml.generic(
        "Gemeindeschluessel",
        format_args!("{}", record.municipality_key),
    );
    xml.generic("Grundrissaktualitaet", format_args!("{}", record.created));
    xml.generic("HoeheGrund", format_args!("{}", metres(low)));
    xml.generic("HoeheDach", format_args!("{}", metres(high)));
    xml.generic(
        "NiedrigsteTraufeDesGebaeudes",
        format_args!("{}", metres(eaves)),
    );
    xml.leaf("bldg:function", record.function);
    if let Some(year) = record.year {
        xml.line(format_args!(
            "<bldg:yearOfConstruction>{year}</bldg:yearOfConstruction>"
        ));
    }
    xml.leaf("bldg:roofType", roof_of(record));
    write_height(xml, high - low);
    if let Some(storeys) = record.storeys {
        xml.line(format_args!(
            "<bldg:storeysAboveGround>{storeys}</bldg:storeysAboveGround>"
        ));
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

fn write_body(
    xml: &mut Xml,
    record: &Record,
    id: &str,
    body: &Body,
    random: &mut Random,
    count: &mut Count,
) {
    if record.detail == Detail::Lod1 {
        return write_inline_solid(xml, id, body, count);
    }
    let surfaces: Vec<String> = (1..=body.solid.surfaces.len())
        .map(|number| {
            if record.verbose {
                format!("{id}_{}", uuid(random))
            } else {
                format!("{id}_{number}")
            }
        })
        .collect();
    // The schema wants lod2Solid before and lod3Solid after the boundary surfaces.
    if record.detail == Detail::Lod2 {
        write_linked_solid(xml, '2', body, &surfaces);
    }
    for (surface, name) in body.solid.surfaces.iter().zip(&surfaces) {
        write_surface(xml, record, surface, name, count);
    }
    if record.detail == Detail::Lod3 {
        write_linked_solid(xml, '3', body, &surfaces);
    }
}

const SHELL: [&str; 3] = ["gml:Solid", "gml:exterior", "gml:CompositeSurface"];

fn write_linked_solid(xml: &mut Xml, lod: char, body: &Body, names: &[String]) {
    let property = format!("bldg:lod{lod}Solid");
    xml.open(&property);
    xml.open_all(&SHELL);
    for (surface, name) in body.solid.surfaces.iter().zip(names) {
        xml.line(format_args!(
            "<gml:surfaceMember xlink:href=\"#{name}_poly\"/>"
        ));
        for number in 1..=surface.openings.len() {
            xml.line(format_args!(
                "<gml:surfaceMember xlink:href=\"#{name}_O{number}_poly\"/>"
            ));
        }
    }
    xml.close_all(&SHELL);
    xml.close(&property);
}

fn write_inline_solid(xml: &mut Xml, id: &str, body: &Body, count: &mut Count) {
    xml.open("bldg:lod1Solid");
    xml.open_all(&SHELL);
    for (index, surface) in body.solid.surfaces.iter().enumerate() {
        xml.open("gml:surfaceMember");
        write_polygon(
            xml,
            &format!("{id}_{}", index + 1),
            &surface.rings,
            false,
            count,
        );
        xml.close("gml:surfaceMember");
    }
    xml.close_all(&SHELL);
    xml.close("bldg:lod1Solid");
}

fn write_surface(xml: &mut Xml, record: &Record, surface: &Surface, name: &str, count: &mut Count) {
    let class = surface.kind.class();
    xml.open("bldg:boundedBy");
    xml.open(&format!("bldg:{class} gml:id=\"{name}\""));
    xml.leaf("core:creationDate", record.created);
    write_measures(xml, surface, extent(record.bodies).0);
    write_multi_surface(xml, record, name, &surface.rings, count);
    for (index, opening) in surface.openings.iter().enumerate() {
        let name = format!("{name}_O{}", index + 1);
        let class = if opening.door {
            "bldg:Door"
        } else {
            "bldg:Window"
        };
        xml.open("bldg:opening");
        xml.open(&format!("{class} gml:id=\"{name}\""));
        write_multi_surface(
            xml,
            record,
            &name,
            std::slice::from_ref(&opening.ring),
            count,
        );
        xml.close_all(&["bldg:opening", class]);
    }
    xml.close(&format!("bldg:{class}"));
    xml.close("bldg:boundedBy");
}

fn write_multi_surface(
    xml: &mut Xml,
    record: &Record,
    name: &str,
    rings: &[Vec<[i64; 3]>],
    count: &mut Count,
) {
    let property = format!("bldg:lod{}MultiSurface", record.detail.digit());
    xml.open_all(&[&property, "gml:MultiSurface", "gml:surfaceMember"]);
    write_polygon(xml, name, rings, record.verbose, count);
    xml.close_all(&[&property, "gml:MultiSurface", "gml:surfaceMember"]);
}

fn write_measures(xml: &mut Xml, surface: &Surface, ground: i64) {
    let (normal, area) = surface.normal_area();
    let (low, high) = surface.z_range();
    xml.generic("Flaeche", format_args!("{area:.3}"));
    if surface.kind == Kind::Roof {
        let level = normal[2].abs() > 0.9999;
        // The survey measures slope from the vertical: 90 is flat.
        let slope = if level {
            90.0
        } else {
            90.0 - normal[2].clamp(-1.0, 1.0).acos().to_degrees()
        };
        let azimuth = if level {
            -1.0
        } else {
            normal[0].atan2(normal[1]).to_degrees().rem_euclid(360.0)
        };
        xml.generic("Dachneigung", format_args!("{slope:.3}"));
        xml.generic("Dachorientierung", format_args!("{azimuth:.3}"));
    }
    if surface.kind != Kind::Ground {
        xml.generic("Z_MAX", format_args!("{}", metres(high - ground)));
        xml.generic("Z_MAX_ASL", format_args!("{}", metres(high)));
        xml.generic("Z_MIN", format_args!("{}", metres(low - ground)));
        xml.generic("Z_MIN_ASL", format_args!("{}", metres(low)));
    }
}

/// A `gml:Polygon` named `<name>_poly`.
pub fn write_polygon(
    xml: &mut Xml,
    name: &str,
    rings: &[Vec<[i64; 3]>],
    ring_ids: bool,
    count: &mut Count,
) {
    count.add(rings);
    xml.line(format_args!("<gml:Polygon gml:id=\"{name}_poly\">"));
    for (index, ring) in rings.iter().enumerate() {
        let role = if index == 0 {
            "gml:exterior"
        } else {
            "gml:interior"
        };
        xml.open(role);
        if ring_ids {
            xml.open(&format!("gml:LinearRing gml:id=\"{name}_poly_{index}_\""));
        } else {
            xml.open("gml:LinearRing");
        }
        xml.pos_list(ring);
        xml.close_all(&[role, "gml:LinearRing"]);
    }
    xml.line(format_args!("</gml:Polygon>"));
}

fn write_address(xml: &mut Xml, address: &Address) {
    let outer = [
        "bldg:address",
        "core:Address",
        "core:xalAddress",
        "xAL:AddressDetails",
        "xAL:Country",
    ];
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
    (
        ranges().map(|range| range.0).min().unwrap_or(0),
        ranges().map(|range| range.1).max().unwrap_or(0),
    )
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

fn metres(millimetres: i64) -> String {
    let mut text = String::new();
    push_metres(&mut text, millimetres);
    text
}

fn uuid(random: &mut Random) -> String {
    let (high, low) = (random.next(), random.next());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        (low >> 50) | 0x8000,
        low & 0xffff_ffff_ffff
    )
}

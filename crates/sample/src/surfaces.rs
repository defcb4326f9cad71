//! The geometry of a building as CityGML 2.0 text: solids by xlink, boundary surfaces, openings.

use super::building::{Body, Detail, Record, extent, metres};
use super::random::Random;
use super::solid::{Kind, Surface};
use super::xml::Xml;

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

/// The solid and the surfaces of one body.
pub fn write_body(
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
        .map(|number| if record.uuids { format!("UUID_{}", uuid(random)) } else { format!("{id}_{number}") })
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
        xml.line(format_args!("<gml:surfaceMember xlink:href=\"#{name}_poly\"/>"));
        for number in 1..=surface.openings.len() {
            xml.line(format_args!("<gml:surfaceMember xlink:href=\"#{name}_O{number}_poly\"/>"));
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
        write_polygon(xml, &format!("{id}_{}", index + 1), &surface.rings, false, count);
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
    if !record.uuids || surface.kind == Kind::Roof {
        write_area(xml, surface, !record.uuids);
    }
    if !record.uuids {
        write_heights(xml, surface, extent(record.bodies).0);
    }
    write_multi_surface(xml, record, name, &surface.rings, count);
    for (index, opening) in surface.openings.iter().enumerate() {
        let name = format!("{name}_O{}", index + 1);
        let class = if opening.door { "bldg:Door" } else { "bldg:Window" };
        xml.open("bldg:opening");
        xml.open(&format!("{class} gml:id=\"{name}\""));
        write_multi_surface(xml, record, &name, std::slice::from_ref(&opening.ring), count);
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
    write_polygon(xml, name, rings, record.uuids, count);
    xml.close_all(&[&property, "gml:MultiSurface", "gml:surfaceMember"]);
}

fn write_area(xml: &mut Xml, surface: &Surface, slopes: bool) {
    let (normal, area) = surface.normal_area();
    xml.generic("Flaeche", format_args!("{area:.3}"));
    if surface.kind == Kind::Roof && slopes {
        let level = normal[2].abs() > 0.9999;
        // The survey measures slope from the vertical: 90 is flat.
        let slope = if level { 90.0 } else { 90.0 - normal[2].clamp(-1.0, 1.0).acos().to_degrees() };
        let azimuth = if level { -1.0 } else { normal[0].atan2(normal[1]).to_degrees().rem_euclid(360.0) };
        xml.generic("Dachneigung", format_args!("{slope:.3}"));
        xml.generic("Dachorientierung", format_args!("{azimuth:.3}"));
    }
}

fn write_heights(xml: &mut Xml, surface: &Surface, ground: i64) {
    let (low, high) = surface.z_range();
    if surface.kind != Kind::Ground {
        xml.generic("Z_MAX", format_args!("{}", metres(high - ground)));
        xml.generic("Z_MAX_ASL", format_args!("{}", metres(high)));
        xml.generic("Z_MIN", format_args!("{}", metres(low - ground)));
        xml.generic("Z_MIN_ASL", format_args!("{}", metres(low)));
    }
}

/// A `gml:Polygon` named `<name>_poly`.
pub fn write_polygon(xml: &mut Xml, name: &str, rings: &[Vec<[i64; 3]>], ring_ids: bool, count: &mut Count) {
    count.add(rings);
    xml.open(&format!("gml:Polygon gml:id=\"{name}_poly\""));
    for (index, ring) in rings.iter().enumerate() {
        let role = if index == 0 { "gml:exterior" } else { "gml:interior" };
        xml.open(role);
        if ring_ids {
            xml.open(&format!("gml:LinearRing gml:id=\"{name}_poly_{index}_\""));
        } else {
            xml.open("gml:LinearRing");
        }
        xml.pos_list(ring);
        xml.close_all(&[role, "gml:LinearRing"]);
    }
    xml.close("gml:Polygon");
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

//! CityGML 2.0 text of roads, land use, water and trees.

use super::document;
use super::landscape::{CENTRE, HALF};
use super::names::MUNICIPALITIES;
use super::scenery::{land, strip, water};
use super::solid::Point;
use super::surfaces::{Count, write_polygon};
use super::town::Towns;
use super::trees::Tree;
use super::xml::Xml;

const CREATED: &str = "2024-11-06";

/// Roads with their carriageways and, along the main road, pavements; and how many.
pub fn roads(towns: &Towns) -> (String, u64) {
    let mut xml = start("Strassen_XX");
    for (index, street) in towns.streets.iter().enumerate() {
        let (id, half) = (format!("DEXX_ROAD_{}", index + 1), street.width / 2.0);
        xml.open_all(&["core:cityObjectMember", &format!("tran:Road gml:id=\"{id}\"")]);
        xml.leaf("gml:name", street.name);
        xml.leaf("core:creationDate", CREATED);
        xml.generic("Gemeindeschluessel", format_args!("{}", MUNICIPALITIES[street.municipality].1));
        xml.generic("Fahrbahnbreite", format_args!("{:.1}", street.width));
        // AdV dedication: state road or municipal road.
        xml.leaf("tran:function", if index == 0 { "1305" } else { "1307" });
        area(
            &mut xml,
            "tran:trafficArea",
            "tran:TrafficArea",
            &format!("{id}_F"),
            "1",
            &strip(street, -half, half, 0.0),
        );
        if index == 0 {
            for (key, from, to) in [("G1", half, half + 1.5), ("G2", -half - 1.5, -half)] {
                area(
                    &mut xml,
                    "tran:trafficArea",
                    "tran:TrafficArea",
                    &format!("{id}_{key}"),
                    "2",
                    &strip(street, from, to, 0.1),
                );
            }
        }
        xml.close_all(&["core:cityObjectMember", "tran:Road"]);
    }
    (end(xml), towns.streets.len() as u64)
}

fn area(xml: &mut Xml, property: &str, class: &str, id: &str, function: &str, faces: &[Vec<Point>]) {
    xml.open(property);
    xml.open(&format!("{class} gml:id=\"{id}\""));
    xml.leaf("tran:function", function);
    multi_surface(xml, "tran:lod2MultiSurface", id, faces);
    xml.close_all(&[property, class]);
}

/// Land use; and how many objects.
pub fn lands(towns: &Towns, seed: u64) -> (String, u64) {
    let mut xml = start("Nutzung_XX");
    let lands = land(towns, seed);
    for (index, land) in lands.iter().enumerate() {
        let id = format!("DEXX_LAND_{}", index + 1);
        xml.open_all(&["core:cityObjectMember", &format!("luse:LandUse gml:id=\"{id}\"")]);
        xml.leaf("gml:name", land.name);
        xml.leaf("core:creationDate", CREATED);
        xml.leaf("luse:function", land.function);
        xml.leaf("luse:usage", land.usage);
        multi_surface(&mut xml, "luse:lod1MultiSurface", &id, &land.pieces);
        xml.close_all(&["core:cityObjectMember", "luse:LandUse"]);
    }
    (end(xml), lands.len() as u64)
}

/// The river.
pub fn river() -> String {
    let mut xml = start("Gewaesser_XX");
    let surface = "wtr:WaterSurface gml:id=\"DEXX_WATER_1_S\"";
    xml.open_all(&["core:cityObjectMember", "wtr:WaterBody gml:id=\"DEXX_WATER_1\""]);
    xml.leaf("gml:name", "Lohbach");
    xml.leaf("core:creationDate", CREATED);
    xml.leaf("wtr:class", "1000");
    xml.leaf("wtr:function", "8200");
    xml.open_all(&["wtr:boundedBy", surface]);
    multi_surface(&mut xml, "wtr:lod2Surface", "DEXX_WATER_1", &water());
    xml.close_all(&["wtr:boundedBy", "wtr:WaterSurface"]);
    xml.close_all(&["core:cityObjectMember", "wtr:WaterBody"]);
    end(xml)
}

/// Trees.
pub fn vegetation(trees: &[Tree]) -> String {
    let mut xml = start("Baeume_XX");
    for (index, tree) in trees.iter().enumerate() {
        let id = format!("DEXX_TREE_{}", index + 1);
        xml.open_all(&["core:cityObjectMember", &format!("veg:SolitaryVegetationObject gml:id=\"{id}\"")]);
        xml.leaf("core:creationDate", CREATED);
        xml.leaf("veg:species", tree.species);
        xml.line(format_args!("<veg:height uom=\"urn:adv:uom:m\">{:.1}</veg:height>", tree.height_m));
        xml.line(format_args!(
            "<veg:trunkDiameter uom=\"urn:adv:uom:m\">{:.2}</veg:trunkDiameter>",
            tree.trunk_m
        ));
        xml.line(format_args!(
            "<veg:crownDiameter uom=\"urn:adv:uom:m\">{:.1}</veg:crownDiameter>",
            tree.crown_m
        ));
        multi_surface(&mut xml, "veg:lod2Geometry", &id, &tree.faces);
        xml.close_all(&["core:cityObjectMember", "veg:SolitaryVegetationObject"]);
    }
    end(xml)
}

fn multi_surface(xml: &mut Xml, property: &str, id: &str, faces: &[Vec<Point>]) {
    // A water surface is a single surface by the schema: a composite of its pieces.
    let (class, member) = if property == "wtr:lod2Surface" {
        ("gml:CompositeSurface", "gml:surfaceMember")
    } else {
        ("gml:MultiSurface", "gml:surfaceMember")
    };
    xml.open_all(&[property, class]);
    for (index, ring) in faces.iter().enumerate() {
        xml.open(member);
        write_polygon(
            xml,
            &format!("{id}_{}", index + 1),
            std::slice::from_ref(ring),
            false,
            &mut Count::default(),
        );
        xml.close(member);
    }
    xml.close_all(&[property, class]);
}

fn start(name: &str) -> Xml {
    let mut xml = Xml::default();
    let low = [CENTRE[0] - HALF[0], CENTRE[1] - HALF[1], 465.0];
    let high = [CENTRE[0] + HALF[0], CENTRE[1] + HALF[1], 515.0];
    document::open(&mut xml, name, low, high);
    xml
}

fn end(mut xml: Xml) -> String {
    document::close(&mut xml);
    xml.text
}

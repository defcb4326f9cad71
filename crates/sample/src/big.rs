//! A city of any size in the survey's style, streamed for benchmarks; knows nothing of streets.

use std::io::{self, Write};

use super::building::{self, Address, Body, Detail, Record};
use super::document;
use super::random::Random;
use super::roof::{self, Roof, Wing};
use super::solid::Frame;
use super::surfaces::Count;
use super::xml::Xml;

/// South-western corner in metres, EPSG:25832.
const ORIGIN: [f64; 2] = [686_000.0, 5_330_000.0];
/// Metres from building to building.
const CELL: f64 = 32.0;
const STREETS: [&str; 8] = [
    "Ahornweg",
    "Bachstraße",
    "Am Kirchfeld",
    "Ringstraße",
    "Münchner Straße",
    "Schloßallee",
    "Zum Weiher",
    "Gewerbering",
];
const FUNCTIONS: [&str; 6] =
    ["31001_1000", "31001_1000", "31001_2000", "31001_2463", "31001_3000", "31001_9998"];

/// What was written, exactly; points include the closing one of each ring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CityCounts {
    pub buildings: u64,
    pub parts: u64,
    pub polygons: u64,
    pub rings: u64,
    pub points: u64,
    pub triangles: u64,
    pub bytes: u64,
}

/// Writes `count` buildings as one CityGML 2.0 document, one building at a time.
pub fn write_city(out: &mut impl Write, count: u64, seed: u64) -> io::Result<CityCounts> {
    let side = (count.max(1) as f64).sqrt().ceil();
    let reach = side * CELL + 40.0;
    let mut xml = Xml::default();
    let (low, high) =
        ([ORIGIN[0] - 40.0, ORIGIN[1] - 40.0, 440.0], [ORIGIN[0] + reach, ORIGIN[1] + reach, 580.0]);
    document::open(&mut xml, "LoD2_benchmark", low, high);
    let mut counts = CityCounts::default();
    let mut count_of = Count::default();
    for number in 0..count {
        let (row, column) = ((number as f64 / side).floor(), number as f64 % side);
        let position = [ORIGIN[0] + column * CELL, ORIGIN[1] + row * CELL];
        counts.parts += write_building(&mut xml, number, seed, position, &mut count_of);
        counts.buildings += 1;
        if xml.text.len() > 1 << 18 {
            flush(out, &mut xml, &mut counts)?;
        }
    }
    document::close(&mut xml);
    flush(out, &mut xml, &mut counts)?;
    Ok(CityCounts {
        polygons: count_of.polygons,
        rings: count_of.rings,
        points: count_of.points,
        triangles: count_of.triangles,
        ..counts
    })
}

fn flush(out: &mut impl Write, xml: &mut Xml, counts: &mut CityCounts) -> io::Result<()> {
    out.write_all(xml.text.as_bytes())?;
    counts.bytes += xml.text.len() as u64;
    xml.text.clear();
    Ok(())
}

/// Gives the number of building parts.
fn write_building(xml: &mut Xml, number: u64, seed: u64, position: [f64; 2], count: &mut Count) -> u64 {
    let mut random = Random::new(seed, number);
    let angle = random.pick(&[0.0, 0.05, 0.12, 0.2]) + random.range(-0.03, 0.03);
    let frame =
        Frame::new([position[0] + random.range(0.0, 3.0), position[1] + random.range(0.0, 3.0)], angle);
    let storeys = random.pick(&[1u32, 1, 2, 2, 2, 2, 3, 3, 4, 6]);
    let bodies = bodies(&mut random, &frame, ground(position), f64::from(storeys) * 2.95 + 0.4);
    let record = Record {
        id: format!("DEXX_LOD2_{}", 1_000_000 + number),
        alkis_oid: format!("DEXXAL{number:010X}"),
        name: None,
        created: "2024-03-11",
        municipality_key: "09999001",
        function: random.pick(&FUNCTIONS),
        year: None,
        storeys: Some(storeys),
        detail: Detail::Lod2,
        bodies: &bodies,
        address: Some(Address {
            street: random.pick(&STREETS),
            number: format!("{}", 1 + random.below(160)),
            postcode: "85999",
            municipality: "Erlenried",
        }),
        uuids: true,
    };
    building::write(xml, &record, &mut random, count);
    if bodies.len() > 1 { bodies.len() as u64 } else { 0 }
}

fn ground([x, y]: [f64; 2]) -> f64 {
    500.0 + 8.0 * (x / 1500.0).sin() + 6.0 * (y / 2100.0).cos() + (x / 190.0 + y / 170.0).sin()
}

fn bodies(random: &mut Random, frame: &Frame, base: f64, height: f64) -> Vec<Body> {
    let (long, wide) = (random.range(10.5, 17.0), random.range(7.5, 10.5));
    let (eaves, ridge) = (base + height, base + height + wide * random.range(0.25, 0.45));
    let one = |roof: Roof, ridge: f64| {
        vec![Body { roof: roof.code(), solid: roof::rectangle(frame, long, wide, roof, base, eaves, ridge) }]
    };
    let rectangle = |u: f64, v: f64, a: f64, b: f64| vec![[u, v], [u + a, v], [u + a, v + b], [u, v + b]];
    match random.below(100) {
        0..20 => one(Roof::Flat, eaves),
        20..56 => one(Roof::Gable, ridge),
        56..66 => one(Roof::Hip, ridge),
        66..69 => one(Roof::HalfHip, ridge),
        69..72 => one(Roof::Mansard, ridge),
        72..75 => one(Roof::Tent, ridge),
        75..79 => one(Roof::Pent, ridge),
        79..89 => {
            let wing = Wing { offset: random.pick(&[0.0, 2.5]), width: wide * 0.7, length: 4.5 };
            vec![Body {
                roof: "3100",
                solid: roof::winged(&frame.moved(0.0, 5.0), long, wide, wing, base, eaves, ridge),
            }]
        }
        89..92 => {
            let mut court = rectangle(4.5, 4.5, long - 4.0, wide - 2.0);
            court.reverse();
            let rings = [rectangle(0.0, 0.0, long + 5.0, wide + 7.0), court];
            vec![Body { roof: "1000", solid: roof::flat(frame, &rings, base, eaves) }]
        }
        92..96 => {
            let mut both = one(Roof::Gable, ridge);
            let annex = [rectangle(long, 0.5, 4.0, wide - 1.0)];
            both.push(Body { roof: "1000", solid: roof::flat(frame, &annex, base, base + 2.9) });
            both
        }
        _ => {
            let mut both = one(Roof::Hip, ridge);
            let frame = frame.moved(long, 1.0);
            both.push(Body {
                roof: "2100",
                solid: roof::rectangle(&frame, 5.0, wide - 2.0, Roof::Pent, base, base + 2.7, base + 4.2),
            });
            both
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_those_of_the_text() {
        let mut out = Vec::new();
        let counts = write_city(&mut out, 400, 7).unwrap();
        let text = String::from_utf8(out).unwrap();
        let number = |what: &str| text.matches(what).count() as u64;
        assert_eq!(counts.bytes, text.len() as u64);
        assert_eq!(counts.buildings, number("<bldg:Building "));
        assert_eq!(counts.parts, number("<bldg:BuildingPart "));
        assert_eq!(counts.polygons, number("<gml:Polygon "));
        assert_eq!(counts.rings, number("<gml:LinearRing"));
        let numbers: usize = text
            .split("srsDimension=\"3\">")
            .skip(2)
            .map(|rest| rest.split('<').next().unwrap_or("").split(' ').count())
            .sum();
        assert_eq!(counts.points, numbers as u64 / 3);
        let share = counts.parts as f64 / 400.0;
        assert!((0.05..0.30).contains(&share), "{share}");
    }

    #[test]
    fn same_seed_gives_same_bytes() {
        let write = |seed| {
            let mut out = Vec::new();
            write_city(&mut out, 20, seed).unwrap();
            out
        };
        assert_eq!(write(1), write(1));
        assert_ne!(write(1), write(2));
    }
}

//! Writes the two towns as the files a planning office would get: survey tiles, terrain, roads, trees, plans.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use super::building::{self, Address, Detail, Record};
use super::landscape::{CENTRE, HALF, world};
use super::names::MUNICIPALITIES;
use super::plans;
use super::random::Random;
use super::surfaces::Count;
use super::town::{Towns, found};
use super::xml::Xml;
use super::{cover, document, geotiff, trees};

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TownReport {
    pub buildings: u64,
    pub parts: u64,
    pub lod1_buildings: u64,
    pub lod3_buildings: u64,
    pub addresses: u64,
    pub polygons: u64,
    pub trees: u64,
    pub roads: u64,
    pub land_uses: u64,
    /// File names below the folder with their sizes in bytes.
    pub files: BTreeMap<String, u64>,
}

/// Writes both towns below a folder; the same seed gives the same bytes.
pub fn write_town(dir: &Path, seed: u64) -> io::Result<TownReport> {
    for folder in ["buildings", "terrain", "plans"] {
        fs::create_dir_all(dir.join(folder))?;
    }
    let towns = found(seed);
    let mut report = TownReport::default();
    write_buildings(dir, seed, &towns, &mut report)?;
    write_terrain(dir, &mut report)?;
    let trees = trees::plant(&towns, seed);
    report.trees = trees.len() as u64;
    let (roads, road_count) = cover::roads(&towns);
    let (lands, land_count) = cover::lands(&towns, seed);
    (report.roads, report.land_uses) = (road_count, land_count);
    for (name, text) in [
        ("vegetation.gml.gz", cover::vegetation(&trees)),
        ("transportation.gml.gz", roads),
        ("landuse.gml.gz", lands),
        ("water.gml.gz", cover::river()),
    ] {
        report.files.insert(name.into(), document::save_gzip(&dir.join(name), &text)?);
    }
    for (key, title, plan) in [
        ("A", "Variante A: Höfe", &plans::VARIANT_A[..]),
        ("B", "Variante B: Riegel und Turm", &plans::VARIANT_B[..]),
    ] {
        let name = format!("plans/variant_{}.city.json", key.to_lowercase());
        let text = format!("{}\n", plans::variant(key, title, plan));
        fs::write(dir.join(&name), &text)?;
        report.files.insert(name, text.len() as u64);
    }
    Ok(report)
}

fn write_terrain(dir: &Path, report: &mut TownReport) -> io::Result<()> {
    let kilometres = |axis: usize| {
        let (low, high) = (CENTRE[axis] - HALF[axis], CENTRE[axis] + HALF[axis]);
        (low / 1000.0).floor() as i64..(high / 1000.0).ceil() as i64
    };
    for east in kilometres(0) {
        for north in kilometres(1) {
            let name = format!("terrain/dgm_{east}_{north}.tif");
            let path = dir.join(&name);
            if geotiff::write_tile(&path, east, north)?.is_some() {
                report.files.insert(name, fs::metadata(&path)?.len());
            }
        }
    }
    Ok(())
}

/// LoD1 and LoD2 by square kilometre, LoD3 in a file of its own.
fn write_buildings(dir: &Path, seed: u64, towns: &Towns, report: &mut TownReport) -> io::Result<()> {
    let mut files: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, placed) in towns.buildings.iter().enumerate() {
        let [east, north] = world(placed.spot()).map(|metres| (metres / 1000.0).floor());
        let name = if placed.detail == Detail::Lod3 { "lod3".to_string() } else { format!("{east}_{north}") };
        files.entry(name).or_default().push(index);
    }
    for (name, members) in files {
        let mut xml = Xml::default();
        let title =
            if name == "lod3" { "LoD3_Erlenried".to_string() } else { format!("LoD2_32_{name}_1_XX") };
        let (low, high) = envelope(towns, &members);
        document::open(&mut xml, &title, low, high);
        for index in members {
            write_member(&mut xml, seed, towns, index, report);
        }
        document::close(&mut xml);
        let name = format!("buildings/{name}.gml.gz");
        let size = document::save_gzip(&dir.join(&name), &xml.text)?;
        report.files.insert(name, size);
    }
    Ok(())
}

fn write_member(xml: &mut Xml, seed: u64, towns: &Towns, index: usize, report: &mut TownReport) {
    let (placed, number) = (&towns.buildings[index], towns.numbers[index]);
    let (municipality, key, postcode) = MUNICIPALITIES[placed.municipality];
    let mut random = Random::new(seed, 1_000_000 + index as u64);
    let street = placed.street.map(|street| towns.streets[street].name);
    let address = street.zip(number).map(|(street, number)| Address {
        street,
        number: number.to_string(),
        postcode,
        municipality,
    });
    let record = Record {
        id: format!("DEXX_LOD2_{}", 4_100_000 + index * 7 + random.below(6)),
        alkis_oid: format!("DEXXv{:011}", 10_000_000 + index * 13 + random.below(12)).replace('0', "A"),
        name: placed.name,
        created: random.pick(&["2023-05-17", "2024-03-11", "2024-11-06"]),
        municipality_key: key,
        function: placed.function,
        year: (placed.detail == Detail::Lod3).then_some(placed.year),
        storeys: placed.storeys,
        detail: placed.detail,
        bodies: &placed.bodies,
        address,
        uuids: false,
    };
    let mut count = Count::default();
    building::write(xml, &record, &mut random, &mut count);
    report.buildings += 1;
    report.polygons += count.polygons;
    report.addresses += u64::from(record.address.is_some());
    report.parts += if placed.bodies.len() > 1 { placed.bodies.len() as u64 } else { 0 };
    report.lod1_buildings += u64::from(placed.detail == Detail::Lod1);
    report.lod3_buildings += u64::from(placed.detail == Detail::Lod3);
}

fn envelope(towns: &Towns, members: &[usize]) -> ([f64; 3], [f64; 3]) {
    let bodies = members.iter().flat_map(|&index| &towns.buildings[index].bodies);
    let points = bodies.flat_map(|body| &body.solid.surfaces).flat_map(|surface| &surface.rings).flatten();
    let mut ends = ([i64::MAX; 3], [i64::MIN; 3]);
    for point in points {
        for (axis, &value) in point.iter().enumerate() {
            ends.0[axis] = ends.0[axis].min(value);
            ends.1[axis] = ends.1[axis].max(value);
        }
    }
    (ends.0.map(|value| value as f64 / 1000.0), ends.1.map(|value| value as f64 / 1000.0))
}

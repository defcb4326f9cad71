//! Content of extensions in the shared data against independent counts.

use super::data_tests::data;
use super::*;
use crate::{Input, expand, open, resolve};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Names of all objects and surfaces of extensions in a folder's files: local name → how many.
fn foreign_objects(folder: &Path) -> BTreeMap<String, usize> {
    let (inputs, _) = expand(&[folder.display().to_string()]);
    let mut found = BTreeMap::new();
    let mut count = |name: &str| *found.entry(name.rsplit(':').next().unwrap().to_owned()).or_default() += 1;
    let read = |input: &Input| {
        let (mut file, mut parsed, mut pending) =
            (open(input.clone()).unwrap(), Vec::new(), Pending::default());
        while let Some(batch) = file.next_batch().unwrap() {
            let result = batch.parse();
            parsed.extend(result.objects);
            pending.extend(result.unresolved).unwrap();
        }
        while !pending.is_empty() {
            parsed.extend(resolve(input, &mut pending).unwrap());
        }
        parsed
    };
    for parsed in inputs.iter().flat_map(read) {
        for object in parsed.object.walk() {
            object.source_class.iter().for_each(|name| count(name));
            let mut known = BTreeSet::new();
            for surface in object.geometries.iter().flat_map(|geometry| &geometry.surfaces) {
                let name = surface.attributes.get("sourceClass").and_then(|name| name.as_str());
                if let Some(name) = name.filter(|_| known.insert(&surface.id)) {
                    count(name);
                }
            }
        }
    }
    found
}

/// Counted with Python's ElementTree: elements of foreign namespaces that have a gml:id, whatever holds them.
#[test]
fn features_of_extensions_are_objects_of_their_own() {
    let Some(data) = data() else {
        eprintln!("skipped: no shared data (set STADTWIN_SHARED_DATA)");
        return;
    };
    let cases: [(&str, &[(&str, usize)]); 5] = [
        (
            "energy-ade",
            &[
                ("Boiler", 2),
                ("BuildingUnit", 1),
                ("Construction", 10),
                ("DHWFacilities", 24),
                ("DailyPatternSchedule", 173),
                ("EnergyDemand", 48),
                ("Household", 62),
                ("Layer", 24),
                ("LayerComponent", 51),
                ("Occupants", 25),
                ("SolidMaterial", 44),
                ("ThermalBoundary", 193),
                ("ThermalOpening", 76),
                ("ThermalZone", 25),
                ("UsageZone", 25),
                ("WeatherStation", 2),
            ],
        ),
        (
            "citygml4j-samples/datasets",
            &[
                ("BuildingUnderground", 1),
                ("BuildingUnit", 1),
                ("IndustrialBuildingRoofSurface", 2),
                ("LightingFacility", 1),
                ("MovingConstruction", 1),
                ("OtherConstruction", 1),
            ],
        ),
        ("ogc-citygml2-examples", &[("NoiseRailwaySegment", 2), ("NoiseRoadSegment", 2), ("Train", 3)]),
        (
            "plateau-all-modules",
            &[
                ("Manhole", 1),
                ("UrbanPlanningArea", 1),
                ("UseDistrict", 1),
                ("WaterPipe", 1),
                ("Waterway", 14),
            ],
        ),
        ("plateau-jp-paths", &[]),
    ];
    for (folder, expected) in cases {
        let found = foreign_objects(&data.join(folder));
        for (name, count) in expected {
            assert_eq!(found.get(*name), Some(count), "{folder} {name}: {found:?}");
        }
    }
}

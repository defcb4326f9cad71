//! What a collection holds after an edit, reckoned from what it held before: nobody counts a city again for one house.

use std::collections::BTreeMap;

use stadtwin_model::{CityObject, Collection, Crs, Lod, Place, PropertySummary, PropertyType};
use stadtwin_store::CollectionSummary;

use crate::import::extent_deg;
use stadtwin_geometry::footprint;

/// A footprint this near to the border of the extent may be what the border is from [°].
const BORDER_DEG: f64 = 5e-6;

/// Counts move by what begins and what ends. A property's type never becomes narrower as long as a feature has it. The
/// extent is counted anew where something that lay at its border ends. Blocks.
pub(super) fn summarize(
    collection: &Collection,
    ended: &[&CityObject],
    begun: &[&CityObject],
    storage: &Crs,
) -> anyhow::Result<CollectionSummary> {
    let mut classes: BTreeMap<String, i64> = collection.classes.iter().cloned().collect();
    let mut lods: BTreeMap<Lod, i64> = collection.lods.iter().copied().collect();
    let mut properties: BTreeMap<String, (PropertyType, i64)> = collection
        .properties
        .iter()
        .map(|property| (property.name.clone(), (property.kind, property.count)))
        .collect();
    for (objects, step) in [(ended, -1), (begun, 1)] {
        for object in objects {
            for part in object.walk() {
                *classes.entry(part.class.name().to_owned()).or_default() += step;
                let shapes = part.geometries.iter().map(|geometry| geometry.lod);
                for lod in shapes.chain(part.implicit_geometries.iter().map(|implicit| implicit.lod)) {
                    *lods.entry(lod).or_default() += step;
                }
            }
            for (name, value) in &object.attributes {
                let Some(kind) = PropertyType::of(value) else { continue };
                let (known, count) = properties.entry(name.clone()).or_insert((kind, 0));
                *known = if *count > 0 { known.merge(kind) } else { kind };
                *count += step;
            }
        }
    }
    let mut classes: Vec<_> = classes.into_iter().filter(|(_, count)| *count > 0).collect();
    classes.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let properties = properties.into_iter().filter(|(_, (_, count))| *count > 0);
    Ok(CollectionSummary {
        extent: extent(collection.extent, ended, begun, storage)?,
        lods: Some(lods.into_iter().filter(|(_, count)| *count > 0).collect()),
        classes: Some(classes),
        properties: Some(
            properties.map(|(name, (kind, count))| PropertySummary { name, kind, count }).collect(),
        ),
        by_difference: true,
    })
}

/// `None`: to be found from the store.
fn extent(
    before: Option<[f64; 4]>,
    ended: &[&CityObject],
    begun: &[&CityObject],
    storage: &Crs,
) -> anyhow::Result<Option<[f64; 4]>> {
    let Some(before) = before else { return Ok(None) };
    if let Some(gone) = box_of(ended, storage)? {
        let is_border = (0..4).any(|side| {
            if side < 2 {
                gone[side] <= before[side] + BORDER_DEG
            } else {
                gone[side] >= before[side] - BORDER_DEG
            }
        });
        if is_border {
            return Ok(None);
        }
    }
    let Some(come) = box_of(begun, storage)? else { return Ok(Some(before)) };
    Ok(Some([before[0].min(come[0]), before[1].min(come[1]), before[2].max(come[2]), before[3].max(come[3])]))
}

fn box_of(objects: &[&CityObject], storage: &Crs) -> anyhow::Result<Option<[f64; 4]>> {
    let mut bounds: Option<[[f64; 2]; 2]> = None;
    for object in objects {
        let footprint = footprint(object);
        let place = if footprint.is_empty() { Place::of(object) } else { Place::Nothing };
        for [east, north] in footprint.iter().flatten().flatten().chain(place.runs().flatten()) {
            let [min, max] = bounds.get_or_insert([[*east, *north]; 2]);
            *min = [min[0].min(*east), min[1].min(*north)];
            *max = [max[0].max(*east), max[1].max(*north)];
        }
    }
    bounds.map_or(Ok(None), |bounds| extent_deg(bounds, storage))
}

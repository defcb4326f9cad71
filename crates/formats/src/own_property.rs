//! What features show besides their attributes.

use std::io::Write;

use serde_json::Value;
use stadtwin_model::{Feature, Lod};

/// A value of one of our own properties.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Own<'a> {
    Text(&'a str),
    Whole(i64),
    Height { metres: f64 },
    Lods(&'a [Lod]),
    Counts(&'a [(String, i64)]),
    Names(&'a [String]),
}

pub(crate) fn class_name(feature: &Feature) -> &str {
    feature.source_class.as_deref().unwrap_or(feature.class.name())
}

/// All but the class, in their order.
pub(crate) fn own_properties<'a>(feature: &'a Feature, show: &mut dyn FnMut(&'static str, Own<'a>)) {
    show("lods", Own::Lods(&feature.lods));
    if !feature.children.is_empty() {
        show("children", Own::Counts(&feature.children));
    }
    if let Some([low, high]) = feature.heights_m {
        show("zMin", Own::Height { metres: low });
        show("zMax", Own::Height { metres: high });
    }
    for (name, time) in [("validFrom", &feature.valid_from), ("validTo", &feature.valid_to)] {
        if let Some(time) = time {
            show(name, Own::Text(time));
        }
    }
    show("revision", Own::Whole(feature.revision));
    if let Some(ground) = &feature.ground {
        show("groundDifferenceMin", Own::Height { metres: ground.min_m });
        show("groundDifferenceMedian", Own::Height { metres: ground.median_m });
        show("groundDifferenceMax", Own::Height { metres: ground.max_m });
        show("groundTerrain", Own::Text(&ground.terrain));
        show("groundTerrainRevision", Own::Whole(ground.terrain_revision));
    }
    if let Some(lineage) = &feature.lineage {
        let all = [
            ("aliases", &lineage.aliases),
            ("predecessors", &lineage.predecessors),
            ("successors", &lineage.successors),
        ];
        for (name, ids) in all.into_iter().filter(|(_, ids)| !ids.is_empty()) {
            show(name, Own::Names(ids));
        }
    }
}

impl Own<'_> {
    pub(crate) fn value(self) -> Value {
        match self {
            Own::Text(text) => text.into(),
            Own::Whole(number) => number.into(),
            Own::Height { metres } => millimetres(metres).into(),
            Own::Lods(lods) => lods.iter().map(Lod::to_string).collect::<Vec<_>>().into(),
            Own::Counts(counts) => {
                Value::Object(counts.iter().map(|(name, count)| (name.clone(), (*count).into())).collect())
            }
            Own::Names(names) => names.to_vec().into(),
        }
    }

    /// As JSON.
    pub(crate) fn write(self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        match self {
            Own::Text(text) => serde_json::to_writer(out, text),
            Own::Whole(number) => serde_json::to_writer(out, &number),
            Own::Height { metres } => serde_json::to_writer(out, &millimetres(metres)),
            Own::Lods(lods) => {
                out.push(b'[');
                for (index, lod) in lods.iter().enumerate() {
                    // Digits and a point; writing into a vector cannot fail.
                    let _ = write!(out, "{}\"{lod}\"", if index > 0 { "," } else { "" });
                }
                out.push(b']');
                Ok(())
            }
            Own::Counts(_) | Own::Names(_) => serde_json::to_writer(out, &self.value()),
        }
    }
}

fn millimetres(height_m: f64) -> f64 {
    (height_m * 1000.0).round() / 1000.0
}

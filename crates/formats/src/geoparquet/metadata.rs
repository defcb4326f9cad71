//! What the file's metadata says of its geometries (GeoParquet 1.1.0).

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// The entry `geo`.
pub(super) struct GeoMetadata {
    /// Names of geometry types that occur.
    pub kinds: BTreeSet<&'static str>,
    /// `[west, south, east, north]` of all.
    pub bounds: Option<[f64; 4]>,
    /// PROJJSON; `None` is longitude and latitude on WGS 84.
    pub crs: Option<Value>,
    /// The column of boxes.
    pub boxes: String,
}

impl GeoMetadata {
    pub fn add(&mut self, kind: &'static str, [west, south, east, north]: [f64; 4]) {
        self.kinds.insert(kind);
        let [w, s, e, n] = self.bounds.get_or_insert([west, south, east, north]);
        (*w, *s, *e, *n) = (w.min(west), s.min(south), e.max(east), n.max(north));
    }

    pub fn to_json(&self) -> Value {
        let side = |name: &str| json!([self.boxes, name]);
        let mut column = json!({
            "encoding": "WKB",
            "geometry_types": self.kinds,
            "covering": { "bbox": {
                "xmin": side("xmin"), "ymin": side("ymin"), "xmax": side("xmax"), "ymax": side("ymax"),
            } },
        });
        if let Some(bounds) = self.bounds {
            column["bbox"] = json!(bounds);
        }
        if let Some(crs) = &self.crs {
            column["crs"] = crs.clone();
        }
        json!({ "version": "1.1.0", "primary_column": "geometry", "columns": { "geometry": column } })
    }
}

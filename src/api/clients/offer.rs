//! What there is to show, as the snippets need it.

use serde_json::Value;

use crate::api::call::Call;
use crate::api::collections;
use crate::api::error::ApiError;
use crate::api::landing;
use crate::api::links::segment;
use stadtwin_model::Collection;

/// Addresses are absolute.
pub struct Offer {
    /// Of the server, without a slash at the end.
    pub base: String,
    pub title: String,
    pub attribution: Option<String>,
    pub layers: Vec<Layer>,
    pub terrains: Vec<Ground>,
    /// CRS84 `[west, south, east, north]` around all collections [°].
    pub extent: Option<[f64; 4]>,
    /// EPSG code that the data are kept in.
    pub storage: Option<u32>,
}

/// A collection.
pub struct Layer {
    pub id: String,
    pub title: String,
    pub url: String,
    /// Whether it has a place on the map.
    pub is_placed: bool,
    /// Address of its 3D Tiles.
    pub tileset: Option<String>,
}

/// A terrain.
pub struct Ground {
    pub id: String,
    pub title: String,
    /// The folder that `layer.json` lies in.
    pub url: String,
}

impl Offer {
    pub async fn of(call: &Call) -> Result<Offer, ApiError> {
        let store = &call.state.store;
        let collections = collections::published(call).await?;
        let layer = |collection: &Collection| {
            let url = call.base.to(&collections::path(collection));
            Layer {
                id: collection.id.clone(),
                title: collection.title.clone(),
                is_placed: collection.extent.is_some(),
                tileset: collection.has_faces.then(|| format!("{url}/3dtiles/tileset.json")),
                url,
            }
        };
        let terrains = store.terrains().await?;
        let terrains = terrains.into_iter().filter(|terrain| terrain.head > 0 && terrain.extent_m.is_some());
        Ok(Offer {
            base: call.base.url.clone(),
            title: call.state.title.clone(),
            attribution: call.state.attribution.clone(),
            layers: collections.iter().map(layer).collect(),
            terrains: terrains
                .map(|terrain| Ground {
                    url: call.base.to(&format!("/terrain/{}", segment(&terrain.id))),
                    id: terrain.id,
                    title: terrain.title,
                })
                .collect(),
            extent: landing::extent(&collections),
            storage: store.storage_crs().await?.map(|crs| crs.horizontal),
        })
    }

    /// Layers with a place on the map.
    pub fn placed(&self) -> impl Iterator<Item = &Layer> {
        self.layers.iter().filter(|layer| layer.is_placed)
    }

    /// Layers that stand in space, with the address of their tileset.
    pub fn solid(&self) -> impl Iterator<Item = (&Layer, &String)> {
        self.layers.iter().filter_map(|layer| Some((layer, layer.tileset.as_ref()?)))
    }

    /// A style for MapLibre and its like; `labels`: whether it has any, for clients that draw letters themselves.
    pub fn style(&self, labels: bool) -> String {
        let query = if labels { "" } else { "?labels=false" };
        format!("{}/tiles/WebMercatorQuad/style.json{query}", self.base)
    }

    /// Longitude and latitude of the middle [°].
    pub fn middle(&self) -> [f64; 2] {
        self.extent
            .map_or([0.0, 0.0], |[west, south, east, north]| [(west + east) / 2.0, (south + north) / 2.0])
    }
}

/// Indented, with a line's end.
pub fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

/// As it stands in JavaScript: JSON, which cannot end a script either.
pub fn quoted(text: &str) -> String {
    Value::from(text).to_string().replace("</", "<\\/")
}

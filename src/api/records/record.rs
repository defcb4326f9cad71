//! What the catalogue knows of a collection, a terrain or a service.

use super::services::{SERVICES, Service};
use crate::api::call::Call;
use crate::api::collections::{self, rounded_outwards};
use crate::api::error::ApiError;
use crate::api::terrain::extent_deg;
use stadtwin_model::{Collection, Terrain};

/// What a record is of.
pub enum Subject {
    Collection(Box<Collection>),
    Terrain(Box<Terrain>),
    Service(&'static Service),
    /// All that the server holds.
    Twin,
}

/// One record, before it is written.
pub struct Record {
    /// `collection.…`, `terrain.…`, `service.…` or `twin`.
    pub id: String,
    /// The nature of the resource: `dataset` or `service`.
    pub kind: &'static str,
    pub title: String,
    pub description: String,
    pub keywords: Vec<String>,
    /// Codes of INSPIRE themes.
    pub themes: Vec<&'static str>,
    /// CRS84 `[west, south, east, north]` [°].
    pub extent: Option<[f64; 4]>,
    /// RFC 3339: first begin and last end of validity.
    pub interval: [Option<String>; 2],
    /// RFC 3339.
    pub updated: Option<String>,
    /// `(scheme, value)`: the name of the resource itself.
    pub external: (&'static str, String),
    pub subject: Subject,
}

/// All records, by id.
pub async fn all(call: &Call) -> Result<Vec<Record>, ApiError> {
    let mut records: Vec<_> = SERVICES.iter().map(of_service).collect();
    let collections = collections::published(call).await?;
    let twin = of_twin(call, &collections);
    records.extend(collections.into_iter().map(of_collection));
    for terrain in call.state.store.terrains().await? {
        if terrain.head > 0 {
            let extent = match terrain.extent_m {
                Some(_) => Some(rounded_outwards(extent_deg(&terrain).await?)),
                None => None,
            };
            records.push(of_terrain(terrain, extent));
        }
    }
    let around = |[w, s, e, n]: [f64; 4], other: [f64; 4]| {
        [w.min(other[0]), s.min(other[1]), e.max(other[2]), n.max(other[3])]
    };
    let extent = records.iter().filter_map(|record| record.extent).reduce(around);
    records.push(Record { extent, ..twin });
    records.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(records)
}

/// The project as a whole, under the name that its operator gave it; its place is around all others.
fn of_twin(call: &Call, collections: &[Collection]) -> Record {
    let begins = collections.iter().filter_map(|collection| collection.valid_range[0].clone());
    let ends = collections.iter().filter_map(|collection| collection.valid_range[1].clone());
    Record {
        id: "twin".to_owned(),
        kind: "dataset",
        title: call.state.title.clone(),
        description: "the digital twin as a whole: all collections, terrains and services of this server"
            .to_owned(),
        keywords: ["digital twin", "3D city model"].map(str::to_owned).to_vec(),
        themes: Vec::new(),
        extent: None,
        interval: [begins.min(), ends.max()],
        updated: collections.iter().filter_map(|collection| collection.updated.clone()).max(),
        external: ("twin", "twin".to_owned()),
        subject: Subject::Twin,
    }
}

fn of_collection(collection: Collection) -> Record {
    let mut keywords: Vec<_> = collection.classes.iter().map(|(class, _)| class.clone()).collect();
    keywords.extend(collection.lods.iter().map(|(lod, _)| format!("LoD{lod}")));
    let mut themes: Vec<_> = collection.classes.iter().filter_map(|(class, _)| theme(class)).collect();
    themes.sort_unstable();
    themes.dedup();
    Record {
        id: format!("collection.{}", collection.id),
        kind: "dataset",
        title: collection.title.clone(),
        description: collection.description.clone(),
        keywords,
        themes,
        extent: collection.extent.map(rounded_outwards),
        interval: collection.valid_range.clone(),
        updated: collection.updated.clone(),
        external: ("collection", collection.id.clone()),
        subject: Subject::Collection(Box::new(collection)),
    }
}

fn of_terrain(terrain: Terrain, extent: Option<[f64; 4]>) -> Record {
    Record {
        id: format!("terrain.{}", terrain.id),
        kind: "dataset",
        title: terrain.title.clone(),
        description: format!("heights of the ground, {} m apart", terrain.grid.cell_m),
        keywords: ["terrain", "elevation", "quantized-mesh"].map(str::to_owned).to_vec(),
        themes: vec!["el"],
        extent,
        interval: [None, None],
        updated: terrain.updated.clone(),
        external: ("terrain", terrain.id.clone()),
        subject: Subject::Terrain(Box::new(terrain)),
    }
}

fn of_service(service: &'static Service) -> Record {
    Record {
        id: format!("service.{}", service.id),
        kind: "service",
        title: service.title.to_owned(),
        description: service.description.to_owned(),
        keywords: service.keywords.iter().map(|keyword| (*keyword).to_owned()).collect(),
        themes: Vec::new(),
        extent: None,
        interval: [None, None],
        updated: None,
        external: ("service", service.id.to_owned()),
        subject: Subject::Service(service),
    }
}

/// The INSPIRE theme of a class: buildings, elevation, land cover, land use, hydrography, transport networks.
fn theme(class: &str) -> Option<&'static str> {
    Some(match class.rsplit_once(':').map_or(class, |(_, name)| name) {
        "Building" | "BuildingPart" => "bu",
        "TINRelief" | "ReliefFeature" | "RasterRelief" | "MassPointRelief" | "BreaklineRelief" => "el",
        "PlantCover" | "SolitaryVegetationObject" => "lc",
        "LandUse" => "lu",
        "WaterBody" | "Waterway" => "hy",
        "Road" | "Railway" | "Track" | "Square" | "Bridge" | "Tunnel" | "TransportationComplex" => "tn",
        _ => return None,
    })
}

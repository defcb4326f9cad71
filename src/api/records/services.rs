//! The ways into the twin that the catalogue names as services.

/// One interface of the server.
pub struct Service {
    /// Its record is `service.{id}`.
    pub id: &'static str,
    pub title: &'static str,
    pub description: &'static str,
    /// Where it begins, without the base.
    pub path: &'static str,
    /// Media type of what is found there.
    pub media: &'static str,
    pub keywords: &'static [&'static str],
}

pub static SERVICES: &[Service] = &[
    Service {
        id: "features",
        title: "Features",
        description: "all objects by OGC API – Features, with filters in CQL2 and in several coordinate reference systems",
        path: "/collections",
        media: "application/json",
        keywords: &["OGC API - Features", "CQL2", "CityJSON", "CityGML"],
    },
    Service {
        id: "geovolumes",
        title: "Data in space",
        description: "collections as 3D Tiles 1.1 with their boxes in space, by the draft of OGC API – 3D GeoVolumes",
        path: "/3dcontainers",
        media: "application/json",
        keywords: &["OGC API - 3D GeoVolumes", "3D Tiles", "Cesium"],
    },
    Service {
        id: "tiles",
        title: "Map tiles",
        description: "collections as Mapbox Vector Tiles in several grids, by OGC API – Tiles",
        path: "/tiles",
        media: "application/json",
        keywords: &["OGC API - Tiles", "Mapbox Vector Tiles", "TileJSON", "MapLibre"],
    },
    Service {
        id: "terrain",
        title: "Terrain",
        description: "the ground as quantized-mesh tiles, pictures for maps, contours and heights at places",
        path: "/terrain",
        media: "application/json",
        keywords: &["quantized-mesh", "terrain-RGB", "hillshade", "elevation"],
    },
    Service {
        id: "records",
        title: "Catalogue",
        description: "what this server holds and offers, by OGC API – Records",
        path: "/collections/twin.records/items",
        media: "application/geo+json",
        keywords: &["OGC API - Records", "metadata"],
    },
    Service {
        id: "processes",
        title: "Processes",
        description: "export, import, checks and comparisons as jobs, by OGC API – Processes",
        path: "/processes",
        media: "application/json",
        keywords: &["OGC API - Processes", "jobs", "export", "validation"],
    },
    Service {
        id: "wfs",
        title: "WFS 2.0",
        description: "all objects for GIS that know no OGC API, by OGC Web Feature Service 2.0, read-only",
        path: "/wfs?service=WFS&request=GetCapabilities",
        media: "application/xml",
        keywords: &["WFS", "OGC Web Feature Service", "GML"],
    },
    Service {
        id: "viewer",
        title: "3D view",
        description: "the city in a browser: plans, shadows, sections",
        path: "/viewer/",
        media: "text/html",
        keywords: &["viewer", "3D"],
    },
    Service {
        id: "map",
        title: "Map",
        description: "the city as a flat map in a browser",
        path: "/viewer/map.html",
        media: "text/html",
        keywords: &["viewer", "map", "MapLibre"],
    },
];

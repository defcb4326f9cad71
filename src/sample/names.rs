//! Street names, municipalities and sites of the two fictional towns.

use super::layout::{Site, Use};

/// Name, fictional municipality key (no German state has the number 09 999), postcode.
pub const MUNICIPALITIES: [(&str, &str, &str); 2] = [("Erlenried", "09999001", "85998"), ("Lindmoos", "09999002", "85999")];
/// The road through both towns.
pub const MAIN_ROAD: &str = "Hauptstraße";

const ERLENRIED: [&str; 64] = [
    "Marktring", "Bahnhofstraße", "Lindenstraße", "Kirchgasse", "Rathausgasse", "Schulstraße", "Mühlweg", "Ringstraße", "Ahornweg",
    "Birkenweg", "Am Anger", "Gartenstraße", "Rosenweg", "Tulpenweg", "Nelkenweg", "Fliederweg", "Eichenstraße", "Buchenweg",
    "Lärchenweg", "Tannenweg", "Ulmenweg", "Erlenweg", "Weidenweg", "Haselweg", "Holunderweg", "Goethestraße", "Schillerstraße",
    "Lessingstraße", "Mozartstraße", "Haydnstraße", "Beethovenstraße", "Brahmsweg", "Schubertweg", "Amselweg", "Drosselweg", "Finkenweg",
    "Meisenweg", "Lerchenweg", "Starenweg", "Falkenstraße", "Bergstraße", "Feldstraße", "Wiesenweg", "Moosweg", "Am Lohbach",
    "Zugspitzstraße", "Watzmannstraße", "Karwendelweg", "Wendelsteinstraße", "Herzogstandweg", "Dachauer Straße", "Isarstraße", "Ammerweg",
    "Innstraße", "Lechweg", "Salzachweg", "Alzweg", "Würmstraße", "Kapellenweg", "Klosterweg", "Brunnenweg", "Schmiedgasse", "Webergasse",
    "Töpferweg",
];
const LINDMOOS: [&str; 48] = [
    "Dorfring", "Kirchweg", "Lohfeldstraße", "Am Maibaum", "Schloßweg", "Gewerbering", "Industriestraße", "Handwerkerstraße", "Siemensweg",
    "Dieselstraße", "Bauernstraße", "Stadelweg", "Heuweg", "Kornblumenweg", "Mohnweg", "Roggenweg", "Haferweg", "Weizenstraße", "Gerstenweg",
    "Hopfenweg", "Am Weiher", "Fischerweg", "Auweg", "Uferstraße", "Brückenstraße", "Sonnenstraße", "Abendweg", "Südstraße", "Ostring",
    "Waldstraße", "Forstweg", "Jägerweg", "Fuchsweg", "Dachsweg", "Rehweg", "Hirschstraße", "Schwalbenweg", "Storchenweg", "Reiherweg",
    "Ludwigstraße", "Maximilianstraße", "Luitpoldweg", "Prinzregentenweg", "Keltenweg", "Römerstraße", "Bajuwarenweg", "Agilolfingerweg",
    "Welfenweg",
];

/// Where the towns stand and what their quarters are (six sectors counter-clockwise from the main road's eastern arm).
pub fn sites() -> [Site; 2] {
    use Use::{Church, Core, Detached, Farm, Flats, Industry, Market, School};
    [
        Site {
            municipality: 0,
            centre: [-462.0, super::layout::main_road_y(-462.0)],
            core: 128.0,
            reach: 392.0,
            names: &ERLENRIED,
            core_uses: [Market, Core, Church, Core],
            sector_uses: [Detached, Flats, Detached, Detached, School, Detached],
        },
        Site {
            municipality: 1,
            centre: [468.0, super::layout::main_road_y(468.0)],
            core: 98.0,
            reach: 372.0,
            names: &LINDMOOS,
            core_uses: [Core, Church, Farm, Core],
            sector_uses: [Detached, Detached, Detached, Farm, Detached, Industry],
        },
    ]
}

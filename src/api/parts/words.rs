//! The words of the pages about parts and surfaces.

use crate::api::negotiate::Language;

pub struct Words {
    pub parts: &'static str,
    pub surfaces: &'static str,
    pub parent: &'static str,
    pub feature: &'static str,
    pub object: &'static str,
    pub lod: &'static str,
    pub area: &'static str,
    pub tilt: &'static str,
    pub azimuth: &'static str,
    pub totals: &'static str,
    pub no_parts: &'static str,
    pub no_surfaces: &'static str,
    pub angles: &'static str,
}

pub fn words(language: Language) -> &'static Words {
    match language {
        Language::English => &ENGLISH,
        Language::German => &GERMAN,
    }
}

static ENGLISH: Words = Words {
    parts: "Parts",
    surfaces: "Surfaces",
    parent: "Part of",
    feature: "Feature",
    object: "Object",
    lod: "Level of detail",
    area: "Area [m²]",
    tilt: "Tilt [°]",
    azimuth: "Azimuth [°]",
    totals: "Totals by class",
    no_parts: "Nothing lies below this object.",
    no_surfaces: "There are no boundary surfaces here.",
    angles: "Tilt: 0° looks up, 90° is upright, 180° looks down. Azimuth: clockwise from grid north.",
};

static GERMAN: Words = Words {
    parts: "Teile",
    surfaces: "Flächen",
    parent: "Teil von",
    feature: "Objekt oberster Ebene",
    object: "Objekt",
    lod: "Detaillierungsgrad",
    area: "Fläche [m²]",
    tilt: "Neigung [°]",
    azimuth: "Ausrichtung [°]",
    totals: "Summen nach Klasse",
    no_parts: "Unter diesem Objekt liegt nichts.",
    no_surfaces: "Hier gibt es keine Begrenzungsflächen.",
    angles: "Neigung: 0° zeigt nach oben, 90° steht aufrecht, 180° zeigt nach unten. Ausrichtung: im Uhrzeigersinn von \
             Gitternord.",
};

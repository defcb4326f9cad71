//! The processes that this server offers.

use super::order;
use super::table::{Input, Kind, Output, Process};

/// Longest text of an address, a CRS or a title [characters].
const LINE: usize = 2_000;
/// Longest filter [characters].
const CONDITION: usize = 20_000;
const JSON: &[&str] = &["application/json"];

const COLLECTION: Input = Input {
    name: "collection",
    description: ["id of the collection", "Kennung der Sammlung"],
    kind: Kind::Id,
    is_required: true,
};
const HREF: Input = Input {
    name: "href",
    description: [
        "a file or folder that the server may import from, or an address that it may fetch; else give `upload`",
        "eine Datei oder ein Ordner, aus dem der Server importieren darf, oder eine Adresse, die er abrufen darf; sonst `upload`",
    ],
    kind: Kind::Text(LINE),
    is_required: false,
};
const UPLOAD: Input = Input {
    name: "upload",
    description: [
        "id of a finished upload of the collection; else give `href`",
        "Kennung eines fertigen Hochladens der Sammlung; sonst `href`",
    ],
    kind: Kind::Text(64),
    is_required: false,
};
const REPORT: Output = Output {
    id: "report",
    title: ["what was found and done", "Was gefunden und getan wurde"],
    media: JSON,
    is_file: false,
};

const fn optional(name: &'static str, kind: Kind, description: [&'static str; 2]) -> Input {
    Input { name, description, kind, is_required: false }
}

/// By id.
pub static PROCESSES: &[Process] = &[
    Process {
        id: "change-detection",
        kind: "change-detection",
        title: ["Changes between two revisions", "Änderungen zwischen zwei Fassungen"],
        description: [
            "Which objects of a collection came, went and changed between two revisions, and what of them changed: \
             geometries by LoD, attributes, parts",
            "Welche Objekte einer Sammlung zwischen zwei Fassungen kamen, gingen und sich änderten, und was an ihnen: \
             Geometrien je LoD, Attribute, Teile",
        ],
        inputs: &[
            COLLECTION,
            optional(
                "from",
                Kind::Integer(1, i64::MAX >> 11),
                [
                    "the earlier revision; the one before `to` if none is given",
                    "die frühere Fassung; ohne diese Angabe die vor `to`",
                ],
            ),
            optional(
                "to",
                Kind::Integer(1, i64::MAX >> 11),
                [
                    "the later revision; the present one if none is given",
                    "die spätere Fassung; ohne diese Angabe die aktuelle",
                ],
            ),
        ],
        output: Output {
            id: "changes",
            title: ["summary and one entry an object", "Zusammenfassung und je Objekt ein Eintrag"],
            media: JSON,
            is_file: true,
        },
        may_wait: true,
        order: |call, caller, inputs, asked| Box::pin(order::change_detection(call, caller, inputs, asked)),
    },
    Process {
        id: "compare-ground",
        kind: "comparison",
        title: ["Buildings against the ground", "Gebäude gegen das Gelände"],
        description: [
            "How far the buildings of a collection float above a terrain or are sunk in it; what has been compared and \
             has not changed is not compared again",
            "Wie weit die Gebäude einer Sammlung über einem Gelände schweben oder darin versunken sind; Verglichenes, das \
             sich nicht geändert hat, wird nicht neu verglichen",
        ],
        inputs: &[
            COLLECTION,
            optional(
                "terrain",
                Kind::Id,
                [
                    "id of the terrain; as last time, else the one that covers most of the collection, if none is given",
                    "Kennung des Geländes; ohne diese Angabe wie zuletzt, sonst das, welches das meiste der Sammlung abdeckt",
                ],
            ),
            optional(
                "floating",
                Kind::Number(0.0, 1_000.0, None),
                [
                    "from where on a building floats: its lowest place above the terrain [m]; as last time, else 0.5",
                    "ab wo ein Gebäude schwebt: seine tiefste Stelle über dem Gelände [m]; ohne Angabe wie zuletzt, sonst 0,5",
                ],
            ),
            optional(
                "sunken",
                Kind::Number(0.0, 1_000.0, None),
                [
                    "from where on a building has sunk: its highest place below the terrain [m]; as last time, else 2",
                    "ab wo ein Gebäude versunken ist: seine höchste Stelle unter dem Gelände [m]; ohne Angabe wie zuletzt, sonst 2",
                ],
            ),
        ],
        output: REPORT,
        may_wait: true,
        order: |call, caller, inputs, asked| Box::pin(order::compare_ground(call, caller, inputs, asked)),
    },
    Process {
        id: "export",
        kind: "export",
        title: ["Export of a collection", "Export einer Sammlung"],
        description: [
            "A collection, or a part of it, as a file that can be fetched for a while",
            "Eine Sammlung oder ein Teil davon als Datei, die eine Zeit lang abgeholt werden kann",
        ],
        inputs: &[
            COLLECTION,
            Input {
                name: "format",
                description: ["format of the file", "Format der Datei"],
                kind: Kind::Choice(
                    &[
                        "citygml-3.0",
                        "citygml-2.0",
                        "citygml-1.0",
                        "cityjson",
                        "cityjsonseq",
                        "geojson",
                        "geopackage",
                        "jsonfg",
                        "flatgeobuf",
                        "geoparquet",
                    ],
                    false,
                ),
                is_required: true,
            },
            optional(
                "bbox",
                Kind::Bbox,
                [
                    "only features that meet the box, in degrees",
                    "nur Objekte, die das Rechteck treffen, in Grad",
                ],
            ),
            optional(
                "filter",
                Kind::Text(CONDITION),
                [
                    "only features for which this CQL2 condition is true; its geometries are in CRS84",
                    "nur Objekte, für die diese Bedingung in CQL2 wahr ist; ihre Geometrien sind in CRS84",
                ],
            ),
            optional(
                "filterLang",
                Kind::Choice(&["cql2-text", "cql2-json"], true),
                ["how `filter` is written", "wie `filter` geschrieben ist"],
            ),
            optional(
                "crs",
                Kind::Text(LINE),
                [
                    "another CRS for the file, such as 25833; heights stay as they are",
                    "ein anderes Koordinatensystem der Datei, etwa 25833; Höhen bleiben, wie sie sind",
                ],
            ),
            optional(
                "revision",
                Kind::Integer(1, i64::MAX >> 11),
                [
                    "an earlier state; the present one if none is given",
                    "ein früherer Stand; ohne diese Angabe der aktuelle",
                ],
            ),
            optional(
                "lod",
                Kind::Text(4),
                [
                    "only geometries of exactly this LoD (2, 2.2), and features that have one",
                    "nur Geometrien genau dieses LoD (2, 2.2) und Objekte, die eine haben",
                ],
            ),
            optional(
                "archive",
                Kind::Flag,
                [
                    "one ZIP archive of the file and its texture images",
                    "ein ZIP-Archiv aus der Datei und ihren Texturbildern",
                ],
            ),
        ],
        output: Output {
            id: "file",
            title: ["the file", "Die Datei"],
            media: &[
                "application/gml+xml",
                "application/city+json",
                "application/city+json-seq",
                "application/geo+json",
                "application/geopackage+sqlite3",
                "application/flatgeobuf",
                "application/vnd.apache.parquet",
                "application/zip",
            ],
            is_file: true,
        },
        may_wait: true,
        order: |call, caller, inputs, asked| Box::pin(order::export(call, caller, inputs, asked)),
    },
    Process {
        id: "import",
        kind: "import",
        title: ["Import into a collection", "Import in eine Sammlung"],
        description: [
            "Files of the server, of another server or of a finished upload into a collection; as `/collections/…/imports`",
            "Dateien des Servers, eines anderen Servers oder eines fertigen Hochladens in eine Sammlung; wie `/collections/…/imports`",
        ],
        inputs: IMPORT_INPUTS,
        output: REPORT,
        may_wait: false,
        order: |call, caller, inputs, asked| Box::pin(order::import(call, caller, inputs, asked)),
    },
    Process {
        id: "seed",
        kind: "seed",
        title: ["Tiles of a terrain, made ahead", "Kacheln eines Geländes, im Voraus gemacht"],
        description: [
            "Makes the tiles of a terrain before anybody asks for them; goes on where it was broken off",
            "Macht die Kacheln eines Geländes, bevor jemand nach ihnen fragt; setzt fort, wo abgebrochen wurde",
        ],
        inputs: &[
            Input {
                name: "terrain",
                description: ["id of the terrain", "Kennung des Geländes"],
                kind: Kind::Id,
                is_required: true,
            },
            optional(
                "level",
                Kind::Integer(0, 24),
                [
                    "the finest level to be made; the terrain's own if none is given",
                    "die feinste Ebene; ohne diese Angabe die des Geländes",
                ],
            ),
        ],
        output: REPORT,
        may_wait: false,
        order: |call, caller, inputs, asked| Box::pin(order::seed(call, caller, inputs, asked)),
    },
    Process {
        id: "validate",
        kind: "validate",
        title: ["Check of files", "Prüfung von Dateien"],
        description: [
            "Checks files without importing them: geometry after ISO 19107, codes, references, coordinate systems",
            "Prüft Dateien, ohne sie zu importieren: Geometrie nach ISO 19107, Codes, Verweise, Koordinatensysteme",
        ],
        inputs: &[
            Input {
                description: [
                    "id of the collection that the files are meant for; it need not exist",
                    "Kennung der Sammlung, für die die Dateien gedacht sind; es muss sie nicht geben",
                ],
                ..COLLECTION
            },
            HREF,
            UPLOAD,
            optional(
                "snap",
                Kind::Number(0.0, 1.0, Some(0.001)),
                [
                    "points closer than this are one [m]",
                    "Punkte, die näher beieinander liegen, sind einer [m]",
                ],
            ),
            optional(
                "planarity",
                Kind::Number(0.0, 10.0, Some(0.01)),
                [
                    "how far a point may be from the plane of its polygon [m]",
                    "wie weit ein Punkt von der Ebene seines Polygons entfernt sein darf [m]",
                ],
            ),
            optional(
                "normals",
                Kind::Number(0.0, 180.0, Some(20.0)),
                [
                    "how far the parts of a polygon may look different ways [°]",
                    "wie weit die Teile eines Polygons in verschiedene Richtungen zeigen dürfen [°]",
                ],
            ),
            optional(
                "overlap",
                Kind::Number(0.0, 10.0, Some(0.0)),
                [
                    "how deep solids and building parts may overlap [m]; 0 is the snapping distance",
                    "wie tief sich Körper und Gebäudeteile überlappen dürfen [m]; 0 ist der Fangabstand",
                ],
            ),
        ],
        output: Output {
            id: "report",
            title: ["all findings by file", "Alle Befunde je Datei"],
            media: JSON,
            is_file: true,
        },
        may_wait: true,
        order: |call, caller, inputs, asked| Box::pin(order::validate(call, caller, inputs, asked)),
    },
];

const IMPORT_INPUTS: &[Input] = &[
    Input {
        description: [
            "id of the collection; one that is not there yet is made",
            "Kennung der Sammlung; eine, die es noch nicht gibt, wird angelegt",
        ],
        ..COLLECTION
    },
    HREF,
    UPLOAD,
    optional("title", Kind::Text(200), ["title of the collection", "Titel der Sammlung"]),
    optional(
        "crs",
        Kind::Text(LINE),
        [
            "CRS in place of what the files say, for example 25832+7837",
            "Koordinatensystem anstelle dessen, was die Dateien sagen, etwa 25832+7837",
        ],
    ),
    optional(
        "mode",
        Kind::Choice(&["update", "append", "replace"], true),
        ["what happens to objects that are there already", "was mit Objekten geschieht, die schon da sind"],
    ),
    optional(
        "checks",
        Kind::Choice(&["all", "none"], true),
        [
            "geometry after ISO 19107, attributes against geometry",
            "Geometrie nach ISO 19107, Attribute gegen Geometrie",
        ],
    ),
    optional(
        "onError",
        Kind::Choice(&["keep", "quarantine", "fail"], true),
        ["what happens to an object with an error", "was mit einem Objekt mit Fehler geschieht"],
    ),
    optional(
        "dryRun",
        Kind::Flag,
        ["read and compare everything, write nothing", "alles lesen und vergleichen, nichts schreiben"],
    ),
    optional(
        "match",
        Kind::Choice(&["id", "reference", "overlap"], true),
        ["by what known objects are recognised", "woran bekannte Objekte erkannt werden"],
    ),
    optional(
        "matchOverlap",
        Kind::Number(0.0, 1.0, Some(0.5)),
        [
            "share of the larger footprint from which two are the same thing",
            "Anteil am größeren Umriss, von dem an zwei dasselbe sind",
        ],
    ),
    optional(
        "partialDelivery",
        Kind::Flag,
        [
            "take the rest of a Metalink delivery when files of it are missing or other ones",
            "den Rest einer Metalink-Lieferung nehmen, wenn Dateien fehlen oder andere sind",
        ],
    ),
    optional(
        "priority",
        Kind::Integer(-100, 100),
        ["greater goes first; 0 if none is given", "größer kommt zuerst; ohne diese Angabe 0"],
    ),
];

/// The process with this id.
pub fn find(id: &str) -> Option<&'static Process> {
    PROCESSES.iter().find(|process| process.id == id)
}

/// The process that jobs of this kind belong to.
pub fn of_kind(kind: &str) -> Option<&'static Process> {
    PROCESSES.iter().find(|process| process.kind == kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use stadtwin_jobs::{
        ChangeDetection, ExportFormat, ExportJob, ImportJob, Job, TerrainComparison, TerrainSeed, ValidateJob,
    };

    #[test]
    fn processes_are_the_jobs_that_workers_know() {
        let kinds = [
            ChangeDetection::KIND,
            TerrainComparison::KIND,
            ExportJob::KIND,
            ImportJob::KIND,
            TerrainSeed::KIND,
            ValidateJob::KIND,
        ];
        assert_eq!(PROCESSES.iter().map(|process| process.kind).collect::<Vec<_>>(), kinds);
        let format = find("export").unwrap().inputs.iter().find(|input| input.name == "format").unwrap();
        let formats: Vec<_> = ExportFormat::NAMED.iter().map(|(name, _)| *name).collect();
        assert_eq!(format.kind.schema()["enum"], serde_json::json!(formats));
    }
}

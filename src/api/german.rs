//! What the API's page says in German of operations and parameters. The definition itself stays English.

/// By `operation_id`.
const OPERATIONS: &[(&str, &str)] = &[
    ("getLandingPage", "Was dieser Server bietet"),
    ("getApiDefinition", "Die Beschreibung dieser Schnittstelle"),
    ("getConformanceDeclaration", "Die Standards, die dieser Server erfüllt"),
    ("getCollections", "Die Sammlungen von Objekten"),
    ("describeCollection", "Was eine Sammlung enthält"),
    ("getFeatures", "Objekte einer Sammlung"),
    ("getQueryables", "Was Filter auf einer Sammlung nennen dürfen"),
    ("getFunctions", "Was Filter aufrufen dürfen"),
    ("getFeature", "Ein Objekt"),
    ("getRevisions", "Die Fassungen, die eine Sammlung hatte, die neueste zuerst"),
    ("getImports", "Die Importe in eine Sammlung, der neueste zuerst"),
    ("startImport", "Dateien in eine Sammlung importieren, als Auftrag"),
    ("getUploadOffer", "Wie große Dateien in Stücken gesendet werden"),
    ("createUpload", "Eine große Datei ankündigen, die in Stücken kommt (tus 1.0, creation)"),
    ("getUpload", "Wie weit ein Hochladen ist"),
    ("continueUpload", "Das nächste Stück einer Datei senden (tus 1.0)"),
    ("getCodeLists", "Die Codelisten: was die Codes in Attributen bedeuten"),
    ("getCodeList", "Eine Codeliste mit ihren Codes"),
    ("getJobs", "Was getan wird und getan wurde, das Neueste zuerst"),
    ("getJob", "Ein Auftrag mit Fortschritt, Protokoll und Bericht"),
    ("dismissJob", "Einen Auftrag abbrechen"),
    ("getIssues", "Was Importe an einer Sammlung falsch fanden"),
    ("getReport", "Die Qualität einer Sammlung auf einer Seite"),
    ("getTileset", "Eine Sammlung als 3D Tiles 1.1"),
    ("getTileContent", "Eine Kachel: binäres glTF, benannt nach der Prüfsumme ihres Inhalts"),
    ("getImage", "Ein Texturbild, benannt nach der Prüfsumme seines Inhalts"),
    ("getGround", "Ein grobes Raster der Geländehöhen unter dem Zwilling"),
    ("getHealth", "Der Zustand des Servers und seiner Datenbank"),
    ("getLiveness", "Ob der Prozess antwortet"),
    ("getReadiness", "Ob der Server aus seiner Datenbank antworten kann"),
    ("getMetrics", "Zähler im Textformat von Prometheus"),
    ("getViewerConfig", "Womit die 3D-Ansicht beginnt"),
];

/// By `component`.
const PARAMETERS: &[(&str, &str)] = &[
    ("f", "Die Darstellung: `json` für Programme, `html` für Menschen. Geht dem Kopf Accept vor."),
    (
        "fItems",
        "Die Darstellung: `json` für GeoJSON, `html` für Menschen, `cityjson`, `cityjsonseq` (je Objekt eine Zeile), \
         `citygml` (3.0) oder `citygml-2.0`. Geht dem Kopf Accept vor.",
    ),
    (
        "fItem",
        "Die Darstellung: `json` für GeoJSON, `html` für Menschen, `cityjson`, `citygml` (3.0) oder `citygml-2.0`. Geht \
         dem Kopf Accept vor.",
    ),
    ("lang", "Die Sprache der HTML-Seiten. Geht dem Kopf Accept-Language vor."),
    ("limit", "So viele Objekte höchstens auf einer Seite. Mehr als das Größtmaß bedeutet das Größtmaß."),
    (
        "bbox",
        "Nur Objekte, die den Kasten berühren: West, Süd, Ost, Nord in Grad (CRS84), oder West, Süd, unten, Ost, Nord, \
         oben mit Höhen in Metern über dem Ellipsoid.",
    ),
    (
        "datetime",
        "Nur Objekte, die damals galten: Zeitpunkt oder Tag nach RFC 3339 oder ein Zeitraum `Beginn/Ende`, in dem `..` für \
         ein offenes Ende steht.",
    ),
    (
        "filter",
        "Nur Objekte, für die diese Bedingung in CQL2 wahr ist, etwa `measuredHeight > 20`. Die Namen stehen unter \
         `queryables`, die Funktionen unter `/functions`.",
    ),
    ("filter-lang", "Wie `filter` geschrieben ist."),
    (
        "filter-crs",
        "URI des Koordinatenreferenzsystems der Geometrien in `filter`, mit den Achsen seiner Definition; ohne diese Angabe CRS84.",
    ),
    (
        "after",
        "Nur Objekte nach diesem Schlüssel. Er kommt aus einem Verweis `next`; erfinden Sie ihn nicht.",
    ),
    ("code", "Nur Befunde mit diesem Code: einer Nummer von val3dity oder einem Wort."),
    ("severity", "Nur Befunde dieser Schwere."),
    ("object", "Nur Befunde zu dem Objekt mit dieser gml:id."),
    (
        "revision",
        "Was bei dieser Fassung galt, oder `all` für alles, was je gefunden wurde; ohne diese Angabe, was jetzt gilt.",
    ),
    (
        "view",
        "Ohne Wirkung: so kann eine Ansicht dieselben Kacheln zweimal unter verschiedenen Adressen laden.",
    ),
];

/// What the operation does.
pub fn operation(operation_id: &str) -> Option<&'static str> {
    find(OPERATIONS, operation_id)
}

/// What the parameter is for.
pub fn parameter(component: &str) -> Option<&'static str> {
    find(PARAMETERS, component)
}

fn find(table: &'static [(&str, &str)], name: &str) -> Option<&'static str> {
    table.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::routes::ROUTES;
    use crate::api::writes::WRITES;

    #[test]
    fn everything_on_the_page_is_there_in_german() {
        let routes = ROUTES.iter().filter(|route| route.is_described());
        let ids = routes.clone().map(|route| route.operation_id).chain(WRITES.iter().map(|w| w.operation_id));
        let missing: Vec<_> = ids.filter(|id| operation(id).is_none()).collect();
        let components = routes.flat_map(|route| route.parameters).map(|parameter| parameter.component);
        let unnamed: Vec<_> = components.filter(|component| parameter(component).is_none()).collect();
        assert!(missing.is_empty() && unnamed.is_empty(), "{missing:?} {unnamed:?}");
    }
}

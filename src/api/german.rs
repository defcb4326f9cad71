//! What the API's page says in German of operations and parameters. The definition itself stays English.

use super::plans::german as plans;

/// By `operation_id`.
const OPERATIONS: &[(&str, &str)] = &[
    ("getLandingPage", "Was dieser Server bietet"),
    ("getApiDefinition", "Die Beschreibung dieser Schnittstelle"),
    ("getConformanceDeclaration", "Die Standards, die dieser Server erfüllt"),
    ("getCollections", "Die Sammlungen von Objekten"),
    ("describeCollection", "Was eine Sammlung enthält"),
    ("getFeatures", "Objekte einer Sammlung"),
    ("getQueryables", "Was Filter auf einer Sammlung nennen dürfen"),
    ("getSortables", "Wonach die Objekte einer Sammlung geordnet werden können"),
    (
        "getSchema",
        "Welche Eigenschaften die Objekte einer Sammlung haben, und welche davon gesendet werden können",
    ),
    ("getFunctions", "Was Filter aufrufen dürfen"),
    ("getFeature", "Ein Objekt"),
    ("getChildren", "Was unter einem Objekt liegt: Teile, Räume, Anbauten"),
    (
        "getSurfaces",
        "Die Flächen, die ein Objekt begrenzen: Dächer, Wände, Fenster, mit Größe, Neigung und Ausrichtung",
    ),
    ("getRevisions", "Die Fassungen, die eine Sammlung hatte, die neueste zuerst"),
    ("createFeatures", "Objekte anlegen, oder mehrere Änderungen auf einmal, in einer Fassung"),
    ("replaceFeature", "Ein Objekt durch einen anderen Stand ersetzen, oder es unter dieser Kennung anlegen"),
    ("updateFeature", "Attribute oder den Umriss eines Objekts ändern (JSON Merge Patch)"),
    ("deleteFeature", "Ein Objekt beenden; frühere Fassungen behalten es"),
    ("getFeatureVersions", "Die Stände, die ein Objekt hatte, der neueste zuerst"),
    (
        "getChanges",
        "Was sich von Fassung zu Fassung geändert hat, das Älteste zuerst, oder sobald es geschieht",
    ),
    ("getImports", "Die Importe in eine Sammlung, der neueste zuerst"),
    ("startImport", "Dateien in eine Sammlung importieren, als Auftrag"),
    ("getUploadOffer", "Wie große Dateien in Stücken gesendet werden"),
    ("createUpload", "Eine große Datei ankündigen, die in Stücken kommt (tus 1.0, creation)"),
    ("getUpload", "Wie weit ein Hochladen ist"),
    ("continueUpload", "Das nächste Stück einer Datei senden (tus 1.0)"),
    ("getCodeLists", "Die Codelisten: was die Codes in Attributen bedeuten"),
    ("getCodeList", "Eine Codeliste mit ihren Codes"),
    ("getOrganizations", "Wer in diesem Zwilling plant"),
    ("getOrganization", "Eine Organisation mit ihrem Gebiet"),
    ("getCaller", "Für wen der Server Sie hält: Rollen und Rechte"),
    ("getAudit", "Wer was geändert hat, das Älteste zuerst, für Administratoren"),
    ("getJobs", "Was getan wird und getan wurde, das Neueste zuerst"),
    ("getJob", "Ein Auftrag mit Fortschritt, Protokoll und Bericht"),
    ("getProcesses", "Was als Auftrag verlangt werden kann"),
    ("getProcess", "Ein Prozess mit seinen Eingaben und seinem Ergebnis"),
    ("execute", "Einen Prozess ausführen: sofort mit Ergebnis, oder als Auftrag"),
    ("getResults", "Das Ergebnis eines Auftrags"),
    ("getResult", "Eine Ausgabe eines Auftrags, etwa seine Datei"),
    ("dismissJob", "Einen Auftrag abbrechen"),
    ("getIssues", "Was Importe an einer Sammlung falsch fanden"),
    ("getReport", "Die Qualität einer Sammlung auf einer Seite"),
    ("getGroundComparison", "Wie die Gebäude einer Sammlung auf dem Gelände stehen"),
    ("getTileset", "Eine Sammlung als 3D Tiles 1.1"),
    ("getTileContent", "Eine Kachel: binäres glTF, benannt nach der Prüfsumme ihres Inhalts"),
    ("getTileMatrixSetsList", "Die Raster der Kartenkacheln"),
    ("getTileMatrixSet", "Ein Raster der Kartenkacheln"),
    ("collection.vector.getTileSetsList", "Die Kachelsätze einer Sammlung"),
    ("collection.vector.getTileSet", "Wie die Kartenkacheln einer Sammlung benutzt werden"),
    ("collection.vector.getTile", "Eine Kartenkachel einer Sammlung"),
    ("dataset.vector.getTileSetsList", "Die Kachelsätze des Zwillings"),
    ("dataset.vector.getTileSet", "Wie die Kartenkacheln des Zwillings benutzt werden"),
    ("dataset.vector.getTile", "Eine Kartenkachel des Zwillings"),
    ("getTerrains", "Die Geländemodelle"),
    ("describeTerrain", "Was ein Geländemodell abdeckt und wie es gelesen wird"),
    ("getTerrainImports", "Die Importe in ein Geländemodell, die neuesten zuerst"),
    ("startTerrainImport", "Höhen in ein Geländemodell importieren, als Auftrag"),
    ("getTerrainUploadOffer", "Wie große Dateien mit Höhen in Stücken gesendet werden"),
    (
        "createTerrainUpload",
        "Eine große Datei mit Höhen ankündigen, die in Stücken kommt (tus 1.0, creation)",
    ),
    ("getTerrainUpload", "Wie weit das Hochladen einer Datei mit Höhen ist"),
    ("continueTerrainUpload", "Das nächste Stück einer Datei mit Höhen senden (tus 1.0)"),
    ("getTerrainLayer", "Ein Geländemodell als quantized-mesh 1.0: welche Kacheln es gibt"),
    ("getElevation", "Die Höhe an einem Punkt, oder ein Profil entlang einer Linie"),
    ("getElevations", "Die Höhen an vielen Punkten auf einmal"),
    ("getTerrainTile", "Eine Geländekachel: quantized-mesh 1.0, mit gzip gepackt"),
    ("getContours", "Höhenlinien"),
    ("terrain.vector.getTileSet", "Höhenlinien als Vektorkacheln: welche Kacheln es gibt"),
    ("terrain.vector.getTile", "Höhenlinien als Vektorkachel: Ebene `contours` mit `elevation` und `index`"),
    ("getTerrainModifications", "Was Pläne am Gelände ändern: Abtrag und Auftrag"),
    ("createTerrainModification", "Das Gelände in einem Polygon ändern"),
    ("getTerrainModification", "Eine Änderung des Geländes mit ihren Erdmassen"),
    ("replaceTerrainModification", "Eine Änderung des Geländes ersetzen"),
    ("deleteTerrainModification", "Eine Änderung des Geländes entfernen"),
    ("terrain.map.getTileSet", "Die Kartenbilder eines Geländemodells: welche Kacheln es gibt"),
    ("terrain.map.getTile", "Ein Kartenbild des Geländes: geschummert, oder Höhen als Farben"),
    ("get3dContainers", "Die Sammlungen, die im Raum stehen, mit ihren Kästen"),
    ("get3dContainer", "Eine Sammlung im Raum: ihr Kasten und wie sie gelesen wird"),
    (
        "collection.vector.getStyle",
        "Ein Stil für die Kartenkacheln einer Sammlung, für MapLibre und dergleichen",
    ),
    ("dataset.vector.getStyle", "Ein Stil für die Kartenkacheln des Zwillings, für MapLibre und dergleichen"),
    ("getClients", "Programme, für die es fertige Konfiguration gibt"),
    ("getClient", "Was in ein Programm einzusetzen ist, damit es den Zwilling zeigt"),
    ("getClientFile", "Ein Stück Konfiguration als Datei"),
    ("describeCatalogue", "Der Katalog dessen, was der Server hält und bietet"),
    ("getRecords", "Einträge des Katalogs"),
    ("getRecord", "Ein Eintrag des Katalogs"),
    ("getImage", "Ein Texturbild, benannt nach der Prüfsumme seines Inhalts"),
    ("getGround", "Ein grobes Raster der Geländehöhen unter dem Zwilling"),
    ("getHealth", "Der Zustand des Servers und seiner Datenbank"),
    ("getLiveness", "Ob der Prozess antwortet"),
    ("getReadiness", "Ob der Server aus seiner Datenbank antworten kann"),
    ("getMetrics", "Zähler im Textformat von Prometheus"),
    ("getWfs", "OGC Web Feature Service 2.0, nur lesend: für GIS, die keine OGC API kennen"),
    ("getViewerConfig", "Womit die 3D-Ansicht beginnt"),
];

/// By `component`.
const PARAMETERS: &[(&str, &str)] = &[
    ("collectionId", "Kennung einer Sammlung"),
    ("featureId", "Kennung eines Objekts: seine gml:id"),
    ("name", "Name einer Kachel: die Prüfsumme ihres Inhalts und `.glb`"),
    ("hash", "Prüfsumme eines Bildes: 32 hexadezimale Ziffern"),
    ("codelistId", "Kennung einer Codeliste"),
    ("organizationId", "Kennung einer Organisation"),
    ("jobId", "Kennung eines Auftrags"),
    ("uploadId", "Kennung eines Hochladens"),
    ("processId", "Kennung eines Prozesses"),
    ("outputId", "Kennung einer Ausgabe des Prozesses"),
    ("tileMatrixSetId", "Kennung eines Rasters der Kartenkacheln"),
    ("tileMatrix", "Stufe des Rasters, ab 0"),
    ("tileRow", "Zeile der Kachel, ab 0 im Norden"),
    ("tileCol", "Spalte der Kachel, ab 0 im Westen"),
    ("terrainId", "Kennung eines Geländemodells"),
    ("modificationId", "Nummer einer Änderung des Geländes"),
    ("clientId", "Kennung eines Programms, wie `/clients` sie nennt"),
    ("fileName", "Name eines Stücks Konfiguration"),
    ("recordId", "Kennung eines Eintrags im Katalog"),
    ("styleId", "Wie Höhen gezeigt werden: `hillshade` (geschummert) oder `terrain-rgb`"),
    ("z", "Stufe einer Geländekachel"),
    ("x", "Spalte einer Geländekachel, von Westen"),
    ("yTerrain", "Zeile einer Geländekachel, von Süden, und `.terrain`"),
    ("If-Match", "ETag dessen, was gelesen wurde, oder `*`: 412, wenn es jetzt ein anderes ist"),
    ("If-None-Match", "`*`: nur ein neues Objekt anlegen"),
    (
        "Idempotency-Key",
        "bis zu 200 sichtbare Zeichen: 24 Stunden lang bekommt dieselbe Anfrage dieselbe Antwort und wird einmal ausgeführt",
    ),
    (
        "Content-Crs",
        "URI in spitzen Klammern des Koordinatensystems des Inhalts, eines aus `crs` der Sammlung",
    ),
    ("Prefer", "`return=representation`: die Antwort ist das Objekt, wie es nun ist"),
    ("Tus-Resumable", "Version des Protokolls: 1.0.0"),
    ("Upload-Length", "Bytes der Datei; höchstens `maximumBytes` des Angebots"),
    ("Upload-Metadata", "`filename` und, nach einem Leerzeichen, der Name der Datei in Base64"),
    ("Upload-Offset", "bisher gesendete Bytes"),
    (
        "fRows",
        "Die Darstellung: `json` oder `geojson` für GeoJSON, `html` für Menschen. Geht dem Kopf Accept vor.",
    ),
    (
        "rowsLimit",
        "Wie viele höchstens auf einer Seite stehen; 1000, wenn nichts genannt ist, und nie mehr als 10000.",
    ),
    ("rowsAfter", "Wie viele davor kamen. Stammt aus einem Verweis `next`."),
    ("class", "Nur die dieser Klasse, mit ihrem Namen in CityGML 3.0 wie `BuildingPart` oder `Window`."),
    ("depth", "Wie viele Ebenen tief: 1 für das, was unmittelbar darunter liegt."),
    (
        "lod",
        "Die Flächen in diesem Detaillierungsgrad, etwa `2` oder `2.2`; sonst im höchsten jedes Objekts.",
    ),
    ("auditSince", "Nur was seither geschah: ein Zeitpunkt oder Tag nach RFC 3339"),
    ("fAudit", "Format der Antwort; sonst entscheidet der Kopf Accept"),
    ("since", "Die letzte Fassung, die der Client kennt: gesagt wird, was danach kam. 0 für alles."),
    (
        "changesLimit",
        "So viele Objekte hat eine Seite von Änderungen höchstens. Mehr als das Höchste meint das Höchste.",
    ),
    (
        "changesAfter",
        "Nur Objekte nach dieser Kennung in der ersten Fassung. Kommt aus einem Verweis `next`; nicht selbst zu bilden.",
    ),
    (
        "fChanges",
        "Die Darstellung: `json`, `html` für Menschen, oder `events` für das, was geschieht, sobald es geschieht. Geht dem Kopf Accept vor.",
    ),
    (
        "itemDatetime",
        "Der neueste Stand des Objekts, der damals galt: ein Zeitpunkt oder Tag nach RFC 3339, oder ein Zeitraum \
         `Beginn/Ende`, an dem `..` oder nichts ein Ende offen lässt.",
    ),
    ("f", "Die Darstellung: `json` für Programme, `html` für Menschen. Geht dem Kopf Accept vor."),
    ("fJson", "Die Darstellung: `json`, die einzige."),
    ("fHtml", "Die Darstellung: `html`, eine Seite, die einzige."),
    (
        "fItems",
        "Die Darstellung: `json` oder `geojson` für GeoJSON, `jsonfg` für JSON-FG mit Körpern, `html` für Menschen; Tabellen mit dem \
         Umriss: `csv` (als WKT), `fgb` (FlatGeobuf), `parquet` (GeoParquet); `cityjson`, `cityjsonseq` (je Objekt eine Zeile), `citygml` (3.0) oder `citygml-2.0`. Geht dem Kopf Accept vor.",
    ),
    (
        "fItem",
        "Die Darstellung: `json` oder `geojson` für GeoJSON, `jsonfg` für JSON-FG mit Körpern, `html` für Menschen, `cityjson`, `citygml` \
         (3.0) oder `citygml-2.0`, `glb` als 3D-Modell, `fgb` (FlatGeobuf) oder `parquet` (GeoParquet). Geht dem Kopf \
         Accept vor.",
    ),
    (
        "profile",
        "Das Profil von GeoJSON: `rfc7946` (einfach), `jsonfg` (JSON-FG, mit `geometry` nur, wo es kein `place` gibt) oder \
         `jsonfg-plus` (mit beidem); andere Darstellungen haben keins. Als Name, URI oder CURIE; von mehreren gilt das erste.",
    ),
    (
        "fTileset",
        "Die Darstellung: `json`, oder `tilejson` für MapLibre und dergleichen. Geht dem Kopf Accept vor.",
    ),
    ("fTile", "Die Darstellung: `mvt`, eine Mapbox Vector Tile."),
    (
        "fProfile",
        "Die Darstellung: `json`, `geojson` (ein Objekt in CRS84) oder `csv`. Geht dem Kopf Accept vor.",
    ),
    (
        "crs",
        "URI des Koordinatenreferenzsystems der Antwort, eines aus `crs` der Sammlung, mit den Achsen seiner Definition; \
         CRS84 (Länge, Breite), wenn keines genannt ist. Was im Raum steht (`place` in JSON-FG, Flächen), kommt auch in \
         einem aus `crs3d`: ohne Angabe Flächen in CRS84h, `place` im System des Speichers. Systeme ohne Höhen machen es \
         flach. In zusammengesetzten URI wird `&` als `%26` geschrieben.",
    ),
    (
        "bbox-crs",
        "URI des Koordinatenreferenzsystems von `bbox`, eines aus `crs` oder `crs3d` der Sammlung, mit den Achsen \
         seiner Definition; CRS84, wenn keines genannt ist. Sechs Zahlen gehören zu `crs3d` und zu CRS84, dort in CRS84h.",
    ),
    (
        "placeCrs",
        "EPSG-Code oder URI des Systems von `point` und `line`; CRS84 (Länge, Breite), wenn keines genannt ist.",
    ),
    ("properties", "Nur diese Attribute, mit Namen und durch Kommas getrennt."),
    ("skipGeometry", "Ohne Geometrie: `geometry` ist null, ganze Objekte haben nur ihre Attribute."),
    (
        "sortby",
        "Wonach die Objekte geordnet werden: Namen aus `sortables` der Sammlung, der wichtigste zuerst, durch Kommas \
         getrennt; `-` vor einem Namen heißt absteigend, `+` oder nichts aufsteigend. Was keinen Wert hat, kommt zuletzt. \
         Höchstens 8 Namen.",
    ),
    (
        "itemsRevision",
        "Der Stand der Sammlung: eine der Nummern aus `revisions`, ohne Angabe der neueste. Verweise `next` tragen sie, damit \
         alle Seiten denselben Stand zeigen.",
    ),
    ("collections", "Nur diese Sammlungen, mit Kennung und durch Kommas getrennt."),
    ("point", "Wo die Höhe gefragt ist: `x,y` in `crs`."),
    ("line", "Entlang welcher Linie das Profil gefragt ist: `x1,y1,x2,y2,…` in `crs`."),
    ("step", "Abstand der Punkte eines Profils in Metern; ohne Angabe die Zelle des Geländemodells."),
    (
        "extensions",
        "Was Kacheln außer dem Netz tragen: `octvertexnormals`, `watermask`, `metadata`, verbunden durch `-`.",
    ),
    (
        "modifications",
        "Welche Änderungen des Geländes gelten: `none`, `all` (alle eingeschalteten) oder Nummern, durch Kommas getrennt; \
         ohne Angabe die, die zum Bestand gehören.",
    ),
    (
        "contourStep",
        "Abstand der Höhenlinien in Metern; ohne Angabe, was zur Stufe passt: 1 auf der feinsten bis 100 auf der gröbsten.",
    ),
    ("interval", "Abstand der Höhenlinien in Metern; 1, wenn keiner genannt ist."),
    (
        "schemaType",
        "Wovon: `returnables` sind die Eigenschaften, die Objekte haben, `receivables` die, die gesendet werden können; \
         `create`, `replace` und `update` sind letztere, wie die eine Art zu schreiben sie nimmt.",
    ),
    (
        "codeProfile",
        "Wie Codes im Schema stehen: `codelist-ref` (die Adresse der Liste, und die Codes einer kurzen) oder `codelist-inline` \
         (jeder Code mit seinem Text); bei dem, was gesendet werden kann, immer das erste. Als Name, URI oder CURIE; von mehreren \
         gilt das erste.",
    ),
    (
        "lang",
        "Die Sprache der HTML-Seiten, der Texte von Codes und der Titel in Schemata. Geht dem Kopf Accept-Language vor.",
    ),
    ("limit", "So viele Objekte höchstens auf einer Seite. Mehr als das Größtmaß bedeutet das Größtmaß."),
    (
        "bbox",
        "Nur Objekte, die den Kasten berühren: West, Süd, Ost, Nord in Grad (CRS84), oder West, Süd, unten, Ost, Nord, \
         oben mit Höhen in Metern über dem Ellipsoid (CRS84h); `bbox-crs` nennt ein anderes System.",
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
        "URI des Koordinatenreferenzsystems der Geometrien in `filter`, eines von `crs` oder `crs3d` der Sammlung, mit den Achsen seiner Definition; ohne diese Angabe \
         CRS84 und für Höhen das Ellipsoid (CRS84h). In ebenen Systemen zählen die Höhen des Speichers wie in `zMin`.",
    ),
    (
        "after",
        "Nur Objekte nach diesem Schlüssel. Er kommt aus einem Verweis `next`; erfinden Sie ihn nicht.",
    ),
    ("code", "Nur Befunde mit diesem Code: einer Nummer von val3dity oder einem Wort."),
    ("jobType", "Nur Aufträge dieser Art: `process`, und das sind alle."),
    ("processID", "Nur Aufträge dieser Prozesse, durch Kommas getrennt."),
    (
        "jobStatus",
        "Nur Aufträge in diesem Zustand, durch Kommas getrennt: accepted, running, successful, failed, dismissed.",
    ),
    (
        "jobDatetime",
        "Nur Aufträge, die damals erteilt wurden: Zeitpunkt oder Tag nach RFC 3339 oder ein Zeitraum `Beginn/Ende`, in dem \
         `..` für ein offenes Ende steht.",
    ),
    ("minDuration", "Nur Aufträge, die mindestens so lange gelaufen sind [s]."),
    ("maxDuration", "Nur Aufträge, die höchstens so lange gelaufen sind [s]."),
    ("severity", "Nur Befunde dieser Schwere."),
    ("object", "Nur Befunde zu dem Objekt mit dieser gml:id."),
    (
        "revision",
        "Was bei dieser Fassung galt, oder `all` für alles, was je gefunden wurde; ohne diese Angabe, was jetzt gilt.",
    ),
    (
        "fCatalogue",
        "Die Darstellung: `ogc-catalog`, wie OGC API – Records sie nennt, `json` für dasselbe als bloßes JSON, `html` für \
         Menschen. Geht dem Kopf Accept vor.",
    ),
    (
        "q",
        "Nur Einträge, in deren Titel, Beschreibung oder Schlagworten einer dieser Begriffe steht, durch Kommas getrennt; \
         die Wörter eines Begriffs stehen hintereinander. Groß und klein ist gleich.",
    ),
    ("recordType", "Nur Einträge dieser Art, durch Kommas getrennt: `dataset`, `service`."),
    ("ids", "Nur Einträge mit diesen Kennungen, durch Kommas getrennt."),
    (
        "externalIds",
        "Nur Einträge zu Ressourcen mit diesen Namen, durch Kommas getrennt: `Schema:Wert`, `Wert` oder `Schema:`. Schemata \
         sind `collection`, `terrain`, `service` und `twin`.",
    ),
    (
        "afterRecord",
        "Nur Einträge nach dieser Kennung. Sie kommt aus einem Verweis `next`; erfinden Sie sie nicht.",
    ),
    (
        "labels",
        "Ob der Stil Namen zeigt. Er hat keine `glyphs`: Programme, die Buchstaben nicht selbst zeichnen, verlangen `false`.",
    ),
    (
        "view",
        "Ohne Wirkung: so kann eine Ansicht dieselben Kacheln zweimal unter verschiedenen Adressen laden.",
    ),
];

/// What the catalogue says of the server itself.
const RECORDS: &[(&str, &str)] = &[
    ("Features", "Objekte"),
    (
        "all objects by OGC API – Features, with filters in CQL2 and in several coordinate reference systems",
        "alle Objekte mit OGC API – Features, mit Filtern in CQL2 und in mehreren Koordinatenreferenzsystemen",
    ),
    ("Data in space", "Daten im Raum"),
    (
        "collections as 3D Tiles 1.1 with their boxes in space, by the draft of OGC API – 3D GeoVolumes",
        "Sammlungen als 3D Tiles 1.1 mit ihren Kästen im Raum, nach dem Entwurf von OGC API – 3D GeoVolumes",
    ),
    ("Map tiles", "Kartenkacheln"),
    (
        "collections as Mapbox Vector Tiles in several grids, by OGC API – Tiles",
        "Sammlungen als Mapbox Vector Tiles in mehreren Rastern, mit OGC API – Tiles",
    ),
    ("Terrain", "Gelände"),
    (
        "the ground as quantized-mesh tiles, pictures for maps, contours and heights at places",
        "das Gelände als Kacheln in quantized-mesh, Bilder für Karten, Höhenlinien und Höhen an Orten",
    ),
    ("Catalogue", "Katalog"),
    (
        "what this server holds and offers, by OGC API – Records",
        "was dieser Server hält und bietet, mit OGC API – Records",
    ),
    ("3D view", "3D-Ansicht"),
    ("the city in a browser: plans, shadows, sections", "die Stadt im Browser: Pläne, Schatten, Schnitte"),
    ("Map", "Karte"),
    ("the city as a flat map in a browser", "die Stadt als flache Karte im Browser"),
    ("the definition of this API", "die Beschreibung dieser Schnittstelle"),
    ("the API for people", "die Schnittstelle für Menschen"),
    ("the collection", "die Sammlung"),
    ("the features as GeoJSON", "die Objekte als GeoJSON"),
    ("what properties features have", "welche Eigenschaften die Objekte haben"),
    ("the collection for people", "die Sammlung für Menschen"),
    ("the features as 3D Tiles 1.1", "die Objekte als 3D Tiles 1.1"),
    ("the features as vector tiles", "die Objekte als Vektorkacheln"),
    ("a style for MapLibre", "ein Stil für MapLibre"),
    ("the terrain", "das Gelände"),
    ("the terrain for 3D viewers", "das Gelände für 3D-Ansichten"),
    ("the ground as pictures", "das Gelände als Bilder"),
    ("the terrain for people", "das Gelände für Menschen"),
];

/// What the operation does.
pub fn operation(operation_id: &str) -> Option<&'static str> {
    find(OPERATIONS, operation_id).or_else(|| find(plans::OPERATIONS, operation_id))
}

/// What the parameter is for.
pub fn parameter(component: &str) -> Option<&'static str> {
    find(PARAMETERS, component).or_else(|| find(plans::PARAMETERS, component))
}

fn find(table: &'static [(&str, &str)], name: &str) -> Option<&'static str> {
    table.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// What the catalogue says in English.
pub fn record(english: &str) -> Option<&'static str> {
    find(RECORDS, english)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::routes;
    use crate::api::writes;

    #[test]
    fn everything_on_the_page_is_there_in_german() {
        let routes = routes::all().filter(|route| route.is_described());
        let read = routes.clone().filter(|route| route.is_read());
        let ids = read.map(|route| route.operation_id).chain(writes::all().map(|w| w.operation_id));
        let missing: Vec<_> = ids.filter(|id| operation(id).is_none()).collect();
        let components = routes.flat_map(|route| route.parameters).map(|parameter| parameter.component);
        let unnamed: Vec<_> = components.filter(|component| parameter(component).is_none()).collect();
        assert!(missing.is_empty() && unnamed.is_empty(), "{missing:?} {unnamed:?}");
    }
}

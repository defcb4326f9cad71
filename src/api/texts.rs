//! The words of the pages in both languages.

use super::negotiate::Language;

/// Each with its English and its German words.
macro_rules! texts {
    ($($name:ident: $english:literal, $german:literal;)*) => {
        /// The words of the pages in one language.
        pub struct Texts {
            $(pub $name: &'static str,)*
        }

        static ENGLISH: Texts = Texts { $($name: $english,)* };
        static GERMAN: Texts = Texts { $($name: $german,)* };
    };
}

texts! {
    home: "Home", "Start";
    collections: "Collections", "Sammlungen";
    terrain: "Terrain", "Gelände";
    api: "API", "Schnittstelle";
    conformance: "Standards", "Standards";
    viewer: "3D view", "3D-Ansicht";
    view_3d: "Show in 3D", "In 3D zeigen";
    skip: "Skip to the content", "Zum Inhalt springen";
    machine: "This page as JSON", "Diese Seite als JSON";
    other_language: "Deutsch", "English";
    features: "features", "Objekte";
    feature: "feature", "Objekt";
    of: "of", "von";
    of_features: "features", "Objekten";
    about: "about", "etwa";
    empty: "Nothing has been imported yet.", "Es wurde noch nichts importiert.";
    no_features: "No features here.", "Hier gibt es keine Objekte.";
    extent: "Extent (west, south, east, north)", "Ausdehnung (West, Süd, Ost, Nord)";
    heights: "Heights [m]", "Höhen [m]";
    lods: "Levels of detail", "Detaillierungsgrade";
    classes: "Classes", "Klassen";
    attributes: "Attributes", "Attribute";
    attribute: "Attribute", "Attribut";
    kind: "Type", "Typ";
    value: "Value", "Wert";
    count: "Count", "Anzahl";
    updated: "Last change", "Letzte Änderung";
    next: "Next page", "Nächste Seite";
    first: "First page", "Erste Seite";
    map: "Map of the footprints", "Karte der Grundrisse";
    flat_map: "Map", "Karte";
    clients: "In other programs", "In anderen Programmen";
    catalogue: "Catalogue", "Katalog";
    table: "Features of this page", "Objekte dieser Seite";
    id: "Id", "Kennung";
    class: "Class", "Klasse";
    height: "Height [m]", "Höhe [m]";
    intro: "A digital twin: the city as data that can be read, shown and worked with.", "Ein digitaler Zwilling: die Stadt als Daten, die man lesen, zeigen und weiterverwenden kann.";
    conformance_intro: "The requirement classes that this server meets.", "Die Anforderungsklassen, die dieser Server erfüllt.";
    api_intro: "Every resource answers GET, HEAD and OPTIONS; writing needs a token.", "Jede Ressource antwortet auf GET, HEAD und OPTIONS; Schreiben braucht ein Token.";
    parameters: "Parameters", "Parameter";
    standards: "Answers as", "Antwortet als";
    limit_hint: "Features on a page", "Objekte je Seite";
    show: "Show", "Zeigen";
    error: "That did not work", "Das hat nicht geklappt";
    back: "Back to the start", "Zurück zum Start";
    crs: "Storage coordinate system", "Koordinatensystem der Ablage";
    imprint: "Imprint", "Impressum";
    valid: "Valid", "Gültig";
    revisions: "Revisions", "Fassungen";
    report: "Quality report", "Qualitätsbericht";
    ground: "Buildings against the ground", "Gebäude gegen das Gelände";
    clamp: "In 3D on the terrain", "In 3D auf dem Gelände";
    findings: "Findings", "Befunde";
    queryables: "What filters may name", "Was Filter nennen dürfen";
    sortables: "What features can be sorted by", "Wonach geordnet werden kann";
    returnables: "Properties of features", "Eigenschaften der Objekte";
    receivables: "Properties that can be sent", "Eigenschaften, die gesendet werden können";
    imports: "Imports", "Importe";
    tileset: "3D Tiles (tileset.json)", "3D Tiles (tileset.json)";
    more: "More about this collection", "Mehr zu dieser Sammlung";
    title: "Title", "Bezeichnung";
    unit: "Unit", "Einheit";
    name: "Name", "Name";
    preview: "View in 3D", "Ansicht in 3D";
    north: "N", "N";
    formats: "As a file or data", "Als Datei oder Daten";
    versions: "Versions", "Stände";
    versions_of: "Versions of this feature", "Stände dieses Objekts";
    changes: "Changes", "Änderungen";
    changes_of: "Changes of this collection", "Änderungen dieser Sammlung";
    findings_of: "Findings about this feature", "Befunde zu diesem Objekt";
    more_item: "More about this feature", "Mehr zu diesem Objekt";
    since: "since", "seit";
    until: "until", "bis";
    tiles: "Map tiles", "Kartenkacheln";
    wfs: "WFS 2.0 for other GIS", "WFS 2.0 für andere GIS";
    processes: "Processes", "Prozesse";
    jobs: "Jobs", "Aufträge";
    health: "State of the server", "Zustand des Servers";
    codelists: "Code lists", "Codelisten";
    organizations: "Organizations", "Organisationen";
    projects: "Planning projects", "Planungsprojekte";
    projects_about: "What is being planned, and its", "Was geplant wird, und die";
    scenarios: "scenarios", "Szenarien";
    organizations_about: "Who plans in this twin", "Wer in diesem Zwilling plant";
    data: "Data", "Daten";
    access: "Interfaces", "Schnittstellen";
    work: "Work and operation", "Arbeit und Betrieb";
    area: "Where the data lie", "Wo die Daten liegen";
    address_to_copy: "Address to copy:", "Adresse zum Kopieren:";
    style: "A style for MapLibre", "Ein Stil für MapLibre";
    vector_tiles: "Vector tiles", "Vektorkacheln";
    export: "Export as a file", "Export als Datei";
    successors: "In its place:", "An seiner Stelle:";
    codelists_about: "What the codes in attributes mean", "Was die Codes in Attributen bedeuten";
    area_about: "The boxes around the collections", "Die Kästen um die Sammlungen";
    api_about: "Every call with its parameters, to try here", "Jeder Aufruf mit seinen Parametern, hier auszuprobieren";
    jobs_about: "Imports, exports and other long work", "Importe, Exporte und andere lange Arbeit";
    try_it: "Try it", "Ausprobieren";
    try_script: "Trying needs JavaScript.", "Zum Ausprobieren wird JavaScript gebraucht.";
    try_send: "Send", "Senden";
    try_token: "Token for writing (stays in this page only)", "Token zum Schreiben (bleibt nur in dieser Seite)";
    try_format: "Format", "Format";
    try_body: "Body", "Inhalt";
    try_file: "File", "Datei";
    try_use: "send", "senden";
    try_needed: "needed", "nötig";
    try_answer: "Answer", "Antwort";
    try_headers: "Headers", "Köpfe";
    try_waiting: "Waiting for the answer …", "Die Antwort steht noch aus …";
    try_failed: "No answer: ", "Keine Antwort: ";
    try_empty: "The answer has no body.", "Die Antwort hat keinen Inhalt.";
    try_binary: "Bytes that are no text:", "Bytes, die kein Text sind:";
    try_cut: "… cut here", "… hier gekürzt";
    try_save: "Save", "Speichern";
    needs_token: "Needs a token.", "Braucht ein Token.";
    health_about: "Database, data and version, for operators", "Datenbank, Daten und Version, für den Betrieb";
}

impl Language {
    pub fn texts(self) -> &'static Texts {
        match self {
            Language::English => &ENGLISH,
            Language::German => &GERMAN,
        }
    }
}

//! What the page of the API says of plans in German.

/// By operation id.
pub const OPERATIONS: &[(&str, &str)] = &[
    ("getProjects", "Die Planungsvorhaben, die man sehen darf"),
    ("getProject", "Ein Planungsvorhaben"),
    ("createProject", "Ein Planungsvorhaben beginnen"),
    ("updateProject", "Angaben zu einem Vorhaben, seine Partner, Mitglieder oder sein Gebiet ändern"),
    ("deleteProject", "Ein Vorhaben ohne Szenarien entfernen"),
    ("getProjectScenarios", "Die Szenarien eines Vorhabens"),
    ("createScenario", "Ein Szenario beginnen: auf der Stadt, wie sie ist, oder auf einem anderen Szenario"),
    ("getScenarios", "Die Szenarien, die man sehen darf"),
    ("getScenario", "Ein Szenario: eine Variante der Stadt"),
    ("updateScenario", "Angaben zu einem Szenario ändern, oder wer Veröffentlichtes davon sieht"),
    ("deleteScenario", "Einen Entwurf entfernen"),
    ("copyScenario", "Ein Szenario beginnen, das auf diesem aufbaut"),
    ("getOperations", "Was in einem Szenario getan wird"),
    ("addOperations", "Mehrere Schritte in einem Entwurf tun: alle oder keinen"),
    ("undoOperation", "Einen Schritt zurücknehmen"),
    ("getScenarioRevisions", "Die Fassungen eines Szenarios, die bleiben, wie sie sind, die neueste zuerst"),
    ("getHidden", "Objekte der Stadt, die ein Programm ausblendet, um ein Szenario zu zeigen"),
    ("getScenarioTileset", "Die Stadt, wie ein Szenario sie macht, als 3D Tiles 1.1"),
    ("previewRebase", "Was geschähe, wenn ein Szenario auf den neuesten Stand der Stadt gesetzt würde"),
    ("rebaseScenario", "Einen Entwurf auf den neuesten Stand der Stadt oder des Szenarios darunter setzen"),
    ("getShares", "Mit wem ein Szenario geteilt ist"),
    ("createShare", "Einen Entwurf mit einer Organisation oder Person teilen"),
    ("deleteShare", "Eine Freigabe zurücknehmen"),
    ("submitScenario", "Einen Entwurf einreichen: eine Fassung davon bleibt"),
    ("returnScenario", "Ein Szenario wieder zum Entwurf machen; was veröffentlicht ist, bleibt"),
    ("approveScenario", "Eingereichtes billigen"),
    ("publishScenario", "Ein gebilligtes Szenario veröffentlichen: andere sehen diese Fassung"),
    ("withdrawScenario", "Ein veröffentlichtes Szenario zurückziehen"),
    ("archiveScenario", "Ein Szenario ablegen"),
    ("realizeScenario", "Festhalten, dass die Stadt geworden ist, was ein Szenario plante"),
    ("getStages", "Die Verfahrensschritte eines Vorhabens, der neueste zuerst"),
    ("enterStage", "Einen Verfahrensschritt eintragen, und was darin ausgelegt wird"),
    ("getPhases", "Namen für Zeiträume, die Schritte verwenden können"),
    ("replacePhases", "Die Phasen eines Entwurfs ersetzen"),
    ("getComments", "Was die Bearbeiter eines Szenarios dazu sagen"),
    ("createComment", "Den Bearbeitern eines Szenarios etwas sagen"),
    ("getStatements", "Stellungnahmen zu dem, was von einem Szenario veröffentlicht ist"),
    ("makeStatement", "Stellung nehmen zu dem, was von einem Szenario veröffentlicht ist"),
    ("moderateStatement", "Eine Stellungnahme zeigen oder nicht, und sie beantworten"),
    ("getNotifications", "Was den eigenen Organisationen mitgeteilt wurde"),
    ("getWebhooks", "Adressen, an die Mitteilungen gesendet werden"),
    ("createWebhook", "Mitteilungen an eine Adresse senden lassen"),
    ("deleteWebhook", "Mitteilungen nicht mehr dorthin senden lassen"),
];

/// By `component`.
pub const PARAMETERS: &[(&str, &str)] = &[
    (
        "scenario",
        "Die Stadt, wie dieses Szenario sie macht: seine Kennung, oder seine Kennung, `@` und die Nummer einer Fassung. Mit `datetime`, wie sie \
         dann ist, sonst, wie sie ist, wenn alles getan ist. Geht nicht mit `revision`: ein Szenario baut auf einer festen auf.",
    ),
    (
        "mode",
        "Mit `scenario`: `composed` für die ganze Stadt, wie das Szenario sie macht, `delta` nur für das, was es bringt, für Programme, die \
         Objekte selbst ausblenden (`/scenarios/{scenarioId}/hidden`).",
    ),
    (
        "planVersion",
        "Mit `scenario`: der Stand des Szenarios, von dem die Kachel ist, wie ihr Kachelsatz ihn nennt.",
    ),
    ("planRevision", "Der Stand dieser Fassung des Szenarios; ohne sie der neueste, den man sehen darf."),
    ("oneCollection", "Nur Objekte dieser Sammlung."),
    ("toldLimit", "Wie viele höchstens auf einer Seite stehen; mehr als 1000 heißt 1000."),
    (
        "toldAfter",
        "Nur was hinter dieser Nummer kommt. Steht in einem `next`-Verweis, oder ist die letzte Nummer, die man kennt.",
    ),
    ("projectId", "Kennung eines Vorhabens"),
    ("scenarioId", "Kennung eines Szenarios"),
    ("seq", "Nummer eines Schritts in seinem Szenario"),
    ("shareId", "Nummer einer Freigabe"),
    ("statementId", "Nummer einer Stellungnahme"),
    ("webhookId", "Nummer einer Adresse für Mitteilungen"),
];

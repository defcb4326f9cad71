-- Codes of the German surveying authorities (AdV) that are common in LoD2 deliveries. Neither list is complete.

INSERT INTO code_list (id, code_space, title, description, origin, is_complete) VALUES
    ('adv-function', 'https://repository.gdi-de.org/schemas/adv/citygml/Codelisten/BuildingFunctionTypeAdV.xml',
        'Gebäudefunktion (AdV)', 'function of buildings and structures in official German LoD1 and LoD2 models: <Objektart>_<code>',
        'builtin', false),
    ('adv-roof-type', 'urn:stadtwin:codelist:adv:roofType', 'Dachform (AdV)',
        'roofType of buildings in official German LoD2 models', 'builtin', false);

INSERT INTO code_space (name, list)
SELECT name, key FROM code_list JOIN (VALUES
    ('adv-function', 'https://repository.gdi-de.org/schemas/adv/citygml/Codelisten/BuildingFunctionTypeAdV.xml'),
    ('adv-function', '@function'),
    ('adv-roof-type', 'urn:stadtwin:codelist:adv:roofType'),
    ('adv-roof-type', '@roofType')) AS names (id, name) USING (id);

INSERT INTO code (list, code, ordinal, texts)
SELECT key, code, row_number() OVER (PARTITION BY key ORDER BY code), jsonb_build_object('de', text)
FROM code_list JOIN (VALUES
    ('adv-function', '31001_1000', 'Wohngebäude'),
    ('adv-function', '31001_2000', 'Gebäude für Wirtschaft oder Gewerbe'),
    ('adv-function', '31001_2461', 'Parkhaus'),
    ('adv-function', '31001_2463', 'Garage'),
    ('adv-function', '31001_2465', 'Tiefgarage'),
    ('adv-function', '31001_2513', 'Wasserbehälter'),
    ('adv-function', '31001_2523', 'Umformer'),
    ('adv-function', '31001_3000', 'Gebäude für öffentliche Zwecke'),
    ('adv-function', '31001_3012', 'Rathaus'),
    ('adv-function', '31001_3020', 'Gebäude für Bildung und Forschung'),
    ('adv-function', '31001_3041', 'Kirche'),
    ('adv-function', '31001_3065', 'Kinderkrippe, Kindergarten, Kindertagesstätte'),
    ('adv-function', '31001_3072', 'Feuerwehr'),
    ('adv-function', '31001_3091', 'Bahnhofsgebäude'),
    ('adv-function', '31001_9998', 'Nach Quellenlage nicht zu spezifizieren'),
    ('adv-function', '51009_1610', 'Überdachung'),
    ('adv-function', '53001_1800', 'Brücke'),
    ('adv-function', '99999_1001', 'Hauptgebäude'),
    ('adv-function', '99999_1002', 'Nebengebäude'),
    ('adv-roof-type', '1000', 'Flachdach'),
    ('adv-roof-type', '2100', 'Pultdach'),
    ('adv-roof-type', '2200', 'Versetztes Pultdach'),
    ('adv-roof-type', '3100', 'Satteldach'),
    ('adv-roof-type', '3200', 'Walmdach'),
    ('adv-roof-type', '3300', 'Krüppelwalmdach'),
    ('adv-roof-type', '3400', 'Mansardendach'),
    ('adv-roof-type', '3500', 'Zeltdach'),
    ('adv-roof-type', '3600', 'Kegeldach'),
    ('adv-roof-type', '3700', 'Kuppeldach'),
    ('adv-roof-type', '3800', 'Sheddach'),
    ('adv-roof-type', '3900', 'Bogendach'),
    ('adv-roof-type', '4000', 'Turmdach'),
    ('adv-roof-type', '5000', 'Mischform'),
    ('adv-roof-type', '9999', 'Sonstiges')) AS codes (id, code, text) USING (id);

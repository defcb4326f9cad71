-- Files that shall come into scenarios: what each would do is told before it is done.

CREATE TABLE scenario_import (
    scenario bigint NOT NULL REFERENCES scenario (key) ON DELETE CASCADE,
    number integer NOT NULL,
    state text NOT NULL CHECK (state IN ('ready', 'faulty', 'committed')),
    collection text NOT NULL,
    format text NOT NULL,
    size_bytes bigint NOT NULL,
    content bytea,
    settings jsonb NOT NULL,
    version bigint NOT NULL,
    preview jsonb NOT NULL,
    made timestamptz NOT NULL DEFAULT now(),
    made_by text NOT NULL,
    committed timestamptz,
    PRIMARY KEY (scenario, number)
);
COMMENT ON TABLE scenario_import IS 'Files that were sent to come into a scenario.';
COMMENT ON COLUMN scenario_import.scenario IS 'scenario.key';
COMMENT ON COLUMN scenario_import.number IS 'Name in URLs, counted within the scenario from 1.';
COMMENT ON COLUMN scenario_import.state IS 'ready; faulty: has objects that may not come; committed: its objects stand in the scenario.';
COMMENT ON COLUMN scenario_import.collection IS 'collection.id that the objects come into.';
COMMENT ON COLUMN scenario_import.format IS 'What the content was taken for.';
COMMENT ON COLUMN scenario_import.size_bytes IS 'Of the content.';
COMMENT ON COLUMN scenario_import.content IS 'As it was sent; null once it is committed.';
COMMENT ON COLUMN scenario_import.settings IS 'How it is read, and what is said of all its operations.';
COMMENT ON COLUMN scenario_import.version IS 'Of the scenario: that the preview is of, or that the commit made.';
COMMENT ON COLUMN scenario_import.preview IS 'Counts, box, findings and faults.';
COMMENT ON COLUMN scenario_import.made IS 'When it was sent.';
COMMENT ON COLUMN scenario_import.made_by IS 'Subject.';
COMMENT ON COLUMN scenario_import.committed IS 'When its objects came into the scenario.';

CREATE TABLE scenario_import_item (
    scenario bigint NOT NULL,
    import integer NOT NULL,
    number integer NOT NULL,
    feature jsonb NOT NULL,
    PRIMARY KEY (scenario, import, number),
    FOREIGN KEY (scenario, import) REFERENCES scenario_import (scenario, number) ON DELETE CASCADE
);
COMMENT ON TABLE scenario_import_item IS 'Objects that an import brings or takes away, to be looked at.';
COMMENT ON COLUMN scenario_import_item.scenario IS 'scenario_import.scenario';
COMMENT ON COLUMN scenario_import_item.import IS 'scenario_import.number';
COMMENT ON COLUMN scenario_import_item.number IS 'Place in the preview, from 1.';
COMMENT ON COLUMN scenario_import_item.feature IS 'A GeoJSON feature in CRS84.';

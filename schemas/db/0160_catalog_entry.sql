-- What an open data catalogue (CKAN) knows of published scenarios. What it should know follows from the scenarios
-- themselves, so publishing writes nothing here and never waits for the catalogue.

CREATE TABLE catalog_entry (
    scenario text COLLATE "C" PRIMARY KEY,
    shown text NOT NULL DEFAULT '',
    failures integer NOT NULL DEFAULT 0,
    next_try timestamptz NOT NULL DEFAULT now(),
    last_error text
);
COMMENT ON TABLE catalog_entry IS 'Entries of a catalogue, one for each published scenario that it was told of.';
COMMENT ON COLUMN catalog_entry.scenario IS 'scenario.id, also of one that is there no more.';
COMMENT ON COLUMN catalog_entry.shown IS 'Digest of what the catalogue has; empty: perhaps something, nobody knows.';
COMMENT ON COLUMN catalog_entry.failures IS 'Tries in a row that failed.';
COMMENT ON COLUMN catalog_entry.next_try IS 'Not before then.';
COMMENT ON COLUMN catalog_entry.last_error IS 'Why the last try failed; null after a success.';

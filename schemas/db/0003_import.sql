-- What imports tell: findings and figures by file.

CREATE TABLE issue (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    collection integer NOT NULL REFERENCES collection (key) ON DELETE CASCADE,
    revision bigint NOT NULL,
    file text NOT NULL,
    object text NOT NULL,
    line bigint NOT NULL,
    code text COLLATE "C" NOT NULL,
    severity text NOT NULL CHECK (severity IN ('info', 'warning', 'error')),
    message text NOT NULL
);
CREATE INDEX issue_collection ON issue (collection, revision, id);
COMMENT ON TABLE issue IS 'Findings about imported data.';
COMMENT ON COLUMN issue.id IS 'Paging key.';
COMMENT ON COLUMN issue.collection IS 'collection.key.';
COMMENT ON COLUMN issue.revision IS 'The revision whose import found it.';
COMMENT ON COLUMN issue.file IS 'The file as named on import.';
COMMENT ON COLUMN issue.object IS 'gml:id; empty for the file itself.';
COMMENT ON COLUMN issue.line IS 'Line in the unpacked file, from 1; 0 when unknown.';
COMMENT ON COLUMN issue.code IS 'Short stable code, such as ring_unclosed.';
COMMENT ON COLUMN issue.severity IS 'info, warning or error; error means that something was left out.';
COMMENT ON COLUMN issue.message IS 'What is wrong and what was done.';

CREATE TABLE import_file (
    revision bigint NOT NULL,
    collection integer NOT NULL REFERENCES collection (key) ON DELETE CASCADE,
    file text NOT NULL,
    member_count bigint NOT NULL,
    inserted_count bigint NOT NULL,
    updated_count bigint NOT NULL,
    unchanged_count bigint NOT NULL,
    issue_count bigint NOT NULL,
    size_bytes bigint NOT NULL,
    report jsonb NOT NULL
);
CREATE INDEX import_file_revision ON import_file (collection, revision);
COMMENT ON TABLE import_file IS 'The import''s figures for each file.';
COMMENT ON COLUMN import_file.revision IS 'revision.number.';
COMMENT ON COLUMN import_file.collection IS 'collection.key.';
COMMENT ON COLUMN import_file.file IS 'The file as named on import.';
COMMENT ON COLUMN import_file.member_count IS 'Top-level objects read.';
COMMENT ON COLUMN import_file.inserted_count IS 'Top-level objects that were new.';
COMMENT ON COLUMN import_file.updated_count IS 'Top-level objects that differed from the store.';
COMMENT ON COLUMN import_file.unchanged_count IS 'Top-level objects that the store already had.';
COMMENT ON COLUMN import_file.issue_count IS 'Findings.';
COMMENT ON COLUMN import_file.size_bytes IS 'Bytes read, unpacked.';
COMMENT ON COLUMN import_file.report IS 'The rest of the report: CRS found, classes, issues by code, ….';

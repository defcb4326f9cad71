-- Findings end: with the version of the object that they are about, or when a newer import no longer finds them.

ALTER TABLE issue ADD COLUMN until bigint;
COMMENT ON COLUMN issue.until IS 'First revision for which the finding no longer holds; null while it does.';
CREATE INDEX issue_holding ON issue (collection, id) WHERE until IS NULL;

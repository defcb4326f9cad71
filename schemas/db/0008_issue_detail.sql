-- Findings say which face, what value and where.

ALTER TABLE issue ADD COLUMN face integer;
ALTER TABLE issue ADD COLUMN value text;
ALTER TABLE issue ADD COLUMN position double precision[] CHECK (cardinality(position) = 3);
COMMENT ON COLUMN issue.face IS 'Index of the face in its geometry, from 0; null when the finding is not about one.';
COMMENT ON COLUMN issue.value IS 'The value found, with its unit, such as distance 0.12 m.';
COMMENT ON COLUMN issue.position IS 'Where: east, north, up in the storage CRS.';

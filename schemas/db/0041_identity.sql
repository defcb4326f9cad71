-- Objects that stay the same although their supplier names them anew.

ALTER TABLE collection ADD COLUMN has_lineage boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN collection.has_lineage IS 'Whether object_alias or object_lineage hold anything of it: else nobody looks there.';
COMMENT ON COLUMN city_object.uid IS 'Permanent name: the gml:id under which the object first came. Later ones stand in object_alias.';

CREATE TABLE object_alias (
    collection integer NOT NULL REFERENCES collection (key) ON DELETE CASCADE,
    alias text COLLATE "C" NOT NULL,
    uid text COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    PRIMARY KEY (collection, alias)
);
CREATE INDEX object_alias_uid ON object_alias (collection, uid);
COMMENT ON TABLE object_alias IS 'Further gml:ids that suppliers gave to objects: whoever asks for one finds the object.';
COMMENT ON COLUMN object_alias.collection IS 'collection.key.';
COMMENT ON COLUMN object_alias.alias IS 'gml:id as a later file has it.';
COMMENT ON COLUMN object_alias.uid IS 'city_object.uid of the top-level object.';
COMMENT ON COLUMN object_alias.revision IS 'The revision whose import found that the two are one.';

CREATE TABLE object_lineage (
    collection integer NOT NULL REFERENCES collection (key) ON DELETE CASCADE,
    predecessor text COLLATE "C" NOT NULL,
    successor text COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    method text NOT NULL CHECK (method IN ('reference', 'overlap')),
    overlap double precision,
    PRIMARY KEY (collection, predecessor, successor, revision)
);
CREATE INDEX object_lineage_successor ON object_lineage (collection, successor);
COMMENT ON TABLE object_lineage IS 'What became of objects that were split or merged.';
COMMENT ON COLUMN object_lineage.collection IS 'collection.key.';
COMMENT ON COLUMN object_lineage.predecessor IS 'city_object.uid of the object that was.';
COMMENT ON COLUMN object_lineage.successor IS 'city_object.uid of an object in its place.';
COMMENT ON COLUMN object_lineage.revision IS 'The revision at which the one followed the other.';
COMMENT ON COLUMN object_lineage.method IS 'By what it was found: a common external reference, or the overlap of footprints.';
COMMENT ON COLUMN object_lineage.overlap IS 'Common part of the footprints as a share of the larger one; null where found by reference.';

CREATE FUNCTION external_references(list jsonb) RETURNS SETOF text
LANGUAGE sql IMMUTABLE AS $$
    SELECT DISTINCT coalesce(entry ->> 'name', entry ->> 'uri')
    FROM jsonb_array_elements(CASE jsonb_typeof(list) WHEN 'array' THEN list ELSE '[]' END) AS e (entry)
    WHERE coalesce(entry ->> 'name', entry ->> 'uri', '') <> ''
$$;
COMMENT ON FUNCTION external_references IS 'Identifiers in an attribute externalReferences. The name of the register is left out: suppliers spell it differently.';

CREATE FUNCTION plain_area(shape geometry) RETURNS geometry
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN ST_IsValid(shape) THEN shape ELSE ST_MakeValid(shape) END
$$;
COMMENT ON FUNCTION plain_area IS 'The shape without self-crossings, so that it can be cut with others.';

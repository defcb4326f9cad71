-- The twin itself, its collections and their revisions.

CREATE EXTENSION IF NOT EXISTS postgis;

CREATE TABLE twin (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    horizontal_epsg integer,
    vertical_kind text NOT NULL DEFAULT 'unknown' CHECK (vertical_kind IN ('epsg', 'ellipsoidal', 'unknown')),
    vertical_epsg integer CHECK ((vertical_epsg IS NOT NULL) = (vertical_kind = 'epsg')),
    next_object_id bigint NOT NULL DEFAULT 1
);
INSERT INTO twin DEFAULT VALUES;
COMMENT ON TABLE twin IS 'One row: what holds for the whole twin.';
COMMENT ON COLUMN twin.only_row IS 'Always true: keeps the table at one row.';
COMMENT ON COLUMN twin.horizontal_epsg IS 'EPSG code of the storage CRS (projected, metres); null until the first import.';
COMMENT ON COLUMN twin.vertical_kind IS 'What heights are measured from: a height system (epsg), the ellipsoid, or unknown.';
COMMENT ON COLUMN twin.vertical_epsg IS 'EPSG code of the height system, where vertical_kind is epsg.';
COMMENT ON COLUMN twin.next_object_id IS 'The next free city_object.id; imports take ids from here in blocks.';

CREATE TABLE collection (
    key integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    id text COLLATE "C" NOT NULL UNIQUE CHECK (id ~ '^[a-z0-9_-]+$'),
    title text NOT NULL,
    description text NOT NULL DEFAULT '',
    head bigint NOT NULL DEFAULT 0,
    feature_count bigint NOT NULL DEFAULT 0,
    unplaced_count bigint NOT NULL DEFAULT 0,
    extent double precision[] CHECK (cardinality(extent) = 4),
    height_range double precision[] CHECK (cardinality(height_range) = 2),
    lods jsonb NOT NULL DEFAULT '[]',
    classes jsonb NOT NULL DEFAULT '[]',
    properties jsonb NOT NULL DEFAULT '[]',
    has_faces boolean NOT NULL DEFAULT false,
    updated timestamptz,
    tile_revision bigint
);
COMMENT ON TABLE collection IS 'Named sets of features; each has its own partitions of city_object and object_geometry.';
COMMENT ON COLUMN collection.key IS 'Partition key of city_object and object_geometry.';
COMMENT ON COLUMN collection.id IS 'Name in URLs.';
COMMENT ON COLUMN collection.title IS 'Name for people.';
COMMENT ON COLUMN collection.description IS 'What the data are, for people.';
COMMENT ON COLUMN collection.head IS 'The revision that readers see; 0 before the first import.';
COMMENT ON COLUMN collection.feature_count IS 'Top-level objects at head.';
COMMENT ON COLUMN collection.unplaced_count IS 'Top-level objects at head without footprint.';
COMMENT ON COLUMN collection.extent IS 'West, south, east, north in degrees (CRS84), rounded outwards.';
COMMENT ON COLUMN collection.height_range IS 'Lowest and highest point in metres of the storage height system.';
COMMENT ON COLUMN collection.lods IS 'Array of [level of detail in tenths, number of geometries].';
COMMENT ON COLUMN collection.classes IS 'Array of [class, number of objects], children included.';
COMMENT ON COLUMN collection.properties IS 'Array of {name, type, count}: attributes of top-level objects.';
COMMENT ON COLUMN collection.has_faces IS 'Whether any object has faces, so that 3D Tiles exist.';
COMMENT ON COLUMN collection.updated IS 'Time of the last publication.';
COMMENT ON COLUMN collection.tile_revision IS 'The revision that the tile plan shows; null before the first plan.';

CREATE TABLE revision (
    number bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    collection integer NOT NULL REFERENCES collection (key) ON DELETE CASCADE,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'published', 'abandoned')),
    started timestamptz NOT NULL DEFAULT now(),
    published timestamptz,
    inserted_count bigint,
    ended_count bigint
);
CREATE INDEX revision_collection ON revision (collection, number);
COMMENT ON TABLE revision IS 'States of a collection: published ones, and one on its way while an import runs.';
COMMENT ON COLUMN revision.number IS 'Grows over all collections.';
COMMENT ON COLUMN revision.collection IS 'collection.key.';
COMMENT ON COLUMN revision.state IS 'open: being written, seen by nobody; abandoned: its rows go with the next import.';
COMMENT ON COLUMN revision.started IS 'When its import began.';
COMMENT ON COLUMN revision.published IS 'When it became the head.';
COMMENT ON COLUMN revision.inserted_count IS 'Top-level objects that begin with this revision.';
COMMENT ON COLUMN revision.ended_count IS 'Top-level objects that end with this revision.';

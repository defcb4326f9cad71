-- The tile plan and the tiles kept.

CREATE TABLE tile_node (
    collection integer NOT NULL REFERENCES collection (key) ON DELETE CASCADE,
    revision bigint NOT NULL,
    level smallint NOT NULL,
    x bigint NOT NULL,
    y bigint NOT NULL,
    leaf boolean NOT NULL,
    region_deg double precision[] NOT NULL CHECK (cardinality(region_deg) = 4),
    heights_m double precision[] NOT NULL CHECK (cardinality(heights_m) = 2),
    geometric_error_m double precision NOT NULL,
    hash text COLLATE "C" NOT NULL,
    members bigint[] NOT NULL,
    PRIMARY KEY (collection, revision, level, x, y)
);
CREATE INDEX tile_node_hash ON tile_node (collection, hash);
COMMENT ON TABLE tile_node IS 'Which objects are in which tile: the current plan and the one before it, for viewers still open.';
COMMENT ON COLUMN tile_node.collection IS 'collection.key.';
COMMENT ON COLUMN tile_node.revision IS 'The revision that the plan shows.';
COMMENT ON COLUMN tile_node.level IS 'Level in the quadtree; 0 is the root.';
COMMENT ON COLUMN tile_node.x IS 'Column, counted to the east.';
COMMENT ON COLUMN tile_node.y IS 'Row, counted to the north.';
COMMENT ON COLUMN tile_node.leaf IS 'Full detail; else blocks.';
COMMENT ON COLUMN tile_node.region_deg IS 'West, south, east, north in degrees (CRS84) of the content below.';
COMMENT ON COLUMN tile_node.heights_m IS 'Lowest and highest point in metres of the storage height system.';
COMMENT ON COLUMN tile_node.geometric_error_m IS '3D Tiles geometric error in metres.';
COMMENT ON COLUMN tile_node.hash IS 'Hash over the content, 32 hex digits; in the URL.';
COMMENT ON COLUMN tile_node.members IS 'city_object.id of the top-level objects.';

CREATE TABLE tile_blob (
    hash text COLLATE "C" PRIMARY KEY,
    content bytea NOT NULL,
    size_bytes bigint NOT NULL,
    kept timestamptz NOT NULL DEFAULT clock_timestamp()
);
ALTER TABLE tile_blob ALTER COLUMN content SET STORAGE EXTERNAL;
COMMENT ON TABLE tile_blob IS 'Tiles made so far; the oldest go when the budget is spent.';
COMMENT ON COLUMN tile_blob.hash IS 'tile_node.hash.';
COMMENT ON COLUMN tile_blob.content IS 'The glb.';
COMMENT ON COLUMN tile_blob.size_bytes IS 'Length of content.';
COMMENT ON COLUMN tile_blob.kept IS 'When it was made.';

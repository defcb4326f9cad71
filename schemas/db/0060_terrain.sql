-- Terrain: named models of the ground, their revisions, the blocks of heights and the lattice that tiles are drawn from.

CREATE TABLE terrain (
    key integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    id text COLLATE "C" NOT NULL UNIQUE CHECK (id ~ '^[a-z0-9_-]+$'),
    title text NOT NULL,
    horizontal_epsg integer NOT NULL,
    vertical_kind text NOT NULL CHECK (vertical_kind IN ('epsg', 'ellipsoidal', 'unknown')),
    vertical_epsg integer CHECK ((vertical_epsg IS NOT NULL) = (vertical_kind = 'epsg')),
    cell_m double precision NOT NULL CHECK (cell_m > 0),
    phase_m double precision[] NOT NULL CHECK (cardinality(phase_m) = 2),
    head bigint NOT NULL DEFAULT 0,
    extent_m double precision[] CHECK (cardinality(extent_m) = 4),
    heights_m double precision[] CHECK (cardinality(heights_m) = 2),
    sample_count bigint NOT NULL DEFAULT 0,
    updated timestamptz
);
COMMENT ON TABLE terrain IS 'Named models of the ground: grids of heights in the storage CRS.';
COMMENT ON COLUMN terrain.key IS 'Internal number.';
COMMENT ON COLUMN terrain.id IS 'Name in URLs.';
COMMENT ON COLUMN terrain.title IS 'Name for people.';
COMMENT ON COLUMN terrain.horizontal_epsg IS 'EPSG code of the grid''s CRS: the storage CRS when it was made.';
COMMENT ON COLUMN terrain.vertical_kind IS 'What heights are measured from: a height system (epsg), the ellipsoid, or unknown.';
COMMENT ON COLUMN terrain.vertical_epsg IS 'EPSG code of the height system, where vertical_kind is epsg.';
COMMENT ON COLUMN terrain.cell_m IS 'Distance between neighbouring nodes in metres.';
COMMENT ON COLUMN terrain.phase_m IS 'East and north of node 0, 0 in metres, each from 0 to below cell_m.';
COMMENT ON COLUMN terrain.head IS 'The revision that readers see; 0 before the first import.';
COMMENT ON COLUMN terrain.extent_m IS 'West, south, east, north of the nodes with heights at head, in metres of the grid''s CRS.';
COMMENT ON COLUMN terrain.heights_m IS 'Lowest and highest height at head in metres.';
COMMENT ON COLUMN terrain.sample_count IS 'Nodes with heights at head.';
COMMENT ON COLUMN terrain.updated IS 'Time of the last publication.';

CREATE TABLE terrain_revision (
    number bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    terrain integer NOT NULL REFERENCES terrain (key) ON DELETE CASCADE,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'published', 'abandoned')),
    started timestamptz NOT NULL DEFAULT now(),
    published timestamptz,
    inserted_count bigint,
    ended_count bigint,
    report jsonb
);
CREATE INDEX terrain_revision_terrain ON terrain_revision (terrain, number);
COMMENT ON TABLE terrain_revision IS 'States of a terrain: published ones, and one on its way while an import runs.';
COMMENT ON COLUMN terrain_revision.number IS 'Grows over all terrains.';
COMMENT ON COLUMN terrain_revision.terrain IS 'terrain.key.';
COMMENT ON COLUMN terrain_revision.state IS 'open: being written, seen by nobody; abandoned: its rows go with the next import.';
COMMENT ON COLUMN terrain_revision.started IS 'When its import began.';
COMMENT ON COLUMN terrain_revision.published IS 'When it became the head.';
COMMENT ON COLUMN terrain_revision.inserted_count IS 'Blocks that begin with this revision.';
COMMENT ON COLUMN terrain_revision.ended_count IS 'Blocks that end with this revision.';
COMMENT ON COLUMN terrain_revision.report IS 'What its import read and found.';

CREATE TABLE terrain_block (
    terrain integer NOT NULL REFERENCES terrain (key) ON DELETE CASCADE,
    block_column integer NOT NULL,
    block_row integer NOT NULL,
    rev_from bigint NOT NULL,
    rev_to bigint,
    hash bytea NOT NULL CHECK (length(hash) = 16),
    inner_nodes smallint[] NOT NULL CHECK (cardinality(inner_nodes) = 4),
    low_m real NOT NULL,
    high_m real NOT NULL,
    sample_count integer NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (terrain, block_row, block_column, rev_from)
);
-- Blocks are packed already.
ALTER TABLE terrain_block ALTER COLUMN content SET STORAGE EXTERNAL;
COMMENT ON TABLE terrain_block IS 'Heights of 256 by 256 nodes, one row for each block and each of its versions.';
COMMENT ON COLUMN terrain_block.terrain IS 'terrain.key.';
COMMENT ON COLUMN terrain_block.block_column IS 'Column of its south-west node divided by 256.';
COMMENT ON COLUMN terrain_block.block_row IS 'Row of its south-west node divided by 256; rows grow to the north.';
COMMENT ON COLUMN terrain_block.rev_from IS 'First revision that holds this version.';
COMMENT ON COLUMN terrain_block.rev_to IS 'First revision that no longer holds it; null while it lives. Set before that revision is published.';
COMMENT ON COLUMN terrain_block.hash IS 'First 16 bytes of blake3 over content.';
COMMENT ON COLUMN terrain_block.inner_nodes IS 'First column, first row, last column, last row with a height, from 0 to 255.';
COMMENT ON COLUMN terrain_block.low_m IS 'Lowest height in metres.';
COMMENT ON COLUMN terrain_block.high_m IS 'Highest height in metres.';
COMMENT ON COLUMN terrain_block.sample_count IS 'Nodes with heights.';
COMMENT ON COLUMN terrain_block.content IS 'Packed heights (src/terrain/block.rs).';

CREATE TABLE terrain_lattice (
    terrain integer NOT NULL REFERENCES terrain (key) ON DELETE CASCADE,
    level smallint NOT NULL,
    x bigint NOT NULL,
    y bigint NOT NULL,
    rev_from bigint NOT NULL,
    rev_to bigint,
    hash bytea NOT NULL CHECK (length(hash) = 16),
    content bytea NOT NULL,
    PRIMARY KEY (terrain, level, x, y, rev_from)
);
ALTER TABLE terrain_lattice ALTER COLUMN content SET STORAGE EXTERNAL;
COMMENT ON TABLE terrain_lattice IS 'Heights at the nodes of the geographic quadtree''s coarse tiles: tiles of far views are drawn from them.';
COMMENT ON COLUMN terrain_lattice.terrain IS 'terrain.key.';
COMMENT ON COLUMN terrain_lattice.level IS 'Level of the TMS geographic quadtree; level 0 has two tiles.';
COMMENT ON COLUMN terrain_lattice.x IS 'Column, counted to the east.';
COMMENT ON COLUMN terrain_lattice.y IS 'Row, counted to the north.';
COMMENT ON COLUMN terrain_lattice.rev_from IS 'First revision that holds this version.';
COMMENT ON COLUMN terrain_lattice.rev_to IS 'First revision that no longer holds it; null while it lives. Set before that revision is published.';
COMMENT ON COLUMN terrain_lattice.hash IS 'First 16 bytes of blake3 over content.';
COMMENT ON COLUMN terrain_lattice.content IS 'Packed heights of 257 by 257 nodes (src/terrain/lattice.rs).';

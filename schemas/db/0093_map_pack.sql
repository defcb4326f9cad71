-- What flat map tiles show, kept together by place: a tile is put together from a few packs instead of thousands of rows.

CREATE TABLE map_pack (
    collection integer NOT NULL REFERENCES collection (key) ON DELETE CASCADE,
    level smallint NOT NULL,
    x integer NOT NULL,
    y integer NOT NULL,
    revision bigint NOT NULL,
    content bytea,
    PRIMARY KEY (collection, level, x, y, revision)
);
-- Numbers in few bytes hardly compress: spare the attempt on every write and read.
ALTER TABLE map_pack ALTER COLUMN content SET STORAGE EXTERNAL;
COMMENT ON TABLE map_pack IS 'Outlines and attributes of the features of a square as flat map tiles need them; squares without features have none.';
COMMENT ON COLUMN map_pack.collection IS 'collection.key.';
COMMENT ON COLUMN map_pack.level IS 'Size of the square: 512 m at 0, four times as much from level to level; 5 holds what is too large for the others.';
COMMENT ON COLUMN map_pack.x IS 'Column of the square in the storage CRS, counted to the east from 0.';
COMMENT ON COLUMN map_pack.y IS 'Row of the square, counted to the north from 0.';
COMMENT ON COLUMN map_pack.revision IS 'The revision that it was made of. Above collection.map_revision: not all of that revision are made yet.';
COMMENT ON COLUMN map_pack.content IS 'The pack; null: there are too many features, ask for the rows.';

ALTER TABLE collection ADD COLUMN map_revision bigint, ADD COLUMN map_format smallint;
COMMENT ON COLUMN collection.map_revision IS 'The revision that the packs show; null before the first.';
COMMENT ON COLUMN collection.map_format IS 'How the packs are written.';

CREATE FUNCTION map_size(outline geometry) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN greatest(ST_XMax(outline) - ST_XMin(outline), ST_YMax(outline) - ST_YMin(outline));
COMMENT ON FUNCTION map_size IS 'The longer side of the box around an outline.';

CREATE FUNCTION map_cell(outline geometry) RETURNS integer[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN map_size(outline) <= 64 THEN ARRAY[0, floor((ST_XMin(outline) + ST_XMax(outline)) / 2 / 512)::integer,
        floor((ST_YMin(outline) + ST_YMax(outline)) / 2 / 512)::integer]
    WHEN map_size(outline) <= 256 THEN ARRAY[1, floor((ST_XMin(outline) + ST_XMax(outline)) / 2 / 2048)::integer,
        floor((ST_YMin(outline) + ST_YMax(outline)) / 2 / 2048)::integer]
    WHEN map_size(outline) <= 1024 THEN ARRAY[2, floor((ST_XMin(outline) + ST_XMax(outline)) / 2 / 8192)::integer,
        floor((ST_YMin(outline) + ST_YMax(outline)) / 2 / 8192)::integer]
    WHEN map_size(outline) <= 4096 THEN ARRAY[3, floor((ST_XMin(outline) + ST_XMax(outline)) / 2 / 32768)::integer,
        floor((ST_YMin(outline) + ST_YMax(outline)) / 2 / 32768)::integer]
    WHEN map_size(outline) <= 16384 THEN ARRAY[4, floor((ST_XMin(outline) + ST_XMax(outline)) / 2 / 131072)::integer,
        floor((ST_YMin(outline) + ST_YMax(outline)) / 2 / 131072)::integer]
    WHEN map_size(outline) > 16384 THEN ARRAY[5, 0, 0]
END;
COMMENT ON FUNCTION map_cell IS 'Level, column and row of the square whose pack a feature with this outline belongs to; null for empty outlines.';

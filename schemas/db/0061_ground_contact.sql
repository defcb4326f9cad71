-- Objects against the ground: how far their ground surfaces lie above a terrain, and what that says of a collection.

CREATE TABLE ground_comparison (
    collection integer NOT NULL REFERENCES collection (key) ON DELETE CASCADE,
    terrain integer NOT NULL REFERENCES terrain (key) ON DELETE CASCADE,
    collection_revision bigint NOT NULL DEFAULT 0,
    terrain_revision bigint NOT NULL DEFAULT 0,
    compared timestamptz,
    floating_m double precision NOT NULL DEFAULT 0,
    sunken_m double precision NOT NULL DEFAULT 0,
    object_count bigint NOT NULL DEFAULT 0,
    groundless_count bigint NOT NULL DEFAULT 0,
    unknown_count bigint NOT NULL DEFAULT 0,
    median_m double precision,
    p95_m double precision,
    floating_count bigint NOT NULL DEFAULT 0,
    sunken_count bigint NOT NULL DEFAULT 0,
    hint text COLLATE "C",
    PRIMARY KEY (collection, terrain)
);
CREATE INDEX ground_comparison_terrain ON ground_comparison (terrain);
COMMENT ON TABLE ground_comparison IS 'What the last comparison of a collection with a terrain found.';
COMMENT ON COLUMN ground_comparison.collection IS 'collection.key.';
COMMENT ON COLUMN ground_comparison.terrain IS 'terrain.key.';
COMMENT ON COLUMN ground_comparison.collection_revision IS 'The revision of the collection that was compared; 0 before the first comparison has ended.';
COMMENT ON COLUMN ground_comparison.terrain_revision IS 'The revision of the terrain that it was compared with.';
COMMENT ON COLUMN ground_comparison.compared IS 'When the comparison ended; null before the first has.';
COMMENT ON COLUMN ground_comparison.floating_m IS 'From where on objects count as floating: their lowest place is this far above the terrain [m].';
COMMENT ON COLUMN ground_comparison.sunken_m IS 'From where on objects count as sunken: their highest place is this far below the terrain [m].';
COMMENT ON COLUMN ground_comparison.object_count IS 'Objects with a difference.';
COMMENT ON COLUMN ground_comparison.groundless_count IS 'Objects without a ground surface.';
COMMENT ON COLUMN ground_comparison.unknown_count IS 'Objects where the terrain is not known.';
COMMENT ON COLUMN ground_comparison.median_m IS 'Median of the objects'' median differences [m].';
COMMENT ON COLUMN ground_comparison.p95_m IS '95 of 100 objects are no farther off than this, up or down [m].';
COMMENT ON COLUMN ground_comparison.floating_count IS 'Floating objects.';
COMMENT ON COLUMN ground_comparison.sunken_count IS 'Sunken objects.';
COMMENT ON COLUMN ground_comparison.hint IS 'Code of the finding about the whole collection; null where there is none.';

CREATE TABLE ground_contact (
    collection integer NOT NULL,
    terrain integer NOT NULL,
    object bigint NOT NULL,
    terrain_revision bigint NOT NULL,
    min_m double precision,
    median_m double precision,
    max_m double precision,
    surface_m double precision,
    compared_count integer NOT NULL,
    unknown_count integer NOT NULL,
    PRIMARY KEY (collection, terrain, object),
    FOREIGN KEY (collection, terrain) REFERENCES ground_comparison (collection, terrain) ON DELETE CASCADE
);
COMMENT ON TABLE ground_contact IS 'How versions of objects stand on a terrain.';
COMMENT ON COLUMN ground_contact.collection IS 'collection.key.';
COMMENT ON COLUMN ground_contact.terrain IS 'terrain.key.';
COMMENT ON COLUMN ground_contact.object IS 'city_object.id of the top-level object: a new version of it has no row until it is compared.';
COMMENT ON COLUMN ground_contact.terrain_revision IS 'The revision of the terrain for which the differences are known to hold.';
COMMENT ON COLUMN ground_contact.min_m IS 'Height of the ground surface above the terrain at the lowest of its places, below it negative [m]; null where nothing was compared.';
COMMENT ON COLUMN ground_contact.median_m IS 'The same at the middle of its places in order of the difference [m].';
COMMENT ON COLUMN ground_contact.max_m IS 'The same at the highest of its places [m].';
COMMENT ON COLUMN ground_contact.surface_m IS 'Middle height of the ground surface itself in its vertical system [m].';
COMMENT ON COLUMN ground_contact.compared_count IS 'Places compared.';
COMMENT ON COLUMN ground_contact.unknown_count IS 'Places where the terrain is not known.';

ALTER TABLE collection ADD COLUMN ground_terrain integer REFERENCES terrain (key) ON DELETE SET NULL;
ALTER TABLE collection ADD COLUMN ground_run bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN collection.ground_terrain IS 'terrain.key of the terrain that it was compared with last; null where it never was.';
COMMENT ON COLUMN collection.ground_run IS 'Grows with each comparison that ends.';

COMMENT ON COLUMN job.kind IS 'Which job: import, rollback, terrain, comparison.';

CREATE FUNCTION ground_changed(terrain_key integer, since bigint, area geometry) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM terrain AS t
        WHERE t.key = terrain_key AND t.head > since AND (area IS NULL OR ST_IsEmpty(area) OR EXISTS (
            SELECT FROM terrain_block AS b
            WHERE b.terrain = terrain_key
                AND b.block_row BETWEEN floor((ST_YMin(area) - t.phase_m[2]) / t.cell_m / 256)
                    AND floor(((ST_YMax(area) - t.phase_m[2]) / t.cell_m + 1) / 256)
                AND b.block_column BETWEEN floor((ST_XMin(area) - t.phase_m[1]) / t.cell_m / 256)
                    AND floor(((ST_XMax(area) - t.phase_m[1]) / t.cell_m + 1) / 256)
                AND (b.rev_from > since AND b.rev_from <= t.head OR b.rev_to > since AND b.rev_to <= t.head)
        ))
    )
$$;
COMMENT ON FUNCTION ground_changed IS 'Whether a terrain''s head differs from a revision of it below an area, by whole blocks.';

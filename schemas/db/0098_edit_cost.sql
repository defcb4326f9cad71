-- An edit costs what it changes, not what the collection holds: findings are found by their objects, and a tile plan
-- writes only the nodes that differ from the one before.

-- Compared with city_object.uid.
CREATE INDEX issue_object ON issue (collection, object COLLATE "C") WHERE until IS NULL;
CREATE INDEX issue_file ON issue (collection, file) WHERE until IS NULL;

-- Servers of the version before must not run beside this one: they take all nodes of a plan to be of one revision.
ALTER TABLE tile_node RENAME TO plan_node;
ALTER TABLE plan_node DROP CONSTRAINT tile_node_pkey;
ALTER TABLE plan_node
    ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ADD COLUMN fingerprint bytea CHECK (length(fingerprint) = 16),
    ADD COLUMN ended timestamptz;
UPDATE plan_node AS n SET ended = now()
FROM collection AS c WHERE c.key = n.collection AND n.revision IS DISTINCT FROM c.tile_revision;
CREATE UNIQUE INDEX plan_node_present ON plan_node (collection, level, x, y) WHERE ended IS NULL;
CREATE INDEX plan_node_ended ON plan_node (collection, ended) WHERE ended IS NOT NULL;
COMMENT ON TABLE plan_node IS 'Which objects are in which tile: nodes of the present plans, and for some hours those that others replaced, for viewers still open.';
COMMENT ON COLUMN plan_node.id IS 'Of the row.';
COMMENT ON COLUMN plan_node.revision IS 'The revision whose plan wrote it: plans of later ones keep it as long as nothing in it differs.';
COMMENT ON COLUMN plan_node.hash IS 'Hash over the content, 32 hex digits; in the URL.';
COMMENT ON COLUMN plan_node.fingerprint IS 'First 16 bytes of blake3 over all that the node says; null: written before there were any.';
COMMENT ON COLUMN plan_node.ended IS 'When a plan without it came; null: it belongs to the present plan.';
COMMENT ON COLUMN tile_blob.hash IS 'plan_node.hash.';

CREATE VIEW tile_node AS
SELECT n.collection, CASE WHEN n.ended IS NULL THEN c.tile_revision ELSE nullif(n.revision, c.tile_revision) END AS revision, n.level, n.x, n.y, n.leaf,
    n.region_deg, n.heights_m, n.geometric_error_m, n.hash, n.members, n.lifts_mm
FROM plan_node AS n JOIN collection AS c ON c.key = n.collection;
COMMENT ON VIEW tile_node IS 'Tiles by the plan that shows them: those of the present plan have the revision that it shows.';
COMMENT ON COLUMN tile_node.collection IS 'collection.key.';
COMMENT ON COLUMN tile_node.revision IS 'The revision that the plan shows; of replaced nodes the one whose plan wrote them, null where that is the same.';
COMMENT ON COLUMN tile_node.level IS 'Level in the quadtree; 0 is the root.';
COMMENT ON COLUMN tile_node.x IS 'Column, counted to the east.';
COMMENT ON COLUMN tile_node.y IS 'Row, counted to the north.';
COMMENT ON COLUMN tile_node.leaf IS 'Full detail; else blocks.';
COMMENT ON COLUMN tile_node.region_deg IS 'West, south, east, north in degrees (CRS84) of the content below.';
COMMENT ON COLUMN tile_node.heights_m IS 'Lowest and highest point in metres of the storage height system.';
COMMENT ON COLUMN tile_node.geometric_error_m IS '3D Tiles geometric error in metres.';
COMMENT ON COLUMN tile_node.hash IS 'Hash over the content, 32 hex digits; in the URL.';
COMMENT ON COLUMN tile_node.members IS 'city_object.id of the top-level objects.';
COMMENT ON COLUMN tile_node.lifts_mm IS 'How far each of the members is lifted onto the terrain in millimetres, in their order; null where none is.';

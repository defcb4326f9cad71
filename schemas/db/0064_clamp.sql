-- Things that tiles of a collection set on the ground.

ALTER TABLE collection ADD COLUMN clamp_terrain integer REFERENCES terrain (key) ON DELETE SET NULL;
COMMENT ON COLUMN collection.clamp_terrain IS 'terrain.key of the terrain that tiles set plants, furniture and things of LoD0 or LoD1 on; null where everything stays at its height.';

ALTER TABLE tile_node ADD COLUMN lifts_mm integer[];
COMMENT ON COLUMN tile_node.lifts_mm IS 'How far each of the members is lifted onto the terrain in millimetres, in their order; null where none is.';

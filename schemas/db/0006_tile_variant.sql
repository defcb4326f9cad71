-- Tiles depend on the height model too: remember which one the plan was made for.
ALTER TABLE collection ADD COLUMN tile_variant text NOT NULL DEFAULT '';
COMMENT ON COLUMN collection.tile_variant IS 'Height model that the tile plan was made for.';

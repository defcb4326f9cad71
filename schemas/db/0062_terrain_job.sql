-- Jobs of terrains: whose they are, so that a token of one terrain opens them and a terrain lists its own.

ALTER TABLE job ADD COLUMN terrain text COLLATE "C";
COMMENT ON COLUMN job.terrain IS 'terrain.id that it works on, where it is one.';
COMMENT ON COLUMN job.kind IS 'Which job: import, rollback, terrain.';
UPDATE job SET terrain = parameters ->> 'terrain' WHERE kind = 'terrain';
CREATE INDEX job_terrain ON job (terrain, id) WHERE terrain IS NOT NULL;

COMMENT ON COLUMN access_token.scopes IS 'What it allows: read, write, import:<collection>, terrain:<terrain>.';
COMMENT ON COLUMN watched_file.collection IS 'collection.id that it went into, or terrain/ with terrain.id.';

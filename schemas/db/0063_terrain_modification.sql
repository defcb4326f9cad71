-- Changes of the ground that plans make: cut and fill.

ALTER TABLE terrain ADD COLUMN modified bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN terrain.modified IS 'Grows with every change of the terrain''s modifications; 0: there never was one.';

CREATE TABLE terrain_modification (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    terrain integer NOT NULL REFERENCES terrain (key) ON DELETE CASCADE,
    scenario text,
    name text NOT NULL DEFAULT '',
    is_enabled boolean NOT NULL DEFAULT true,
    in_base boolean NOT NULL DEFAULT false,
    polygon jsonb NOT NULL,
    target jsonb NOT NULL,
    embankment double precision CHECK (embankment > 0),
    point_count integer NOT NULL,
    figures jsonb,
    figures_revision bigint,
    revision bigint NOT NULL DEFAULT 1,
    created timestamptz NOT NULL DEFAULT now(),
    changed timestamptz NOT NULL DEFAULT now(),
    CHECK (scenario IS NULL OR NOT in_base)
);
CREATE INDEX terrain_modification_terrain ON terrain_modification (terrain, id);
COMMENT ON TABLE terrain_modification IS 'Polygons in which the ground gets another height, applied in the order of their ids when somebody asks for them.';
COMMENT ON COLUMN terrain_modification.id IS 'Number in URLs.';
COMMENT ON COLUMN terrain_modification.terrain IS 'terrain.key.';
COMMENT ON COLUMN terrain_modification.scenario IS 'The plan that owns it; null: none does.';
COMMENT ON COLUMN terrain_modification.name IS 'Name for people.';
COMMENT ON COLUMN terrain_modification.is_enabled IS 'False: kept, and applied to nothing.';
COMMENT ON COLUMN terrain_modification.in_base IS 'Whether those who do not ask for modifications see it too.';
COMMENT ON COLUMN terrain_modification.polygon IS 'Rings of [east, north] in metres of the terrain''s CRS: the exterior, then holes.';
COMMENT ON COLUMN terrain_modification.target IS 'The new ground: {level}, {slope} or {tin}, heights in metres of the terrain''s height system.';
COMMENT ON COLUMN terrain_modification.embankment IS 'Outside of the polygon the ground meets the target at a slope of 1 to this; null: a step.';
COMMENT ON COLUMN terrain_modification.point_count IS 'Points of polygon and triangles, and triangles.';
COMMENT ON COLUMN terrain_modification.figures IS 'Earth moved and extent of what changes, against the ground as surveyed.';
COMMENT ON COLUMN terrain_modification.figures_revision IS 'The revision of the terrain that figures hold for.';
COMMENT ON COLUMN terrain_modification.revision IS 'Grows by one with each change of the row.';
COMMENT ON COLUMN terrain_modification.created IS 'When it was made.';
COMMENT ON COLUMN terrain_modification.changed IS 'When it was last changed.';

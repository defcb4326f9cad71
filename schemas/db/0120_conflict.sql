-- Conflicts of plans with one another, with the city and with borders.

CREATE TABLE conflict (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    code text NOT NULL CHECK (code IN ('C1', 'C2', 'C3', 'C4', 'C6')),
    severity text NOT NULL CHECK (severity IN ('info', 'medium', 'high')),
    first_scenario bigint NOT NULL REFERENCES scenario (key) ON DELETE CASCADE,
    first_version bigint NOT NULL,
    first_object text COLLATE "C",
    second_scenario bigint REFERENCES scenario (key) ON DELETE CASCADE,
    second_version bigint,
    second_object text COLLATE "C",
    footprint geometry(MultiPolygon),
    area double precision,
    volume double precision,
    distance double precision,
    spans jsonb NOT NULL,
    estimated boolean NOT NULL DEFAULT false,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'acknowledged', 'resolved', 'accepted')),
    version bigint NOT NULL DEFAULT 1,
    history jsonb NOT NULL DEFAULT '[]',
    found timestamptz NOT NULL DEFAULT now(),
    updated timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX conflict_first ON conflict (first_scenario);
CREATE INDEX conflict_second ON conflict (second_scenario) WHERE second_scenario IS NOT NULL;
COMMENT ON TABLE conflict IS 'Where plans stand in each other''s way, in the way of what stands, or beyond their border. Who sees one follows from who sees both of its sides.';
COMMENT ON COLUMN conflict.id IS 'Number in URLs.';
COMMENT ON COLUMN conflict.code IS 'C1 the same object, C2 the same room, C3 the room of what stands, C4 outside of the municipality, C6 nearby.';
COMMENT ON COLUMN conflict.severity IS 'info, medium or high.';
COMMENT ON COLUMN conflict.first_scenario IS 'scenario.key.';
COMMENT ON COLUMN conflict.first_version IS 'The version of it that was looked at.';
COMMENT ON COLUMN conflict.first_object IS 'collection.id, a slash and the object''s name; null: the plan as a whole.';
COMMENT ON COLUMN conflict.second_scenario IS 'scenario.key of the other plan; null where there is none.';
COMMENT ON COLUMN conflict.second_version IS 'The version of it that was looked at.';
COMMENT ON COLUMN conflict.second_object IS 'As first_object; of C6 the id of the neighbour.';
COMMENT ON COLUMN conflict.footprint IS 'What is common to both, or lies outside, in the storage CRS.';
COMMENT ON COLUMN conflict.area IS 'Of it [m²].';
COMMENT ON COLUMN conflict.volume IS 'Common room [m³].';
COMMENT ON COLUMN conflict.distance IS 'To the neighbour [m].';
COMMENT ON COLUMN conflict.spans IS 'When: array of {from, to} in RFC 3339, what is open is left out.';
COMMENT ON COLUMN conflict.estimated IS 'Whether a block stood for a solid that is not closed.';
COMMENT ON COLUMN conflict.state IS 'open, acknowledged, resolved or accepted.';
COMMENT ON COLUMN conflict.version IS 'Grows with each change of the state.';
COMMENT ON COLUMN conflict.history IS 'Array of {time, by, state, comment}.';
COMMENT ON COLUMN conflict.found IS 'When it was found first.';
COMMENT ON COLUMN conflict.updated IS 'When it was found last, or its state changed.';

-- Who else touches an object.
CREATE INDEX effect_object ON effect (collection, uid);

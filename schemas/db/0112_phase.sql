-- Phases of scenarios: names for spans of time.

ALTER TABLE scenario ADD COLUMN phases jsonb NOT NULL DEFAULT '[]';
COMMENT ON COLUMN scenario.phases IS 'Array of {label, from, to} in their order, moments in microseconds since 1970, null is open: what operations may name in place of dates.';

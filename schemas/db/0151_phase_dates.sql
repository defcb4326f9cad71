-- Operations keep the name of their phase, and scenarios their phases by version: when the dates of a phase change, those of
-- its operations do, in a new version.

ALTER TABLE operation ADD COLUMN phase text;
COMMENT ON COLUMN operation.phase IS 'Label of the phase that it names: its dates are those of the phase. Null: it has dates of its own, or came before phases were kept.';

-- An operation whose dates change ends with one version and begins again with the next, under the same number.
ALTER TABLE operation DROP CONSTRAINT operation_pkey;
ALTER TABLE operation ADD PRIMARY KEY (scenario, seq, version_from);

CREATE TABLE scenario_phases (
    scenario bigint NOT NULL REFERENCES scenario (key) ON DELETE CASCADE,
    version_from bigint NOT NULL,
    phases jsonb NOT NULL,
    PRIMARY KEY (scenario, version_from)
);
COMMENT ON TABLE scenario_phases IS 'Phases of scenarios, from a version up to the next entry.';
COMMENT ON COLUMN scenario_phases.scenario IS 'scenario.key.';
COMMENT ON COLUMN scenario_phases.version_from IS 'First version that has them.';
COMMENT ON COLUMN scenario_phases.phases IS 'Array of {label, from, to} in their order, moments in microseconds since 1970, null is open: what operations may name in place of dates.';

INSERT INTO scenario_phases (scenario, version_from, phases) SELECT key, 1, phases FROM scenario WHERE phases <> '[]';
COMMENT ON COLUMN scenario.phases IS 'No longer written: scenario_phases has them.';

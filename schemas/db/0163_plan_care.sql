-- Numbers of imports are given once; who may see a conflict is kept with it, and whether it was told.

ALTER TABLE scenario ADD COLUMN imports integer NOT NULL DEFAULT 0;
UPDATE scenario SET imports = last.number
FROM (SELECT scenario, max(number) AS number FROM scenario_import GROUP BY scenario) AS last
WHERE last.scenario = scenario.key;
COMMENT ON COLUMN scenario.imports IS 'scenario_import.number of the last one that was sent, even if it was dropped.';

ALTER TABLE conflict
    ADD COLUMN first_is_public boolean NOT NULL DEFAULT false,
    ADD COLUMN second_is_public boolean NOT NULL DEFAULT false,
    ADD COLUMN is_told boolean NOT NULL DEFAULT true;
ALTER TABLE conflict ALTER COLUMN is_told SET DEFAULT false;
COMMENT ON COLUMN conflict.first_is_public IS 'Whether the first state was the published one when it was compared: its readers see the conflict, and what is said of it.';
COMMENT ON COLUMN conflict.second_is_public IS 'The same of the second.';
COMMENT ON COLUMN conflict.is_told IS 'Whether those who see it were told, since it was found or found again.';

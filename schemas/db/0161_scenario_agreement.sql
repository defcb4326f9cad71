-- A scenario of a joint project is published when publishers of all owners have agreed.

CREATE TABLE scenario_agreement (
    scenario bigint NOT NULL REFERENCES scenario (key) ON DELETE CASCADE,
    organization text COLLATE "C" NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    agreed timestamptz NOT NULL DEFAULT now(),
    agreed_by text NOT NULL,
    PRIMARY KEY (scenario, organization)
);
COMMENT ON TABLE scenario_agreement IS 'Owners that have agreed to publish an approved scenario; gone with the next change of its state or visibility.';
COMMENT ON COLUMN scenario_agreement.scenario IS 'scenario.key.';
COMMENT ON COLUMN scenario_agreement.organization IS 'organization.id of the owner.';
COMMENT ON COLUMN scenario_agreement.agreed IS 'When.';
COMMENT ON COLUMN scenario_agreement.agreed_by IS 'Subject of the publisher.';

-- What was withdrawn before is shown to nobody any more.
UPDATE scenario_revision SET is_public = false
WHERE is_public AND scenario IN (SELECT key FROM scenario WHERE state = 'withdrawn');
UPDATE scenario SET published_revision = NULL WHERE state = 'withdrawn';

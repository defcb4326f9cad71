-- Requests of organizations to others to say what they think of a revision of a plan, and what they said.

CREATE TABLE coordination_request (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    sender text COLLATE "C" NOT NULL REFERENCES organization (id),
    kind text NOT NULL CHECK (kind IN ('baugb-2-2', 'baugb-4-1', 'baugb-4-2', 'informal')),
    scenario bigint NOT NULL REFERENCES scenario (key),
    revision integer NOT NULL,
    deadline timestamptz NOT NULL,
    message text NOT NULL,
    sent timestamptz NOT NULL DEFAULT now(),
    sent_by text NOT NULL,
    closed timestamptz,
    closed_by text,
    closing text,
    FOREIGN KEY (scenario, revision) REFERENCES scenario_revision (scenario, number)
);
CREATE INDEX coordination_request_sender ON coordination_request (sender, id);
CREATE INDEX coordination_request_scenario ON coordination_request (scenario);
COMMENT ON TABLE coordination_request IS 'What organizations ask others about plans: part of the procedure file, so that neither it nor what it is about goes.';
COMMENT ON COLUMN coordination_request.id IS 'Number in URLs.';
COMMENT ON COLUMN coordination_request.sender IS 'organization.id of who asks: an owner of the plan.';
COMMENT ON COLUMN coordination_request.kind IS 'baugb-2-2 with neighbours, baugb-4-1 early and baugb-4-2 formal participation of authorities, or informal.';
COMMENT ON COLUMN coordination_request.scenario IS 'scenario.key.';
COMMENT ON COLUMN coordination_request.revision IS 'scenario_revision.number: what is asked about stays as it is.';
COMMENT ON COLUMN coordination_request.deadline IS 'Until when an answer is asked for.';
COMMENT ON COLUMN coordination_request.message IS 'For people.';
COMMENT ON COLUMN coordination_request.sent IS 'When.';
COMMENT ON COLUMN coordination_request.sent_by IS 'By whom, for people.';
COMMENT ON COLUMN coordination_request.closed IS 'When the sender closed it; null while it is open.';
COMMENT ON COLUMN coordination_request.closed_by IS 'By whom, for people.';
COMMENT ON COLUMN coordination_request.closing IS 'What came of it, in words.';

CREATE TABLE coordination_addressee (
    request bigint NOT NULL REFERENCES coordination_request (id) ON DELETE CASCADE,
    organization text COLLATE "C" NOT NULL REFERENCES organization (id),
    share bigint REFERENCES share_grant (id) ON DELETE SET NULL,
    received timestamptz,
    received_by text,
    answered timestamptz,
    answered_by text,
    answer text CHECK (answer IN ('no-objection', 'objection', 'conditions')),
    body text,
    anchors jsonb NOT NULL DEFAULT '[]',
    PRIMARY KEY (request, organization),
    CHECK ((answered IS NULL) = (answer IS NULL))
);
CREATE INDEX coordination_addressee_organization ON coordination_addressee (organization, request);
COMMENT ON TABLE coordination_addressee IS 'Who is asked, and what they answer.';
COMMENT ON COLUMN coordination_addressee.request IS 'coordination_request.id.';
COMMENT ON COLUMN coordination_addressee.organization IS 'organization.id.';
COMMENT ON COLUMN coordination_addressee.share IS 'share_grant.id: they may read what they are asked about.';
COMMENT ON COLUMN coordination_addressee.received IS 'When they said that they have it; null before.';
COMMENT ON COLUMN coordination_addressee.received_by IS 'Who said so, for people.';
COMMENT ON COLUMN coordination_addressee.answered IS 'When they answered; null before.';
COMMENT ON COLUMN coordination_addressee.answered_by IS 'Who did, for people.';
COMMENT ON COLUMN coordination_addressee.answer IS 'no-objection, objection or conditions.';
COMMENT ON COLUMN coordination_addressee.body IS 'The answer in words.';
COMMENT ON COLUMN coordination_addressee.anchors IS 'Array of places that the answer speaks of, each {text, point, collection, feature, view}.';

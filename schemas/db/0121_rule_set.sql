-- What municipalities count by.

CREATE TABLE rule_set (
    id text COLLATE "C" NOT NULL CHECK (id ~ '^[A-Za-z0-9_-]{1,60}$'),
    version integer NOT NULL CHECK (version > 0),
    organization text COLLATE "C" NOT NULL REFERENCES organization (id),
    body jsonb NOT NULL,
    made timestamptz NOT NULL DEFAULT now(),
    made_by text NOT NULL,
    PRIMARY KEY (id, version)
);
CREATE INDEX rule_set_organization ON rule_set (organization);
COMMENT ON TABLE rule_set IS 'Rule sets for key figures; old versions stay.';
COMMENT ON COLUMN rule_set.id IS 'Name in URLs.';
COMMENT ON COLUMN rule_set.version IS 'Counted from 1.';
COMMENT ON COLUMN rule_set.organization IS 'organization.id whose it is.';
COMMENT ON COLUMN rule_set.body IS 'As schemas/json/rule-set.json has it.';
COMMENT ON COLUMN rule_set.made IS 'When it was made.';
COMMENT ON COLUMN rule_set.made_by IS 'Subject of who made it.';

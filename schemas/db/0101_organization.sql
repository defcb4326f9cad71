-- Organizations: whose plans are whose, and who is what in them.

CREATE TABLE organization (
    key bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[a-z0-9_-]{1,60}$'),
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('municipality', 'association', 'county', 'authority', 'office')),
    ags text COLLATE "C" CHECK (ags ~ '^[0-9]{2,12}$'),
    parent text COLLATE "C" REFERENCES organization (id),
    boundary geometry CHECK (GeometryType(boundary) = 'MULTIPOLYGON' AND ST_IsValid(boundary)),
    created timestamptz NOT NULL DEFAULT now(),
    changed timestamptz NOT NULL DEFAULT now(),
    CHECK (parent <> id)
);
CREATE INDEX organization_parent ON organization (parent) WHERE parent IS NOT NULL;
CREATE INDEX organization_boundary ON organization USING gist (boundary);
COMMENT ON TABLE organization IS 'Municipalities and others that plan, or are heard.';
COMMENT ON COLUMN organization.key IS 'Paging key.';
COMMENT ON COLUMN organization.id IS 'Name in URLs, tokens and claims.';
COMMENT ON COLUMN organization.name IS 'Name for people.';
COMMENT ON COLUMN organization.kind IS 'municipality, association (of municipalities), county, authority (a public body that is heard) or office (that plans for others).';
COMMENT ON COLUMN organization.ags IS 'Amtlicher Gemeindeschlüssel: 8 digits of a municipality, 5 of a county, 12 with the association.';
COMMENT ON COLUMN organization.parent IS 'organization.id that it belongs to.';
COMMENT ON COLUMN organization.boundary IS 'Its area in the storage CRS; null: unknown, or it has none.';
COMMENT ON COLUMN organization.created IS 'When it was added.';
COMMENT ON COLUMN organization.changed IS 'When it was last changed.';

CREATE TABLE token_membership (
    prefix text COLLATE "C" NOT NULL REFERENCES access_token (prefix) ON DELETE CASCADE,
    organization text COLLATE "C" NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    role text NOT NULL CHECK (role IN ('viewer', 'planner', 'lead', 'publisher', 'admin', 'authority')),
    PRIMARY KEY (prefix, organization, role)
);
CREATE INDEX token_membership_organization ON token_membership (organization);
COMMENT ON TABLE token_membership IS 'What the bearers of tokens are in organizations.';
COMMENT ON COLUMN token_membership.prefix IS 'access_token.prefix.';
COMMENT ON COLUMN token_membership.organization IS 'organization.id.';
COMMENT ON COLUMN token_membership.role IS 'What they may do there.';

-- Identity providers whose tokens are taken.

CREATE TABLE issuer (
    url text COLLATE "C" PRIMARY KEY,
    audience text NOT NULL,
    organization_claim text,
    role_claim text,
    roles jsonb NOT NULL DEFAULT '[]',
    scopes jsonb NOT NULL DEFAULT '[]',
    created timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE issuer IS 'OpenID Connect issuers: who they say that somebody is holds here.';
COMMENT ON COLUMN issuer.url IS 'What their tokens say in iss, to the letter.';
COMMENT ON COLUMN issuer.audience IS 'What aud of a token for this server holds.';
COMMENT ON COLUMN issuer.organization_claim IS 'Claim with ids of organizations; null: none.';
COMMENT ON COLUMN issuer.role_claim IS 'Claim with roles, or with values that roles and scopes speak of; null: none.';
COMMENT ON COLUMN issuer.roles IS '[value, organization, role]: who has the value in the role claim has the role there.';
COMMENT ON COLUMN issuer.scopes IS '[value, scope]: who has the value in the role claim, or in scope, has the scope.';
COMMENT ON COLUMN issuer.created IS 'When it was added.';

-- How people log in at an identity provider with the viewer.

ALTER TABLE issuer ADD COLUMN login jsonb;
COMMENT ON COLUMN issuer.login IS 'The viewer as a public client: client, title, scope, resource; null: nobody logs in there from the viewer.';

-- What was changed, by whom and from where. Rows come and stay.

CREATE TABLE audit_event (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    subject text NOT NULL,
    name text NOT NULL,
    origin text NOT NULL,
    action text NOT NULL,
    object text NOT NULL,
    organization text COLLATE "C",
    details jsonb NOT NULL DEFAULT 'null'
);
CREATE INDEX audit_event_at ON audit_event (at);
CREATE INDEX audit_event_organization ON audit_event (organization, id);
COMMENT ON TABLE audit_event IS 'The log of changes: appended to in the transaction of each change, never changed itself.';
COMMENT ON COLUMN audit_event.id IS 'Grows in the order of commits; the paging key.';
COMMENT ON COLUMN audit_event.at IS 'When.';
COMMENT ON COLUMN audit_event.subject IS 'Who: issuer|sub, token:<prefix>, or command.';
COMMENT ON COLUMN audit_event.name IS 'Who, for people, as they were called then.';
COMMENT ON COLUMN audit_event.origin IS 'From where: address of the client, or the command line.';
COMMENT ON COLUMN audit_event.action IS 'What was done, such as organization.changed.';
COMMENT ON COLUMN audit_event.object IS 'To what: its path in the API, or a name.';
COMMENT ON COLUMN audit_event.organization IS 'organization.id whose admins may read it; null: the server''s own. No foreign key: the log outlives what it tells of.';
COMMENT ON COLUMN audit_event.details IS 'What else there is to know; no secrets.';

CREATE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is only ever appended to', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
COMMENT ON FUNCTION refuse_change IS 'For triggers of tables that are only appended to.';

CREATE TRIGGER audit_event_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Plans: projects, their scenarios, what is done in them and what becomes of each object.
--
-- What scenarios bring are rows of city_object and object_geometry like all others, in partitions of their own, whose
-- number is that of the collection and 1,000,000,000: who reads the city as it is never meets them. A scenario's states
-- are counted by its version, as those of a collection are by its revision: rows hold from one version up to another,
-- and are never changed otherwise, so that every version stays readable.

CREATE FUNCTION micros(moment timestamptz) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT (extract(epoch FROM moment) * 1000000)::bigint $$;
COMMENT ON FUNCTION micros IS 'Microseconds since 1970 in UTC.';

CREATE FUNCTION from_micros(micros bigint) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT timestamptz 'epoch' + micros * interval '1 microsecond' $$;
COMMENT ON FUNCTION from_micros IS 'The moment so many microseconds after 1970 in UTC.';

CREATE TABLE project (
    key bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    id text COLLATE "C" NOT NULL UNIQUE CHECK (id ~ '^[A-Za-z0-9_-]{1,60}$'),
    title text NOT NULL,
    description text NOT NULL DEFAULT '',
    plan_number text,
    owners text[] NOT NULL CHECK (cardinality(owners) > 0),
    partners text[] NOT NULL DEFAULT '{}',
    members text[] NOT NULL DEFAULT '{}',
    area geometry(MultiPolygon),
    stage integer,
    version bigint NOT NULL DEFAULT 1,
    created timestamptz NOT NULL DEFAULT now(),
    created_by text NOT NULL,
    updated timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE project IS 'Undertakings of planning: what scenarios are variants of.';
COMMENT ON COLUMN project.key IS 'Internal number.';
COMMENT ON COLUMN project.id IS 'Name in URLs.';
COMMENT ON COLUMN project.title IS 'Name for people.';
COMMENT ON COLUMN project.description IS 'For people.';
COMMENT ON COLUMN project.plan_number IS 'Of the local development plan, as the municipality counts them.';
COMMENT ON COLUMN project.owners IS 'organization.id: who plans.';
COMMENT ON COLUMN project.partners IS 'organization.id: neighbours and authorities that take part.';
COMMENT ON COLUMN project.members IS 'Subjects of the people who see drafts; empty: all of the owners.';
COMMENT ON COLUMN project.area IS 'What is planned on, in the storage CRS.';
COMMENT ON COLUMN project.stage IS 'XPlanung BP_Rechtsstand, such as 2400; null before the first decision.';
COMMENT ON COLUMN project.version IS 'Grows with each change.';
COMMENT ON COLUMN project.created IS 'When it was made.';
COMMENT ON COLUMN project.created_by IS 'Subject of who made it.';
COMMENT ON COLUMN project.updated IS 'When it was changed last.';

CREATE TABLE scenario (
    key bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    id text COLLATE "C" NOT NULL UNIQUE CHECK (id ~ '^[A-Za-z0-9_-]{1,60}$'),
    project bigint NOT NULL REFERENCES project (key) ON DELETE CASCADE,
    parent bigint REFERENCES scenario (key),
    title text NOT NULL,
    description text NOT NULL DEFAULT '',
    tags text[] NOT NULL DEFAULT '{}',
    state text NOT NULL DEFAULT 'draft'
        CHECK (state IN ('draft', 'submitted', 'approved', 'published', 'archived', 'withdrawn', 'realized')),
    visibility text NOT NULL DEFAULT 'organization'
        CHECK (visibility IN ('private', 'organization', 'partners', 'registered', 'public')),
    version bigint NOT NULL DEFAULT 1,
    next_seq bigint NOT NULL DEFAULT 1,
    published_revision integer,
    created timestamptz NOT NULL DEFAULT now(),
    created_by text NOT NULL,
    updated timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX scenario_project ON scenario (project);
CREATE INDEX scenario_parent ON scenario (parent) WHERE parent IS NOT NULL;
COMMENT ON TABLE scenario IS 'Variants of the city.';
COMMENT ON COLUMN scenario.key IS 'Internal number.';
COMMENT ON COLUMN scenario.id IS 'Name in URLs.';
COMMENT ON COLUMN scenario.project IS 'project.key.';
COMMENT ON COLUMN scenario.parent IS 'The scenario that it builds on; null for the city as it is.';
COMMENT ON COLUMN scenario.title IS 'Name for people.';
COMMENT ON COLUMN scenario.description IS 'For people.';
COMMENT ON COLUMN scenario.tags IS 'Words to find it by.';
COMMENT ON COLUMN scenario.state IS 'Editing state; only drafts take operations.';
COMMENT ON COLUMN scenario.visibility IS 'Who sees what is published of it.';
COMMENT ON COLUMN scenario.version IS 'Grows with each change of its operations or of what it builds on; its states are named by it.';
COMMENT ON COLUMN scenario.next_seq IS 'Of the next operation.';
COMMENT ON COLUMN scenario.published_revision IS 'scenario_revision.number that others see; null while nothing is published.';
COMMENT ON COLUMN scenario.created IS 'When it was made.';
COMMENT ON COLUMN scenario.created_by IS 'Subject of who made it.';
COMMENT ON COLUMN scenario.updated IS 'When it was changed last.';

CREATE TABLE scenario_base (
    scenario bigint NOT NULL REFERENCES scenario (key) ON DELETE CASCADE,
    version_from bigint NOT NULL,
    revisions jsonb NOT NULL,
    parent_version bigint,
    PRIMARY KEY (scenario, version_from)
);
COMMENT ON TABLE scenario_base IS 'What a scenario builds on, from a version up to the next entry.';
COMMENT ON COLUMN scenario_base.scenario IS 'scenario.key.';
COMMENT ON COLUMN scenario_base.version_from IS 'First version that builds on it.';
COMMENT ON COLUMN scenario_base.revisions IS 'Object: collection.key to the revision that is pinned; of a scenario with a parent what the parent''s version has.';
COMMENT ON COLUMN scenario_base.parent_version IS 'The version of the parent.';

CREATE TABLE operation (
    scenario bigint NOT NULL REFERENCES scenario (key) ON DELETE CASCADE,
    seq bigint NOT NULL,
    batch bigint NOT NULL,
    kind text COLLATE "C" NOT NULL,
    collection integer NOT NULL REFERENCES collection (key) ON DELETE CASCADE,
    targets text[] COLLATE "C" NOT NULL,
    made text[] COLLATE "C" NOT NULL DEFAULT '{}',
    made_rows bigint[] NOT NULL DEFAULT '{}',
    body jsonb NOT NULL,
    valid_from timestamptz,
    valid_to timestamptz,
    author text NOT NULL,
    time timestamptz NOT NULL DEFAULT now(),
    comment text,
    version_from bigint NOT NULL,
    version_to bigint,
    PRIMARY KEY (scenario, seq)
);
COMMENT ON TABLE operation IS 'What is done in scenarios, in the order of seq.';
COMMENT ON COLUMN operation.scenario IS 'scenario.key.';
COMMENT ON COLUMN operation.seq IS 'Number within the scenario.';
COMMENT ON COLUMN operation.batch IS 'seq of the first operation that came with the same request: what is undone together.';
COMMENT ON COLUMN operation.kind IS 'add, remove, replace, modify, transform or extrude.';
COMMENT ON COLUMN operation.collection IS 'collection.key.';
COMMENT ON COLUMN operation.targets IS 'Names of the objects that it is done to.';
COMMENT ON COLUMN operation.made IS 'Names of the objects that it brings.';
COMMENT ON COLUMN operation.made_rows IS 'city_object.id of these as the operation brings them, in the plans'' partition.';
COMMENT ON COLUMN operation.body IS 'The operation as it was sent, without the shapes that stand in its rows.';
COMMENT ON COLUMN operation.valid_from IS 'When it takes effect; null: from the beginning.';
COMMENT ON COLUMN operation.valid_to IS 'When it no longer does; null: never.';
COMMENT ON COLUMN operation.author IS 'Subject of who did it.';
COMMENT ON COLUMN operation.time IS 'When it was done.';
COMMENT ON COLUMN operation.comment IS 'For people.';
COMMENT ON COLUMN operation.version_from IS 'First version of the scenario that has it.';
COMMENT ON COLUMN operation.version_to IS 'First version that no longer has it; null while it holds.';

CREATE TABLE effect (
    scenario bigint NOT NULL REFERENCES scenario (key) ON DELETE CASCADE,
    collection integer NOT NULL REFERENCES collection (key) ON DELETE CASCADE,
    uid text COLLATE "C" NOT NULL,
    valid_from timestamptz,
    valid_to timestamptz,
    base bigint,
    planned bigint,
    operations bigint[] NOT NULL,
    version_from bigint NOT NULL,
    version_to bigint
);
CREATE INDEX effect_scenario ON effect (scenario, collection, uid);
COMMENT ON TABLE effect IS 'What becomes of each object that a scenario touches, for each span of time in which that is something else than without it.';
COMMENT ON COLUMN effect.scenario IS 'scenario.key.';
COMMENT ON COLUMN effect.collection IS 'collection.key.';
COMMENT ON COLUMN effect.uid IS 'Name of the object.';
COMMENT ON COLUMN effect.valid_from IS 'Begin of the span; null is open.';
COMMENT ON COLUMN effect.valid_to IS 'End of the span, which does not belong to it; null is open.';
COMMENT ON COLUMN effect.base IS 'city_object.id of the version in the pinned state that is hidden; null: there is none.';
COMMENT ON COLUMN effect.planned IS 'city_object.id of the version in the plans'' partition that stands instead; null: the object is not there.';
COMMENT ON COLUMN effect.operations IS 'seq of the scenario''s own operations that make it.';
COMMENT ON COLUMN effect.version_from IS 'First version of the scenario that has it.';
COMMENT ON COLUMN effect.version_to IS 'First version that no longer has it; null while it holds.';

CREATE TABLE scenario_revision (
    scenario bigint NOT NULL REFERENCES scenario (key) ON DELETE CASCADE,
    number integer NOT NULL,
    version bigint NOT NULL,
    hash bytea NOT NULL CHECK (length(hash) = 32),
    reason text NOT NULL,
    comment text,
    is_public boolean NOT NULL DEFAULT false,
    made timestamptz NOT NULL DEFAULT now(),
    made_by text NOT NULL,
    PRIMARY KEY (scenario, number)
);
COMMENT ON TABLE scenario_revision IS 'States of scenarios that stay as they are.';
COMMENT ON COLUMN scenario_revision.scenario IS 'scenario.key.';
COMMENT ON COLUMN scenario_revision.number IS 'Counted from 1 within the scenario.';
COMMENT ON COLUMN scenario_revision.version IS 'The version of the scenario that it is.';
COMMENT ON COLUMN scenario_revision.hash IS 'blake3 over the pinned revisions and all operations, the parents'' included.';
COMMENT ON COLUMN scenario_revision.reason IS 'submit or publish.';
COMMENT ON COLUMN scenario_revision.comment IS 'For people.';
COMMENT ON COLUMN scenario_revision.is_public IS 'Whether it was published: those who may see what is published may see it.';
COMMENT ON COLUMN scenario_revision.made IS 'When it was made.';
COMMENT ON COLUMN scenario_revision.made_by IS 'Subject of who made it.';

CREATE TABLE scenario_receipt (
    scenario bigint NOT NULL REFERENCES scenario (key) ON DELETE CASCADE,
    owner text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    request bytea NOT NULL CHECK (octet_length(request) = 32),
    answer jsonb NOT NULL,
    made timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (scenario, owner, key)
);
CREATE INDEX scenario_receipt_made ON scenario_receipt (made);
COMMENT ON TABLE scenario_receipt IS 'Answers to batches of operations that came with an Idempotency-Key, for 24 hours.';
COMMENT ON COLUMN scenario_receipt.scenario IS 'scenario.key.';
COMMENT ON COLUMN scenario_receipt.owner IS 'Subject of the caller: keys of others are other keys.';
COMMENT ON COLUMN scenario_receipt.key IS 'The value of Idempotency-Key.';
COMMENT ON COLUMN scenario_receipt.request IS 'blake3 over address, condition and body.';
COMMENT ON COLUMN scenario_receipt.answer IS 'What the batch did.';
COMMENT ON COLUMN scenario_receipt.made IS 'When; a day later it is worth nothing.';

-- Prototypes of implicit geometries may belong to the plans' partition of a collection.
ALTER TABLE template DROP CONSTRAINT template_collection_fkey;

CREATE OR REPLACE FUNCTION drop_collection_partitions(collection_key integer) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('DROP TABLE IF EXISTS city_object_%s, object_geometry_%s', collection_key, collection_key);
    EXECUTE format('DROP TABLE IF EXISTS city_object_%s, object_geometry_%s', collection_key + 1000000000,
        collection_key + 1000000000);
    DELETE FROM template WHERE collection IN (collection_key, collection_key + 1000000000);
END $$;
COMMENT ON FUNCTION drop_collection_partitions IS 'Removes the partitions of a collection, those of plans too, with all rows and prototypes.';

CREATE TABLE share_grant (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    project bigint NOT NULL REFERENCES project (key) ON DELETE CASCADE,
    scenario bigint REFERENCES scenario (key) ON DELETE CASCADE,
    organization text,
    person text,
    level text NOT NULL CHECK (level IN ('read', 'comment', 'co-edit')),
    expires timestamptz,
    revoked timestamptz,
    created timestamptz NOT NULL DEFAULT now(),
    created_by text NOT NULL,
    CHECK ((organization IS NULL) <> (person IS NULL))
);
CREATE INDEX share_grant_project ON share_grant (project);
COMMENT ON TABLE share_grant IS 'Whom drafts are shared with.';
COMMENT ON COLUMN share_grant.id IS 'Number in URLs.';
COMMENT ON COLUMN share_grant.project IS 'project.key.';
COMMENT ON COLUMN share_grant.scenario IS 'scenario.key; null: all scenarios of the project.';
COMMENT ON COLUMN share_grant.organization IS 'organization.id: everybody in it.';
COMMENT ON COLUMN share_grant.person IS 'Subject of one person.';
COMMENT ON COLUMN share_grant.level IS 'read, comment or co-edit.';
COMMENT ON COLUMN share_grant.expires IS 'When it ends; null: never.';
COMMENT ON COLUMN share_grant.revoked IS 'When it was taken back.';
COMMENT ON COLUMN share_grant.created IS 'When it was given.';
COMMENT ON COLUMN share_grant.created_by IS 'Subject of who gave it.';

-- Jobs and who may start them: the queue, access tokens, watched files; and copies of objects for a rollback.

ALTER TABLE revision ADD COLUMN restores bigint;
COMMENT ON COLUMN revision.restores IS 'The earlier revision that a rollback made the head again; null for imports.';

CREATE TABLE job (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    kind text COLLATE "C" NOT NULL,
    collection text COLLATE "C",
    parameters jsonb NOT NULL,
    place text,
    state text NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'running', 'successful', 'failed', 'dismissed')),
    priority integer NOT NULL DEFAULT 0,
    progress smallint CHECK (progress BETWEEN 0 AND 100),
    message text NOT NULL DEFAULT '',
    log jsonb NOT NULL DEFAULT '[]',
    report jsonb,
    attempts integer NOT NULL DEFAULT 0,
    max_attempts integer NOT NULL DEFAULT 3,
    not_before timestamptz NOT NULL DEFAULT now(),
    heartbeat timestamptz,
    created timestamptz NOT NULL DEFAULT now(),
    started timestamptz,
    finished timestamptz,
    updated timestamptz NOT NULL DEFAULT now(),
    created_by text NOT NULL
);
CREATE INDEX job_queued ON job (priority DESC, id) WHERE state = 'queued';
CREATE INDEX job_running ON job (heartbeat) WHERE state = 'running';
COMMENT ON TABLE job IS 'The queue: what shall be done, is being done and was done.';
COMMENT ON COLUMN job.id IS 'Paging key.';
COMMENT ON COLUMN job.kind IS 'Which job: import, rollback.';
COMMENT ON COLUMN job.collection IS 'collection.id that it works on, where it is one.';
COMMENT ON COLUMN job.parameters IS 'All there is to say about it; a worker needs nothing else.';
COMMENT ON COLUMN job.place IS 'Spool folder that holds its files: only workers that have it take the job. Null: any worker.';
COMMENT ON COLUMN job.state IS 'Status codes of OGC API – Processes, queued for accepted.';
COMMENT ON COLUMN job.priority IS 'Greater goes first.';
COMMENT ON COLUMN job.progress IS 'Percent; null when not known.';
COMMENT ON COLUMN job.message IS 'What is being done, or how it ended, one sentence.';
COMMENT ON COLUMN job.log IS 'Array of {time, message}: the last 200.';
COMMENT ON COLUMN job.report IS 'What it found and did.';
COMMENT ON COLUMN job.attempts IS 'Times it was begun.';
COMMENT ON COLUMN job.max_attempts IS 'Times it may be begun before it counts as failed.';
COMMENT ON COLUMN job.not_before IS 'No worker takes it before: back-off after a worker died.';
COMMENT ON COLUMN job.heartbeat IS 'When its worker last said that it lives.';
COMMENT ON COLUMN job.created IS 'When it was asked for.';
COMMENT ON COLUMN job.started IS 'When it was first begun.';
COMMENT ON COLUMN job.finished IS 'When it ended, well or not.';
COMMENT ON COLUMN job.updated IS 'When any of this last changed.';
COMMENT ON COLUMN job.created_by IS 'Name of the token, or the command.';

CREATE TABLE access_token (
    prefix text COLLATE "C" PRIMARY KEY CHECK (prefix ~ '^[0-9a-f]{12}$'),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    name text NOT NULL,
    scopes text[] NOT NULL,
    created timestamptz NOT NULL DEFAULT now(),
    expires timestamptz,
    last_used timestamptz,
    revoked timestamptz
);
COMMENT ON TABLE access_token IS 'Who may write over HTTP. The secrets themselves are nowhere.';
COMMENT ON COLUMN access_token.prefix IS 'Public part of the token: it is found and named by it.';
COMMENT ON COLUMN access_token.hash IS 'blake3 of the secret part (256 random bits).';
COMMENT ON COLUMN access_token.name IS 'Whose it is, for people.';
COMMENT ON COLUMN access_token.scopes IS 'What it allows: read, write, import:<collection>.';
COMMENT ON COLUMN access_token.created IS 'When it was made.';
COMMENT ON COLUMN access_token.expires IS 'From then on it is worth nothing; null never.';
COMMENT ON COLUMN access_token.last_used IS 'When it was last shown, to the minute.';
COMMENT ON COLUMN access_token.revoked IS 'When it was taken back; null while it holds.';

CREATE TABLE watched_file (
    collection text COLLATE "C" NOT NULL,
    path text NOT NULL,
    content_hash bytea NOT NULL,
    job bigint NOT NULL,
    taken timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (collection, path)
);
COMMENT ON TABLE watched_file IS 'Files that a watched folder has handed over, so that none is imported twice.';
COMMENT ON COLUMN watched_file.collection IS 'collection.id that it went into.';
COMMENT ON COLUMN watched_file.path IS 'Where it lay.';
COMMENT ON COLUMN watched_file.content_hash IS 'blake3 of its bytes: another content is taken again.';
COMMENT ON COLUMN watched_file.job IS 'job.id of its import; its state says how that went.';
COMMENT ON COLUMN watched_file.taken IS 'When it was handed over.';

-- Every table that holds rows of objects is found by its columns, so that one added later is not forgotten.
CREATE FUNCTION copy_objects(collection_key integer, to_revision bigint, first_id bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    holder record;
BEGIN
    FOR holder IN
        SELECT c.relname, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS targets,
            string_agg(CASE
                WHEN a.attname = 'rev_from' THEN to_revision::text
                WHEN a.attname = 'rev_to' THEN 'NULL'
                WHEN a.attname IN ('object', 'parent', 'root') OR a.attname = 'id' AND c.relname = 'city_object'
                    THEN format('(SELECT %s + m.rank FROM import_copy AS m WHERE m.old = r.%I)', first_id, a.attname)
                ELSE format('r.%I', a.attname)
                END, ', ' ORDER BY a.attnum) AS sources
        FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
        WHERE c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'city_object'::regclass)
            AND c.relkind IN ('r', 'p') AND NOT c.relispartition
            AND a.attnum > 0 AND NOT a.attisdropped AND a.attidentity = '' AND a.attgenerated = ''
            AND (SELECT count(*) FROM pg_attribute AS key
                WHERE key.attrelid = c.oid AND key.attname IN ('collection', 'root', 'rev_from')
                    AND NOT key.attisdropped) = 3
        GROUP BY c.relname
    LOOP
        EXECUTE format(
            'INSERT INTO %I (%s) SELECT %s FROM import_copy AS asked JOIN %I AS r ON r.%I = asked.old%s
             WHERE r.collection = %s AND r.rev_from < %s',
            holder.relname, holder.targets, holder.sources, holder.relname,
            CASE holder.relname WHEN 'city_object' THEN 'id' ELSE 'root' END,
            CASE holder.relname WHEN 'city_object' THEN '' ELSE ' AND asked.is_root' END,
            collection_key, to_revision);
    END LOOP;
END $$;
COMMENT ON FUNCTION copy_objects IS 'Writes the objects of the temporary table import_copy (old, rank, is_root) again, with ids from first_id, as rows that begin at a revision.';

CREATE FUNCTION utc_text(moment timestamptz) RETURNS text
LANGUAGE sql STABLE RETURN to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"');
COMMENT ON FUNCTION utc_text IS 'RFC 3339 in UTC, whole seconds.';

CREATE FUNCTION job_logged(log jsonb, message text) RETURNS jsonb
LANGUAGE sql STABLE RETURN
    CASE WHEN message = '' OR message = coalesce(log -> -1 ->> 'message', '') THEN log
    ELSE CASE WHEN jsonb_array_length(log) >= 200 THEN log - 0 ELSE log END
        || jsonb_build_object('time', utc_text(clock_timestamp()), 'message', message)
    END;
COMMENT ON FUNCTION job_logged IS 'The log with one more message, unless it is the last one again; the oldest go past 200.';

-- Who asked for a job, as the log of changes names them: what the job changes is noted as theirs.

ALTER TABLE job ADD COLUMN subject text NOT NULL DEFAULT 'unknown';
COMMENT ON COLUMN job.subject IS 'Who asked for it: issuer|sub, token:<prefix>, or command; what it changes is noted as theirs. unknown: asked for before this was kept.';

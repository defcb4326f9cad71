-- A job that has published can no longer be cancelled.

ALTER TABLE job ADD COLUMN published bigint;
COMMENT ON COLUMN job.published IS 'revision.number that it made the head, written in the same transaction: from then on it cannot be cancelled. Null before.';

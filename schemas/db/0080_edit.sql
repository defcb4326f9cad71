-- Edits over HTTP: who made a revision, and the answers kept for requests that come again.

ALTER TABLE revision ADD COLUMN edited_by text;
COMMENT ON COLUMN revision.edited_by IS 'Name of the token that edited features; null for imports and rollbacks.';

CREATE TABLE edit_receipt (
    collection integer NOT NULL REFERENCES collection (key) ON DELETE CASCADE,
    owner text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    request bytea NOT NULL CHECK (octet_length(request) = 32),
    answer jsonb NOT NULL,
    made timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (collection, owner, key)
);
CREATE INDEX edit_receipt_made ON edit_receipt (made);
COMMENT ON TABLE edit_receipt IS 'Answers to edits that came with an Idempotency-Key, for 24 hours: the same request gets the same answer and is not done twice.';
COMMENT ON COLUMN edit_receipt.collection IS 'collection.key.';
COMMENT ON COLUMN edit_receipt.owner IS 'Name of the token: keys of others are other keys.';
COMMENT ON COLUMN edit_receipt.key IS 'The value of Idempotency-Key.';
COMMENT ON COLUMN edit_receipt.request IS 'blake3 over method, address, headers that matter and body.';
COMMENT ON COLUMN edit_receipt.answer IS 'What the edit did.';
COMMENT ON COLUMN edit_receipt.made IS 'When; a day later it is worth nothing.';

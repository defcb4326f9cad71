-- Who called is named the same way whether a token of ours or of an identity provider says so.

UPDATE edit_receipt SET owner = 'token:' || owner;
COMMENT ON COLUMN edit_receipt.owner IS 'Subject of the caller (token:<prefix>, or issuer|sub): keys of others are other keys.';

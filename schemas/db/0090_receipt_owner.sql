-- A key belongs to one token: names of tokens may come twice.

UPDATE edit_receipt AS r SET owner = t.prefix
FROM (SELECT name COLLATE "C" AS name, min(prefix) AS prefix FROM access_token GROUP BY 1 HAVING count(*) = 1) AS t
WHERE t.name = r.owner;
COMMENT ON COLUMN edit_receipt.owner IS 'access_token.prefix: keys of others are other keys.';

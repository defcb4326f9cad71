-- The time that a collection tells of.

ALTER TABLE collection ADD COLUMN valid_from timestamptz;
ALTER TABLE collection ADD COLUMN valid_to timestamptz;
COMMENT ON COLUMN collection.valid_from IS 'The first valid_from of top-level objects at head; null where none is known.';
COMMENT ON COLUMN collection.valid_to IS 'The last valid_to of top-level objects at head; null where one of them has no end.';

UPDATE collection AS c SET valid_from = known.first, valid_to = known.last
FROM (
    SELECT o.collection, min(o.valid_from) AS first,
        CASE WHEN count(o.valid_to) = count(*) THEN max(o.valid_to) END AS last
    FROM city_object AS o JOIN collection AS of ON of.key = o.collection
    WHERE o.parent IS NULL AND o.scenario IS NULL AND o.rev_from <= of.head AND (o.rev_to IS NULL OR o.rev_to > of.head)
    GROUP BY o.collection
) AS known
WHERE known.collection = c.key;

-- What a revision began and ended is found without reading the collection.

-- Rows lie in the order of their revisions: a few numbers for each stretch of pages are enough.
CREATE INDEX city_object_begin ON city_object USING brin (rev_from) WITH (autosummarize = on);
CREATE INDEX city_object_end ON city_object (collection, rev_to) WHERE rev_to IS NOT NULL AND parent IS NULL;

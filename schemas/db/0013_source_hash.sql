-- Objects known by the bytes that they came as: a re-import need not read them.

ALTER TABLE city_object ADD COLUMN source_hash bytea;
COMMENT ON COLUMN city_object.source_hash IS 'First 16 bytes of blake3 over the bytes that the top-level object was read from and all that the reading depended on; null where it depended on more, or something was found wrong.';

DO $$
DECLARE
    known record;
BEGIN
    -- Nobody asks for its share, so it needs no statistics.
    FOR known IN SELECT key FROM collection LOOP
        EXECUTE format('ALTER TABLE city_object_%s ALTER COLUMN source_hash SET STATISTICS 0', known.key);
    END LOOP;
END $$;

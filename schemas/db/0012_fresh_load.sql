-- The first import of a collection fills tables of its own, made in the transaction that fills them: nobody waits for
-- them, nothing of them is written twice (to the log and to the table), and they join the twin on publication.

DROP FUNCTION create_collection_partitions(integer);

CREATE FUNCTION tune_collection_table(holder text, collection_key integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    name text := holder || '_' || collection_key;
    known record;
BEGIN
    EXECUTE format('COMMENT ON TABLE %I IS %L', name, CASE holder
        WHEN 'city_object' THEN 'Objects of one collection.' ELSE 'Geometries of one collection.' END);
    IF holder = 'object_geometry' THEN
        -- A building's geometry of two or three kilobytes stays in its row: no second table is written and read for it.
        EXECUTE format('ALTER TABLE %I SET (toast_tuple_target = 8160)', name);
    END IF;
    -- A sample of 9,000 rows tells the planner enough; the default reads most pages of a middling city.
    FOR known IN SELECT attname FROM pg_attribute WHERE attrelid = name::regclass AND attnum > 0 AND NOT attisdropped LOOP
        EXECUTE format('ALTER TABLE %I ALTER COLUMN %I SET STATISTICS 30', name, known.attname);
    END LOOP;
END $$;
COMMENT ON FUNCTION tune_collection_table IS 'Settings of city_object_N or object_geometry_N.';

CREATE FUNCTION create_loose_table(holder text, collection_key integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    name text := holder || '_' || collection_key;
    known record;
BEGIN
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE INCLUDING COMMENTS,
        CONSTRAINT own_collection CHECK (collection = %s))', name, holder, collection_key);
    PERFORM tune_collection_table(holder, collection_key);
    -- Filling a spatial index row by row costs no more than making it afterwards, and goes on beside the reading.
    FOR known IN SELECT * FROM index_statements(holder, name) WHERE is_spatial LOOP
        EXECUTE known.statement;
    END LOOP;
END $$;
COMMENT ON FUNCTION create_loose_table IS 'Makes city_object_N or object_geometry_N beside the twin, with its spatial indexes.';

CREATE FUNCTION index_statements(holder text, name text) RETURNS TABLE (statement text, is_spatial boolean)
LANGUAGE sql STABLE AS $$
    SELECT regexp_replace(pg_get_indexdef(i.indexrelid), '^CREATE (UNIQUE )?INDEX \S+ ON (ONLY )?\S+ ',
            format('CREATE \1INDEX ON %I ', name)),
        a.amname = 'gist'
    FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_am AS a ON a.oid = c.relam
    WHERE i.indrelid = holder::regclass AND NOT i.indisprimary
    ORDER BY c.relname
$$;
COMMENT ON FUNCTION index_statements IS 'What makes the indexes of a partitioned table on a table beside it, the primary key''s excepted.';

CREATE FUNCTION index_loose_table(holder text, collection_key integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    name text := holder || '_' || collection_key;
    known record;
BEGIN
    IF holder = 'city_object' THEN
        EXECUTE format('ALTER TABLE %I ADD PRIMARY KEY (collection, id)', name);
    END IF;
    FOR known IN SELECT * FROM index_statements(holder, name) WHERE NOT is_spatial LOOP
        EXECUTE known.statement;
    END LOOP;
END $$;
COMMENT ON FUNCTION index_loose_table IS 'Makes the indexes of a table of create_loose_table that are best made when it is full.';

CREATE FUNCTION is_loose_table(name text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM pg_class WHERE oid = to_regclass(name) AND NOT relispartition)
$$;
COMMENT ON FUNCTION is_loose_table IS 'Whether there is such a table and it is no partition.';

CREATE FUNCTION join_collection_partitions(collection_key integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    holder text;
    name text;
BEGIN
    FOREACH holder IN ARRAY ARRAY['city_object', 'object_geometry'] LOOP
        name := holder || '_' || collection_key;
        IF is_loose_table(name) THEN
            EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES IN (%s)', holder, name, collection_key);
            EXECUTE format('ALTER TABLE %I DROP CONSTRAINT own_collection', name);
        ELSIF to_regclass(name) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES IN (%s)', name, holder, collection_key);
            PERFORM tune_collection_table(holder, collection_key);
        END IF;
    END LOOP;
END $$;
COMMENT ON FUNCTION join_collection_partitions IS 'Makes the tables of a collection partitions of the twin, or new partitions where there are none.';

CREATE FUNCTION drop_loose_tables(collection_key integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['city_object_' || collection_key, 'object_geometry_' || collection_key] LOOP
        IF is_loose_table(name) THEN
            EXECUTE format('DROP TABLE %I', name);
        END IF;
    END LOOP;
END $$;
COMMENT ON FUNCTION drop_loose_tables IS 'Removes what an import left that never published.';

DO $$
DECLARE
    known record;
BEGIN
    FOR known IN SELECT key FROM collection LOOP
        PERFORM tune_collection_table('city_object', known.key), tune_collection_table('object_geometry', known.key);
    END LOOP;
END $$;

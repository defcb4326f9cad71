-- Boundary surfaces as arrays side by side: a third of the room of JSON, and several times as fast to write and read.

DROP VIEW surface;

ALTER TABLE object_geometry ADD COLUMN surface_ids text[], ADD COLUMN surface_classes text[],
    ADD COLUMN surface_details jsonb;
ALTER TABLE template ADD COLUMN surface_ids text[], ADD COLUMN surface_classes text[], ADD COLUMN surface_details jsonb;
UPDATE object_geometry SET surface_details = (
        SELECT CASE WHEN bool_or(s - 'id' - 'class' <> '{}') THEN jsonb_agg(s - 'id' - 'class' ORDER BY n) END
        FROM jsonb_array_elements(surfaces) WITH ORDINALITY AS e (s, n)),
    surface_ids = ARRAY(SELECT s ->> 'id' FROM jsonb_array_elements(surfaces) WITH ORDINALITY AS e (s, n) ORDER BY n),
    surface_classes = ARRAY(SELECT s ->> 'class' FROM jsonb_array_elements(surfaces) WITH ORDINALITY AS e (s, n) ORDER BY n)
WHERE surfaces IS NOT NULL;
UPDATE template SET surface_details = (
        SELECT CASE WHEN bool_or(s - 'id' - 'class' <> '{}') THEN jsonb_agg(s - 'id' - 'class' ORDER BY n) END
        FROM jsonb_array_elements(surfaces) WITH ORDINALITY AS e (s, n)),
    surface_ids = ARRAY(SELECT s ->> 'id' FROM jsonb_array_elements(surfaces) WITH ORDINALITY AS e (s, n) ORDER BY n),
    surface_classes = ARRAY(SELECT s ->> 'class' FROM jsonb_array_elements(surfaces) WITH ORDINALITY AS e (s, n) ORDER BY n)
WHERE surfaces IS NOT NULL;
ALTER TABLE object_geometry DROP COLUMN surfaces;
ALTER TABLE template DROP COLUMN surfaces;
COMMENT ON COLUMN object_geometry.face_surface IS 'For each face in order its index in surface_ids, from 0; -1 for none. Null: no face has any.';
COMMENT ON COLUMN object_geometry.surface_ids IS 'gml:id of each boundary surface and opening; empty where the file gives none. Of kind Implicit the last is the surface shown.';
COMMENT ON COLUMN object_geometry.surface_classes IS 'Class of each, in the same order.';
COMMENT ON COLUMN object_geometry.surface_details IS 'Array of {parent, attributes, qualifiers, extensions} in the same order; parent is the index, from 0, of the surface that an opening is in. Null: none has any.';
COMMENT ON COLUMN template.surface_ids IS 'As in object_geometry.';
COMMENT ON COLUMN template.surface_classes IS 'As in object_geometry.';
COMMENT ON COLUMN template.surface_details IS 'As in object_geometry.';

CREATE VIEW surface AS
SELECT c.id AS collection, r.uid AS feature, o.uid AS object, o.class AS object_class, g.lod,
    s.id, s.class, f.area_m2,
    coalesce(g.surface_details -> (s.n - 1)::integer -> 'attributes', '{}') AS attributes, f.geom
FROM object_geometry AS g
JOIN city_object AS o ON o.collection = g.collection AND o.id = g.object
JOIN city_object AS r ON r.collection = g.collection AND r.id = g.root
JOIN collection AS c ON c.key = g.collection
CROSS JOIN LATERAL unnest(g.surface_ids, g.surface_classes) WITH ORDINALITY AS s (id, class, n)
LEFT JOIN LATERAL (
    SELECT sum(area_3d(d.geom)) AS area_m2, ST_Collect(d.geom) AS geom
    FROM ST_Dump(g.geom) AS d
    WHERE g.face_surface[coalesce(d.path[1], 1)] = s.n - 1
) AS f ON true
WHERE o.scenario IS NULL AND o.rev_from <= c.head AND (o.rev_to IS NULL OR o.rev_to > c.head);
COMMENT ON VIEW surface IS 'Roofs, walls, windows, … as published: one row a boundary surface and geometry.';
COMMENT ON COLUMN surface.collection IS 'Name of the collection.';
COMMENT ON COLUMN surface.feature IS 'gml:id of the top-level object.';
COMMENT ON COLUMN surface.object IS 'gml:id of the object, which may be a part.';
COMMENT ON COLUMN surface.object_class IS 'CityGML class of the object.';
COMMENT ON COLUMN surface.lod IS 'Level of detail in tenths.';
COMMENT ON COLUMN surface.id IS 'gml:id of the surface; empty when the file gives none.';
COMMENT ON COLUMN surface.class IS 'RoofSurface, WallSurface, Window, ….';
COMMENT ON COLUMN surface.area_m2 IS 'Area in space in square metres; openings are not subtracted from their wall; null without polygons.';
COMMENT ON COLUMN surface.attributes IS 'Attributes of the surface.';
COMMENT ON COLUMN surface.geom IS 'Polygons with heights in the storage CRS.';

-- Attributes and hashes need no statistics: nobody is asked for their share.
CREATE OR REPLACE FUNCTION analyze_collection(collection_key integer) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ANALYZE city_object_%s (id, uid, class, parent, root, footprint, z_min, z_max, valid_from, valid_to,
        rev_from, rev_to, scenario, face_count)', collection_key);
    EXECUTE format('ANALYZE object_geometry_%s (root, lod, kind)', collection_key);
END $$;

-- A building's geometry of two or three kilobytes stays in its row: no second table is written and read for it.
CREATE OR REPLACE FUNCTION create_collection_partitions(collection_key integer) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE IF NOT EXISTS city_object_%s PARTITION OF city_object FOR VALUES IN (%s)',
        collection_key, collection_key);
    EXECUTE format('CREATE TABLE IF NOT EXISTS object_geometry_%s PARTITION OF object_geometry FOR VALUES IN (%s)
        WITH (toast_tuple_target = 8160)', collection_key, collection_key);
    EXECUTE format('COMMENT ON TABLE city_object_%s IS %L', collection_key, 'Objects of one collection.');
    EXECUTE format('COMMENT ON TABLE object_geometry_%s IS %L', collection_key, 'Geometries of one collection.');
END $$;

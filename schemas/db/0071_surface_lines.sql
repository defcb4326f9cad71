-- Ids and classes of boundary surfaces as lines of a text, and what all surfaces of a geometry have alike once: arrays
-- and JSON cost several times as much to take in and to give out.

DROP VIEW surface;

ALTER TABLE object_geometry
    ALTER COLUMN surface_ids TYPE text USING array_to_string(surface_ids, E'\n', ''),
    ALTER COLUMN surface_classes TYPE text USING array_to_string(surface_classes, E'\n', '');
ALTER TABLE template
    ALTER COLUMN surface_ids TYPE text USING array_to_string(surface_ids, E'\n', ''),
    ALTER COLUMN surface_classes TYPE text USING array_to_string(surface_classes, E'\n', '');
COMMENT ON COLUMN object_geometry.face_surface IS 'For each face in order the place of its surface in surface_ids, from 0; -1 for none. Empty: each face has the surface of its own place. Null: no face has any.';
COMMENT ON COLUMN object_geometry.surface_ids IS 'A line for each boundary surface and opening: its gml:id, empty where the file gives none. Of kind Implicit the last is the surface shown.';
COMMENT ON COLUMN object_geometry.surface_classes IS 'A line for each: its class, in the same order.';
COMMENT ON COLUMN object_geometry.surface_details IS 'Array of {parent, attributes, qualifiers, extensions} in the same order; parent is the place, from 0, of the surface that an opening is in. One such object, not in an array, where it is the same for all. Null: none has any.';

CREATE VIEW surface AS
SELECT c.id AS collection, r.uid AS feature, o.uid AS object, o.class AS object_class, g.lod,
    coalesce(s.id, '') AS id, s.class, f.area_m2,
    coalesce(CASE jsonb_typeof(g.surface_details)
        WHEN 'array' THEN g.surface_details -> (s.n - 1)::integer
        ELSE g.surface_details END -> 'attributes', '{}') AS attributes, f.geom
FROM object_geometry AS g
JOIN city_object AS o ON o.collection = g.collection AND o.id = g.object
JOIN city_object AS r ON r.collection = g.collection AND r.id = g.root
JOIN collection AS c ON c.key = g.collection
CROSS JOIN LATERAL unnest(string_to_array(g.surface_ids, E'\n'), string_to_array(g.surface_classes, E'\n'))
    WITH ORDINALITY AS s (id, class, n)
LEFT JOIN LATERAL (
    SELECT sum(area_3d(d.geom)) AS area_m2, ST_Collect(d.geom) AS geom
    FROM ST_Dump(g.geom) AS d
    WHERE s.n = CASE WHEN g.face_surface = '{}' THEN coalesce(d.path[1], 1)
        ELSE g.face_surface[coalesce(d.path[1], 1)] + 1 END
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

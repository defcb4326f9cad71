-- Views for people: the published state, without keys and revisions.

CREATE FUNCTION area_3d(polygon geometry) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    -- Newell's normal of each ring; half its length is the ring's area. Holes count against the first ring.
    SELECT sum(CASE WHEN ring = 1 THEN 1 ELSE -1 END * sqrt(nx * nx + ny * ny + nz * nz) / 2)
    FROM (
        SELECT ring,
            sum((y1 - y2) * (z1 + z2)) AS nx,
            sum((z1 - z2) * (x1 + x2)) AS ny,
            sum((x1 - x2) * (y1 + y2)) AS nz
        FROM (
            SELECT ring, x AS x1, y AS y1, z AS z1,
                lead(x) OVER along AS x2, lead(y) OVER along AS y2, lead(z) OVER along AS z2
            FROM (
                SELECT d.path[1] AS ring, d.path[2] AS n, ST_X(d.geom) - ST_XMin(polygon) AS x,
                    ST_Y(d.geom) - ST_YMin(polygon) AS y, ST_Z(d.geom) - ST_ZMin(polygon) AS z
                FROM ST_DumpPoints(polygon) AS d
            ) AS points
            WINDOW along AS (PARTITION BY ring ORDER BY n)
        ) AS edges
        GROUP BY ring
    ) AS rings
$$;
COMMENT ON FUNCTION area_3d IS 'Area of a plane polygon or triangle in space, in square metres.';

CREATE VIEW feature AS
SELECT c.id AS collection, o.uid AS id, o.class, o.attributes, o.z_min, o.z_max, o.lods, o.children,
    o.valid_from, o.valid_to, o.rev_from AS revision, o.footprint, o.id AS key
FROM city_object AS o
JOIN collection AS c ON c.key = o.collection
WHERE o.parent IS NULL AND o.scenario IS NULL
    AND o.rev_from <= c.head AND (o.rev_to IS NULL OR o.rev_to > c.head);
COMMENT ON VIEW feature IS 'Top-level objects as published.';
COMMENT ON COLUMN feature.collection IS 'Name of the collection.';
COMMENT ON COLUMN feature.id IS 'gml:id.';
COMMENT ON COLUMN feature.class IS 'CityGML class.';
COMMENT ON COLUMN feature.attributes IS 'Typed attributes.';
COMMENT ON COLUMN feature.z_min IS 'Lowest point in metres.';
COMMENT ON COLUMN feature.z_max IS 'Highest point in metres.';
COMMENT ON COLUMN feature.lods IS 'Levels of detail in tenths.';
COMMENT ON COLUMN feature.children IS 'Class to number of objects below.';
COMMENT ON COLUMN feature.valid_from IS 'Begin in the real world.';
COMMENT ON COLUMN feature.valid_to IS 'End in the real world.';
COMMENT ON COLUMN feature.revision IS 'The revision that brought this version.';
COMMENT ON COLUMN feature.footprint IS 'Outline on the ground in the storage CRS.';
COMMENT ON COLUMN feature.key IS 'city_object.id.';

CREATE VIEW surface AS
SELECT c.id AS collection, r.uid AS feature, o.uid AS object, o.class AS object_class, g.lod,
    s.value ->> 'id' AS id, s.value ->> 'class' AS class, f.area_m2,
    coalesce(s.value -> 'attributes', '{}') AS attributes, f.geom
FROM object_geometry AS g
JOIN city_object AS o ON o.collection = g.collection AND o.id = g.object
JOIN city_object AS r ON r.collection = g.collection AND r.id = g.root
JOIN collection AS c ON c.key = g.collection
CROSS JOIN LATERAL jsonb_array_elements(g.surfaces) WITH ORDINALITY AS s (value, n)
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

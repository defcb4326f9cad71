-- What objects measure in space, and what asks for their shapes in three dimensions.

ALTER TABLE city_object ADD COLUMN volume_m3 double precision, ADD COLUMN surface_m2 double precision,
    ADD COLUMN reach_m double precision;
ALTER TABLE collection ADD COLUMN reach_m double precision;
COMMENT ON COLUMN city_object.volume_m3 IS 'Of its solids and its parts'', in cubic metres, at the highest level at which all are closed; null without such solids.';
COMMENT ON COLUMN city_object.surface_m2 IS 'Of all polygons at the highest level, its parts'' included, in space, in square metres; null without polygons, or not measured yet.';
COMMENT ON COLUMN city_object.reach_m IS 'How far it sticks out of the box around its footprint, in metres; top-level objects only; null: not measured yet.';
COMMENT ON COLUMN collection.reach_m IS 'The greatest reach_m that any object of it has had; null: not all are measured.';

CREATE INDEX city_object_part ON city_object (collection, class, id) WHERE parent IS NOT NULL;

CREATE FUNCTION shapes_of(collection_key integer, root_key bigint) RETURNS TABLE (geom geometry, is_solid boolean)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN t.geom IS NULL THEN g.geom
            ELSE ST_SetSRID(ST_Translate(ST_Affine(t.geom, m[1], m[2], m[3], m[5], m[6], m[7], m[9], m[10], m[11], m[4], m[8], m[12]),
                ST_X(g.geom), ST_Y(g.geom), ST_Z(g.geom)), ST_SRID(g.geom)) END,
        coalesce(t.kind, g.kind) IN ('Solid', 'MultiSolid')
    FROM object_geometry AS g
    LEFT JOIN template AS t ON t.collection = g.collection AND t.hash = g.template
    CROSS JOIN LATERAL (SELECT g.matrix) AS placed (m)
    WHERE g.collection = collection_key AND g.root = root_key
        AND g.lod = (SELECT max(other.lod) FROM object_geometry AS other
            WHERE other.collection = collection_key AND other.root = root_key AND other.object = g.object)
$$;
COMMENT ON FUNCTION shapes_of IS 'The geometries of a top-level object and all below it, each at its highest level, prototypes at their place.';

CREATE FUNCTION is_within_solid(solid geometry, x double precision, y double precision, z double precision) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    -- How many faces lie straight above the point: an odd number, and it is inside. The plane of a face goes through the
    -- mean of its ring, along Newell's normal.
    SELECT count(*) FILTER (WHERE z < mz - (nx * (x - mx) + ny * (y - my)) / nullif(nz, 0)) % 2 = 1
    FROM (
        SELECT f.path, sum((y1 - y2) * (z1 + z2)) AS nx, sum((z1 - z2) * (x1 + x2)) AS ny, sum((x1 - x2) * (y1 + y2)) AS nz,
            avg(x1) + x AS mx, avg(y1) + y AS my, avg(z1) + z AS mz
        FROM ST_Dump(solid) AS f
        CROSS JOIN LATERAL (
            SELECT ST_X(d.geom) - x AS x1, ST_Y(d.geom) - y AS y1, ST_Z(d.geom) - z AS z1,
                lead(ST_X(d.geom) - x) OVER along AS x2, lead(ST_Y(d.geom) - y) OVER along AS y2,
                lead(ST_Z(d.geom) - z) OVER along AS z2
            FROM ST_DumpPoints(ST_ExteriorRing(CASE GeometryType(f.geom) WHEN 'TRIANGLE'
                THEN ST_MakePolygon(ST_ExteriorRing(f.geom)) ELSE f.geom END)) AS d
            WINDOW along AS (ORDER BY d.path[1])
        ) AS edge
        WHERE edge.x2 IS NOT NULL AND ST_Area(f.geom) > 0
            AND ST_Contains(ST_Force2D(f.geom), ST_SetSRID(ST_MakePoint(x, y), ST_SRID(solid)))
        GROUP BY f.path
    ) AS face
$$;
COMMENT ON FUNCTION is_within_solid IS 'Whether a point lies within closed faces.';

CREATE FUNCTION distance_3d(collection_key integer, root_key bigint, point geometry) RETURNS double precision
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN bool_or(is_solid AND is_within_solid(geom, ST_X(point), ST_Y(point), ST_Z(point))) THEN 0
        ELSE min(ST_3DDistance(geom, point)) END
    FROM shapes_of(collection_key, root_key)
$$;
COMMENT ON FUNCTION distance_3d IS 'From a point to the nearest of an object, in metres; 0 within its solids.';

CREATE FUNCTION meets_prism(collection_key integer, root_key bigint, plan geometry, hull geometry, low double precision,
    high double precision) RETURNS boolean
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    -- A corner of it lies in the prism, or faces cross, or the prism lies within a solid, then with any point of its own: one
    -- out of the middle, since ridges like to run there and a point below the edge of two faces lies below neither.
    SELECT bool_or(
        EXISTS (SELECT FROM ST_DumpPoints(geom) AS d
            WHERE ST_Z(d.geom) BETWEEN low AND high AND ST_Intersects(plan, d.geom))
        OR ST_3DIntersects(geom, hull)
        OR is_solid AND is_within_solid(geom, x, y, low + (high - low) * 0.4142))
    FROM shapes_of(collection_key, root_key)
    CROSS JOIN (
        SELECT 0.4 * ST_X(middle) + 0.37 * ST_X(one) + 0.23 * ST_X(other) AS x,
            0.4 * ST_Y(middle) + 0.37 * ST_Y(one) + 0.23 * ST_Y(other) AS y
        FROM (SELECT ST_Centroid(ring) AS middle, ST_PointN(ring, 1) AS one, ST_PointN(ring, 1 + ST_NPoints(ring) / 3) AS other
            FROM (SELECT ST_ExteriorRing(ST_GeometryN(plan, 1)) AS ring) AS first) AS corner
    ) AS inside
$$;
COMMENT ON FUNCTION meets_prism IS 'Whether an object has a point in common with what stands on plan between two heights; hull are its faces.';

DO $$
DECLARE
    known record;
BEGIN
    FOR known IN SELECT key FROM collection LOOP
        PERFORM tune_collection_table('city_object', known.key);
    END LOOP;
END $$;

-- What filters need: places of objects without faces, and attributes read by type.

-- An object without faces may still have lines or points to be found by.
DROP VIEW feature;
ALTER TABLE city_object ALTER COLUMN footprint TYPE geometry;
COMMENT ON COLUMN city_object.footprint IS 'Outline on the ground in the storage CRS; MultiLineString or MultiPoint where an object has no faces; top-level objects only.';

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

-- Objects that are there already; lines stand above points, as in the import.
WITH place AS (
    SELECT g.collection, g.root, ST_Force2D(ST_Collect(d.geom)) AS shape
    FROM (SELECT *, min(CASE WHEN kind = 'MultiCurve' THEN 0 ELSE 1 END) OVER (PARTITION BY collection, root) AS first
        FROM object_geometry
        WHERE kind IN ('MultiCurve', 'MultiPoint') AND role NOT LIKE 'address%') AS g
    JOIN city_object AS o ON o.collection = g.collection AND o.id = g.root
    CROSS JOIN LATERAL ST_Dump(g.geom) AS d
    WHERE o.footprint IS NULL AND o.parent IS NULL AND o.face_count = 0
        AND g.first = CASE WHEN g.kind = 'MultiCurve' THEN 0 ELSE 1 END
    GROUP BY g.collection, g.root
)
UPDATE city_object AS o SET footprint = place.shape FROM place
WHERE o.collection = place.collection AND o.id = place.root AND NOT ST_IsEmpty(place.shape);

CREATE FUNCTION json_number(value jsonb) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN jsonb_typeof(value) = 'number' THEN value::numeric END
$$;
COMMENT ON FUNCTION json_number IS 'A number in JSON; null for all else.';

CREATE FUNCTION json_boolean(value jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN jsonb_typeof(value) = 'boolean' THEN value::boolean END
$$;
COMMENT ON FUNCTION json_boolean IS 'True or false in JSON; null for all else.';

CREATE FUNCTION json_array(value jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN jsonb_typeof(value) = 'array' THEN value END
$$;
COMMENT ON FUNCTION json_array IS 'An array in JSON; null for all else.';

CREATE FUNCTION json_overlaps(one jsonb, other jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT EXISTS (SELECT FROM jsonb_array_elements(one) AS a (value) WHERE other @> jsonb_build_array(a.value))
$$;
COMMENT ON FUNCTION json_overlaps IS 'Whether two arrays have a value in common.';

CREATE FUNCTION lod_names(lods smallint[]) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(jsonb_agg((lod / 10)::text || CASE WHEN lod % 10 = 0 THEN '' ELSE '.' || lod % 10 END ORDER BY lod), '[]')
    FROM unnest(lods) AS l (lod)
$$;
COMMENT ON FUNCTION lod_names IS 'Levels of detail as they are written, such as 2 and 2.2, from tenths.';

CREATE FUNCTION case_fold(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    -- Upper before lower: a sharp s becomes two letters on the way. The final sigma is the other sigma.
    SELECT translate(lower(upper(value COLLATE "und-x-icu") COLLATE "und-x-icu"), 'ς', 'σ') COLLATE "C"
$$;
COMMENT ON FUNCTION case_fold IS 'A text without the difference between small and capital letters (Unicode, full).';

CREATE FUNCTION accent_fold(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT normalize(regexp_replace(normalize(value, NFD),
        '[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]', '', 'g'), NFC) COLLATE "C"
$$;
COMMENT ON FUNCTION accent_fold IS 'A text without accents: letters stay, the marks on them go.';

CREATE FUNCTION date_begin(value text) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    -- Checked before it is cast: a text that is no date is null, not an error.
    SELECT CASE WHEN value ~ '^(?!0000)\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])($|[Tt ])' THEN
        CASE WHEN substr(value, 9, 2)::integer <= extract(day FROM
                make_date(substr(value, 1, 4)::integer, substr(value, 6, 2)::integer, 1) + interval '1 month - 1 day')
            THEN (substr(value, 1, 10) || 'T00:00:00Z')::timestamptz END
    END
$$;
COMMENT ON FUNCTION date_begin IS 'First moment of the day of a date or time; null for other texts.';

CREATE FUNCTION time_begin(value text) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN date_begin(value) IS NULL THEN NULL
        WHEN length(value) = 10 THEN date_begin(value)
        WHEN substr(value, 11) ~ '^[Tt ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d([.]\d{1,9})?)?([Zz]|[+-](0\d|1[0-4]):[0-5]\d)?$'
        THEN (value || CASE WHEN substr(value, 11) ~ '([Zz]|[+-]\d\d:\d\d)$' THEN '' ELSE 'Z' END)::timestamptz
    END
$$;
COMMENT ON FUNCTION time_begin IS 'A time, or the first moment of a date, UTC where the text names no zone; null for other texts.';

CREATE FUNCTION time_end(value text) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN length(value) = 10 THEN date_begin(value) + interval '1 day - 1 microsecond' ELSE time_begin(value) END
$$;
COMMENT ON FUNCTION time_end IS 'A time, or the last moment of a date; null for other texts.';

CREATE FUNCTION safe_power(base double precision, exponent double precision) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN base = 0 AND exponent < 0 OR base < 0 AND exponent <> trunc(exponent) THEN NULL
        WHEN base <> 0 AND abs(exponent * ln(abs(base))) > 700 THEN NULL
        ELSE power(base, exponent)::numeric
    END
$$;
COMMENT ON FUNCTION safe_power IS 'A power; null where there is none or where it is beyond all numbers.';

-- Objects and their geometry: one row an object and version, one row a geometry; partitioned by collection.

CREATE TABLE city_object (
    collection integer NOT NULL,
    id bigint NOT NULL,
    scenario bigint,
    uid text COLLATE "C" NOT NULL,
    class text COLLATE "C" NOT NULL,
    source_class text,
    parent bigint,
    root bigint NOT NULL,
    attributes jsonb NOT NULL,
    footprint geometry(MultiPolygon),
    z_min double precision,
    z_max double precision,
    valid_from timestamptz,
    valid_to timestamptz,
    rev_from bigint NOT NULL,
    rev_to bigint,
    content_hash bytea NOT NULL,
    lods smallint[] NOT NULL,
    children jsonb,
    face_count integer NOT NULL,
    PRIMARY KEY (collection, id)
) PARTITION BY LIST (collection);
CREATE INDEX city_object_uid ON city_object (collection, uid);
CREATE INDEX city_object_footprint ON city_object USING gist (footprint) WHERE parent IS NULL;
CREATE INDEX city_object_child ON city_object (collection, root) WHERE parent IS NOT NULL;
COMMENT ON TABLE city_object IS 'One row for each object (building, part, room, tree, …) and each of its versions.';
COMMENT ON COLUMN city_object.collection IS 'collection.key; the partition.';
COMMENT ON COLUMN city_object.id IS 'Row number: a new version of an object gets a new one. Paging key.';
COMMENT ON COLUMN city_object.scenario IS 'The plan that this version belongs to; null for the city as it is.';
COMMENT ON COLUMN city_object.uid IS 'gml:id.';
COMMENT ON COLUMN city_object.class IS 'CityGML 3.0 class name, such as Building or BuildingPart.';
COMMENT ON COLUMN city_object.source_class IS 'Element name in the file where class is a generic fall-back.';
COMMENT ON COLUMN city_object.parent IS 'id of the object that this one is a part of; null for top-level objects.';
COMMENT ON COLUMN city_object.root IS 'id of the top-level object above; of itself for top-level objects.';
COMMENT ON COLUMN city_object.attributes IS 'Typed attributes by CityGML name, generic ones by their own name.';
COMMENT ON COLUMN city_object.footprint IS 'Outline on the ground in the storage CRS; top-level objects only.';
COMMENT ON COLUMN city_object.z_min IS 'Lowest point, children included, in metres of the storage height system.';
COMMENT ON COLUMN city_object.z_max IS 'Highest point, children included, in metres of the storage height system.';
COMMENT ON COLUMN city_object.valid_from IS 'Begin in the real world (validFrom, else creationDate); null is open.';
COMMENT ON COLUMN city_object.valid_to IS 'End in the real world (validTo, else terminationDate); null is open.';
COMMENT ON COLUMN city_object.rev_from IS 'First revision that holds this version.';
COMMENT ON COLUMN city_object.rev_to IS 'First revision that no longer holds it; null while it lives.';
COMMENT ON COLUMN city_object.content_hash IS 'First 16 bytes of blake3 over the top-level object as imported.';
COMMENT ON COLUMN city_object.lods IS 'Levels of detail at hand, children included, in tenths (20 is LoD2).';
COMMENT ON COLUMN city_object.children IS 'Class to number of objects below; top-level objects only.';
COMMENT ON COLUMN city_object.face_count IS 'Polygons of all its geometries, children included.';

CREATE TABLE object_geometry (
    collection integer NOT NULL,
    object bigint NOT NULL,
    root bigint NOT NULL,
    ordinal smallint NOT NULL,
    rev_from bigint NOT NULL,
    lod smallint NOT NULL,
    kind text COLLATE "C" NOT NULL,
    role text NOT NULL,
    geom geometry NOT NULL,
    face_surface integer[],
    surfaces jsonb,
    shells integer[],
    solids integer[]
) PARTITION BY LIST (collection);
-- Coordinates hardly compress: spare the attempt on every write and read.
ALTER TABLE object_geometry ALTER COLUMN geom SET STORAGE EXTERNAL;
CREATE INDEX object_geometry_root ON object_geometry (collection, root);
COMMENT ON TABLE object_geometry IS 'One row for each geometry of an object. It belongs to one version and lives as long as that.';
COMMENT ON COLUMN object_geometry.collection IS 'collection.key; the partition.';
COMMENT ON COLUMN object_geometry.object IS 'city_object.id.';
COMMENT ON COLUMN object_geometry.root IS 'city_object.id of the top-level object: a whole building is one look-up.';
COMMENT ON COLUMN object_geometry.ordinal IS 'Place among the geometries of its object, from 0.';
COMMENT ON COLUMN object_geometry.rev_from IS 'The revision that wrote it; its end stands in city_object alone.';
COMMENT ON COLUMN object_geometry.lod IS 'Level of detail in tenths (20 is LoD2).';
COMMENT ON COLUMN object_geometry.kind IS 'Solid, MultiSolid, MultiSurface, Tin, MultiCurve or MultiPoint.';
COMMENT ON COLUMN object_geometry.role IS 'Property in the file where the LoD does not say it all, such as lod0RoofEdge; else empty.';
COMMENT ON COLUMN object_geometry.geom IS 'Faces, lines or points with heights, in the storage CRS.';
COMMENT ON COLUMN object_geometry.face_surface IS 'For each face in order its index in surfaces, from 0; -1 for none. Null: no face has any.';
COMMENT ON COLUMN object_geometry.surfaces IS 'Array of {id, class, parent, attributes}: boundary surfaces and openings; parent is the index of the surface that an opening is in.';
COMMENT ON COLUMN object_geometry.shells IS 'First face of each shell, from 0, where a solid has inner shells or there are several.';
COMMENT ON COLUMN object_geometry.solids IS 'Index in shells of each solid''s outer shell (MultiSolid).';

CREATE FUNCTION create_collection_partitions(collection_key integer) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE IF NOT EXISTS city_object_%s PARTITION OF city_object FOR VALUES IN (%s)',
        collection_key, collection_key);
    EXECUTE format('CREATE TABLE IF NOT EXISTS object_geometry_%s PARTITION OF object_geometry FOR VALUES IN (%s)',
        collection_key, collection_key);
    EXECUTE format('COMMENT ON TABLE city_object_%s IS %L', collection_key, 'Objects of one collection.');
    EXECUTE format('COMMENT ON TABLE object_geometry_%s IS %L', collection_key, 'Geometries of one collection.');
END $$;
COMMENT ON FUNCTION create_collection_partitions IS 'Makes the two partitions of a collection; indexes come with them.';

CREATE FUNCTION drop_collection_partitions(collection_key integer) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('DROP TABLE IF EXISTS city_object_%s', collection_key);
    EXECUTE format('DROP TABLE IF EXISTS object_geometry_%s', collection_key);
END $$;
COMMENT ON FUNCTION drop_collection_partitions IS 'Removes the two partitions of a collection with all rows.';

CREATE FUNCTION analyze_collection(collection_key integer) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ANALYZE city_object_%s', collection_key);
    EXECUTE format('ANALYZE object_geometry_%s (root, lod, kind)', collection_key);
END $$;
COMMENT ON FUNCTION analyze_collection IS 'Refreshes what the planner knows of a collection.';

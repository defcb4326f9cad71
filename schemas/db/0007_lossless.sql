-- All that a file says: qualifiers, foreign content, appearances, prototypes.

ALTER TABLE city_object ADD COLUMN qualifiers jsonb, ADD COLUMN extensions text[];
COMMENT ON COLUMN city_object.qualifiers IS 'By attribute: codeSpace, uom, type, href and the like, where the file has them; else null.';
COMMENT ON COLUMN city_object.extensions IS 'Content of unknown namespaces as XML with the namespaces it needs; null where there is none.';

ALTER TABLE object_geometry ADD COLUMN appearances jsonb, ADD COLUMN texture_coordinates bytea,
    ADD COLUMN template bytea, ADD COLUMN matrix double precision[];
COMMENT ON COLUMN object_geometry.appearances IS 'Array of {theme, isBack, materials, textures, faceMaterials, faceTextures, hasCoordinates}; the face arrays hold for each face an index or -1. Null: no looks.';
COMMENT ON COLUMN object_geometry.texture_coordinates IS 'For each appearance with hasCoordinates and each point (rings open) s and t as little-endian doubles, NaN for none.';
COMMENT ON COLUMN object_geometry.template IS 'template.hash of a prototype shown here (kind Implicit); geom is then its reference point.';
COMMENT ON COLUMN object_geometry.matrix IS 'Row-major 4 by 4, prototype to metres around the reference point (kind Implicit).';
COMMENT ON COLUMN object_geometry.kind IS 'Solid, MultiSolid, MultiSurface, Tin, MultiCurve, MultiPoint or Implicit.';
COMMENT ON COLUMN object_geometry.surfaces IS 'Array of {id, class, parent, attributes, qualifiers, extensions}: boundary surfaces and openings; parent is the index of the surface that an opening is in. Of kind Implicit the last is the surface shown.';

CREATE TABLE template (
    collection integer NOT NULL REFERENCES collection (key) ON DELETE CASCADE,
    hash bytea NOT NULL,
    uid text NOT NULL,
    library_object text,
    mime_type text,
    kind text COLLATE "C",
    geom geometry,
    face_surface integer[],
    surfaces jsonb,
    shells integer[],
    solids integer[],
    appearances jsonb,
    texture_coordinates bytea,
    PRIMARY KEY (collection, hash)
);
COMMENT ON TABLE template IS 'Prototypes of implicit geometries, each once for a collection.';
COMMENT ON COLUMN template.collection IS 'collection.key.';
COMMENT ON COLUMN template.hash IS 'First 16 bytes of blake3 over the other columns.';
COMMENT ON COLUMN template.uid IS 'gml:id of the prototype, or made from its content.';
COMMENT ON COLUMN template.library_object IS 'Address of a model outside, as the file has it.';
COMMENT ON COLUMN template.mime_type IS 'Media type of the library object.';
COMMENT ON COLUMN template.kind IS 'As in object_geometry; null where there is only a library object.';
COMMENT ON COLUMN template.geom IS 'Faces, lines or points in the prototype''s own metres, without CRS.';
COMMENT ON COLUMN template.face_surface IS 'As in object_geometry.';
COMMENT ON COLUMN template.surfaces IS 'As in object_geometry.';
COMMENT ON COLUMN template.shells IS 'As in object_geometry.';
COMMENT ON COLUMN template.solids IS 'As in object_geometry.';
COMMENT ON COLUMN template.appearances IS 'As in object_geometry.';
COMMENT ON COLUMN template.texture_coordinates IS 'As in object_geometry.';

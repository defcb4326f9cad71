-- Registered application domain extensions: what their schemas say of classes and properties.

CREATE TABLE ade (
    key integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    namespace text NOT NULL UNIQUE,
    version text NOT NULL DEFAULT '',
    description text NOT NULL DEFAULT '',
    source text NOT NULL,
    registered timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE ade IS 'Application domain extensions whose schemas are registered.';
COMMENT ON COLUMN ade.key IS 'Number of the ADE.';
COMMENT ON COLUMN ade.namespace IS 'targetNamespace.';
COMMENT ON COLUMN ade.version IS 'version of the schema; empty where it says none.';
COMMENT ON COLUMN ade.description IS 'Documentation of the schema.';
COMMENT ON COLUMN ade.source IS 'The file that it was read from, as named.';
COMMENT ON COLUMN ade.registered IS 'When it was read.';

CREATE TABLE ade_class (
    ade integer NOT NULL REFERENCES ade (key) ON DELETE CASCADE,
    name text NOT NULL,
    base text,
    standard_class text,
    is_feature boolean NOT NULL,
    is_abstract boolean NOT NULL,
    description text NOT NULL DEFAULT '',
    PRIMARY KEY (ade, name)
);
COMMENT ON TABLE ade_class IS 'Classes that an ADE declares: features, objects and data types.';
COMMENT ON COLUMN ade_class.ade IS 'ade.key.';
COMMENT ON COLUMN ade_class.name IS 'Local name of the element.';
COMMENT ON COLUMN ade_class.base IS 'Head of its substitution group: {namespace}name.';
COMMENT ON COLUMN ade_class.standard_class IS 'CityGML class that it is a kind of; null where it is none.';
COMMENT ON COLUMN ade_class.is_feature IS 'Whether it is a feature: an object of its own wherever it stands.';
COMMENT ON COLUMN ade_class.is_abstract IS 'Whether only what derives from it stands in files.';
COMMENT ON COLUMN ade_class.description IS 'Documentation.';

CREATE TABLE ade_property (
    ade integer NOT NULL REFERENCES ade (key) ON DELETE CASCADE,
    class text NOT NULL,
    name text NOT NULL,
    type text NOT NULL,
    kind text COLLATE "C" NOT NULL,
    unit text,
    code_space text,
    min_occurs integer NOT NULL,
    max_occurs integer,
    description text NOT NULL DEFAULT '',
    PRIMARY KEY (ade, class, name)
);
COMMENT ON TABLE ade_property IS 'Properties that an ADE declares.';
COMMENT ON COLUMN ade_property.ade IS 'ade.key.';
COMMENT ON COLUMN ade_property.class IS 'ade_class.name; empty for properties that extend classes of CityGML.';
COMMENT ON COLUMN ade_property.name IS 'Local name of the element.';
COMMENT ON COLUMN ade_property.type IS 'Local name of its XML type.';
COMMENT ON COLUMN ade_property.kind IS 'string, integer, number, numbers, boolean, date, uri, code, measure, reference, geometry, object or any.';
COMMENT ON COLUMN ade_property.unit IS 'Unit, where the schema fixes it.';
COMMENT ON COLUMN ade_property.code_space IS 'code_space.name of its list, where the schema tells it.';
COMMENT ON COLUMN ade_property.min_occurs IS 'Least number of values.';
COMMENT ON COLUMN ade_property.max_occurs IS 'Greatest number of values; null for any.';
COMMENT ON COLUMN ade_property.description IS 'Documentation.';

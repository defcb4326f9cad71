-- Links between objects: relatedTo, members of groups, generalisation, parts in other files.

CREATE TABLE object_link (
    collection integer NOT NULL REFERENCES collection (key) ON DELETE CASCADE,
    source text COLLATE "C" NOT NULL,
    rev_from bigint NOT NULL,
    ordinal integer NOT NULL,
    part text COLLATE "C",
    relation text NOT NULL,
    role text,
    href text NOT NULL,
    target text COLLATE "C",
    target_feature text COLLATE "C"
);
CREATE INDEX object_link_source ON object_link (collection, source, rev_from);
CREATE INDEX object_link_target ON object_link (target) WHERE target IS NOT NULL;
CREATE INDEX object_link_revision ON object_link (collection, rev_from);
COMMENT ON TABLE object_link IS 'Links of objects to others, as files have them. A row belongs to the version of source that begins with rev_from and lives as long as that.';
COMMENT ON COLUMN object_link.collection IS 'collection.key of the object that links.';
COMMENT ON COLUMN object_link.source IS 'uid of the top-level object that links.';
COMMENT ON COLUMN object_link.rev_from IS 'rev_from of that version.';
COMMENT ON COLUMN object_link.ordinal IS 'Place among the links of the object, from 0.';
COMMENT ON COLUMN object_link.part IS 'gml:id of the part or surface that has the link; null where the object itself has it.';
COMMENT ON COLUMN object_link.relation IS 'Property that holds the link, such as relatedTo or groupMember.';
COMMENT ON COLUMN object_link.role IS 'What the file says of the relation: role or relationType.';
COMMENT ON COLUMN object_link.href IS 'As in the file.';
COMMENT ON COLUMN object_link.target IS 'gml:id pointed at; null where the link leads out of what is imported.';
COMMENT ON COLUMN object_link.target_feature IS 'uid of the top-level object of the same collection that has the target as a boundary surface.';

-- Texture images, each content once for all collections.

CREATE TABLE image (
    hash bytea PRIMARY KEY CHECK (length(hash) = 16),
    mime_type text NOT NULL,
    width integer NOT NULL CHECK (width > 0),
    height integer NOT NULL CHECK (height > 0),
    size_bytes bigint NOT NULL,
    content bytea NOT NULL
);
-- Images are packed already.
ALTER TABLE image ALTER COLUMN content SET STORAGE EXTERNAL;
COMMENT ON TABLE image IS 'Texture images; textures in object_geometry.appearances and template.appearances name them by imageHash.';
COMMENT ON COLUMN image.hash IS 'First 16 bytes of blake3 over content.';
COMMENT ON COLUMN image.mime_type IS 'As the first bytes of the content say: image/png, image/jpeg, ….';
COMMENT ON COLUMN image.width IS 'Pixels, as the image says.';
COMMENT ON COLUMN image.height IS 'Pixels, as the image says.';
COMMENT ON COLUMN image.size_bytes IS 'Length of content.';
COMMENT ON COLUMN image.content IS 'The file as it was found.';

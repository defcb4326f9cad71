-- Code lists: what the codes in attributes mean.

CREATE TABLE code_list (
    key integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    id text COLLATE "C" NOT NULL UNIQUE,
    code_space text NOT NULL UNIQUE,
    title text NOT NULL,
    description text NOT NULL DEFAULT '',
    origin text NOT NULL CHECK (origin IN ('builtin', 'file', 'import', 'ade')),
    is_complete boolean NOT NULL DEFAULT true,
    updated timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE code_list IS 'Code lists, each once for the whole twin.';
COMMENT ON COLUMN code_list.key IS 'Paging key.';
COMMENT ON COLUMN code_list.id IS 'Name in URLs.';
COMMENT ON COLUMN code_list.code_space IS 'The codeSpace that names it; of a relative path without the steps upwards.';
COMMENT ON COLUMN code_list.title IS 'Name for people.';
COMMENT ON COLUMN code_list.description IS 'What the codes say, for people.';
COMMENT ON COLUMN code_list.origin IS 'builtin: came with stadtwin; file: by hand; import: lay beside an imported file; ade: an enumeration of a registered ADE.';
COMMENT ON COLUMN code_list.is_complete IS 'Whether a code that is not in it is wrong.';
COMMENT ON COLUMN code_list.updated IS 'When its codes last changed.';

CREATE TABLE code_space (
    name text NOT NULL,
    list integer NOT NULL REFERENCES code_list (key) ON DELETE CASCADE,
    PRIMARY KEY (name, list)
);
CREATE INDEX code_space_list ON code_space (list);
COMMENT ON TABLE code_space IS 'The names that a code list is found by.';
COMMENT ON COLUMN code_space.name IS 'A codeSpace; @attribute: for values of that attribute that name no codeSpace; */file: any codeSpace that ends so.';
COMMENT ON COLUMN code_space.list IS 'code_list.key.';

CREATE TABLE code (
    list integer NOT NULL REFERENCES code_list (key) ON DELETE CASCADE,
    code text COLLATE "C" NOT NULL,
    ordinal bigint NOT NULL,
    texts jsonb NOT NULL,
    PRIMARY KEY (list, code)
);
COMMENT ON TABLE code IS 'The codes of the lists.';
COMMENT ON COLUMN code.list IS 'code_list.key.';
COMMENT ON COLUMN code.code IS 'The code as it stands in attributes.';
COMMENT ON COLUMN code.ordinal IS 'Place in the list, from 1; the paging key.';
COMMENT ON COLUMN code.texts IS 'Language to text; the empty language where the list does not say it.';

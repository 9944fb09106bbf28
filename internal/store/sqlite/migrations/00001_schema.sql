-- +goose Up

-- "Lect": a file with another number is not ours.
PRAGMA application_id = 1281712995;

-- Counters never start over: neither revisions nor sequence numbers are used twice.
CREATE TABLE counters (
    name TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL CHECK (value >= 0)
) STRICT, WITHOUT ROWID;

INSERT INTO counters (name, value) VALUES ('revision', 0), ('sequence', 0), ('chunks', 0);

CREATE TABLE users (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16 AND id <> zeroblob(16)),
    username TEXT NOT NULL,
    username_key TEXT NOT NULL UNIQUE CHECK (username_key <> ''), -- lower case
    email TEXT NOT NULL,
    email_key TEXT UNIQUE CHECK (email_key <> ''),                -- lower case; null without one
    password_hash TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('reader', 'editor', 'admin')),
    disabled INTEGER NOT NULL CHECK (disabled IN (0, 1)),
    token_version INTEGER NOT NULL,
    created_at INTEGER NOT NULL, -- times are microseconds since 1970, UTC
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE api_keys (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16 AND id <> zeroblob(16)),
    user_id BLOB NOT NULL REFERENCES users (id),
    prefix TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) > 0),
    role TEXT NOT NULL CHECK (role IN ('reader', 'editor', 'admin')),
    expires_at INTEGER,
    revoked_at INTEGER,
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX api_keys_by_user ON api_keys (user_id, id);

CREATE TABLE refresh_tokens (
    hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) > 0),
    family BLOB NOT NULL CHECK (length(family) = 16),
    user_id BLOB NOT NULL REFERENCES users (id),
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    revoked_at INTEGER
) STRICT;

CREATE INDEX refresh_tokens_by_family ON refresh_tokens (family);
CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at);

CREATE TABLE embedding_spaces (
    id TEXT NOT NULL PRIMARY KEY,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    dimensions INTEGER NOT NULL CHECK (dimensions > 0),
    prefix_version INTEGER NOT NULL,
    lexical_version INTEGER NOT NULL,
    dense_weight REAL NOT NULL CHECK (dense_weight BETWEEN 0 AND 1),
    active INTEGER NOT NULL CHECK (active IN (0, 1))
) STRICT;

CREATE UNIQUE INDEX embedding_spaces_one_active ON embedding_spaces (active) WHERE active = 1;

CREATE TABLE documents (
    id INTEGER PRIMARY KEY, -- of the row; the document's name is doc_id
    doc_id TEXT NOT NULL UNIQUE CHECK (doc_id <> ''),
    title TEXT NOT NULL,
    chapter TEXT NOT NULL,
    url TEXT NOT NULL,
    metadata TEXT NOT NULL CHECK (json_type(metadata) = 'object'),
    source TEXT NOT NULL,
    owner_id BLOB NOT NULL REFERENCES users (id),
    visibility TEXT NOT NULL CHECK (visibility IN ('public', 'private')),
    -- Scope of the document's points: follows from visibility and owner.
    scope TEXT NOT NULL CHECK ((scope = 'public') = (visibility = 'public')),
    revision INTEGER NOT NULL UNIQUE CHECK (revision > 0),
    fingerprint TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX documents_by_source ON documents (source, doc_id);
CREATE INDEX documents_by_chapter ON documents (chapter, doc_id);
CREATE INDEX documents_by_owner ON documents (owner_id, doc_id);

CREATE TABLE document_texts (
    document INTEGER PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE,
    text TEXT NOT NULL
) STRICT;

CREATE TABLE chunks (
    id INTEGER PRIMARY KEY, -- of the row, and of its terms
    chunk_id BLOB NOT NULL UNIQUE CHECK (length(chunk_id) = 16 AND chunk_id <> zeroblob(16)),
    document INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    chunk_index INTEGER NOT NULL,
    char_start INTEGER NOT NULL CHECK (char_start >= 0),
    char_end INTEGER NOT NULL CHECK (char_end >= char_start),
    heading_path TEXT NOT NULL CHECK (json_type(heading_path) = 'array'),
    anchor TEXT NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (document, chunk_index)
) STRICT;

-- Terms of a chunk in order of appearance: hashes as decimal numbers, which no tokenizer splits.
CREATE TABLE chunk_terms (
    chunk INTEGER PRIMARY KEY REFERENCES chunks (id) ON DELETE CASCADE,
    terms TEXT NOT NULL
) STRICT;

CREATE VIRTUAL TABLE chunk_search USING fts5 (
    terms, content = 'chunk_terms', content_rowid = 'chunk', tokenize = 'ascii'
);

-- Number of chunks that hold a term.
CREATE TABLE term_frequencies (
    term INTEGER PRIMARY KEY,
    chunks INTEGER NOT NULL CHECK (chunks > 0)
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER chunks_counted AFTER INSERT ON chunks BEGIN
    UPDATE counters SET value = value + 1 WHERE name = 'chunks';
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER chunks_uncounted AFTER DELETE ON chunks BEGIN
    UPDATE counters SET value = value - 1 WHERE name = 'chunks';
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER chunk_terms_indexed AFTER INSERT ON chunk_terms BEGIN
    INSERT INTO chunk_search (rowid, terms) VALUES (NEW.chunk, NEW.terms);
    INSERT INTO term_frequencies (term, chunks)
    SELECT DISTINCT value, 1 FROM json_each('[' || replace(NEW.terms, ' ', ',') || ']') WHERE true
    ON CONFLICT (term) DO UPDATE SET chunks = chunks + 1;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER chunk_terms_unindexed AFTER DELETE ON chunk_terms BEGIN
    INSERT INTO chunk_search (chunk_search, rowid, terms) VALUES ('delete', OLD.chunk, OLD.terms);
    DELETE FROM term_frequencies
    WHERE chunks = 1
      AND term IN (SELECT value FROM json_each('[' || replace(OLD.terms, ' ', ',') || ']'));
    UPDATE term_frequencies SET chunks = chunks - 1
    WHERE term IN (SELECT value FROM json_each('[' || replace(OLD.terms, ' ', ',') || ']'));
END;
-- +goose StatementEnd

-- vector_ledger holds the vector ids whose fate in the index is not settled yet.
CREATE TABLE vector_ledger (
    vector_id BLOB NOT NULL PRIMARY KEY
        CHECK (length(vector_id) = 16 AND vector_id <> zeroblob(16)),
    space_id TEXT NOT NULL REFERENCES embedding_spaces (id),
    -- watched: settled once, to be settled again when the watch has ended.
    state TEXT NOT NULL CHECK (state IN ('writing', 'due', 'watched')),
    -- End of the lease, time at which the row became due, or end of the watch.
    due_at INTEGER NOT NULL,
    since INTEGER NOT NULL, -- when the row came into this state
    -- Until when somebody may still write the point although nobody waits for it.
    late_until INTEGER,
    seq INTEGER NOT NULL UNIQUE,
    CHECK (state <> 'writing' OR late_until IS NULL),
    CHECK (state <> 'watched' OR late_until IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX vector_ledger_by_time ON vector_ledger (due_at, seq);

-- chunk_vectors says which point stands for which chunk in which space.
CREATE TABLE chunk_vectors (
    vector_id BLOB NOT NULL PRIMARY KEY
        CHECK (length(vector_id) = 16 AND vector_id <> zeroblob(16)),
    chunk INTEGER NOT NULL REFERENCES chunks (id),
    space_id TEXT NOT NULL REFERENCES embedding_spaces (id),
    scope TEXT NOT NULL, -- what the point's payload carries
    UNIQUE (chunk, space_id)
) STRICT, WITHOUT ROWID;

-- +goose StatementBegin
CREATE TRIGGER chunk_vectors_fixed BEFORE UPDATE ON chunk_vectors BEGIN
    SELECT raise(ABORT, 'a point never changes');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER chunk_vectors_let_go BEFORE DELETE ON chunk_vectors
WHEN NOT EXISTS (
    SELECT 1 FROM vector_ledger WHERE vector_id = OLD.vector_id AND state = 'due'
)
BEGIN
    SELECT raise(ABORT, 'a vector id is let go only when it is due on the ledger');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER vector_ledger_reserved BEFORE INSERT ON vector_ledger
WHEN NEW.state = 'writing'
    AND EXISTS (SELECT 1 FROM chunk_vectors WHERE vector_id = NEW.vector_id)
BEGIN
    SELECT raise(ABORT, 'a point that is referred to is never written again');
END;
-- +goose StatementEnd

-- +goose Down

DROP TABLE chunk_vectors;
DROP TABLE vector_ledger;
DROP TABLE chunk_search;
DROP TABLE chunk_terms;
DROP TABLE term_frequencies;
DROP TABLE chunks;
DROP TABLE document_texts;
DROP TABLE documents;
DROP TABLE embedding_spaces;
DROP TABLE refresh_tokens;
DROP TABLE api_keys;
DROP TABLE users;
DROP TABLE counters;

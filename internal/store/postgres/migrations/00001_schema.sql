-- +goose Up

-- The clock of leases, watches and timestamps: one for all that use the database, and the same
-- throughout a statement.
CREATE FUNCTION lectern_now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT statement_timestamp()';

-- Sequences never start over: neither revisions nor sequence numbers are used twice.
CREATE SEQUENCE document_revisions AS bigint;
CREATE SEQUENCE ledger_sequence AS bigint;

CREATE TABLE users (
    id uuid PRIMARY KEY CHECK (id <> '00000000-0000-0000-0000-000000000000'),
    username text NOT NULL,
    username_key text COLLATE "C" NOT NULL UNIQUE CHECK (username_key <> ''), -- lower case
    email text NOT NULL,
    email_key text COLLATE "C" UNIQUE CHECK (email_key <> ''), -- lower case; null without one
    password_hash text NOT NULL,
    role text NOT NULL CHECK (role IN ('reader', 'editor', 'admin')),
    disabled boolean NOT NULL,
    token_version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE TABLE api_keys (
    id uuid PRIMARY KEY CHECK (id <> '00000000-0000-0000-0000-000000000000'),
    user_id uuid NOT NULL REFERENCES users (id),
    prefix text NOT NULL,
    hash bytea NOT NULL UNIQUE CHECK (length(hash) > 0),
    role text NOT NULL CHECK (role IN ('reader', 'editor', 'admin')),
    expires_at timestamptz,
    revoked_at timestamptz,
    created_at timestamptz NOT NULL
);

CREATE INDEX api_keys_by_user ON api_keys (user_id, id);

CREATE TABLE refresh_tokens (
    hash bytea PRIMARY KEY CHECK (length(hash) > 0),
    family uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    revoked_at timestamptz
);

CREATE INDEX refresh_tokens_by_user ON refresh_tokens (user_id);
CREATE INDEX refresh_tokens_by_family ON refresh_tokens (family);
CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at);

CREATE TABLE embedding_spaces (
    id text COLLATE "C" PRIMARY KEY,
    provider text NOT NULL,
    model text NOT NULL,
    dimensions bigint NOT NULL CHECK (dimensions > 0),
    prefix_version bigint NOT NULL,
    lexical_version bigint NOT NULL,
    dense_weight double precision NOT NULL CHECK (dense_weight BETWEEN 0 AND 1),
    state text NOT NULL CHECK (state IN ('active', 'standby', 'retired'))
);

CREATE UNIQUE INDEX embedding_spaces_one_active ON embedding_spaces (state) WHERE state = 'active';

-- +goose StatementBegin
CREATE FUNCTION check_one_active() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM embedding_spaces)
        AND NOT EXISTS (SELECT 1 FROM embedding_spaces WHERE state = 'active') THEN
        RAISE EXCEPTION 'of the embedding spaces one is active'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- At the end of a transaction, so that it can make another one active.
CREATE CONSTRAINT TRIGGER embedding_spaces_always_active
AFTER INSERT OR UPDATE OR DELETE ON embedding_spaces DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION check_one_active();

-- Names are compared and ordered by their bytes.
CREATE TABLE documents (
    doc_id text COLLATE "C" PRIMARY KEY CHECK (doc_id <> ''),
    title text NOT NULL,
    chapter text COLLATE "C" NOT NULL,
    url text NOT NULL,
    metadata jsonb NOT NULL CHECK (jsonb_typeof(metadata) = 'object'),
    source text COLLATE "C" NOT NULL,
    owner_id uuid NOT NULL REFERENCES users (id),
    visibility text NOT NULL CHECK (visibility IN ('public', 'private')),
    -- Scope of the document's points.
    scope text NOT NULL GENERATED ALWAYS AS (
        CASE visibility WHEN 'public' THEN 'public' ELSE 'user:' || owner_id::text END
    ) STORED,
    revision bigint NOT NULL UNIQUE DEFAULT nextval('document_revisions'),
    fingerprint text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE INDEX documents_by_source ON documents (source, doc_id);
CREATE INDEX documents_by_chapter ON documents (chapter, doc_id);
CREATE INDEX documents_by_owner ON documents (owner_id, doc_id);

-- Documents whose scope has changed and whose points may not all carry it yet. Looking for such
-- points among all others would take the longer the larger the book is.
CREATE TABLE scope_changes (
    doc_id text COLLATE "C" PRIMARY KEY REFERENCES documents (doc_id) ON DELETE CASCADE
);

-- +goose StatementBegin
CREATE FUNCTION note_scope() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO scope_changes (doc_id) VALUES (NEW.doc_id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER documents_rescoped AFTER UPDATE ON documents
FOR EACH ROW WHEN (NEW.scope <> OLD.scope) EXECUTE FUNCTION note_scope();

CREATE TABLE document_texts (
    doc_id text COLLATE "C" PRIMARY KEY REFERENCES documents (doc_id) ON DELETE CASCADE,
    text text NOT NULL
);

-- A chunk has no owner of its own: it is its document's.
CREATE TABLE chunks (
    chunk_id uuid PRIMARY KEY CHECK (chunk_id <> '00000000-0000-0000-0000-000000000000'),
    doc_id text COLLATE "C" NOT NULL REFERENCES documents (doc_id) ON DELETE CASCADE,
    chunk_index bigint NOT NULL CHECK (chunk_index >= 0),
    char_start bigint NOT NULL CHECK (char_start >= 0),
    char_end bigint NOT NULL CHECK (char_end >= char_start),
    heading_path jsonb NOT NULL CHECK (jsonb_typeof(heading_path) = 'array'),
    anchor text NOT NULL,
    -- Headings within the chunk, after its start: [{"start": code points, "id": anchor}, ...].
    anchors jsonb NOT NULL CHECK (jsonb_typeof(anchors) = 'array'),
    text text NOT NULL,
    -- Hashes of the chunk's stems as decimal numbers. Their positions say how often they appear,
    -- not where: a term that is there three times has the positions 1, 2 and 3.
    terms tsvector NOT NULL,
    token_count bigint NOT NULL CHECK (token_count >= 0), -- number of stems, repeated ones too
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    -- Checked at the end of a statement, so that one statement can exchange indices.
    UNIQUE (doc_id, chunk_index) DEFERRABLE INITIALLY IMMEDIATE
) WITH (toast_tuple_target = 8160); -- terms stay in the row, where ranking reads them

CREATE INDEX chunks_by_term ON chunks USING gin (terms);
CREATE INDEX chunks_by_length ON chunks (token_count); -- to count chunks and stems

-- vector_ledger holds the vector ids whose fate in the index is not settled yet.
CREATE TABLE vector_ledger (
    vector_id uuid PRIMARY KEY CHECK (vector_id <> '00000000-0000-0000-0000-000000000000'),
    space_id text COLLATE "C" NOT NULL REFERENCES embedding_spaces (id),
    -- watched: settled once, to be settled again when the watch has ended.
    state text NOT NULL CHECK (state IN ('writing', 'due', 'watched')),
    -- End of the lease, time at which the row became due, or end of the watch.
    due_at timestamptz NOT NULL,
    since timestamptz NOT NULL, -- when the row came into this state
    -- Until when somebody may still write the point although nobody waits for it.
    late_until timestamptz,
    seq bigint NOT NULL UNIQUE DEFAULT nextval('ledger_sequence'),
    CHECK (state <> 'writing' OR late_until IS NULL),
    CHECK (state <> 'watched' OR late_until IS NOT NULL)
);

CREATE INDEX vector_ledger_by_time ON vector_ledger (due_at, seq);

-- chunk_vectors says which point stands for which chunk in which space.
CREATE TABLE chunk_vectors (
    vector_id uuid PRIMARY KEY CHECK (vector_id <> '00000000-0000-0000-0000-000000000000'),
    chunk_id uuid NOT NULL REFERENCES chunks (chunk_id),
    space_id text COLLATE "C" NOT NULL REFERENCES embedding_spaces (id),
    scope text NOT NULL, -- what the point's payload carries
    UNIQUE (chunk_id, space_id)
);

CREATE INDEX chunk_vectors_by_space ON chunk_vectors (space_id, vector_id);

-- +goose StatementBegin
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a point never changes' USING ERRCODE = 'integrity_constraint_violation';
END
$$;
-- +goose StatementEnd

CREATE TRIGGER chunk_vectors_fixed BEFORE UPDATE ON chunk_vectors
FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- +goose StatementBegin
CREATE FUNCTION check_let_go() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM gone LEFT JOIN vector_ledger l ON l.vector_id = gone.vector_id AND l.state = 'due'
        WHERE l.vector_id IS NULL
    ) THEN
        RAISE EXCEPTION 'a vector id is let go only when it is due on the ledger'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER chunk_vectors_let_go AFTER DELETE ON chunk_vectors
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION check_let_go();

-- After the row is in, for only then has a commit that writes the same id ended.
-- +goose StatementBegin
CREATE FUNCTION check_reserved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM reserved r JOIN chunk_vectors v ON v.vector_id = r.vector_id
        WHERE r.state = 'writing'
    ) THEN
        RAISE EXCEPTION 'a point that is referred to is never written again'
            USING ERRCODE = 'unique_violation';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER vector_ledger_reserved AFTER INSERT ON vector_ledger
REFERENCING NEW TABLE AS reserved FOR EACH STATEMENT EXECUTE FUNCTION check_reserved();

-- chunk_metadata shows the chunks with the vector of the active space.
CREATE VIEW chunk_metadata AS
SELECT c.chunk_id, c.doc_id, d.owner_id AS owner_user_id, c.text AS chunk_text, c.token_count,
    v.vector_id, c.created_at, c.updated_at
FROM chunks c
JOIN documents d ON d.doc_id = c.doc_id
LEFT JOIN embedding_spaces s ON s.state = 'active'
LEFT JOIN chunk_vectors v ON v.chunk_id = c.chunk_id AND v.space_id = s.id;

-- +goose Down

DROP VIEW chunk_metadata;
DROP TABLE chunk_vectors, vector_ledger, chunks, document_texts, scope_changes, documents,
    embedding_spaces, refresh_tokens, api_keys, users;
DROP FUNCTION check_reserved(), check_let_go(), refuse_change(), note_scope(), check_one_active(),
    lectern_now();
DROP SEQUENCE ledger_sequence, document_revisions;

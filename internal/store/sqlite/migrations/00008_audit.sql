-- +goose Up

-- audit_log says who did what to what. Nothing in it refers to other tables.
CREATE TABLE audit_log (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    at INTEGER NOT NULL,
    actor_id BLOB NOT NULL CHECK (length(actor_id) = 16), -- zeros: nobody in particular
    actor TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action <> ''),
    target_kind TEXT NOT NULL,
    target_id TEXT NOT NULL,
    target TEXT NOT NULL,
    address TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX audit_log_by_time ON audit_log (at);
CREATE INDEX audit_log_by_target ON audit_log (target_id, id);

-- +goose Down

DROP TABLE audit_log;

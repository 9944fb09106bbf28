-- +goose Up

-- audit_log says who did what to what. Nothing in it refers to other tables.
CREATE TABLE audit_log (
    id uuid NOT NULL PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT lectern_now(),
    actor_id uuid NOT NULL, -- zeros: nobody in particular
    actor text NOT NULL,
    action text NOT NULL CHECK (action <> ''),
    target_kind text NOT NULL,
    target_id text COLLATE "C" NOT NULL,
    target text NOT NULL,
    address text NOT NULL,
    detail text NOT NULL
);

CREATE INDEX audit_log_by_time ON audit_log (at);
CREATE INDEX audit_log_by_target ON audit_log (target_id, id);

-- +goose Down

DROP TABLE audit_log;

-- +goose Up

-- Accounts that are being deleted, and who gets their documents: null for nobody, they are deleted.
CREATE TABLE departures (
    user_id BLOB NOT NULL PRIMARY KEY REFERENCES users (id),
    heir_id BLOB REFERENCES users (id) CHECK (heir_id <> user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX departures_by_heir ON departures (heir_id);

-- +goose Down

DROP TABLE departures;

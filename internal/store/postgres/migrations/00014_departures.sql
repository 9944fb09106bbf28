-- +goose Up

-- Accounts that are being deleted, and who gets their documents: null for nobody, they are deleted.
CREATE TABLE departures (
    user_id uuid PRIMARY KEY REFERENCES users (id),
    heir_id uuid REFERENCES users (id) CHECK (heir_id <> user_id)
);

CREATE INDEX departures_by_heir ON departures (heir_id);

-- +goose Down

DROP TABLE departures;

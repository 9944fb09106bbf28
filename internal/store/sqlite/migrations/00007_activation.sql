-- +goose Up

-- A fresh number each time that a space becomes the active one; 0 for one that never was.
ALTER TABLE embedding_spaces ADD COLUMN activation INTEGER NOT NULL DEFAULT 0
    CHECK (activation >= 0);

UPDATE embedding_spaces SET activation = 1 WHERE state = 'active';

CREATE UNIQUE INDEX embedding_spaces_by_activation ON embedding_spaces (activation)
WHERE activation > 0;

-- +goose Down

DROP INDEX embedding_spaces_by_activation;
ALTER TABLE embedding_spaces DROP COLUMN activation;

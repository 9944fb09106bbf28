-- +goose Up

-- An embedding space that is not the active one is on standby, or retired and to be emptied.
ALTER TABLE embedding_spaces ADD COLUMN state TEXT NOT NULL DEFAULT 'standby'
    CHECK (state IN ('active', 'standby', 'retired'));

UPDATE embedding_spaces SET state = 'active' WHERE active = 1;

DROP INDEX embedding_spaces_one_active;
ALTER TABLE embedding_spaces DROP COLUMN active;

CREATE UNIQUE INDEX embedding_spaces_one_active ON embedding_spaces (state) WHERE state = 'active';

-- +goose Down

ALTER TABLE embedding_spaces ADD COLUMN active INTEGER NOT NULL DEFAULT 0
    CHECK (active IN (0, 1));

UPDATE embedding_spaces SET active = 1 WHERE state = 'active';

DROP INDEX embedding_spaces_one_active;
ALTER TABLE embedding_spaces DROP COLUMN state;

CREATE UNIQUE INDEX embedding_spaces_one_active ON embedding_spaces (active) WHERE active = 1;

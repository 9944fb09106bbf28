-- +goose Up

-- How often the five thousand most frequent terms occur, instead of a thousand: others are in so few
-- chunks that to count them takes no time.
ALTER TABLE chunks ALTER COLUMN terms SET STATISTICS 500;
ANALYZE chunks;

-- +goose Down

ALTER TABLE chunks ALTER COLUMN terms SET STATISTICS -1;

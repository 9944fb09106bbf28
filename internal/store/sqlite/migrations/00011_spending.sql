-- +goose Up

-- What language models took, for each payer and day.
CREATE TABLE spending (
    day INTEGER NOT NULL, -- days since 1970, UTC
    payer TEXT NOT NULL CHECK (payer <> ''),
    tokens INTEGER NOT NULL CHECK (tokens >= 0),
    cost INTEGER NOT NULL CHECK (cost >= 0), -- billionths of the currency
    PRIMARY KEY (day, payer)
) STRICT, WITHOUT ROWID;

-- +goose Down

DROP TABLE spending;

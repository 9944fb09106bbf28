-- +goose Up

-- What language models took, for each payer and day (UTC).
CREATE TABLE spending (
    day date NOT NULL,
    payer text COLLATE "C" NOT NULL CHECK (payer <> ''),
    tokens bigint NOT NULL CHECK (tokens >= 0),
    cost bigint NOT NULL CHECK (cost >= 0), -- billionths of the currency
    PRIMARY KEY (day, payer)
);

-- +goose Down

DROP TABLE spending;

package store

import "context"

// Spending counts what language models took, for each payer and day. Days are those of UTC, on the
// store's clock. A payer is whoever has a budget: an account, all readers without one, the service;
// it is a name that the caller chooses, and needs not exist otherwise.
type Spending interface {
	// AddSpent adds s to what each of these payers, all different, has spent today. Several that add
	// at once lose nothing and wait for one another no longer than a statement takes. Invalid for
	// an empty name, and for amounts that make a sum negative or too large.
	AddSpent(ctx context.Context, payers []string, s Spent) error

	// SpentToday returns what each of these payers has spent today, in their order; nothing for one
	// that has not been heard of.
	SpentToday(ctx context.Context, payers []string) ([]Spent, error)

	// DeleteSpent forgets all days before today, and returns how many payers it had on them.
	DeleteSpent(ctx context.Context) (int, error)
}

// Spent is an amount that language models took.
type Spent struct {
	Tokens int64 // read and written
	Cost   int64 // in billionths of the currency of the configured prices
}

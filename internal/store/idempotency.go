package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Idempotency remembers the answers to requests that carry an Idempotency-Key, so that a request
// that is sent again gets the same answer and happens once. A key belongs to one account; equal
// keys of two accounts have nothing to do with each other.
type Idempotency interface {
	// BeginRequest claims the key for a request until lease (on the store's clock) ends. It
	// returns the claim, or the answer if the same request was finished. Of several that ask at
	// once one gets the claim. Errors: Invalid when the key is another request's, which is one
	// with another fingerprint, finished or not, or when key or fingerprint is empty; Conflict
	// while the same request holds the claim; NotFound when there is no such account. A claim
	// whose lease has ended is given to the same request when it asks again: the process that
	// held it has stopped.
	BeginRequest(
		ctx context.Context, userID uuid.UUID, key string, fingerprint []byte, lease time.Duration,
	) (claim uuid.UUID, answer *Answer, err error)

	// FinishRequest stores the answer of the request that holds the claim, also when its lease has
	// ended. Conflict when the claim has gone to another, was given up or is finished; then
	// nothing is stored. Invalid for a status that is none of HTTP.
	FinishRequest(ctx context.Context, claim uuid.UUID, a Answer) error

	// AbandonRequest gives the claim up: the key is free again, for any request. A claim that is
	// not held any more, or finished, is left as it is and no error.
	AbandonRequest(ctx context.Context, claim uuid.UUID) error

	// DeleteRequests removes keys that were claimed more than age ago and are finished or have an
	// ended lease, and returns how many. They are free again.
	DeleteRequests(ctx context.Context, age time.Duration) (int, error)
}

// Answer is what a request was answered with.
type Answer struct {
	Status int    // of HTTP
	Body   []byte // an empty one may come back as nil
}

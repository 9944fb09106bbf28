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
	// returns the claim, or the answer if the same request was finished. Errors: Invalid when the
	// key was used for a request with another fingerprint; Conflict while another holds the
	// claim; NotFound when there is no such account. A claim whose lease has ended is given to
	// the next that asks: the process that held it has stopped.
	BeginRequest(
		ctx context.Context, userID uuid.UUID, key string, fingerprint []byte, lease time.Duration,
	) (claim uuid.UUID, answer *Answer, err error)

	// FinishRequest stores the answer of the request that holds the claim. Conflict when the claim
	// has gone to another or was given up; then nothing is stored.
	FinishRequest(ctx context.Context, claim uuid.UUID, a Answer) error

	// AbandonRequest gives the claim up: the key is free again. A claim that is not held any more
	// is no error.
	AbandonRequest(ctx context.Context, claim uuid.UUID) error

	// DeleteRequests removes keys that were claimed more than age ago, finished or with an ended
	// lease, and returns how many.
	DeleteRequests(ctx context.Context, age time.Duration) (int, error)
}

// Answer is what a request was answered with.
type Answer struct {
	Status int // of HTTP
	Body   []byte
}

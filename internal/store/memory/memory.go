// Package memory implements the relational store in memory, for tests and for the simulation of the
// protocol. It is the contract in its plainest form: a state that nobody changes, and writes that
// work on a copy of it, which becomes the state when all went well.
//
// What a method returns may be part of the state: callers read it only.
package memory

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

// Store is a relational store in memory. Make it with New. It may be used after Close, as if it had
// been opened again.
type Store struct {
	identity uuid.UUID
	clock    func() time.Time
	without  map[Rule]bool

	mu    sync.Mutex
	state *state
	led   map[string]bool // the names in which somebody leads
}

var (
	_ store.Store        = (*Store)(nil)
	_ store.SpaceChanges = (*Store)(nil)
	_ store.Idempotency  = (*Store)(nil)
	_ store.Leadership   = (*Store)(nil)
)

// Option changes how a Store works.
type Option func(*Store)

// WithClock makes the store take the time of leases, watches and timestamps from now.
func WithClock(now func() time.Time) Option { return func(s *Store) { s.clock = now } }

// New returns an empty store.
func New(options ...Option) *Store {
	s := &Store{
		identity: uuid.New(), clock: time.Now, without: map[Rule]bool{}, state: newState(), led: map[string]bool{},
	}
	for _, option := range options {
		option(s)
	}
	return s
}

// state is everything that the store holds. What the maps hold is never changed, only replaced.
type state struct {
	revision, sequence, activation int64 // counters that never start over

	spaces    map[string]store.SpaceStatus
	documents map[string]document // by doc_id
	chunks    map[uuid.UUID]chunk
	points    map[uuid.UUID]point       // by vector id
	pointOf   map[chunkSpace]uuid.UUID  // the vector id of a chunk in a space
	ledger    map[uuid.UUID]row         // by vector id
	users     map[uuid.UUID]book.User   //
	keys      map[uuid.UUID]book.APIKey //
	tokens    map[string]refreshToken   // by hash
	requests  map[requestKey]requestRow //
	claims    map[uuid.UUID]requestKey  // requests by who claimed them last
	events    []book.Event              // of the audit log, as they were recorded

	conversations map[uuid.UUID]book.Conversation
	messages      map[uuid.UUID][]book.Message // by conversation, in order
	attempts      map[string]store.Counter     // by name
	links         map[string]book.Link         // by hash
	departures    map[uuid.UUID]book.Departure // by account

	spending map[payerDay]store.Spent
}

func newState() *state {
	return &state{
		spaces:    map[string]store.SpaceStatus{},
		documents: map[string]document{},
		chunks:    map[uuid.UUID]chunk{},
		points:    map[uuid.UUID]point{},
		pointOf:   map[chunkSpace]uuid.UUID{},
		ledger:    map[uuid.UUID]row{},
		users:     map[uuid.UUID]book.User{},
		keys:      map[uuid.UUID]book.APIKey{},
		tokens:    map[string]refreshToken{},
		requests:  map[requestKey]requestRow{},
		claims:    map[uuid.UUID]requestKey{},

		conversations: map[uuid.UUID]book.Conversation{},
		messages:      map[uuid.UUID][]book.Message{},
		attempts:      map[string]store.Counter{},
		links:         map[string]book.Link{},
		departures:    map[uuid.UUID]book.Departure{},

		spending: map[payerDay]store.Spent{},
	}
}

func (st *state) clone() *state {
	c := *st
	c.spaces = maps.Clone(st.spaces)
	c.documents = maps.Clone(st.documents)
	c.chunks = maps.Clone(st.chunks)
	c.points = maps.Clone(st.points)
	c.pointOf = maps.Clone(st.pointOf)
	c.ledger = maps.Clone(st.ledger)
	c.users = maps.Clone(st.users)
	c.keys = maps.Clone(st.keys)
	c.tokens = maps.Clone(st.tokens)
	c.requests = maps.Clone(st.requests)
	c.claims = maps.Clone(st.claims)
	c.conversations = maps.Clone(st.conversations)
	c.messages = maps.Clone(st.messages)
	c.attempts = maps.Clone(st.attempts)
	c.links = maps.Clone(st.links)
	c.departures = maps.Clone(st.departures)
	c.spending = maps.Clone(st.spending)
	return &c
}

// view returns the state as it is now.
func (s *Store) view(ctx context.Context) (*state, error) {
	if err := ended(ctx); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state, nil
}

// transaction is one write: a copy of the state, at one time.
type transaction struct {
	*state
	now     time.Time
	without map[Rule]bool
}

// update runs f on a copy of the state, and makes the copy the state unless f returns an error.
func (s *Store) update(ctx context.Context, f func(tx *transaction) error) error {
	if err := ended(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	tx := &transaction{state: s.state.clone(), now: s.now(), without: s.without}
	if err := f(tx); err != nil {
		return err
	}
	s.state = tx.state
	return nil
}

// now is the store's clock, as exact as times are kept.
func (s *Store) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }

// ended returns the contract's error for a context that has ended.
func ended(ctx context.Context) error {
	switch err := ctx.Err(); {
	case err == nil:
		return nil
	case book.CodeOf(err) == book.Deadline:
		return book.Wrap(book.Deadline, err, "the store did not answer in time")
	default:
		return book.Wrap(book.Canceled, err, "the request was canceled")
	}
}

// Identity implements store.Store.
func (s *Store) Identity(ctx context.Context) (uuid.UUID, error) { return s.identity, ended(ctx) }

// Ping implements store.Store.
func (s *Store) Ping(ctx context.Context) error { return ended(ctx) }

// Close implements store.Store.
func (s *Store) Close() error { return nil }

// page returns the first limit of sorted values.
func page[T any](values []T, limit int) []T { return values[:min(max(limit, 0), len(values))] }

// compareIDs orders ids by their bytes.
func compareIDs(a, b uuid.UUID) int {
	for i := range a {
		if a[i] != b[i] {
			return int(a[i]) - int(b[i])
		}
	}
	return 0
}

package storetest

import (
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

var idempotencyCases = map[string]func(*fixture){
	"SameAnswer": func(f *fixture) {
		claim := f.begin("key")
		_, err := f.ask("key")
		f.fails(err, book.Conflict)
		f.ok(f.FinishRequest(f.ctx, claim, store.Answer{Status: 201, Body: []byte("\x00body\xff")}))
		f.reopen()
		f.pass(2 * lease)
		for range 2 {
			answer, err := f.ask("key")
			f.ok(err)
			f.equal(answer, &store.Answer{Status: 201, Body: []byte("\x00body\xff")})
		}
	},

	"EmptyBody": func(f *fixture) {
		f.ok(f.FinishRequest(f.ctx, f.begin("key"), store.Answer{Status: 204}))
		answer, err := f.ask("key")
		f.ok(err)
		f.equal(answer.Status, 204)
		f.equal(len(answer.Body), 0)
	},

	"AnotherRequest": func(f *fixture) {
		another := func() {
			f.Helper()
			_, _, err := f.BeginRequest(f.ctx, f.ann.ID, "key", []byte("another"), lease)
			f.fails(err, book.Invalid)
		}
		claim := f.begin("key")
		another()
		f.pass(2 * lease) // the claim has ended, but the key is the first request's
		another()
		f.ok(f.FinishRequest(f.ctx, claim, store.Answer{Status: 200, Body: []byte("first")}))
		another()
		answer, err := f.ask("key")
		f.ok(err)
		f.equal(answer.Body, []byte("first"))
	},

	"KeysBelongToAccounts": func(f *fixture) {
		f.ok(f.FinishRequest(f.ctx, f.begin("key"), store.Answer{Status: 200, Body: []byte("ann's")}))
		claim, answer, err := f.BeginRequest(f.ctx, f.bob.ID, "key", []byte("bob's"), lease)
		f.ok(err)
		if claim == uuid.Nil || answer != nil {
			f.Fatalf("claim %s, answer %v", claim, answer)
		}
		if f.begin("KEY") == f.begin("key ") { // keys are compared by their bytes
			f.Fatal("one claim for two keys")
		}
		for _, id := range []uuid.UUID{uuid.New(), uuid.Nil} {
			_, _, err = f.BeginRequest(f.ctx, id, "key", []byte("x"), lease)
			f.fails(err, book.NotFound)
		}
	},

	"Invalid": func(f *fixture) {
		_, _, err := f.BeginRequest(f.ctx, f.ann.ID, "", []byte("x"), lease)
		f.fails(err, book.Invalid)
		_, _, err = f.BeginRequest(f.ctx, f.ann.ID, "key", nil, lease)
		f.fails(err, book.Invalid)
		claim := f.begin("key")
		for _, status := range []int{0, 99, 600} {
			f.fails(f.FinishRequest(f.ctx, claim, store.Answer{Status: status}), book.Invalid)
		}
		f.ok(f.FinishRequest(f.ctx, claim, store.Answer{Status: 200}))
	},

	"AnEndedLeaseIsGivenOn": func(f *fixture) {
		first := f.begin("key")
		f.pass(lease - time.Second)
		_, err := f.ask("key")
		f.fails(err, book.Conflict)
		f.pass(time.Second)
		second := f.begin("key")
		f.fails(f.FinishRequest(f.ctx, first, store.Answer{Status: 200}), book.Conflict)
		f.ok(f.AbandonRequest(f.ctx, first))
		_, err = f.ask("key") // the second still holds it
		f.fails(err, book.Conflict)
		f.pass(2 * lease)
		f.ok(f.FinishRequest(f.ctx, second, store.Answer{Status: 201})) // nobody took it
		answer, err := f.ask("key")
		f.ok(err)
		f.equal(answer.Status, 201)
		f.fails(f.FinishRequest(f.ctx, second, store.Answer{Status: 200}), book.Conflict)
		answer, err = f.ask("key")
		f.ok(err)
		f.equal(answer.Status, 201)
	},

	"Abandon": func(f *fixture) {
		claim := f.begin("key")
		f.ok(f.AbandonRequest(f.ctx, claim))
		f.ok(f.AbandonRequest(f.ctx, claim))
		f.ok(f.AbandonRequest(f.ctx, uuid.New()))
		f.fails(f.FinishRequest(f.ctx, claim, store.Answer{Status: 200}), book.Conflict)
		_, answer, err := f.BeginRequest(f.ctx, f.ann.ID, "key", []byte("another"), lease)
		f.ok(err)
		if answer != nil {
			f.Fatalf("answer %v of a request that was given up", answer)
		}
		done := f.begin("done")
		f.ok(f.FinishRequest(f.ctx, done, store.Answer{Status: 200}))
		f.ok(f.AbandonRequest(f.ctx, done))
		answer, err = f.ask("done")
		f.ok(err)
		f.equal(answer.Status, 200)
	},

	"Delete": func(f *fixture) {
		f.ok(f.FinishRequest(f.ctx, f.begin("old"), store.Answer{Status: 200}))
		f.begin("stopped")
		_, _, err := f.BeginRequest(f.ctx, f.ann.ID, "running", []byte("request"), 100*time.Hour)
		f.ok(err)
		f.pass(time.Hour)
		f.ok(f.FinishRequest(f.ctx, f.begin("new"), store.Answer{Status: 200}))
		n, err := f.DeleteRequests(f.ctx, 2*time.Hour)
		f.ok(err)
		f.equal(n, 0)
		n, err = f.DeleteRequests(f.ctx, 30*time.Minute)
		f.ok(err)
		f.equal(n, 2)
		_, err = f.ask("running")
		f.fails(err, book.Conflict)
		answer, err := f.ask("new")
		f.ok(err)
		f.equal(answer.Status, 200)
		f.begin("old")
		f.begin("stopped")
	},

	"OneClaim": func(f *fixture) {
		for _, claimed := range []string{"fresh", "stopped"} {
			if claimed == "stopped" {
				f.begin(claimed)
				f.pass(2 * lease)
			}
			won := 0
			for _, err := range f.inParallel(func(int) error {
				_, err := f.ask(claimed)
				return err
			}) {
				if err == nil {
					won++
				} else {
					f.fails(err, book.Conflict)
				}
			}
			f.equal(won, 1)
		}
	},
}

// begin claims a key that is Ann's to have.
func (f *fixture) begin(key string) uuid.UUID {
	f.Helper()
	claim, answer, err := f.BeginRequest(f.ctx, f.ann.ID, key, []byte("request"), lease)
	f.ok(err)
	if claim == uuid.Nil || answer != nil {
		f.Fatalf("claim %s, answer %v", claim, answer)
	}
	return claim
}

// ask is begin for a key that may be taken.
func (f *fixture) ask(key string) (*store.Answer, error) {
	_, answer, err := f.BeginRequest(f.ctx, f.ann.ID, key, []byte("request"), lease)
	return answer, err
}

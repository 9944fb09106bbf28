package embedtest

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/embed"
)

// FaultCase is one script of faults and what must come of it.
type FaultCase struct {
	Name   string
	Script []http.HandlerFunc
	// Calls are the requests that are made.
	Calls int
	// Code is that of the error, or empty for an answer.
	Code book.Code
	// RetryAfter is the least that the error must advise.
	RetryAfter time.Duration
}

// RunFaults checks what every embedder behind an API does when its provider fails, and cases, which
// are in the provider's own words. open returns an embedder over a new server. Neither key nor a text
// may be in an error.
func RunFaults(
	t *testing.T, open func(t testing.TB) (embed.Embedder, *Stub), key string, cases []FaultCase,
) {
	broken := Reply(http.StatusInternalServerError, "no JSON")
	cases = append(cases, []FaultCase{
		{Name: "well", Calls: 1},
		{Name: "broken once", Script: []http.HandlerFunc{broken}, Calls: 2},
		{
			Name: "broken three times", Script: []http.HandlerFunc{broken, broken, broken},
			Calls: 3, Code: book.Unavailable,
		},
		{Name: "cut", Script: []http.HandlerFunc{Cut, Cut}, Calls: 3},
		{Name: "empty", Script: []http.HandlerFunc{Reply(200, "")}, Calls: 1, Code: book.Unavailable},
		{Name: "other JSON", Script: []http.HandlerFunc{Reply(200, "[7]")}, Calls: 1, Code: book.Unavailable},
		{
			Name: "a web page", Script: []http.HandlerFunc{Reply(200, "<html>", "Content-Type", "text/html")},
			Calls: 1, Code: book.Unavailable,
		},
		{
			Name: "redirected", Calls: 1, Code: book.Unavailable,
			Script: []http.HandlerFunc{Reply(307, "", "Location", "/elsewhere")},
		},
		{
			Name: "no access", Calls: 1, Code: book.Unavailable,
			Script: []http.HandlerFunc{Reply(403, "the key "+key+" may not")},
		},
		{
			Name: "refused text", Calls: 1, Code: book.Invalid,
			Script: []http.HandlerFunc{Reply(422, "too long with the key "+key)},
		},
	}...)
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) { c.check(t, open, key) })
	}
	t.Run("unusable vectors", func(t *testing.T) { unusable(t, open) })
	t.Run("deadline", func(t *testing.T) { deadline(t, open) })
	t.Run("canceled", func(t *testing.T) { canceled(t, open) })
	t.Run("no connection", func(t *testing.T) { noConnection(t, open) })
}

const secretText = "Nobody else may read this."

func (c FaultCase) check(
	t *testing.T, open func(t testing.TB) (embed.Embedder, *Stub), key string,
) {
	for i := range 2 { // a new embedder each: the provider may want to be left alone
		e, stub := open(t)
		before := stub.Calls()
		stub.Script(c.Script...)
		err := calls(e)[i](t.Context())
		if book.CodeOf(err) != c.Code {
			t.Errorf("%v, want %q", err, c.Code)
		}
		if n := stub.Calls() - before; n != c.Calls {
			t.Errorf("%d requests, want %d", n, c.Calls)
		}
		all := fmt.Sprintf("%v %+v %s", err, err, book.MessageOf(err))
		for _, secret := range []string{key, secretText, "goroutine"} {
			if err != nil && strings.Contains(all, secret) {
				t.Errorf("%q is in the error %s", secret, all)
			}
		}
		if got := retryAfter(err); got < c.RetryAfter {
			t.Errorf("RetryAfter is %v, want at least %v", got, c.RetryAfter)
		}
	}
}

// calls are the ways to make one request.
func calls(e embed.Embedder) []func(ctx context.Context) error {
	return []func(ctx context.Context) error{
		func(ctx context.Context) error {
			vectors, err := e.EmbedDocuments(ctx, []embed.Text{{Text: secretText}, {Text: "two"}})
			if err != nil && vectors != nil {
				return fmt.Errorf("vectors with the error %w", err)
			}
			return err
		},
		func(ctx context.Context) error {
			vector, err := e.EmbedQuery(ctx, secretText)
			if err != nil && vector != nil {
				return fmt.Errorf("a vector with the error %w", err)
			}
			return err
		},
	}
}

func retryAfter(err error) time.Duration {
	if e, ok := err.(*book.Error); ok { //nolint:errorlint // embedders return it as it is
		return e.RetryAfter
	}
	return 0
}

func unusable(t *testing.T, open func(t testing.TB) (embed.Embedder, *Stub)) {
	for _, fault := range []Fault{
		MissingVector, SurplusVector, WrongDimensions, NaNVector, InfiniteVector, ZeroVector,
	} {
		e, stub := open(t)
		stub.Misbehave(fault)
		for _, call := range calls(e) {
			if err := call(t.Context()); book.CodeOf(err) != book.Unavailable &&
				(fault != MissingVector || err != nil) {
				t.Errorf("fault %d: %v, want unavailable", fault, err)
			}
		}
		if stub.Calls() != 2 {
			t.Errorf("fault %d: %d requests, want 2", fault, stub.Calls())
		}
	}
}

// deadline: the caller's time ends while the provider is silent, or asks to wait for longer.
func deadline(t *testing.T, open func(t testing.TB) (embed.Embedder, *Stub)) {
	e, stub := open(t)
	for _, call := range calls(e) {
		stub.Script(Hang)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		if err := call(ctx); book.CodeOf(err) != book.Deadline {
			t.Errorf("%v, want deadline", err)
		}
		cancel()
	}
}

// canceled: the request ends when the caller goes.
func canceled(t *testing.T, open func(t testing.TB) (embed.Embedder, *Stub)) {
	e, stub := open(t)
	for _, call := range calls(e) {
		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan struct{})
		stub.Script(func(w http.ResponseWriter, r *http.Request) {
			cancel()
			Hang(w, r)
			close(gone)
		})
		if err := call(ctx); book.CodeOf(err) != book.Canceled {
			t.Errorf("%v, want canceled", err)
		}
		<-gone
	}
}

func noConnection(t *testing.T, open func(t testing.TB) (embed.Embedder, *Stub)) {
	e, stub := open(t)
	stub.Close()
	for _, call := range calls(e) {
		if err := call(t.Context()); book.CodeOf(err) != book.Unavailable {
			t.Errorf("%v, want unavailable", err)
		}
	}
}

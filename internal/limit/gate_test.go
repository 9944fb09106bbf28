package limit

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lectern-project/lectern/internal/book"
)

// enter enters in the background.
func enter(ctx context.Context, g *Gate) <-chan error {
	entered := make(chan error, 1)
	go func() {
		_, err := g.Enter(ctx)
		entered <- err
	}()
	return entered
}

func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := 0
		g := NewGate(2, Line{Length: 1, Time: time.Second}, func() { refused++ })
		leave, err := g.Enter(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := g.Enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		first := enter(t.Context(), g)
		synctest.Wait()
		second := enter(t.Context(), g)
		synctest.Wait()
		began := time.Now()
		_, err = g.Enter(t.Context())
		if e, ok := errors.AsType[*book.Error](err); !ok || e.Code != book.Unavailable ||
			e.RetryAfter != time.Second || time.Since(began) != 0 {
			t.Errorf("a line that is full: %v after %v", err, time.Since(began))
		}
		if err := g.Full(); book.CodeOf(err) != book.Unavailable || refused != 2 {
			t.Errorf("a line that is full: %v, %d refused", err, refused)
		}
		leave()
		if err := <-first; err != nil || len(second) > 0 {
			t.Errorf("the first in line: %v, and %d behind it", err, len(second))
		}
		if err := <-second; book.CodeOf(err) != book.Unavailable || time.Since(began) != time.Second {
			t.Errorf("who waits too long: %v after %v", err, time.Since(began))
		}
		if err := g.Full(); err != nil || refused != 3 {
			t.Errorf("an empty line: %v; %d refused, want 3", err, refused)
		}
		// Whoever goes away is not refused, and leaves the line.
		ctx, cancel := context.WithCancel(t.Context())
		gone := enter(ctx, g)
		synctest.Wait()
		cancel()
		if err := <-gone; !errors.Is(err, context.Canceled) || refused != 3 || g.waiting.Load() != 0 {
			t.Errorf("who goes away: %v, %d refused, %d wait", err, refused, g.waiting.Load())
		}
	})
}

func TestGateIsOpen(t *testing.T) {
	var g *Gate
	for range 100 {
		if _, err := g.Enter(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

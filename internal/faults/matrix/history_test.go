package matrix

import (
	"slices"
	"sync"
)

// history remembers what may have been so, and since when.
type history[T comparable] struct {
	mu  sync.Mutex
	was [][]T
}

// now notes that from now on one of these is so, and nobody knows which.
func (h *history[T]) now(possible ...T) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.was = append(h.was, possible)
}

// mark is a moment to look back to.
func (h *history[T]) mark() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.was)
}

// since returns all that may have been so at some time from the mark on.
func (h *history[T]) since(mark int) []T {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []T
	for _, possible := range h.was[max(0, mark-1):] {
		for _, one := range possible {
			if !slices.Contains(all, one) {
				all = append(all, one)
			}
		}
	}
	return all
}

// last returns what may be so now.
func (h *history[T]) last() []T { return h.since(h.mark()) }

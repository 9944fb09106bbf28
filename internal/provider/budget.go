package provider

import "sync"

// Budget bounds the retries of all calls of a client together to a tenth of the calls, so that
// retries do not keep an overloaded provider down. The zero value is ready.
type Budget struct {
	mu    sync.Mutex
	spent float64
}

const (
	retryShare = 0.1
	// RetryReserve is how many retries may be made before there were calls to earn them.
	RetryReserve = 5
)

// Earn counts a call.
func (b *Budget) Earn() {
	b.mu.Lock()
	b.spent = max(b.spent-retryShare, 0)
	b.mu.Unlock()
}

// Take reports whether a retry may be made, and counts it.
func (b *Budget) Take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.spent+1 > RetryReserve {
		return false
	}
	b.spent++
	return true
}

package qdrant

import (
	"context"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"google.golang.org/grpc/codes"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/vector"
)

const (
	// hangs is how many searches in a row wait for a server that does not answer.
	hangs = 3
	// rest is how long it is left alone then, before one search asks it again.
	rest = 5 * time.Second
)

// newBreaker returns what keeps searches from waiting, one after the other, for a server that hangs.
// One that refuses is no matter: that takes no time.
func newBreaker() circuitbreaker.CircuitBreaker[any] {
	return circuitbreaker.NewBuilder[any]().WithFailureThreshold(hangs).WithDelay(rest).
		WithSuccessThreshold(1).Build()
}

// Search implements [vector.Index]. It is Unavailable at once while the server rests.
func (x *Index) Search(
	ctx context.Context, spaceID string, q vector.Query,
) (vector.Hits, error) {
	if !x.breaker.TryAcquirePermit() {
		return vector.Hits{}, book.Errorf(book.Unavailable, "Qdrant at %s has not answered the "+
			"last searches; it is asked again in %v", x.address, rest)
	}
	hits, err := x.search(ctx, spaceID, q)
	if codeOf(err) == codes.DeadlineExceeded && ctx.Err() == nil {
		x.breaker.RecordFailure()
	} else {
		x.breaker.RecordSuccess()
	}
	return hits, err
}

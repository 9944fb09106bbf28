package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
)

// Limiter counts what somebody does; see package limit.
type Limiter interface {
	// Take takes a token from the bucket of key, if there is one.
	Take(ctx context.Context, key string, rate book.Rate, n int) book.Tokens
}

// Limits says how many requests a minute somebody may send: an API key, an account with its tokens, or
// the address of those who carry neither. 0 is no limit.
type Limits struct {
	Requests int
	Writes   int // of documents
	Answers  int // questions that a model may be asked for: of an account with all its keys
	SignIns  int // of an address: what takes a password or a one-time link
}

// quota is what a route counts to.
type quota string

const (
	requests  quota = "requests" // where a route names none
	writes    quota = "writes"
	answers   quota = "answers"
	signIns   quota = "sign-ins"
	uncounted quota = "uncounted" // what tells whether the server works
)

func (l Limits) of(q quota) int {
	switch q {
	case requests:
		return l.Requests
	case writes:
		return l.Writes
	case answers:
		return l.Answers
	case signIns:
		return l.SignIns
	}
	return 0
}

// count takes a request of q from the caller's bucket. It sets the headers of the IETF draft
// "RateLimit header fields for HTTP" (draft-ietf-httpapi-ratelimit-headers-10), and returns RateLimited
// when the bucket is empty. Calls within the process are not counted.
func (s *server) count(
	ctx context.Context, w http.ResponseWriter, q quota, p book.Principal,
) error {
	n, client := s.Limits.of(q), exchangeOf(ctx).client
	if n == 0 || !client.IsValid() {
		return nil
	}
	key := string(q) + " of " + counted(q, p, client)
	rate := book.PerMinute(n)
	t := s.Limiter.Take(ctx, key, rate, 1)
	h := w.Header()
	h.Set("RateLimit-Policy", fmt.Sprintf("%q;q=%d;w=%d", q, rate.Burst, seconds(rate.Window())))
	h.Set("RateLimit", fmt.Sprintf("%q;r=%d;t=%d", q, t.Left, seconds(t.Full)))
	if t.Taken > 0 {
		return nil
	}
	s.Telemetry.RateLimited(string(q))
	return &book.Error{
		Code: book.RateLimited, RetryAfter: max(t.Wait, time.Second),
		Message: fmt.Sprintf("too many requests: %d %s a minute are allowed; try again in %d seconds",
			n, q, seconds(max(t.Wait, time.Second))),
	}
}

// counted is whose bucket a request is taken from. A program with a key of its own leaves its account
// the requests of the pages; answers cost money, so more keys give no more of them.
func counted(q quota, p book.Principal, client netip.Addr) string {
	switch {
	case q == signIns || p.Anonymous():
		return "address " + auth.Network(client.String())
	case p.KeyID != uuid.Nil && q != answers:
		return "key " + p.KeyID.String()
	}
	return "account " + p.UserID.String()
}

// seconds rounds up.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

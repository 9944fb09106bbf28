package remote

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/embed"
	"github.com/lectern-project/lectern/internal/provider"
)

// scripted is a model that does what its function says.
type scripted func(ctx context.Context) ([][]float32, error)

func (scripted) Document(t embed.Text) string    { return t.Text }
func (scripted) Question(question string) string { return question }
func (scripted) Classify(r *provider.StatusError) provider.Failure {
	if r.Status == quotaOfTheDay {
		return provider.Failure{Class: provider.DailyQuota, Until: time.Now().Add(time.Hour), Err: r}
	}
	return provider.Failure{Class: provider.StatusClass(r.Status), Err: r}
}

// quotaOfTheDay is a status that says so.
const quotaOfTheDay = 499

func (s scripted) Embed(ctx context.Context, _ Kind, _ []string) ([][]float32, error) { return s(ctx) }

func embedder(model scripted) *Embedder {
	return New(model, book.Space{Provider: "p", Model: "m", Dimensions: 2}, Limits{10, 1 << 20})
}

// TestOwnDeadlines: a silent model costs no more than our own time, and is tried again for documents.
func TestOwnDeadlines(t *testing.T) {
	calls := 0
	e := embedder(func(ctx context.Context) ([][]float32, error) {
		calls++
		<-ctx.Done()
		return nil, ctx.Err()
	})
	e.questionTimeout, e.documentTimeout = time.Millisecond, time.Millisecond
	if _, err := e.EmbedQuery(t.Context(), "q"); book.CodeOf(err) != book.Unavailable || calls != 1 {
		t.Errorf("a question: %v after %d calls", err, calls)
	}
	calls = 0
	_, err := e.EmbedDocuments(t.Context(), []embed.Text{{Text: "d"}})
	if book.CodeOf(err) != book.Unavailable || calls != maxAttempts {
		t.Errorf("a document: %v after %d calls", err, calls)
	}
}

// TestBreaker: after ten failures readers no longer wait, until one question got through. Documents
// are sent all the same.
func TestBreaker(t *testing.T) {
	calls, status := 0, http.StatusForbidden
	e := embedder(func(context.Context) ([][]float32, error) {
		if calls++; status != 0 {
			return nil, &provider.StatusError{Status: status}
		}
		return [][]float32{{3, 4}}, nil
	})
	for range 15 {
		_, err := e.EmbedQuery(t.Context(), "q")
		if book.CodeOf(err) != book.Unavailable {
			t.Fatal(err)
		}
	}
	if calls != 10 || !e.breaker.IsOpen() {
		t.Errorf("%d calls, want 10", calls)
	}
	status = 0
	if _, err := e.EmbedDocuments(t.Context(), []embed.Text{{Text: "d"}}); err != nil {
		t.Error(err)
	}
	e.breaker.HalfOpen()
	for range 2 {
		vector, err := e.EmbedQuery(t.Context(), "q")
		if diff := cmp.Diff([]float32{0.6, 0.8}, vector); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	}
}

// TestBreakerLeavesRefusals: a text that the model does not take is no reason to spare it others.
func TestBreakerLeavesRefusals(t *testing.T) {
	e := embedder(func(context.Context) ([][]float32, error) {
		return nil, &provider.StatusError{Status: http.StatusBadRequest}
	})
	for range 20 {
		if _, err := e.EmbedQuery(t.Context(), "q"); book.CodeOf(err) != book.Invalid {
			t.Fatal(err)
		}
	}
}

// TestAdvice: an advised wait that is longer than the caller's time is not begun.
func TestAdvice(t *testing.T) {
	for _, test := range []struct {
		left, delay time.Duration
		fits        bool
	}{
		{0, time.Minute, true},
		{0, time.Minute + 1, false},
		{time.Hour, 59 * time.Minute, true},
		{time.Minute, time.Hour, false},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		if test.left > 0 {
			ctx, cancel = context.WithTimeout(t.Context(), test.left)
		}
		if fits(ctx, test.delay) != test.fits {
			t.Errorf("%v with %v left: %v", test.delay, test.left, !test.fits)
		}
		cancel()
	}
}

func TestBatches(t *testing.T) {
	long := strings.Repeat("<", 200)
	for _, test := range []struct {
		texts []string
		want  [][]string
	}{
		{nil, nil},
		{[]string{"a", "b", "c"}, [][]string{{"a", "b"}, {"c"}}},
		{[]string{"a", long, "b", "c"}, [][]string{{"a"}, {long}, {"b", "c"}}},
	} {
		got := batches(test.texts, Limits{Texts: 2, Bytes: 3*bytesAround + 1000})
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestClasses(t *testing.T) {
	for _, class := range []provider.Class{
		provider.NotConnected, provider.RateLimited, provider.DailyQuota, provider.Billing,
		provider.BadKey, provider.NoModel, provider.Overloaded, provider.Blocked, provider.CutStream,
		provider.Malformed, provider.Refused, Silent,
	} {
		if classes[class].words == "" {
			t.Errorf("class %s has no words", class)
		}
	}
	if f := failureOf(nil, errors.New("x")); f.Class != provider.Malformed {
		t.Errorf("class %s", f.Class)
	}
}

// TestRetryBudget: documents and questions together are tried again for a tenth of the calls.
func TestRetryBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		e := embedder(func(context.Context) ([][]float32, error) {
			calls++
			return nil, &provider.StatusError{Status: http.StatusServiceUnavailable}
		})
		for range 100 {
			_, err := e.EmbedDocuments(t.Context(), []embed.Text{{Text: "d"}})
			if book.CodeOf(err) != book.Unavailable {
				t.Fatal(err)
			}
		}
		if calls < 110 || calls > 112+provider.RetryReserve {
			t.Errorf("%d calls for 100 batches", calls)
		}
		calls = 0
		if _, err := e.EmbedQuery(t.Context(), "q"); err == nil || calls != 1 {
			t.Errorf("a question: %v after %d calls", err, calls)
		}
	})
}

// TestDailyQuota: nothing is sent until the quota is renewed, and callers are told when that is.
func TestDailyQuota(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls, spent := 0, true
		e := embedder(func(context.Context) ([][]float32, error) {
			if calls++; spent {
				return nil, &provider.StatusError{Status: quotaOfTheDay}
			}
			return [][]float32{{3, 4}}, nil
		})
		for range 15 {
			_, err := e.EmbedDocuments(t.Context(), []embed.Text{{Text: "d"}})
			_, asked := e.EmbedQuery(t.Context(), "q")
			for _, err := range []error{err, asked} {
				f, ok := errors.AsType[*book.Error](err)
				if !ok || f.Code != book.RateLimited || f.RetryAfter <= 0 || f.RetryAfter > time.Hour {
					t.Errorf("%+v", err)
				}
			}
			time.Sleep(2 * time.Minute)
		}
		if calls != 1 {
			t.Errorf("%d calls", calls)
		}
		spent = false
		time.Sleep(30 * time.Minute)
		if _, err := e.EmbedQuery(t.Context(), "q"); err != nil {
			t.Error(err)
		}
	})
}

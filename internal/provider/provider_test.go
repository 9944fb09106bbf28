package provider

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestBudget: when a provider fails every call, retries are a tenth of the calls.
func TestBudget(t *testing.T) {
	var b Budget
	retries := 0
	for range 1000 {
		b.Earn()
		for b.Take() {
			retries++
		}
	}
	if retries < 90 || retries > 100+RetryReserve {
		t.Errorf("%d retries of 1000 calls", retries)
	}
}

// TestClosure: a quota closes for as long as it lasts, advice for ten minutes at most, and other
// failures not at all.
func TestClosure(t *testing.T) {
	now := time.Now()
	for _, test := range []struct {
		failure Failure
		want    time.Duration
	}{
		{Failure{Class: DailyQuota, Delay: time.Second, Until: now.Add(9 * time.Hour)}, 9 * time.Hour},
		{Failure{Class: RateLimited, Delay: time.Minute}, time.Minute},
		{Failure{Class: RateLimited, Delay: time.Hour}, 10 * time.Minute},
		{Failure{Class: RateLimited}, 0},
		{Failure{Class: Overloaded, Delay: time.Minute}, 0},
	} {
		var c Closure
		c.Note(now, test.failure)
		f, closed := c.Closed(now)
		if closed != (test.want > 0) || f.RetryAfter(now) != test.want {
			t.Errorf("%+v: %v, %+v", test.failure, closed, f)
		}
		if _, closed := c.Closed(now.Add(test.want)); closed {
			t.Errorf("%+v: closed when it is over", test.failure)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"": 0, "2": 2 * time.Second, "0.5": time.Second / 2, "-1": 0, "soon": 0, "NaN": 0, "1e300": 0,
		"Mon, 02 Jan 2006 15:04:05 GMT": 0,
	} {
		if got := RetryAfter(http.Header{"Retry-After": {value}}); got != want {
			t.Errorf("%q is %v, want %v", value, got, want)
		}
	}
}

// TestStatusError: what is no success is an error without the key, and no redirect is followed.
func TestStatusError(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the redirect was followed")
	}))
	defer elsewhere.Close()
	for _, header := range []string{"Authorization", "X-Goog-Api-Key", "X-Api-Key"} {
		for _, status := range []int{http.StatusTemporaryRedirect, http.StatusUnauthorized, 529} {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", elsewhere.URL)
				w.WriteHeader(status)
				_, _ = io.WriteString(w, "no sk-123 here")
			}))
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set(header, "Bearer sk-123")
			response, err := NewHTTPClient().Do(request)
			if err == nil {
				response.Body.Close()
			}
			e, ok := errors.AsType[*StatusError](err)
			if !ok || e.Status != status || string(e.Body) != "no (key) here" ||
				strings.Contains(err.Error(), "sk-123") {
				t.Errorf("%s, %d: %v", header, status, err)
			}
			server.Close()
		}
	}
}

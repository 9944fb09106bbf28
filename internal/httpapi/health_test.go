package httpapi

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/auth"
)

func TestHealth(t *testing.T) {
	f := newFixture(t, auth.AccessLogin)
	up := Health{Status: "ok", Parts: map[string]string{"store": "ok"}}
	for _, path := range []string{"/api/health", "/api/ready"} {
		var got Health
		f.call(t, "", "GET", path, "").decode(t, &got)
		if diff := cmp.Diff(up, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
	f.deps.Checks["index"] = func(context.Context) error { return errors.New("disk of secret-host") }
	parts := map[string]string{"store": "ok", "index": "down"}
	var alive Health
	f.call(t, "", "GET", "/api/health", "").decode(t, &alive)
	if diff := cmp.Diff(Health{Status: "ok", Parts: parts}, alive); diff != "" {
		t.Errorf("alive (-want +got):\n%s", diff)
	}
	got := f.call(t, "", "GET", "/api/ready", "")
	wantStatus(t, got, http.StatusServiceUnavailable)
	if diff := cmp.Diff(parts, got.problem.Parts); diff != "" {
		t.Errorf("not ready (-want +got):\n%s", diff)
	}
}

// TestReadyDegraded: with degraded, a server counts as ready that was ready once, until it is to stop.
// TestNotReadyIsNoError: probes ask all the time, and get an answer.
func TestNotReadyIsNoError(t *testing.T) {
	var log bytes.Buffer
	s := &server{Deps: Deps{Log: slog.New(slog.NewTextHandler(&log, nil))}}
	if p := s.problem(t.Context(), &notReady{why: "not yet"}); p.Status != http.StatusServiceUnavailable {
		t.Errorf("status %d", p.Status)
	}
	if log.Len() > 0 {
		t.Errorf("logged %s", log.String())
	}
}

func TestReadyDegraded(t *testing.T) {
	f := newFixture(t, auth.AccessLogin)
	stopping, down := make(chan struct{}), true
	f.deps.Stopping = stopping
	f.deps.Checks["index"] = func(context.Context) error {
		if down {
			return errors.New("down")
		}
		return nil
	}
	f.serve(t)
	for _, step := range []struct {
		down         bool
		ready, while int // statuses without and with degraded
	}{
		{true, http.StatusServiceUnavailable, http.StatusServiceUnavailable},
		{false, http.StatusOK, http.StatusOK},
		{true, http.StatusServiceUnavailable, http.StatusOK},
	} {
		down = step.down
		wantStatus(t, f.call(t, "", "GET", "/api/ready?degraded=true", ""), step.while)
		wantStatus(t, f.call(t, "", "GET", "/api/ready", ""), step.ready)
	}
	down = false
	close(stopping)
	for _, path := range []string{"/api/ready", "/api/ready?degraded=true"} {
		got := f.call(t, "", "GET", path, "")
		wantStatus(t, got, http.StatusServiceUnavailable)
		if !strings.Contains(got.problem.Detail, "stopping") {
			t.Errorf("%s: %+v", path, got.problem)
		}
	}
	wantStatus(t, f.call(t, "", "GET", "/api/health", ""), http.StatusOK)
}

func TestWithPrincipal(t *testing.T) {
	f := newFixture(t, auth.AccessLogin)
	handler, err := New(f.deps)
	if err != nil {
		t.Fatal(err)
	}
	local, err := f.deps.Accounts.EnsureLocal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		ctx  context.Context
		key  string
		want int
	}{
		"in process":          {WithPrincipal(t.Context(), local), "", 200},
		"from outside":        {t.Context(), "", 401},
		"with a bad key":      {WithPrincipal(t.Context(), local), "lk_0", 401},
		"with a reader's key": {WithPrincipal(t.Context(), local), f.keys["reader"], 200},
	} {
		r := request(t, "GET", "/api/users/me", "").WithContext(c.ctx)
		r.RequestURI = "/api/users/me"
		if c.key != "" {
			r.Header.Set("Authorization", "Bearer "+c.key)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("%s: %d, want %d: %s", name, w.Code, c.want, w.Body)
		}
	}
}

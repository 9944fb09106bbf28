package app

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lectern-project/lectern/internal/config"
)

// TestSecretsStaySecret sends marked secrets through every operation of the OpenAPI document, rightly
// and wrongly, and through every failure, and looks for them in logs, traces, metrics and the bodies of
// errors.
func TestSecretsStaySecret(t *testing.T) {
	for name, full := range map[string]bool{"embedded": false, "full": true} {
		t.Run(name, func(t *testing.T) {
			w := openSecrets(t, full, config.Config{})
			all := w.operations()
			for _, o := range all {
				for _, c := range w.calls(o, true) {
					w.send(c)
				}
				w.check(o.method + " " + o.path)
			}
			for _, c := range w.asks() {
				w.send(c)
			}
			w.check("questions")
			if n := strings.Count(w.log.String(), "mail could not be sent"); n < 2 {
				t.Errorf("only %d mails were refused", n)
			}
			if w.failures < 5*len(all) {
				t.Errorf("only %d requests failed", w.failures)
			}
			if full {
				w.vectors.Stop()
				w.walk(all, "without Qdrant")
				w.database.now()
				w.walk(all, "without PostgreSQL")
			}
			w.end()
		})
	}
}

// walk sends one request to each operation.
func (w *secretWorld) walk(all []operation, how string) {
	w.t.Helper()
	before := w.failures
	for _, o := range all {
		for _, c := range w.calls(o, false) {
			w.send(c)
		}
	}
	for _, c := range w.asks() {
		w.send(c)
	}
	w.check("a walk " + how)
	if w.failures == before {
		w.t.Errorf("nothing fails %s", how)
	}
}

// TestSecretsOfPanics: a fault that holds what it was given does not tell it.
func TestSecretsOfPanics(t *testing.T) {
	w := openSecrets(t, false, config.Config{})
	all := w.operations()
	w.Store = panicking{w.Store}
	var err error
	if w.Auth, w.Local, err = openAuth(t.Context(), w.Store, w.Config, w.Log, w.Telemetry); err != nil {
		t.Fatal(err)
	}
	w.wire()
	w.serve()
	w.walk(all, "with faults")
	if !strings.Contains(w.log.String(), `"panic"`) {
		t.Error("there was no fault")
	}
	w.end()
}

// TestSecretsOfProviders: whatever a provider says of what it was sent is not told on.
func TestSecretsOfProviders(t *testing.T) {
	w := openSecrets(t, false, config.Config{})
	requests := append(w.asks(), call{
		http.MethodPost, "/api/ingest", "", map[string]string{
			"Content-Type": "application/json", "Authorization": "Bearer " + w.secrets["admin's key"],
		}, fmt.Sprintf(`{"doc_id":"new","text":%q}`, secretQuestion),
	})
	asked := func() int { return strings.Count(w.log.String(), "a model did not answer") }
	for _, way := range ways() {
		w.parrot.mode.Store(&way)
		before := asked()
		for _, c := range requests {
			if status, body := w.send(c); status == http.StatusUnauthorized || status == http.StatusNotFound {
				t.Errorf("%s: %d %s", way.name, status, body)
			}
		}
		if n := asked() - before; n < 3 {
			t.Errorf("%s: %d models failed", way.name, n)
		}
		w.check(way.name)
	}
	w.end()
}

// TestSecretsOfThoseWhoLeave: a reader who goes away while a model thinks leaves nothing behind.
func TestSecretsOfThoseWhoLeave(t *testing.T) {
	w := openSecrets(t, false, config.Config{})
	w.parrot.mode.Store(&parroting{wait: true})
	for _, c := range w.asks() {
		ctx, leave := context.WithTimeout(t.Context(), 200*time.Millisecond)
		r, err := http.NewRequestWithContext(ctx, c.method, w.url+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range c.header {
			r.Header.Set(name, value)
		}
		if response, err := http.DefaultClient.Do(r); err == nil {
			_, _ = io.Copy(io.Discard, response.Body)
			response.Body.Close()
		}
		leave()
	}
	for strings.Count(w.log.String(), `"route":"/api/query"`) < len(w.asks()) {
		time.Sleep(10 * time.Millisecond) // the server notices by and by; go test ends one that does not
	}
	if !strings.Contains(w.log.String(), `"code":"canceled"`) {
		t.Error("nobody has left")
	}
	w.end()
}

// TestQuestionsAreLoggedOnDemand, and nothing else.
func TestQuestionsAreLoggedOnDemand(t *testing.T) {
	w := openSecrets(t, false, config.Config{LogQuestions: true})
	for _, c := range w.asks() {
		w.send(c)
	}
	if !strings.Contains(w.log.String(), `"question":"`+secretQuestion) {
		t.Error("the question is not in the log")
	}
	delete(w.secrets, "question")
	w.end()
}

package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/faults/proxy"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
	"github.com/lectern-project/lectern/internal/telemetry"
	"github.com/lectern-project/lectern/internal/vector/qdrant/qdranttest"
)

// TestSeriesAreBounded: whatever names, questions, paths and methods clients send, it makes no series
// that were not there after the first few, and is in none.
func TestSeriesAreBounded(t *testing.T) {
	for mode, c := range map[string]config.Config{
		"embedded": {},
		"full":     remoteConfig(t, pgtest.Migrated(t), qdranttest.Start(t, qdranttest.Options{}).Address()),
	} {
		t.Run(mode, func(t *testing.T) {
			w := watch(t, c, nil)
			w.attack("hostile")
			w.eventuallyQuiet()
			want := names(w.scrape())
			for round := range 3 {
				w.attack(fmt.Sprint("hostile", round))
			}
			w.eventuallyQuiet()
			for name := range names(w.scrape()) {
				if !want[name] {
					t.Errorf("a new series: %s", name)
				}
			}
			_, text := w.do(http.MethodGet, w.metrics+"/metrics", "")
			if strings.Contains(text, "hostile") {
				t.Error("what a client sent is in the metrics")
			}
			if len(want) > 3000 {
				t.Errorf("%d series", len(want))
			}
		})
	}
}

func remoteConfig(t testing.TB, database, vectors string) config.Config {
	t.Helper()
	return config.Config{
		DatabaseURL: database, QdrantURL: vectors, Collection: "book",
		SigningKey: strings.Repeat("random-k", config.MinSigningKey/8),
	}
}

// eventuallyQuiet waits until no request is under way and each piece of background work has been done:
// that makes series too.
func (w *watched) eventuallyQuiet() {
	w.t.Helper()
	e := events{w, map[string]bool{}}
	e.eventually("quiet", func() bool {
		got := w.scrape()
		return sum(got, telemetry.HTTPRequestsInFlight.Name) == 0 &&
			len(got[telemetry.ChoreSuccess.Name].GetMetric()) == len(w.chores())
	})
}

// names are all series of a scrape. Those of Go and of the process are not ours.
func names(families map[string]*dto.MetricFamily) map[string]bool {
	all := map[string]bool{}
	for of, family := range families {
		if strings.HasPrefix(of, "go_") || strings.HasPrefix(of, "process_") {
			continue
		}
		for _, m := range family.GetMetric() {
			name := of
			for _, l := range m.GetLabel() {
				name += " " + l.GetName() + "=" + l.GetValue()
			}
			all[name] = true
		}
	}
	return all
}

// attack sends what clients may make up: all of it has word in it.
func (w *watched) attack(word string) {
	w.t.Helper()
	hostile := []string{
		word, word + `"} 1`, word + "\n# HELP x", word + "é\u202e", strings.Repeat(word, 40), "/" + word + "/../x",
		word + "%2F", "{" + word + "}", `lectern_` + word + `{a="b"}`,
	}
	key := w.adminKey()
	for _, name := range hostile {
		quoted, err := json.Marshal(name)
		if err != nil {
			w.t.Fatal(err)
		}
		q := string(quoted)
		w.send(key, "POST", "/api/ingest", `{"doc_id":`+q+`,"title":`+q+`,"text":"# T\n\n`+word+` digs.","metadata":{`+q+`:`+q+`}}`)
		w.send(key, "POST", "/api/query", `{"question":`+q+`}`)
		w.send(key, "POST", "/api/search", `{"question":`+q+`,"selection":{"doc_id":`+q+`,"chapter":`+q+`}}`)
		w.send("", "POST", "/api/auth/login", `{"login":`+q+`,"password":`+q+`}`)
		w.send("", "POST", "/api/auth/register", `{"username":`+q+`,"email":`+q+`,"password":`+q+`}`)
		w.send("lk_"+url.PathEscape(name), "GET", "/api/users/me", "")
		path := "/api/documents/" + url.PathEscape(name)
		w.send(key, "GET", path, "")
		w.send(key, "DELETE", path, "")
		w.send("", "GET", "/"+url.PathEscape(name), "")
		w.send("", "GET", "/api/documents?"+url.QueryEscape(name)+"="+url.QueryEscape(name), "")
		w.send("", strings.ToUpper(word), "/api/query", q)
		w.send("", "PUT", path, q)
	}
}

// adminKey is a key of the built-in account.
func (w *watched) adminKey() string {
	w.t.Helper()
	key, _, err := w.Auth.CreateKey(w.t.Context(), w.Local, keyFor(book.PermitAdmin))
	if err != nil {
		w.t.Fatal(err)
	}
	return key
}

// send sends a request, whatever comes of it.
func (w *watched) send(key, method, path, body string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.address+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Request-Id", method+"x")
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	response.Body.Close()
}

// TestScrapeOfADatabaseThatHangs: the other metrics are served all the same, and soon.
func TestScrapeOfADatabaseThatHangs(t *testing.T) {
	u, err := url.Parse(pgtest.Migrated(t))
	if err != nil {
		t.Fatal(err)
	}
	database := proxy.Start(t, u.Host)
	u.Host = database.Address()
	w := watch(t, remoteConfig(t, u.String(), qdranttest.Start(t, qdranttest.Options{}).Address()), nil)
	if up := sum(w.scrape(), telemetry.DatabaseUp.Name); up != 1 {
		t.Fatalf("up is %v", up)
	}
	database.Freeze()
	defer database.Stop() // or the server would wait for it
	start := time.Now()
	got := w.scrape()
	took := time.Since(start)
	if up, there := sum(got, telemetry.DatabaseUp.Name), got[telemetry.DatabaseUp.Name] != nil; up != 0 || !there {
		t.Errorf("a database that hangs is up: %v, %v", up, there)
	}
	if sum(got, telemetry.IndexUp.Name) != 1 || got[telemetry.PoolMax.Name] == nil {
		t.Error("the other metrics are not served")
	}
	if got[telemetry.LedgerRows.Name] != nil {
		t.Error("there are figures of a ledger that cannot be read")
	}
	if got = w.scrape(); sum(got, "promhttp_metric_handler_errors_total", "cause=gathering") == 0 {
		t.Error("nothing tells that metrics are missing")
	}
	if took > 4*telemetry.ScrapePatience { // sources are read at once, not one after the other
		t.Errorf("a scrape took %v", took)
	}
}

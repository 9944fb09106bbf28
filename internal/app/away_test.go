package app

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/embed/embedtest"
	"github.com/lectern-project/lectern/internal/faults/proxy"
	"github.com/lectern-project/lectern/internal/store/postgres"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
	"github.com/lectern-project/lectern/internal/telemetry"
	"github.com/lectern-project/lectern/internal/vector/qdrant/qdranttest"
)

// logged is a log that is written and read at once.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// started is a server that was started while a store was away.
type started struct {
	url, metrics string
	log          *logged
	ended        chan struct{}
	ending       error // once ended
	stop         context.CancelFunc
}

func start(t *testing.T, c config.Config) *started {
	t.Helper()
	listener, err := Listen(t.Context(), "--listen", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	scraped, err := Listen(t.Context(), "--metrics-listen", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &started{
		url: "http://" + listener.Addr().String(), metrics: "http://" + scraped.Addr().String(),
		log: &logged{}, ended: make(chan struct{}),
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	go func() {
		defer close(s.ended)
		s.ending = Serve(ctx, c, slog.New(slog.NewTextHandler(s.log, nil)), Service{
			Listener: listener, Holder: "serve " + s.url, AuditInterval: time.Hour,
			Metrics: scraped, Telemetry: telemetry.New(telemetry.Build{}),
			Ready: func(context.Context, *App) {},
		})
	}()
	t.Cleanup(func() { stop(); <-s.ended })
	return s
}

// end waits until the server has ended by itself, or because it was stopped, and returns its error.
func (s *started) end(t *testing.T) error {
	t.Helper()
	select {
	case <-s.ended:
	case <-time.After(time.Minute):
		t.Fatalf("the server goes on: %s", s.log)
	}
	return s.ending
}

// behind returns the settings of a server whose way to the database can be closed.
func behind(t *testing.T, databaseURL, qdrantURL string) (config.Config, *proxy.Proxy) {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	way := proxy.Start(t, u.Host)
	u.Host = way.Address()
	return config.Config{
		DatabaseURL: u.String(), QdrantURL: qdrantURL, Collection: "bench", Access: "public",
		SigningKey: strings.Repeat("random-k", config.MinSigningKey/8),
	}, way
}

// TestServeWithoutPostgreSQL: a server whose database is away starts, says so, is alive and not ready,
// serves pages, answers a clear 503 to the rest, and serves everything once the database is there.
func TestServeWithoutPostgreSQL(t *testing.T) {
	vectors := qdranttest.Start(t, qdranttest.Options{})
	c, way := behind(t, pgtest.Migrated(t), vectors.Address())
	way.Refuse(true)
	s := start(t, c)
	eventually(t, "a log that says so", func() bool {
		return strings.Contains(s.log.String(), "waiting for the database: database 127.0.0.1")
	})
	check(t, s.url+"/api/health", http.StatusOK, `"database":"down"`)
	check(t, s.url+"/api/ready", http.StatusServiceUnavailable, `"database":"down"`)
	check(t, s.url+"/api/ready?degraded=true", http.StatusServiceUnavailable, `"database":"down"`)
	check(t, s.url+"/", http.StatusOK, "<html")
	check(t, s.url+"/openapi.json", http.StatusOK, "/api/search")
	status, body, header := search(t, s.url)
	if status != http.StatusServiceUnavailable || !strings.Contains(body, "has not opened its database") ||
		header.Get("Retry-After") == "" {
		t.Errorf("a search: %d %v %s", status, header, body)
	}
	prometheus := &watched{t: t, metrics: s.metrics}
	got := prometheus.scrape()
	if up, there := sum(got, telemetry.DatabaseUp.Name), got[telemetry.DatabaseUp.Name] != nil; up != 0 || !there {
		t.Errorf("Prometheus sees that the database is up: %v, %v", up, there)
	}
	if n := sum(got, telemetry.HTTPRequestDuration.Name, "route=/api/search", "status=503"); n != 1 {
		t.Errorf("Prometheus sees %v searches that got a 503", n)
	}
	way.Refuse(false)
	eventually(t, "a server that is ready", func() bool {
		response, err := http.Get(s.url + "/api/ready")
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
	if status, body, _ := search(t, s.url); status != http.StatusOK {
		t.Errorf("a search: %d %s", status, body)
	}
	if up := sum(prometheus.scrape(), telemetry.DatabaseUp.Name); up != 1 {
		t.Errorf("Prometheus sees a database whose up is %v", up)
	}
	// A database that goes away later takes no server out of a load balancer.
	way.Refuse(true)
	way.Cut()
	check(t, s.url+"/api/ready", http.StatusServiceUnavailable, `"database":"down"`)
	check(t, s.url+"/api/ready?degraded=true", http.StatusOK, `"database":"down"`)
	way.Refuse(false)
	s.stop()
	if err := s.end(t); err != nil {
		t.Errorf("the server ends with %v", err)
	}
}

// TestStopWhileWaiting: a server that waits for its database can be stopped.
func TestStopWhileWaiting(t *testing.T) {
	c, way := behind(t, pgtest.Migrated(t), "127.0.0.1:1")
	way.Refuse(true)
	s := start(t, c)
	eventually(t, "a server that waits", func() bool { return strings.Contains(s.log.String(), "waiting") })
	s.stop()
	if err := s.end(t); err != nil {
		t.Errorf("the server ends with %v", err)
	}
}

func search(t *testing.T, server string) (status int, body string, header http.Header) {
	t.Helper()
	response, err := http.Post(server+"/api/search", "application/json",
		strings.NewReader(`{"question":"What do foxes dig?"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text), response.Header
}

// TestServeRefusesLater: what is wrong with a database ends the server when that comes up, as it does
// at the start when it is up already.
func TestServeRefusesLater(t *testing.T) {
	vectors := qdranttest.Start(t, qdranttest.Options{})
	for name, c := range map[string]struct {
		spoil func(t *testing.T, c *config.Config) string // returns the database's URL
		says  string
	}{
		"no schema": {
			func(t *testing.T, _ *config.Config) string { return pgtest.Empty(t) }, "lectern migrate up",
		},
		"another program": {func(t *testing.T, _ *config.Config) string {
			databaseURL := pgtest.Empty(t)
			pgtest.Execute(t, databaseURL, "CREATE TABLE notes (text text)")
			return databaseURL
		}, "another program"},
		"space without embedder": {func(t *testing.T, _ *config.Config) string {
			databaseURL := pgtest.Migrated(t)
			moveTo(t, databaseURL, embedtest.NewFake(16).Space())
			return databaseURL
		}, "reembed"},
		"administrator": {func(t *testing.T, c *config.Config) string {
			c.AdminUsername, c.AdminEmail, c.AdminPassword = "ada", "ada@example.org", "short"
			return pgtest.Migrated(t)
		}, "LECTERN_ADMIN_USERNAME"},
	} {
		t.Run(name, func(t *testing.T) {
			var more config.Config
			settings, way := behind(t, c.spoil(t, &more), vectors.Address())
			settings.AdminUsername, settings.AdminEmail = more.AdminUsername, more.AdminEmail
			settings.AdminPassword = more.AdminPassword
			atOnce := start(t, settings)
			first := atOnce.end(t)
			way.Refuse(true)
			later := start(t, settings)
			eventually(t, "a server that waits", func() bool {
				return strings.Contains(later.log.String(), "waiting for the database")
			})
			way.Refuse(false)
			second := later.end(t)
			for when, err := range map[string]error{"at once": first, "later": second} {
				if !strings.Contains(book.MessageOf(err), c.says) {
					t.Errorf("%s: %v", when, err)
				}
			}
			if book.MessageOf(first) != book.MessageOf(second) {
				t.Errorf("at once %q, later %q", book.MessageOf(first), book.MessageOf(second))
			}
		})
	}
}

// moveTo makes a space the active one of a new database.
func moveTo(t *testing.T, databaseURL string, space book.Space) {
	t.Helper()
	s, err := postgres.Open(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.EnsureSpace(t.Context(), space); err != nil {
		t.Fatal(err)
	}
}

// TestServeRefusesForeignCollectionLater: a server that was started while Qdrant was down, and finds
// another database's collection there, ends as it does at the start, and never was ready.
func TestServeRefusesForeignCollectionLater(t *testing.T) {
	first := openFull(t, pgtest.Migrated(t), qdranttest.Options{})
	first.ingest(t, "foxes", "# Foxes\n\nFoxes dig dens under the roots of old trees.")
	c := first.Config
	c.DatabaseURL = pgtest.Migrated(t)
	pgtest.Execute(t, c.DatabaseURL, // since tests copy databases
		"UPDATE database_identity SET id = gen_random_uuid()")
	before := first.vectors.Writes()
	first.vectors.Stop()
	s := start(t, c)
	eventually(t, "a server that says so", func() bool {
		return strings.Contains(s.log.String(), "the vector index is down")
	})
	check(t, s.url+"/api/ready", http.StatusServiceUnavailable, `"vectors":"down"`)
	back, err := net.Listen("tcp", first.vectors.Address())
	if err != nil {
		t.Fatal(err)
	}
	first.vectors.Listen(back)
	for ended := false; !ended; {
		select {
		case <-s.ended:
			ended = true
		default:
			if response, err := http.Get(s.url + "/api/ready"); err == nil {
				response.Body.Close()
				if response.StatusCode == http.StatusOK {
					t.Fatal("ready over another database's collection")
				}
			}
		}
	}
	if message := book.MessageOf(s.ending); book.CodeOf(s.ending) != book.Conflict ||
		!strings.Contains(message, "belongs to another database") {
		t.Errorf("the server ends with %v", s.ending)
	}
	if first.vectors.Writes() != before {
		t.Error("something was written")
	}
}

package app

import (
	"context"
	"crypto/tls"
	"io"
	"maps"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/faults/proxy"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/llm/gemini/geminitest"
	"github.com/lectern-project/lectern/internal/llm/llmtest"
	"github.com/lectern-project/lectern/internal/llm/openai/openaitest"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
	"github.com/lectern-project/lectern/internal/telemetry"
	"github.com/lectern-project/lectern/internal/usage"
	"github.com/lectern-project/lectern/internal/vector"
	"github.com/lectern-project/lectern/internal/vector/qdrant/qdranttest"
)

// events makes things happen to a server and looks which metrics move.
type events struct {
	*watched

	moved map[string]bool // metrics that did, by name
}

// series is one series of a metric, or all that have these labels ("name=value").
type series struct {
	of     telemetry.Metric
	labels []string
}

func of(m telemetry.Metric, labels ...string) series { return series{m, labels} }

// move does something and expects counters and histograms to rise by it, and gauges to change.
func (e events) move(what string, do func(), want ...series) {
	e.t.Helper()
	before := e.scrape()
	do()
	after := e.scrape()
	for _, s := range want {
		was, is := sum(before, s.of.Name, s.labels...), sum(after, s.of.Name, s.labels...)
		if is < was && s.of.Kind != telemetry.Gauge || is == was {
			e.t.Errorf("%s: %s%v was %v and is %v", what, s.of.Name, s.labels, was, is)
		}
		e.moved[s.of.Name] = true
	}
}

// is expects a gauge to have a value.
func (e events) is(value float64, of telemetry.Metric, labels ...string) {
	e.t.Helper()
	if got := sum(e.scrape(), of.Name, labels...); got != value {
		e.t.Errorf("%s%v is %v, want %v", of.Name, labels, got, value)
	}
	e.moved[of.Name] = true
}

func (e events) ask(question string) {
	e.t.Helper()
	if status, text := e.do("POST", e.address+"/api/query", `{"question":"`+question+`"}`); status != 200 {
		e.t.Fatal(text)
	}
}

func (e events) ingest(docID, text string) {
	_, _ = e.Ingest.Ingest(e.t.Context(), ingest.Request{OwnerID: e.Local.UserID, DocID: docID, Text: text})
}

const dens = "What do foxes dig?"

// TestEveryMetricMoves: each metric of the catalogue is there and moves when what it counts happens, in
// one mode or both, and a scrape has no other ones.
func TestEveryMetricMoves(t *testing.T) {
	moved := map[string]bool{}
	t.Run("embedded", func(t *testing.T) { moveEmbedded(t, moved) })
	t.Run("full", func(t *testing.T) { moveFull(t, moved) })
	var want []string
	for _, m := range telemetry.Catalog() {
		want = append(want, m.Name)
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(moved))); diff != "" {
		t.Errorf("the catalogue, and the metrics that moved (-want +got):\n%s", diff)
	}
}

// foreign reports metrics of a scrape that are not in the catalogue, but for those of Go's runtime and
// of the process, and of the scrapes themselves.
func (e events) foreign() {
	known := map[string]bool{}
	for _, m := range telemetry.Catalog() {
		known[m.Name] = true
	}
	for name := range e.scrape() {
		if !known[name] && !strings.HasPrefix(name, "go_") && !strings.HasPrefix(name, "process_") &&
			name != "promhttp_metric_handler_errors_total" {
			e.t.Errorf("%s is not in the catalogue", name)
		}
	}
}

func moveEmbedded(t *testing.T, moved map[string]bool) {
	dir := t.TempDir()
	page := filepath.Join(dir, "bears.md")
	if err := os.WriteFile(page, []byte("# Bears\n\nBears sleep."), 0o600); err != nil {
		t.Fatal(err)
	}
	e := events{watch(t, config.Config{
		OffLimits: "politics", SignInRateLimit: 30,
		Load: config.Load{MaxAnswers: 1, QueueTime: time.Millisecond},
	}, &Folder{Path: dir, Source: "docs", Watch: true}), moved}
	e.is(1, telemetry.BuildInfo, "version=v1")
	e.is(1, telemetry.DatabaseUp)
	e.is(1, telemetry.IndexUp)
	e.is(1, telemetry.PoolMax, "pool=write")
	if free, size := sum(e.scrape(), telemetry.DiskFree.Name), sum(e.scrape(), telemetry.DiskSize.Name); free <= 0 ||
		size <= free {
		t.Errorf("of a disk of %v bytes %v are free", size, free)
	}
	moved[telemetry.DiskFree.Name], moved[telemetry.DiskSize.Name] = true, true

	e.move("a question that the book answers", func() { e.ask(dens) },
		of(telemetry.HTTPRequestDuration, "route=/api/query", "method=POST", "status=200"),
		of(telemetry.QuestionStageDuration, "stage=answer"),
		of(telemetry.QuestionStageDuration, "stage=search"),
		of(telemetry.QuestionStageDuration, "stage=embed"),
		of(telemetry.QuestionStageDuration, "stage=search_legs"),
		of(telemetry.QuestionStageDuration, "stage=load"),
		of(telemetry.QuestionStageDuration, "stage=evidence"),
		of(telemetry.QuestionStageDuration, "stage=generate"),
		of(telemetry.SearchLegDuration, "leg=dense"), of(telemetry.SearchLegDuration, "leg=sparse"),
		of(telemetry.SearchHits, "leg=dense"), of(telemetry.SearchHits, "leg=sparse"),
		of(telemetry.Answers, "kind=quoted"), of(telemetry.IndexDuration, "operation=search"))
	e.move("a stream", func() { e.stream(dens) }, of(telemetry.QuestionStageDuration, "stage=first_token"))
	e.move("a question beside the book", func() { e.ask("Who won the football world cup in 1954?") },
		of(telemetry.Answers, "kind=not_found"))
	e.move("a question that is off limits", func() { e.ask("What about politics?") },
		of(telemetry.Answers, "kind=off_limits"))
	e.move("an ingest", func() { e.ingest("owls", "# Owls\n\nOwls hunt.\n\n## Eyes\n\nOwls see.") },
		of(telemetry.IngestDocuments, "outcome=created"), of(telemetry.IngestText),
		of(telemetry.IngestChunks, "fate=embedded"), of(telemetry.IngestStageDuration, "stage=ingest"),
		of(telemetry.IngestStageDuration, "stage=prepare"),
		of(telemetry.IngestStageDuration, "stage=embed_documents"),
		of(telemetry.IngestStageDuration, "stage=reserve"),
		of(telemetry.IngestStageDuration, "stage=upsert"),
		of(telemetry.IngestStageDuration, "stage=commit"))
	e.move("another version", func() { e.ingest("owls", "# Owls\n\nOwls hunt.\n\n## Eyes\n\nOwls see well.") },
		of(telemetry.IngestDocuments, "outcome=updated"), of(telemetry.IngestChunks, "fate=removed"),
		of(telemetry.IngestStageDuration, "stage=settle"))
	e.move("the same again", func() { e.ingest("owls", "# Owls\n\nOwls hunt.\n\n## Eyes\n\nOwls see well.") },
		of(telemetry.IngestDocuments, "outcome=unchanged"), of(telemetry.IngestChunks, "fate=kept"))
	e.move("a document without text", func() { e.ingest("void", "") }, of(telemetry.IngestFailures, "code=invalid"))
	e.move("a document that goes", func() {
		if err := e.Ingest.Delete(t.Context(), "owls", e.Local.UserID); err != nil {
			t.Fatal(err)
		}
	}, of(telemetry.IngestDocuments, "outcome=deleted"))
	e.move("more questions than there are places for", func() {
		e.eventually("one is refused", func() bool {
			var group sync.WaitGroup
			for range 20 {
				group.Go(func() { e.do("POST", e.address+"/api/query", `{"question":"`+dens+`"}`) })
			}
			group.Wait()
			return sum(e.scrape(), telemetry.Shed.Name, "what=answer") > 0
		})
	}, of(telemetry.Shed, "what=answer"))
	e.moveAccounts()
	e.moveLedger()

	// A file that cannot be ingested, and its repair.
	e.eventually("the folder was ingested", func() bool { return sum(e.scrape(), telemetry.FolderSuccess.Name) > 0 })
	e.move("a page without text", func() {
		write(t, page, "")
		e.eventually("a file failed", func() bool { return sum(e.scrape(), telemetry.FolderFailed.Name) == 1 })
	}, of(telemetry.FolderFailed), of(telemetry.FolderRun))
	e.move("its repair", func() {
		write(t, page, "# Bears\n\nBears wake up.")
		e.eventually("no file failed", func() bool { return sum(e.scrape(), telemetry.FolderFailed.Name) == 0 })
	}, of(telemetry.FolderSuccess))
	e.foreign()
}

// moveAccounts signs in, well and badly and too often, and makes a key.
func (e events) moveAccounts() {
	const password = "long enough for 1 test"
	ctx := e.t.Context()
	ada := auth.Registration{Username: "ada", Email: "ada@example.org", Password: password}
	if _, err := e.Auth.CreateUser(ctx, e.Local, ada, book.Editor); err != nil {
		e.t.Fatal(err)
	}
	signIn := func(password string) int {
		status, _ := e.do("POST", e.address+"/api/auth/login", `{"login":"ada","password":"`+password+`"}`)
		return status
	}
	e.move("a sign-in", func() { signIn(password) }, of(telemetry.SignIns, "outcome=succeeded"))
	e.move("wrong passwords", func() {
		for range 10 {
			signIn("something else entirely")
		}
	}, of(telemetry.SignIns, "outcome=refused"), of(telemetry.SignIns, "outcome=throttled"))
	e.move("more of them than may be sent", func() {
		for range 30 {
			signIn("something else entirely")
		}
	}, of(telemetry.RateLimited, "quota=sign-ins"))
	until := time.Now().Add(48 * time.Hour).Truncate(time.Second)
	for _, at := range []time.Time{{}, until.Add(time.Hour), until} {
		_, _, err := e.Auth.CreateKey(ctx, e.Local, auth.KeyRequest{
			Username: "ada", Permission: book.PermitRead, ExpiresAt: at,
		})
		if err != nil {
			e.t.Fatal(err)
		}
	}
	e.is(float64(until.Unix()), telemetry.KeyExpiry)
}

// moveLedger leaves something on the ledger and in the index that does not belong there.
func (e events) moveLedger() {
	ctx := e.t.Context()
	space, err := e.Store.ActiveSpace(ctx)
	if err != nil {
		e.t.Fatal(err)
	}
	ids := []uuid.UUID{book.NewVectorID()}
	e.move("a write under way", func() {
		if err := e.Store.Reserve(ctx, space.ID(), ids, time.Minute); err != nil {
			e.t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}, of(telemetry.LedgerRows, "state=writing"), of(telemetry.LedgerAge))
	e.move("it is given up", func() {
		if _, err := e.Store.Abandon(ctx, ids, false); err != nil {
			e.t.Fatal(err)
		}
	}, of(telemetry.LedgerRows, "state=writing"))
	e.move("a drain", e.chore("drain"), of(telemetry.ReconcileRuns, "work=drain", "outcome=succeeded"),
		of(telemetry.ReconcileSuccess, "work=drain"), of(telemetry.ChoreRuns, "chore=drain"),
		of(telemetry.ChoreSuccess, "chore=drain"))
	e.eventually("the row was settled", func() bool {
		return sum(e.scrape(), telemetry.ReconcilePoints.Name, "action=settled") > 0
	})
	e.moved[telemetry.ReconcilePoints.Name] = true
	stray := vector.Point{
		ID: book.NewVectorID(), DocID: "stray", ChunkID: uuid.New(), Scope: book.ScopePublic,
		Sparse: book.SparseVector{Indices: []uint32{1}, Values: []float32{1}},
	}
	e.move("an audit that finds something", func() {
		if err := e.Index.Upsert(ctx, space.ID(), []vector.Point{stray}); err != nil {
			e.t.Fatal(err)
		}
		e.chore("audit")()
	}, of(telemetry.AuditFindings, "kind=stray"), of(telemetry.ReconcileRuns, "work=audit"),
		of(telemetry.ReconcileDuration, "work=audit"))
}

// chore does a piece of background work until it succeeds: the server does it too, and one at a time.
func (e events) chore(name string) func() {
	return func() {
		e.t.Helper()
		for _, c := range e.chores() {
			if c.name == name {
				if err := c.do(e.t.Context()); err != nil {
					e.t.Fatal(err)
				}
			}
		}
	}
}

func (e events) eventually(what string, holds func() bool) {
	e.t.Helper()
	for range 1000 {
		if holds() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	e.t.Fatalf("never: %s", what)
}

// stream asks for an answer as it comes.
func (e events) stream(question string) {
	e.t.Helper()
	r, err := http.NewRequestWithContext(e.t.Context(), http.MethodPost, e.address+"/api/query",
		strings.NewReader(`{"question":"`+question+`"}`))
	if err != nil {
		e.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "text/event-stream")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		e.t.Fatal(err)
	}
	defer response.Body.Close()
	if text, _ := io.ReadAll(response.Body); !strings.Contains(string(text), "event: done") {
		e.t.Fatalf("%s", text)
	}
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func moveFull(t *testing.T, moved map[string]bool) {
	gemini := llmtest.NewServer(t, geminitest.Wire{})
	openai := llmtest.NewServer(t, openaitest.Wire{})
	answered := llmtest.Script{
		Text: []string{"Foxes dig dens [1]."}, Usage: llm.Usage{InputTokens: 120, OutputTokens: 9},
	}
	gemini.Play(answered)
	openai.Play(answered)
	u, err := url.Parse(pgtest.Migrated(t))
	if err != nil {
		t.Fatal(err)
	}
	database := proxy.Start(t, u.Host)
	vectors := proxy.Start(t, qdranttest.Start(t, qdranttest.Options{}).Address())
	address, expires := encrypted(t, database.Address())
	u.Host = address
	u.RawQuery = "sslmode=require&pool_max_conns=3"
	e := events{watch(t, config.Config{
		DatabaseURL: u.String(), QdrantURL: vectors.Address(), Collection: "book",
		SigningKey:   strings.Repeat("random-k", config.MinSigningKey/8),
		GeminiAPIKey: llmtest.Key, GeminiBaseURL: gemini.URL, OpenAIBaseURL: openai.URL,
		Models: config.Models{
			Order: "gemini,openai,extractive", GeminiModel: "g", OpenAIModel: "o",
		},
		Budgets: config.Budgets{ModelPrices: "g=1/2,o=1/2", DailyServiceTokens: 1e6},
	}, nil), moved}
	e.is(1, telemetry.DatabaseUp)
	e.is(1, telemetry.IndexUp)
	e.is(3, telemetry.PoolMax, "pool=main")
	e.is(float64(expires.Unix()), telemetry.CertificateExpiry, "peer=database")
	e.is(1, telemetry.ModelBreaker, "model=gemini/g", "state=closed")
	e.is(0, telemetry.BudgetSpent, "budget=service", "of=tokens")

	chat := []string{"gen_ai_operation_name=chat", "gen_ai_provider_name=gcp.gemini", "gen_ai_request_model=g"}
	e.move("an answer of a model", func() { e.ask(dens) },
		of(telemetry.Answers, "kind=model"), of(telemetry.ModelCallDuration, append(chat, "error_type=")...),
		of(telemetry.ModelFirstChunk, chat...), of(telemetry.ModelTokens, append(chat, "gen_ai_token_type=input")...),
		of(telemetry.ModelTokens, append(chat, "gen_ai_token_type=output")...),
		of(telemetry.ModelAttempts, "model=gemini/g", "outcome=answer"),
		of(telemetry.ModelTokensCounted, "model=gemini/g", "type=output"),
		of(telemetry.ModelCost, "model=gemini/g"), of(telemetry.BudgetSpent, "budget=service", "of=tokens"),
		of(telemetry.StatementDuration, "statement=Resolve"), of(telemetry.SearchHits, "leg=sparse"))
	e.move("a follow-up question", func() {
		status, text := e.do("POST", e.address+"/api/query", `{"question":"Where do they dig?",
			"conversation":[{"question":"What do foxes dig?","answer":"Dens."}]}`)
		if status != 200 {
			t.Fatal(text)
		}
	}, of(telemetry.QuestionStageDuration, "stage=condense"))
	e.moveAnswers(gemini, openai, answered)
	e.moveLedger()
	e.moveDown(database, vectors)
	e.foreign()
}

// moveAnswers has models fail.
func (e events) moveAnswers(gemini, openai *llmtest.Server, answered llmtest.Script) {
	slow := answered
	slow.Slow = time.Second
	gemini.Play(slow)
	asked := make(chan bool)
	go func() { e.ask(dens); close(asked) }()
	e.eventually("a question is under way", func() bool { return sum(e.scrape(), telemetry.HTTPRequestsInFlight.Name) > 0 })
	<-asked
	e.is(0, telemetry.HTTPRequestsInFlight)

	other := answered
	other.Model = "another"
	gemini.Play(other)
	e.move("another model answers", func() { e.ask(dens) }, of(telemetry.ModelMismatches, "model=gemini/g"))
	gemini.Play(llmtest.Script{Fault: llmtest.Overloaded})
	e.move("a model is overloaded", func() { e.ask(dens) },
		of(telemetry.ModelAttempts, "model=gemini/g", "outcome=overloaded"),
		of(telemetry.ModelRetries, "model=gemini/g"),
		of(telemetry.ModelFallbacks, "from=gemini/g", "to=openai/o"),
		of(telemetry.AnswersDegraded, "part=models"),
		of(telemetry.ModelCallDuration, "gen_ai_request_model=g", "error_type=overloaded"))
	gemini.Play(llmtest.Script{Fault: llmtest.Empty})
	openai.Play(llmtest.Script{Fault: llmtest.Empty})
	e.move("all models fail", func() {
		for range 10 {
			e.ask(dens)
		}
	}, of(telemetry.Answers, "kind=quoted"), of(telemetry.ModelFallbacks, "from=openai/o", "to=extractive"),
		of(telemetry.ModelBreaker, "model=openai/o", "state=open"),
		of(telemetry.ModelBreaker, "model=openai/o", "state=closed"))

	e.move("a call that cannot be counted", func() {
		_, err := e.Usage.Measure(extravagant{}).Generate(e.t.Context(), llm.Request{}, nil)
		if err != nil {
			e.t.Fatal(err)
		}
	}, of(telemetry.UsageLost))
	e.move("the budget is used up", func() {
		err := e.Store.AddSpent(e.t.Context(), []string{usage.Service}, store.Spent{Tokens: 1e6})
		if err != nil {
			e.t.Fatal(err)
		}
		_, err = e.Usage.Measure(extravagant{}).Generate(e.t.Context(), llm.Request{}, nil)
		if llm.FailureOf(err).Class != llm.OverBudget {
			e.t.Error(err)
		}
	}, of(telemetry.BudgetRefused, "budget=service"),
		of(telemetry.BudgetSpent, "budget=service", "of=tokens"))
}

// extravagant is a model that took more tokens than can be counted.
type extravagant struct{ llm.Model }

func (extravagant) Name() string { return "gemini/g" }

func (extravagant) Generate(
	context.Context, llm.Request, func(string) error,
) (llm.Response, error) {
	return llm.Response{Usage: llm.Usage{InputTokens: math.MaxInt, OutputTokens: 1}}, nil
}

// moveDown takes the stores away, one after the other.
func (e events) moveDown(database, vectors *proxy.Proxy) {
	e.move("more questions at once than connections", func() {
		var group sync.WaitGroup
		for range 40 {
			group.Go(func() { e.ask(dens) })
		}
		group.Wait()
	}, of(telemetry.PoolWaits, "pool=main"), of(telemetry.PoolWaited, "pool=main"))
	if sum(e.scrape(), telemetry.PoolConnections.Name, "pool=main") == 0 {
		e.t.Error("there are no connections")
	}
	e.moved[telemetry.PoolConnections.Name] = true
	vectors.Refuse(true)
	e.move("the index is down", func() { e.ask(dens) },
		of(telemetry.SearchesDegraded, "part=vector_index"),
		of(telemetry.AnswersDegraded, "part=vector_index"), of(telemetry.SearchHits, "leg=words"),
		of(telemetry.QuestionStageDuration, "stage=words"), of(telemetry.IndexErrors, "code=unavailable"))
	e.is(0, telemetry.IndexUp)
	e.is(1, telemetry.DatabaseUp)
	vectors.Refuse(false)
	database.Refuse(true)
	e.move("the database is down", func() {
		status, text := e.do("POST", e.address+"/api/query", `{"question":"What do foxes dig?"}`)
		if status != http.StatusServiceUnavailable {
			e.t.Errorf("answered %d: %s", status, text)
		}
	}, of(telemetry.Answers, "kind=failed"), of(telemetry.HTTPRequestDuration, "route=/api/query", "status=503"))
	e.is(0, telemetry.DatabaseUp)
	if sum(e.scrape(), telemetry.StatementErrors.Name) == 0 {
		e.t.Error("no statement failed")
	}
	e.moved[telemetry.StatementErrors.Name] = true
	database.Refuse(false)
	e.eventually("the database is back", func() bool { return sum(e.scrape(), telemetry.DatabaseUp.Name) == 1 })
}

// encrypted is a way to a PostgreSQL server that speaks TLS, and when its certificate expires.
func encrypted(t *testing.T, target string) (address string, expires time.Time) {
	t.Helper()
	lender := httptest.NewTLSServer(nil)
	t.Cleanup(lender.Close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	settings := &tls.Config{Certificates: lender.TLS.Certificates, MinVersion: tls.VersionTLS13}
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			go encrypt(in, target, settings)
		}
	}()
	return l.Addr().String(), lender.Certificate().NotAfter
}

// encrypt says yes to the request for TLS that a client of PostgreSQL begins with, and passes on what
// comes then.
func encrypt(in net.Conn, target string, settings *tls.Config) {
	defer in.Close()
	request := make([]byte, 8)
	if _, err := io.ReadFull(in, request); err != nil {
		return
	}
	if _, err := in.Write([]byte("S")); err != nil {
		return
	}
	client := tls.Server(in, settings)
	out, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer out.Close()
	go func() {
		_, _ = io.Copy(out, client)
		out.Close()
		in.Close()
	}()
	_, _ = io.Copy(client, out)
}

// keyFor asks for a key of the caller's own.
func keyFor(p book.Permission) auth.KeyRequest { return auth.KeyRequest{Permission: p} }

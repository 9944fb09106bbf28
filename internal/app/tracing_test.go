package app

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/llm/llmtest"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
	"github.com/lectern-project/lectern/internal/telemetry"
	"github.com/lectern-project/lectern/internal/tracing/tracingtest"
	"github.com/lectern-project/lectern/internal/vector/qdrant/qdranttest"
)

// asked is a question that was asked of a program that is traced: over each step, one model that fails,
// one that searches the book and then answers.
type asked struct {
	status int
	body   string
	log    []map[string]any // lines
	spans  []tracingtest.Span
	to     map[string]http.Header // of the last call of each provider
}

const traceID = "0af7651916cd43dd8448eb211c80319c"

// ask asks with a traceparent header that says this.
func ask(t *testing.T, collector *tracingtest.Collector, traceparent, body string) asked {
	t.Helper()
	a, stubs := providers(t, config.Gemini+","+config.OpenAI)
	stubs[config.Gemini].Play(llmtest.Script{Fault: llmtest.BadKey})
	stubs[config.OpenAI].Play(
		llmtest.Script{Calls: searchCall, Usage: llm.Usage{InputTokens: 7, OutputTokens: 3}},
		llmtest.Script{Text: []string{"It drifts [2]."}})
	var out bytes.Buffer
	handler, err := a.handler(telemetry.NewLogger(&out, slog.LevelInfo, true))
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/api/query", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Traceparent", traceparent)
	r.Header.Set("Tracestate", "vendor=of-a-stranger")
	r.Header.Set("Baggage", "user=of-a-stranger")
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	if err := a.Close(); err != nil { // which sends what was not sent yet
		t.Error(err)
	}
	got := asked{status: w.Code, body: w.Body.String(), spans: collector.Spans(), to: map[string]http.Header{}}
	for line := range strings.Lines(out.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		got.log = append(got.log, fields)
	}
	for name, stub := range stubs {
		if header := stub.Header(); header != nil {
			got.to[name] = header
		}
	}
	return got
}

const question = `{"question":"What does a gyroscope measure?","top_k":1}`

// questionTree is the way of question: of the models, the first does not answer, and the second searches
// the book again.
const questionTree = `POST /api/query
  answer
    guardrail off_limits
    search
      store.ActiveSpace
      embed
      search_legs
        vector.Search
      load
        store.Resolve
    guardrail evidence
      evidence
        store.TermFrequencies
    generate
      chat g (bad_key)
      chat o
        store.AddSpent
      execute_tool search_book
        search
          embed
          search_legs
            vector.Search
          load
            store.Resolve
      chat o
        store.AddSpent
      guardrail citations
`

// TestTraceOfAQuestion: the collector sees the whole way of a question, within the caller's trace, over
// either protocol. Providers are told of the trace, and of nothing else that the caller sent.
func TestTraceOfAQuestion(t *testing.T) {
	for _, protocol := range []string{tracingtest.HTTP, tracingtest.GRPC} {
		t.Run(protocol, func(t *testing.T) {
			t.Setenv("OTEL_SERVICE_NAME", "robots")
			t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=trial")
			collector := tracingtest.Start(t, protocol)
			got := ask(t, collector, "00-"+traceID+"-b7ad6b7169203331-01", question)
			if got.status != http.StatusOK {
				t.Fatalf("%d %s", got.status, got.body)
			}
			if diff := cmp.Diff(questionTree, tracingtest.Tree(got.spans, traceID)); diff != "" {
				t.Errorf("the tree is not as wanted (-want +got):\n%s", diff)
			}
			for _, line := range got.log {
				if line["trace_id"] != traceID {
					t.Errorf("the log does not name the trace: %v", line)
				}
			}
			checkSpans(t, got)
			if r := collector.Resource(); r["service.name"] != "robots" ||
				r["deployment.environment.name"] != "trial" {
				t.Errorf("the program is described as %v", r)
			}
			for provider, header := range got.to {
				if !strings.HasPrefix(header.Get("Traceparent"), "00-"+traceID+"-") ||
					!strings.HasSuffix(header.Get("Traceparent"), "-01") ||
					header.Get("Tracestate")+header.Get("Baggage") != "" {
					t.Errorf("%s is told %v", provider, header)
				}
			}
			if len(got.to) != 2 {
				t.Errorf("%d providers were asked", len(got.to))
			}
		})
	}
}

// checkSpans checks kinds and attributes by the semantic conventions.
func checkSpans(t *testing.T, got asked) {
	t.Helper()
	for name, want := range map[string]map[string]string{
		"SERVER POST /api/query": {
			"http.request.method": "POST", "http.route": "/api/query", "lectern.degraded": "models",
			"http.response.status_code": "200", "parent": "b7ad6b7169203331",
		},
		"CLIENT store.Resolve": {"db.system.name": "sqlite", "db.operation.name": "Resolve"},
		"CLIENT vector.Search": {"db.system.name": "lectern.exact", "db.operation.name": "Search"},
		"CLIENT chat g": {
			"gen_ai.operation.name": "chat", "gen_ai.provider.name": "gcp.gemini",
			"gen_ai.request.model": "g", "error.type": "bad_key",
		},
		"CLIENT chat o": {
			"gen_ai.provider.name": "openai", "gen_ai.response.model": "o",
			"gen_ai.usage.input_tokens": "7", "gen_ai.usage.output_tokens": "3",
			"gen_ai.response.finish_reasons": "tool_calls",
		},
		"INTERNAL execute_tool search_book": {
			"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search_book",
		},
		"INTERNAL guardrail evidence": {"lectern.guardrail.passed": "true"},
	} {
		i := slices.IndexFunc(got.spans, func(s tracingtest.Span) bool {
			return s.Kind+" "+s.Name == name
		})
		if i < 0 {
			t.Errorf("there is no span %s", name)
			continue
		}
		span := got.spans[i]
		span.Attributes["parent"] = span.Parent
		for key, value := range want {
			if span.Attributes[key] != value {
				t.Errorf("%s has %s=%q, want %q", name, key, span.Attributes[key], value)
			}
		}
	}
}

// TestTraceThatIsNotSampled: the caller's wish is respected and passed on, and the log names the trace
// all the same.
func TestTraceThatIsNotSampled(t *testing.T) {
	got := ask(t, tracingtest.Start(t, tracingtest.HTTP), "00-"+traceID+"-b7ad6b7169203331-00", question)
	if got.status != http.StatusOK || strings.Contains(tracingtest.Tree(got.spans, traceID), "/api/query") {
		t.Errorf("%d %s\n%s", got.status, got.body, tracingtest.Tree(got.spans, traceID))
	}
	if got.log[0]["trace_id"] != traceID {
		t.Errorf("logged %v", got.log)
	}
	for provider, header := range got.to {
		if h := header.Get("Traceparent"); !strings.Contains(h, traceID) || !strings.HasSuffix(h, "-00") {
			t.Errorf("%s is told %q", provider, h)
		}
	}
}

// TestTextsInTraces: they are there only when that is switched on.
func TestTextsInTraces(t *testing.T) {
	for _, on := range []bool{false, true} {
		if on {
			t.Setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "true")
		}
		collector := tracingtest.Start(t, tracingtest.HTTP)
		got := ask(t, collector, "", question)
		for what, text := range map[string]string{
			"the question": "What does a gyroscope", "a passage": "rate of rotation about its axes",
			"the answer": "It drifts", "the tool's arguments": "small errors add up", "the tool's result": "engineers call drift",
			"our instructions": "You teach the readers",
		} {
			if strings.Contains(collector.Text(), text) != on {
				t.Errorf("switched on %v: it is wrong whether the trace holds %s", on, what)
			}
		}
		if !strings.Contains(tracingtest.Tree(got.spans, got.spans[len(got.spans)-1].Trace), "execute_tool") {
			t.Error("the trace is not of this question")
		}
	}
}

// TestFailuresInTraces: what failed is marked as failed, in every span on its way, and what the client
// did wrong is not.
func TestFailuresInTraces(t *testing.T) {
	collector := tracingtest.Start(t, tracingtest.HTTP)
	a, _ := providers(t, config.Extractive)
	handler, err := a.handler(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	statuses := []int{}
	send := func(path string) {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(question))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		statuses = append(statuses, w.Code)
	}
	send("/api/reembed") // which takes an account
	down := a.Store
	if err := down.Close(); err != nil {
		t.Fatal(err)
	}
	send("/api/query")
	_ = a.Close()
	trees := ""
	for _, s := range collector.Spans() {
		if s.Kind == "SERVER" {
			trees += tracingtest.Tree(collector.Spans(), s.Trace)
		}
	}
	if want := []int{401, 500}; !slices.Equal(statuses, want) {
		t.Fatalf("answered %v, want %v", statuses, want)
	}
	if !strings.HasPrefix(trees, "POST /api/reembed\n") ||
		!strings.Contains(trees, "POST /api/query (internal)\n  answer (internal)\n") ||
		!strings.Contains(trees, "store.ActiveSpace (internal)\n") {
		t.Errorf("the traces are\n%s", trees)
	}
}

// TestTracesAreOffByThemselves: without a variable that asks for them nothing is traced, and a caller's
// trace is in the log all the same and is not told to anybody.
func TestTracesAreOffByThemselves(t *testing.T) {
	collector := tracingtest.Start(t, tracingtest.HTTP)
	t.Setenv("OTEL_SDK_DISABLED", "true")
	got := ask(t, collector, "00-"+traceID+"-b7ad6b7169203331-01", question)
	if got.status != http.StatusOK || len(got.spans) > 0 {
		t.Errorf("%d %s, %d spans", got.status, got.body, len(got.spans))
	}
	if got.log[0]["trace_id"] != traceID || got.to[config.OpenAI].Get("Traceparent") != "" {
		t.Errorf("logged %v, told %v", got.log, got.to)
	}
}

// TestBackgroundTraces: background work is a trace of its own, with what it does.
func TestBackgroundTraces(t *testing.T) {
	collector := tracingtest.Start(t, tracingtest.GRPC)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "foxes.md"), []byte("# Foxes\n\nFoxes dig.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	a, _ := providers(t, config.Extractive)
	serveFolder(t, a, &Folder{Path: dir, Source: "book"})
	_ = a.Close()
	trees := ""
	for _, s := range collector.Spans() {
		if s.Parent == "" {
			trees += tracingtest.Tree(collector.Spans(), s.Trace)
		}
	}
	for _, want := range []string{
		"worker drain\n  store.", "worker audit\n  store.", "sync folder\n  POST /api/ingest\n",
		"  GET /api/documents\n    store.", "      upsert\n        vector.Upsert\n      commit\n        store.CommitDocument\n",
	} {
		if !strings.Contains("\n"+trees, "\n"+strings.TrimPrefix(want, "\n")) {
			t.Errorf("there is no %q in\n%s", want, trees)
		}
	}
}

// serveFolder serves until the folder was ingested once, and closes a.
func serveFolder(t *testing.T, a *App, folder *Folder) {
	t.Helper()
	ready := make(chan bool, 1)
	_, stop := serveApp(t, a, Service{
		Folder: folder, Ready: func(context.Context, *App) { ready <- true },
	})
	<-ready
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

// TestTraceInFullMode: the spans of the stores say which they are, and Qdrant is told of the trace.
func TestTraceInFullMode(t *testing.T) {
	collector := tracingtest.Start(t, tracingtest.HTTP)
	f := openFull(t, pgtest.Migrated(t), qdranttest.Options{})
	f.ingest(t, "foxes", "# Foxes\n\nFoxes dig dens under the roots of old trees.")
	f.ask(t, "/api/search", "What do foxes dig?")
	told := f.vectors.Metadata().Get("traceparent")
	_ = f.Close()
	systems := map[string]string{}
	for _, s := range collector.Spans() {
		systems[s.Name] = s.Attributes["db.system.name"]
		if s.Name == "vector.Search" && (len(told) != 1 || told[0] != "00-"+s.Trace+"-"+s.ID+"-01") {
			t.Errorf("Qdrant is told %q of %+v", told, s)
		}
	}
	if systems["store.Resolve"] != "postgresql" || systems["vector.Search"] != "qdrant" {
		t.Errorf("the stores are %v", systems)
	}
}

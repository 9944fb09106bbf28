//go:build monitoring

package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/llm/llmtest"
	"github.com/lectern-project/lectern/internal/llm/openai/openaitest"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
	"github.com/lectern-project/lectern/internal/vector/qdrant/qdranttest"
)

// faster is how much faster than in earnest the rules look and wait in these tests.
const faster = 60

// giveUp is when a test stops to wait for what should happen in seconds.
const giveUp = 3 * time.Minute

// TestMonitoring runs Prometheus, with the rules of deploy/prometheus, beside two servers: one in full
// mode, one in embedded mode. All durations of the rules are a sixtieth of what they are in earnest.
func TestMonitoring(t *testing.T) {
	vectors := qdranttest.Start(t, qdranttest.Options{})
	c := fullConfig(t, vectors)
	database := &tcpGate{}
	c.DatabaseURL = database.before(t, pgtest.Migrated(t))
	full := watch(t, c, bookFolder(t))
	embedded := watch(t, config.Config{}, bookFolder(t))
	use(t, full)
	use(t, embedded)
	p := startPrometheus(t, map[string]*watched{"full": full, "embedded": embedded})
	p.await("both servers are scraped", func() bool { return len(p.query(`up{job="lectern"} == 1`)) == 2 })
	use(t, full) // counters that grow between two scrapes
	for _, part := range []struct {
		name  string
		check func(t *testing.T, p prometheus)
	}{
		{"QdrantDown", func(t *testing.T, p prometheus) { checkQdrantDown(t, p, full, vectors) }},
		{"PostgreSQLDown", func(t *testing.T, p prometheus) { checkPostgreSQLDown(t, p, full, database) }},
		{"Metrics", checkMetrics}, // last, since some are of failures
	} {
		t.Run(part.name, func(t *testing.T) { part.check(t, prometheus{t, p.address}) })
	}
}

// fullConfig is full mode with a model and a budget.
func fullConfig(t *testing.T, vectors *qdranttest.Server) config.Config {
	model := llmtest.NewServer(t, openaitest.Wire{})
	for range 3 {
		model.Play(llmtest.Script{Text: []string{"They dig dens ", "[1]."}, Usage: llm.Usage{InputTokens: 10, OutputTokens: 5}})
	}
	return config.Config{
		QdrantURL: vectors.Address(), Collection: "book",
		SigningKey:   strings.Repeat("random-k", config.MinSigningKey/8),
		OpenAIAPIKey: llmtest.Key, OpenAIBaseURL: model.URL,
		Models: config.Models{Order: "openai,extractive", OpenAIModel: "gpt"},
		Budgets: config.Budgets{
			ModelPrices: "gpt=1/1", DailyServiceTokens: 1e9, DailyAnonymousTokens: 1e9, DailyServiceCost: 1e5,
		},
	}
}

// bookFolder is a folder to follow.
func bookFolder(t *testing.T) *Folder {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "owls.md"), []byte("# Owls\n\nOwls sleep."), 0o600); err != nil {
		t.Fatal(err)
	}
	return &Folder{Path: dir, Source: "folder"}
}

// use has every part of a server do something.
func use(t *testing.T, w *watched) {
	t.Helper()
	for _, accept := range []string{"application/json", "text/event-stream"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.address+"/api/query",
			strings.NewReader(`{"question":"What do foxes dig?"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", accept)
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("%d %s %v", response.StatusCode, text, err)
		}
	}
	if status, text := w.do(http.MethodPost, w.address+"/api/search", `{"question":"What do foxes dig?"}`); status != 200 {
		t.Fatalf("%d %s", status, text)
	}
	w.do(http.MethodPost, w.address+"/api/auth/login", `{"login":"nobody","password":"nothing at all"}`)
	_, _, err := w.Auth.CreateKey(t.Context(), w.Local, auth.KeyRequest{
		Permission: book.PermitRead, ExpiresAt: time.Now().AddDate(0, 1, 0),
	})
	if err != nil {
		t.Fatal(err)
	}
}

// checkMetrics: the server that runs takes each query of rules and dashboards, and each metric in
// them is there now.
func checkMetrics(t *testing.T, p prometheus) {
	elsewhere := []string{
		"probe_ssl_earliest_cert_expiry",               // the blackbox exporter's
		"lectern_certificate_expiry_timestamp_seconds", // of stores that speak TLS; a test of its own sees it
	}
	looked := map[string]bool{}
	all := queries(t)
	for where, query := range all {
		var answer struct{ Status, Error string }
		p.get("/api/v1/query", url.Values{"query": {query}}, &answer)
		if answer.Status != "success" {
			t.Errorf("%s: %s", where, answer.Error)
		}
		for _, name := range metricsIn(query) {
			if !looked[name] && !slices.Contains(elsewhere, name) && len(p.query(name)) == 0 {
				t.Errorf("%s: there is no %s", where, name)
			}
			looked[name] = true
		}
	}
	if len(all) < 100 || len(looked) < 50 {
		t.Errorf("only %d metrics of %d queries were looked for", len(looked), len(all))
	}
}

var (
	matchers  = regexp.MustCompile(`\{[^}]*\}`)
	groupings = regexp.MustCompile(`\b(by|on|group_left) \([^)]*\)`)
	metric    = regexp.MustCompile(`\b(up|(lectern_|gen_ai_|process_|go_|probe_)\w+)\b`)
)

// metricsIn are the names of the metrics that a query looks at.
func metricsIn(query string) []string {
	return metric.FindAllString(groupings.ReplaceAllString(matchers.ReplaceAllString(query, ""), ""), -1)
}

// queries are those of rules and dashboards, by where they are.
func queries(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	var rules struct {
		Groups []struct {
			Rules []struct{ Alert, Record, Expr string }
		}
	}
	if err := yaml.Unmarshal(readDeployed(t, "prometheus/rules.yaml"), &rules); err != nil {
		t.Fatal(err)
	}
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			all[r.Record+r.Alert] = r.Expr
		}
	}
	// Grafana fills these in.
	variables := strings.NewReplacer("$__rate_interval", "5m", "$__range", "6h", "$job", ".*")
	for _, file := range []string{"readers.json", "service.json"} {
		var dashboard struct {
			Panels []struct {
				Title   string
				Targets []struct{ RefID, Expr string }
			}
		}
		if err := json.Unmarshal(readDeployed(t, "grafana/dashboards/"+file), &dashboard); err != nil {
			t.Fatal(err)
		}
		for _, p := range dashboard.Panels {
			for _, target := range p.Targets {
				all[file+": "+p.Title+" "+target.RefID] = variables.Replace(target.Expr)
			}
		}
	}
	return all
}

func readDeployed(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../deploy", file))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// checkQdrantDown: the alert comes when Qdrant is gone, not before, while readers still find; and it
// ends when Qdrant is back.
func checkQdrantDown(t *testing.T, p prometheus, w *watched, vectors *qdranttest.Server) {
	const alert = "LecternQdrantDown"
	p.await("the rules are evaluated", func() bool { return len(p.query(`lectern:searches:slow_ratio_rate3d`)) > 0 })
	for name, state := range p.alerts() {
		// How full the disk is and how fast a search are this machine's affair.
		if !strings.HasPrefix(name, "LecternDisk") && !strings.Contains(name, "Slow") {
			t.Errorf("%s is %s while all is well", name, state)
		}
	}
	vectors.Stop()
	p.await(alert+" fires", func() bool { return p.alerts()[alert] == "firing" })
	status, text := w.do(http.MethodPost, w.address+"/api/search", `{"question":"What do foxes dig?"}`)
	if status != http.StatusOK || !strings.Contains(text, "vector_index") {
		t.Errorf("a search without Qdrant: %d %s", status, text)
	}
	for _, other := range []string{"LecternDown", "LecternReplicaDown", "LecternPostgreSQLDown"} {
		if p.alerts()[other] == "firing" {
			t.Errorf("%s fires, too", other)
		}
	}
	if err := vectors.Restart(vectors.Writes()); err != nil {
		t.Fatal(err)
	}
	p.await(alert+" is over", func() bool { return p.alerts()[alert] == "" })
}

// checkPostgreSQLDown is the same for PostgreSQL.
func checkPostgreSQLDown(t *testing.T, p prometheus, w *watched, database *tcpGate) {
	const alert = "LecternPostgreSQLDown"
	search := func() int {
		status, _ := w.do(http.MethodPost, w.address+"/api/search", `{"question":"What do foxes dig?"}`)
		return status
	}
	p.await("a statement meets a connection that was cut", func() bool {
		database.shut(true)
		search()
		database.shut(false)
		search()
		return len(p.query("lectern_database_errors_total")) > 0
	})
	database.shut(true)
	if status := search(); status != http.StatusServiceUnavailable {
		t.Errorf("a search without PostgreSQL: %d", status)
	}
	p.await(alert+" fires", func() bool { return p.alerts()[alert] == "firing" })
	if p.alerts()["LecternDown"] != "" {
		t.Error("a replica without its database counts as gone")
	}
	database.shut(false)
	p.await(alert+" is over", func() bool { return p.alerts()[alert] == "" })
}

// tcpGate passes connections on to a server, unless it is shut.
type tcpGate struct {
	mu     sync.Mutex
	closed bool
	open   []net.Conn
}

// before puts the gate before the server of a database's URL and returns the URL that goes through it.
func (g *tcpGate) before(t *testing.T, databaseURL string) string {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	server := u.Host
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			go g.pass(in, server)
		}
	}()
	u.Host = l.Addr().String()
	return u.String()
}

func (g *tcpGate) pass(in net.Conn, server string) {
	defer in.Close()
	out, err := net.Dial("tcp", server)
	if err != nil {
		return
	}
	defer out.Close()
	g.mu.Lock()
	closed := g.closed
	g.open = append(g.open, in)
	g.mu.Unlock()
	if closed {
		return
	}
	go func() {
		_, _ = io.Copy(out, in)
		out.Close()
	}()
	_, _ = io.Copy(in, out)
}

// shut cuts all connections and lets no new one through, or opens the gate again.
func (g *tcpGate) shut(closed bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = closed
	for _, c := range g.open {
		c.Close()
	}
	g.open = nil
}

// prometheus is one that runs.
type prometheus struct {
	t       *testing.T
	address string
}

// startPrometheus scrapes servers, each as a replica of an installation of its own.
func startPrometheus(t *testing.T, servers map[string]*watched) prometheus {
	t.Helper()
	program, err := exec.LookPath("prometheus")
	if err != nil {
		t.Fatal("there is no prometheus; scripts/install-prometheus installs it")
	}
	dir := t.TempDir()
	scrapes := ""
	for name, w := range servers {
		scrapes += fmt.Sprintf("      - {targets: [%q], labels: {namespace: %q}}\n",
			strings.TrimPrefix(w.metrics, "http://"), name)
	}
	for file, text := range map[string]string{
		"rules.yaml": fasterRules(t),
		"prometheus.yml": "global: {scrape_interval: 500ms, evaluation_interval: 500ms}\n" +
			"rule_files: [rules.yaml]\nscrape_configs:\n  - job_name: lectern\n    static_configs:\n" + scrapes,
	} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	var log bytes.Buffer
	command := exec.Command(program, "--config.file="+filepath.Join(dir, "prometheus.yml"),
		"--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+address)
	command.Stdout, command.Stderr = &log, &log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Signal(os.Interrupt)
		_ = command.Wait()
		if t.Failed() {
			t.Logf("Prometheus says:\n%s", log.String())
		}
	})
	p := prometheus{t, "http://" + address}
	p.await("Prometheus is ready", func() bool {
		response, err := http.Get(p.address + "/-/ready")
		if err != nil {
			return false
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
	return p
}

// fasterRules are the rules with all durations a sixtieth of what they are.
func fasterRules(t *testing.T) string {
	t.Helper()
	durations := regexp.MustCompile(`(for: |interval: |\[)(\d+)(s|m|h|d)\b`)
	return durations.ReplaceAllStringFunc(string(readDeployed(t, "prometheus/rules.yaml")), func(found string) string {
		parts := durations.FindStringSubmatch(found)
		number, err := strconv.Atoi(parts[2])
		if err != nil {
			t.Fatal(err)
		}
		unit := map[string]int{"s": 1, "m": 60, "h": 3600, "d": 86400}[parts[3]]
		return fmt.Sprintf("%s%dms", parts[1], number*unit*1000/faster)
	})
}

// get decodes an answer of the API; a query that cannot be parsed has one, too.
func (p prometheus) get(path string, query url.Values, into any) {
	p.t.Helper()
	response, err := http.Get(p.address + path + "?" + query.Encode())
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		p.t.Fatal(err)
	}
}

// query returns the series of an instant query.
func (p prometheus) query(expr string) []map[string]string {
	p.t.Helper()
	var answer struct {
		Data struct {
			Result []struct{ Metric map[string]string }
		}
	}
	p.get("/api/v1/query", url.Values{"query": {expr}}, &answer)
	var series []map[string]string
	for _, r := range answer.Data.Result {
		series = append(series, r.Metric)
	}
	return series
}

// alerts are those that are pending or firing, by name.
func (p prometheus) alerts() map[string]string {
	p.t.Helper()
	var answer struct {
		Data struct {
			Alerts []struct {
				State  string
				Labels struct{ AlertName string }
			}
		}
	}
	p.get("/api/v1/alerts", nil, &answer)
	states := map[string]string{}
	for _, a := range answer.Data.Alerts {
		if states[a.Labels.AlertName] != "firing" {
			states[a.Labels.AlertName] = a.State
		}
	}
	return states
}

// await waits until something is so.
func (p prometheus) await(what string, so func() bool) {
	p.t.Helper()
	for deadline := time.Now().Add(giveUp); !so(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Fatalf("%s: that did not come about in %v; alerts: %v", what, giveUp, p.alerts())
		}
	}
}

package telemetry_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/lectern-project/lectern/internal/telemetry"
)

var update = flag.Bool("update", false, "write docs/metrics.md anew")

// marker ends the part of docs/metrics.md that is written by hand.
const marker = "<!-- What follows is made by `go test ./internal/telemetry -run Catalog -update`. -->\n"

// TestCatalog: docs/metrics.md has a row for every metric, and no other.
func TestCatalog(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "metrics.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	byHand, _, found := strings.Cut(string(text), marker)
	if !found {
		t.Fatalf("%s has no line %q", path, marker)
	}
	want := byHand + marker + table(telemetry.Catalog())
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("%s is not up to date; run this test with -update (-want +got):\n%s", path, diff)
	}
}

func table(metrics []telemetry.Metric) string {
	var b strings.Builder
	b.WriteString("\n| metric | kind | unit | labels | what it says |\n| --- | --- | --- | --- | --- |\n")
	for _, m := range metrics {
		var labels []string
		for _, l := range m.Labels {
			text := "`" + l.Name + "`"
			if len(l.Values) > 0 {
				text += ": " + strings.Join(l.Values, ", ")
			}
			labels = append(labels, text)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", m.Name, m.Kind, m.Unit,
			strings.Join(labels, "; "), m.Help)
	}
	return b.String()
}

// TestDefinitions: names, kinds and units are as Prometheus's conventions want them, and each metric
// is defined whole and once.
func TestDefinitions(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range telemetry.Catalog() {
		if seen[m.Name] || m.Help == "" || m.Unit == "" || (m.Kind == telemetry.Histogram) != (m.Buckets != nil) {
			t.Errorf("%+v is defined twice or not whole", m)
		}
		seen[m.Name] = true
		for suffix, is := range map[string]bool{
			"_total":   m.Kind == telemetry.Counter,
			"_seconds": m.Unit == "seconds", "_bytes": m.Unit == "bytes",
		} {
			if name := strings.TrimSuffix(m.Name, "_total"); suffix == "_total" {
				if strings.HasSuffix(m.Name, suffix) != is {
					t.Errorf("%s is a %s", m.Name, m.Kind)
				}
			} else if strings.HasSuffix(name, suffix) != is {
				t.Errorf("%s counts %s", m.Name, m.Unit)
			}
		}
	}
}

func TestLint(t *testing.T) {
	r := telemetry.New(telemetry.Build{})
	r.Request()("GET /api/health", "GET", 200)
	problems, err := promlint.New(strings.NewReader(scrape(t, r))).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}

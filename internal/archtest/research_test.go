package archtest

import (
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

const root = "../.."

// TestResearchValues holds the table of values in docs/research.md against the code that they name.
func TestResearchValues(t *testing.T) {
	place := regexp.MustCompile("^`([^`]+)` `([^`]+)`$")
	rows := table(t, research(t), "| value | is | where |")
	for _, row := range rows {
		at := place.FindStringSubmatch(row[2])
		if at == nil {
			t.Errorf("%q names no place", row[0])
			continue
		}
		documented := number(t, row[1])
		if got := value(t, filepath.Join(root, at[1]), at[2]); got != documented {
			t.Errorf("%s: %s is %v in %s, documented as %s", row[0], at[2], got, at[1], row[1])
		}
	}
	if len(rows) < 20 {
		t.Errorf("%d values, want the table of docs/research.md", len(rows))
	}
}

// TestResearchProofs: each row on a failure names tests, and they are there.
func TestResearchProofs(t *testing.T) {
	named := regexp.MustCompile("`(Test[A-Za-z]+)`")
	folder := regexp.MustCompile("`(internal/[a-z/]+)`")
	var rows int
	for line := range strings.Lines(research(t)) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") || strings.Contains(line, "---") {
			continue
		}
		cells := cellsOf(line)
		proof := cells[len(cells)-1]
		if !strings.Contains(proof, "Test") {
			continue
		}
		rows++
		var where []string
		for _, f := range folder.FindAllStringSubmatch(proof, -1) {
			where = append(where, f[1])
		}
		for _, test := range named.FindAllStringSubmatch(proof, -1) {
			if !defined(t, test[1], where) {
				t.Errorf("%q: there is no %s in %v", cells[0], test[1], where)
			}
		}
	}
	if rows < 25 {
		t.Errorf("%d rows name a test, want the tables of docs/research.md", rows)
	}
}

// TestResearchObjectives: the page gives the objectives that docs/monitoring.md states.
func TestResearchObjectives(t *testing.T) {
	const header = "| objective | at least | measured by |"
	want := table(t, document(t, "docs/monitoring.md"), header)
	if diff := cmp.Diff(want, table(t, research(t), header)); diff != "" {
		t.Errorf("docs/monitoring.md and docs/research.md differ (-want +got):\n%s", diff)
	}
}

// TestResearchMetrics: docs/metrics.md, which is made of the code, has every metric that is named.
func TestResearchMetrics(t *testing.T) {
	metrics := document(t, "docs/metrics.md")
	_, part, _ := strings.Cut(research(t), "## What to watch")
	names := regexp.MustCompile(`\b(?:lectern_[a-z_]+|gen_ai_[a-z_]+)`).FindAllString(part, -1)
	for _, name := range names {
		for _, series := range []string{"_bucket", "_count", "_sum"} {
			name = strings.TrimSuffix(name, series)
		}
		if !strings.Contains(metrics, "| `"+name+"` |") {
			t.Errorf("docs/metrics.md has no metric %s", name)
		}
	}
	if len(names) < 25 {
		t.Errorf("%d metrics are named, want those of the table", len(names))
	}
}

// TestResearchAlerts: the table lists the alerts of the rules, in their order.
func TestResearchAlerts(t *testing.T) {
	var rules struct {
		Groups []struct {
			Rules []struct {
				Alert  string
				Labels struct{ Severity string }
			}
		}
	}
	if err := yaml.Unmarshal([]byte(document(t, "deploy/prometheus/rules.yaml")), &rules); err != nil {
		t.Fatal(err)
	}
	var want [][]string
	for _, group := range rules.Groups {
		for _, rule := range group.Rules {
			if rule.Alert != "" {
				want = append(want, []string{"`" + rule.Alert + "`", rule.Labels.Severity})
			}
		}
	}
	var got [][]string
	for _, row := range table(t, research(t), "| alert | severity | because |") {
		got = append(got, row[:2])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the rules and docs/research.md differ (-want +got):\n%s", diff)
	}
}

// TestResearchSettings: docs/cli.md, which is made of the code, has every setting with its default.
func TestResearchSettings(t *testing.T) {
	reference := document(t, "docs/cli.md")
	rows := table(t, research(t), "| setting | default | for |")
	for _, row := range rows {
		found := false
		for line := range strings.Lines(reference) {
			cells := cellsOf(strings.TrimSpace(line))
			found = found || len(cells) > 2 && cells[1] == row[0] && cells[2] == row[1]
		}
		if !found {
			t.Errorf("docs/cli.md has no setting %s with the default %q", row[0], row[1])
		}
	}
	if len(rows) < 5 {
		t.Errorf("%d settings, want those of docs/research.md", len(rows))
	}
}

func research(t *testing.T) string {
	t.Helper()
	return document(t, "docs/research.md")
}

func document(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, path)) //nolint:gosec // of this repository
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// table returns the cells of the table that begins with a header.
func table(t *testing.T, page, header string) [][]string {
	t.Helper()
	_, rest, found := strings.Cut(page, header+"\n")
	if !found {
		t.Fatalf("no table begins with %q", header)
	}
	var rows [][]string
	for line := range strings.Lines(rest) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			break
		}
		if !strings.HasPrefix(line, "| ---") {
			rows = append(rows, cellsOf(line))
		}
	}
	return rows
}

func cellsOf(line string) []string {
	cells := strings.Split(strings.Trim(line, "|"), "|")
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	return cells
}

// defined reports whether one of the folders has a test of that name.
func defined(t *testing.T, name string, folders []string) bool {
	t.Helper()
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(root, folder, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			content, err := os.ReadFile(file) //nolint:gosec // of this repository
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(content), "\nfunc "+name+"(") {
				return true
			}
		}
	}
	return false
}

// value evaluates the constant of a Go file, or the field of the composite literal that a variable
// is set to or a function returns: "name" or "name.field". Durations are in nanoseconds.
func value(t *testing.T, file, name string) float64 {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	name, field, hasField := strings.Cut(name, ".")
	var found ast.Expr
	ast.Inspect(parsed, func(n ast.Node) bool {
		var within ast.Node
		switch d := n.(type) {
		case *ast.ValueSpec:
			if d.Names[0].Name != name || len(d.Values) != 1 {
				return true
			}
			found, within = d.Values[0], d
		case *ast.FuncDecl:
			if d.Name.Name != name {
				return true
			}
			within = d
		default:
			return true
		}
		if !hasField {
			return false
		}
		ast.Inspect(within, func(n ast.Node) bool {
			pair, ok := n.(*ast.KeyValueExpr)
			if ok && printed(t, pair.Key) == field {
				found = pair.Value
			}
			return true
		})
		return false
	})
	if found == nil {
		t.Fatalf("%s has no %s", file, name)
	}
	return evaluate(t, found)
}

// evaluate knows numbers, units of time and their products.
func evaluate(t *testing.T, e ast.Expr) float64 {
	t.Helper()
	units := map[string]time.Duration{
		"time.Millisecond": time.Millisecond, "time.Second": time.Second, "time.Minute": time.Minute,
		"time.Hour": time.Hour,
	}
	switch e := e.(type) {
	case *ast.BasicLit:
		return number(t, e.Value)
	case *ast.SelectorExpr:
		if unit, known := units[printed(t, e)]; known {
			return float64(unit)
		}
	case *ast.BinaryExpr:
		if e.Op == token.MUL {
			return evaluate(t, e.X) * evaluate(t, e.Y)
		}
	}
	t.Fatalf("cannot evaluate %s", printed(t, e))
	return 0
}

func printed(t *testing.T, e ast.Node) string {
	t.Helper()
	var text strings.Builder
	if err := printer.Fprint(&text, token.NewFileSet(), e); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// number reads a number, or a duration as nanoseconds.
func number(t *testing.T, text string) float64 {
	t.Helper()
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		return n
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("%q is neither a number nor a duration", text)
	}
	return float64(d)
}

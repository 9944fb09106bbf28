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

func research(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(root, "docs", "research.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
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

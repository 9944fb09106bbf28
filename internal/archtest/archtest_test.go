// Package archtest checks which package may import which.
package archtest

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/lectern-project/lectern/internal/"

// allowed lists for each package of internal/ the packages of the project that it may import; "*"
// stands for any. A package that is not listed may not exist: add it with its reason.
var allowed = map[string][]string{
	"book":      {},
	"worker":    {"tracing"},
	"web":       {},
	"lexical":   {},
	"sentence":  {},
	"failpoint": {},

	"config":    {"book"},
	"telemetry": {"book", "tracing"},
	"tracing":   {"book"},

	"tracing/tracingtest": {},
	"traced/wrapper":      {},

	"traced":   {"book", "store", "vector", "tracing"},
	"store":    {"book"},
	"vector":   {"book"},
	"embed":    {"book"},
	"llm":      {"book", "provider", "tracing"},
	"provider": {"tracing"},
	"markdown": {"book", "sentence"},
	"docsite":  {"book", "markdown"},

	"store/storetest":                {"book", "store"},
	"store/sqlite":                   {"book", "store", "store/sqlite/sqlitedb"},
	"store/sqlite/sqlitedb":          {},
	"store/postgres":                 {"book", "store", "store/postgres/postgresdb"},
	"store/postgres/postgresdb":      {},
	"store/postgres/pgtest":          {},
	"store/postgres/pgtest/pgserver": {"store/postgres/pgtest"},
	"vector/vectortest":              {"book", "vector"},
	"vector/exact":                   {"book", "vector"},
	"vector/qdrant":                  {"book", "vector"},
	"vector/qdrant/qdranttest":       {},

	"vector/qdrant/qdranttest/qdrantstub": {"vector/qdrant/qdranttest"},

	"embed/embedtest": {"book", "embed"},
	"embed/static":    {"book", "embed"},
	"embed/remote":    {"book", "embed", "provider", "tracing"},
	"embed/gemini":    {"book", "embed", "embed/remote", "provider", "provider/geminiapi"},
	"embed/openai":    {"book", "embed", "embed/remote", "provider", "provider/openaiapi"},

	"provider/geminiapi": {"book", "provider"},
	"provider/openaiapi": {"provider"},

	"embed/gemini/geminitest": {"embed/embedtest"},
	"embed/openai/openaitest": {"embed/embedtest"},

	"llm/llmtest":    {"book", "llm"},
	"llm/gemini":     {"book", "llm", "provider", "provider/geminiapi"},
	"llm/openai":     {"book", "llm", "provider", "provider/openaiapi"},
	"llm/claude":     {"book", "llm", "provider"},
	"llm/extractive": {"book", "llm", "lexical", "sentence"},

	// Stub providers, for tests.
	"llm/gemini/geminitest": {"llm", "llm/llmtest"},
	"llm/openai/openaitest": {"llm", "llm/llmtest"},
	"llm/claude/claudetest": {"llm", "llm/llmtest"},

	// In memory, for tests.
	"store/memory":  {"book", "store"},
	"vector/memory": {"book", "vector"},

	"auth":  {"book", "store", "failpoint", "limit", "telemetry"},
	"limit": {"book", "store"},
	"mail":  {"book", "auth"},
	"ingest": {
		"book", "store", "vector", "embed", "lexical", "markdown", "docsite", "failpoint", "telemetry",
	},
	"retrieve":     {"book", "store", "vector", "embed", "lexical", "sentence", "telemetry"},
	"answer":       {"book", "retrieve", "llm", "lexical", "sentence", "telemetry", "tracing"},
	"reconcile":    {"book", "store", "vector", "embed", "lexical", "ingest", "failpoint"},
	"eval":         {"book", "ingest", "retrieve", "answer", "docsite", "markdown"},
	"backup":       {"book", "store", "vector", "ingest", "failpoint"},
	"usage":        {"book", "store", "llm", "answer"},
	"conversation": {"book", "store", "answer"},
	"sitecheck":    {"book", "markdown", "docsite"},
	"client":       {"book", "ingest", "retrieve", "answer"},
	"httpapi": {
		"book", "auth", "store", "ingest", "markdown", "retrieve", "answer", "llm", "reconcile", "web",
		"limit", "telemetry", "tracing",
	},
	"app": {"*"},
}

func TestArchitecture(t *testing.T) {
	for dir, imports := range imported(t) {
		rule, known := allowed[dir]
		if !known {
			t.Errorf("internal/%s has no rule for what it may import", dir)
			continue
		}
		if slices.Contains(rule, "*") {
			continue
		}
		for _, name := range imports {
			if !slices.Contains(rule, name) {
				t.Errorf("internal/%s must not import internal/%s", dir, name)
			}
		}
	}
}

// TestCommandImportsNoAdapter: implementations are chosen in app alone.
func TestArchitectureCommand(t *testing.T) {
	for _, name := range importsOf(t, filepath.Join("..", "..", "cmd", "lectern")) {
		switch name {
		case "app", "backup", "book", "client", "config", "docsite", "eval", "ingest", "auth", "answer",
			"reconcile", "lexical", "sitecheck", "telemetry":
		default:
			t.Errorf("cmd/lectern must not import internal/%s", name)
		}
	}
}

// imported returns the project's packages that each package of internal/ imports, tests left out.
func imported(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir("..", func(p string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		if entry.Name() == "testdata" {
			return fs.SkipDir
		}
		files, err := filepath.Glob(filepath.Join(p, "*.go"))
		if err != nil || len(files) == 0 {
			return err
		}
		name := strings.TrimPrefix(filepath.ToSlash(p), "../")
		if name != "archtest" && name != "simulation" && !strings.HasPrefix(name, "faults") {
			found[name] = importsOf(t, p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 10 {
		t.Fatalf("only %d packages were found", len(found))
	}
	return found
}

func importsOf(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var imports []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range parsed.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if rest, ours := strings.CutPrefix(name, module); ours && !slices.Contains(imports, rest) {
				imports = append(imports, path.Clean(rest))
			}
		}
	}
	return imports
}

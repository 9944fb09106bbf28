package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
)

// marker ends the part of docs/cli.md that is written by hand.
const marker = "<!-- What follows is made by `go test ./cmd/lectern -run Reference -update`. -->\n"

// TestReference: docs/cli.md names every command, argument and flag, with its help, variable and
// default.
func TestReference(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "cli.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	byHand, _, found := strings.Cut(string(text), marker)
	if !found {
		t.Fatalf("%s has no line %q", path, marker)
	}
	want := byHand + marker + reference(newTestParser(t))
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

// TestTwins: docs/cli.md says for every operation of the API which commands do the same, and those
// exist.
func TestTwins(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "cli.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "<!-- operations -->\n")
	table, _, _ = strings.Cut(table, "<!-- end of operations -->")
	listed, commands := map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(table) {
		cells := strings.Split(line, " | ")
		for _, operation := range quoted.FindAllStringSubmatch(cells[0], -1) {
			listed[operation[1]] = true
		}
		for _, command := range quoted.FindAllStringSubmatch(cells[1], -1) {
			commands[command[1]] = true
		}
	}
	var document struct {
		Paths map[string]map[string]any
	}
	succeed(t, &document, "openapi", "--json")
	operations := map[string]bool{}
	for path, methods := range document.Paths {
		for method := range methods {
			operations[strings.ToUpper(method)+" "+path] = true
		}
	}
	if diff := cmp.Diff(operations, listed); diff != "" || len(listed) == 0 {
		t.Errorf("operations with a row in docs/cli.md (-those that there are +rows):\n%s", diff)
	}
	p := newTestParser(t)
	var visit func(node *kong.Node)
	visit = func(node *kong.Node) {
		name, _, _ := strings.Cut(commandName(node), " <")
		delete(commands, name)
		for _, child := range node.Children {
			visit(child)
		}
	}
	visit(p.kong.Model.Node)
	if len(commands) > 0 {
		t.Errorf("docs/cli.md names commands that there are not: %v", commands)
	}
}

var quoted = regexp.MustCompile("`([^`]+)`")

// reference describes the command line in Markdown.
func reference(p *parser) string {
	var b strings.Builder
	b.WriteString("\n## Flags of every command\n\n")
	flagTable(&b, p.kong.Model.Flags)
	var visit func(node *kong.Node)
	visit = func(node *kong.Node) {
		if len(node.Children) == 0 {
			describe(&b, node)
		}
		for _, child := range node.Children {
			visit(child)
		}
	}
	visit(p.kong.Model.Node)
	return b.String()
}

func describe(b *strings.Builder, node *kong.Node) {
	fmt.Fprintf(b, "\n## lectern %s\n\n%s", commandName(node), node.Help)
	if node.Detail != "" {
		fmt.Fprintf(b, " %s", node.Detail)
	}
	fmt.Fprintf(b, "\n\n```sh\n%s\n```\n", strings.TrimSpace("lectern "+commandName(node)+
		usageOf(node)))
	if len(node.Positional) > 0 {
		b.WriteString("\n| argument | meaning |\n| --- | --- |\n")
		for _, argument := range node.Positional {
			fmt.Fprintf(b, "| `%s` | %s |\n", argument.Name, argument.Help)
		}
	}
	if len(node.Flags) > 0 {
		b.WriteString("\n")
		flagTable(b, node.Flags)
	}
}

func usageOf(node *kong.Node) string {
	usage := ""
	for _, argument := range node.Positional {
		usage += " " + argument.Summary()
	}
	if len(node.Flags) > 0 {
		usage += " [flags]"
	}
	return usage
}

func flagTable(b *strings.Builder, flags []*kong.Flag) {
	b.WriteString("| flag | variable | default | meaning |\n| --- | --- | --- | --- |\n")
	for _, flag := range flags {
		if flag.Name == "help" {
			continue
		}
		name, standard := "--"+flag.Name, ""
		if flag.PlaceHolder != "" && !flag.IsBool() {
			name += " " + flag.PlaceHolder
		}
		if flag.Default != "" {
			standard = "`" + flag.Default + "`"
		}
		if flag.Required {
			standard = "required"
		}
		fmt.Fprintf(b, "| `%s` | `%s` | %s | %s |\n", name, flag.Envs[0], standard, flag.Help)
	}
}

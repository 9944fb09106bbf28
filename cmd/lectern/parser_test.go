package main

import (
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func newTestParser(t *testing.T) *parser {
	t.Helper()
	p, err := newParser(io.Discard, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestFlags: every flag has help and exactly the variable that the rule gives it.
func TestFlags(t *testing.T) {
	flags := newTestParser(t).flags()
	if len(flags) < 30 {
		t.Fatalf("only %d flags were found", len(flags))
	}
	for _, flag := range flags {
		name := flag.command + " --" + flag.Name
		variable := "LECTERN_" + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))
		if diff := cmp.Diff([]string{variable}, flag.Envs); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if flag.Tag.Has("secret") && (flag.Target.Kind() != reflect.String || flag.Enum != "") {
			t.Errorf("%s may have a fault, which would show it", name)
		}
		if flag.Help == "" {
			t.Errorf("%s has no help", name)
		}
		if !flag.IsBool() && flag.PlaceHolder == "" && len(flag.EnumSlice()) == 0 {
			t.Errorf("%s has no placeholder", name)
		}
	}
}

func TestParse(t *testing.T) {
	for _, test := range []struct {
		args    string
		command string
		want    func(c *cli) (got, want any)
	}{
		{"search what is this --top-k 3", "search <question>", func(c *cli) (any, any) {
			return c.Search, searchCommand{Question: []string{"what", "is", "this"}, TopK: 3}
		}},
		{"ask what --selection words -c", "ask <question>", func(c *cli) (any, any) {
			return c.Ask, askCommand{Question: []string{"what"}, Selection: "words", Continue: true}
		}},
		{
			"ingest a b --source s --prune --force --take-over --visibility private", "ingest <path>",
			func(c *cli) (any, any) {
				return c.Ingest, ingestCommand{
					Paths: []string{"a", "b"}, Prune: true, Force: true, TakeOver: true,
					Visibility: "private", siteFlags: siteFlags{Source: "s"},
				}
			},
		},
		{
			"serve --docs / --watch --base-url https://x.org/ --docs-version-path next", "serve",
			func(c *cli) (any, any) {
				return c.Serve, serveCommand{
					Listen: ":8080", Docs: "/", Watch: true,
					siteFlags: siteFlags{layoutFlags: layoutFlags{
						BaseURL: "https://x.org/", DocsVersionPath: "next",
					}},
					AuditInterval: time.Hour, DrainGrace: 45 * time.Second,
				}
			},
		},
		{
			"documents set-visibility a/b private", "documents set-visibility <doc_id> <visibility>",
			func(c *cli) (any, any) {
				return c.Documents.SetVisibility, documentsSetVisibilityCommand{"a/b", "private"}
			},
		},
		{"documents delete a b --json", "documents delete <doc_id>", func(c *cli) (any, any) {
			return c.JSON, true
		}},
		{
			"key create --permission ingest --user bob --data-dir /d", "key create",
			func(c *cli) (any, any) {
				return []string{c.APIKey.Create.Permission, c.APIKey.Create.User, c.Config.DataDir},
					[]string{"ingest", "bob", "/d"}
			},
		},
		{"--server http://x --key k reembed --drop-old", "reembed", func(c *cli) (any, any) {
			return []any{c.Server, c.Key, c.Reembed.DropOld}, []any{"http://x", "k", true}
		}},
	} {
		p := newTestParser(t)
		command, err := p.parse(strings.Fields(test.args))
		if err != nil {
			t.Errorf("%s: %v", test.args, err)
			continue
		}
		if command.Command() != test.command {
			t.Errorf("%s is %q, want %q", test.args, command.Command(), test.command)
		}
		got, want := test.want(p.cli)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(siteFlags{}, ingestCommand{}, serveCommand{},
			searchCommand{}, askCommand{}, documentsSetVisibilityCommand{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.args, diff)
		}
	}
}

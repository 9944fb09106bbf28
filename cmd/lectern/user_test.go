package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAccounts(t *testing.T) {
	data := t.TempDir()
	var created, changed map[string]any
	r := lecternWith(t, "correct horse battery\n", "user", "create", "ada", "--email",
		"ada@example.org", "--role", "editor", "--password-stdin", "--json", "--data-dir", data)
	if r.code != 0 || json.Unmarshal([]byte(r.stdout), &created) != nil {
		t.Fatalf("user create: %+v", r)
	}
	if created["username"] != "ada" || created["role"] != "editor" {
		t.Errorf("user create prints %v", created)
	}
	if r := lectern(t, "key", "create", "--permission", "admin", "--user", "ada", "--data-dir",
		data); r.code != exitAuthentication {
		t.Errorf("a key that allows more than its account exits with %d: %s", r.code, r.stderr)
	}
	succeed(t, nil, "user", "set-role", "ada", "admin", "--data-dir", data)
	succeed(t, nil, "key", "create", "--permission", "admin", "--user", "ada", "--expires", "1h",
		"--data-dir", data)
	var keys struct {
		Items []struct {
			ID string
		}
	}
	succeed(t, &keys, "key", "list", "--user", "ada", "--json", "--data-dir", data)
	if len(keys.Items) != 1 {
		t.Fatalf("key list prints %+v", keys)
	}
	succeed(t, nil, "key", "revoke", keys.Items[0].ID, "--data-dir", data)
	r = lectern(t, "user", "disable", "ada", "--data-dir", data)
	if r.code == 0 || !strings.Contains(r.stderr, "last administrator") {
		t.Errorf("the last administrator is disabled: %+v", r)
	}
	r = lecternWith(t, "correct horse battery\n", "user", "create", "eve", "--email",
		"eve@example.org", "--role", "admin", "--password-stdin", "--data-dir", data)
	if r.code != 0 {
		t.Fatalf("user create: %+v", r)
	}
	succeed(t, &changed, "user", "disable", "ada", "--json", "--data-dir", data)
	if changed["disabled"] != true {
		t.Errorf("user disable prints %v", changed)
	}
	list := lectern(t, "user", "list", "--data-dir", data).stdout
	if !strings.Contains(list, "ada") || !strings.Contains(list, "disabled") {
		t.Errorf("user list prints %q", list)
	}
}

func TestAccountLinks(t *testing.T) {
	data := t.TempDir()
	for _, name := range []string{"ada", "heir"} {
		r := lecternWith(t, "correct horse battery\n", "user", "create", name, "--email",
			name+"@example.org", "--role", "editor", "--password-stdin", "--data-dir", data)
		if r.code != 0 {
			t.Fatalf("user create: %+v", r)
		}
	}
	succeed(t, nil, "user", "disable", "ada", "--data-dir", data)
	succeed(t, nil, "user", "enable", "ada", "--data-dir", data)
	succeed(t, nil, "user", "sign-out", "ada", "--data-dir", data)
	var renamed user
	succeed(t, &renamed, "user", "update", "ada", "--email", "", "--username", "lovelace", "--json",
		"--data-dir", data)
	if renamed.Username != "lovelace" || renamed.Email != "" {
		t.Errorf("user update prints %+v", renamed)
	}
	succeed(t, nil, "user", "update", "lovelace", "--username", "ada", "--data-dir", data)
	if r := lectern(t, "user", "update", "ada", "--data-dir", data); r.code != exitUsage {
		t.Errorf("user update without a change: %+v", r)
	}
	r := lectern(t, "user", "reset", "ada", "--data-dir", data,
		"--public-url", "https://ask.example.org/")
	if r.code != 0 || !strings.HasPrefix(r.stdout, "https://ask.example.org/reset#") {
		t.Errorf("user reset: %+v", r)
	}
	var link, exported, deleted map[string]any
	succeed(t, &link, "invite", "create", "--role", "editor", "--json", "--data-dir", data)
	if token, _ := link["token"].(string); token == "" || link["url"] != "/join#"+token {
		t.Errorf("invite create prints %v", link)
	}
	id, _ := link["id"].(string)
	if list := lectern(t, "invite", "list", "--data-dir", data).stdout; !strings.Contains(list, id) {
		t.Errorf("invite list prints %q", list)
	}
	succeed(t, nil, "invite", "revoke", id, "--data-dir", data)
	var open struct{ Items []any }
	succeed(t, &open, "invite", "list", "--json", "--data-dir", data)
	if len(open.Items) != 0 {
		t.Errorf("after revoke: %v", open)
	}
	if r := lectern(t, "invite", "create", "--registration", "closed", "--data-dir", data); r.code == 0 {
		t.Errorf("invite create where registration is closed: %+v", r)
	}
	r = lectern(t, "user", "export", "ada", "--data-dir", data)
	if r.code != 0 || json.Unmarshal([]byte(r.stdout), &exported) != nil {
		t.Errorf("user export: %+v", r)
	}
	if account, _ := exported["account"].(map[string]any); account["username"] != "ada" {
		t.Errorf("user export prints %v", exported)
	}
	if r := lectern(t, "user", "delete", "ada", "--documents", "hand-over", "--data-dir",
		data); r.code != exitUsage {
		t.Errorf("user delete without --to: %+v", r)
	}
	succeed(t, &deleted, "user", "delete", "ada", "--documents", "hand-over", "--to", "heir", "--json",
		"--data-dir", data)
	if deleted["finished"] != true {
		t.Errorf("user delete prints %v", deleted)
	}
	if list := lectern(t, "user", "list", "--data-dir", data).stdout; strings.Contains(list, "ada") {
		t.Errorf("after user delete: %s", list)
	}
}

// TestAccountsOfAServer: keys, the audit log, documents of others and feedback, with an administrator's
// key on a running server.
func TestAccountsOfAServer(t *testing.T) {
	data := t.TempDir()
	if r := lecternWith(t, "correct horse battery\n", "user", "create", "ada", "--email",
		"ada@example.org", "--role", "editor", "--password-stdin", "--data-dir", data); r.code != 0 {
		t.Fatalf("user create: %+v", r)
	}
	address, _, stop := serve(t, "--data-dir", data)
	defer stop()
	var admin, made struct{ ID, Key, Prefix string }
	succeed(t, &admin, "key", "create", "--permission", "admin", "--json", "--data-dir", data)
	remote := []string{"--server", address, "--key", admin.Key}
	do := func(into any, args ...string) {
		t.Helper()
		succeed(t, into, append(args, remote...)...)
	}
	do(&made, "key", "create", "--permission", "ingest", "--user", "ada", "--expires", "1h", "--json")
	list := lectern(t, append([]string{"key", "list", "--user", "ada"}, remote...)...).stdout
	if made.Prefix == "" || !strings.HasPrefix(made.Key, made.Prefix) || !strings.Contains(list, made.Prefix) {
		t.Errorf("key create prints %+v, key list %q", made, list)
	}
	var keys struct{ Items []map[string]any }
	do(&keys, "key", "list", "--user", "ada", "--json")
	local := struct{ Items []map[string]any }{}
	succeed(t, &local, "key", "list", "--user", "ada", "--json", "--data-dir", data)
	if diff := cmp.Diff(local, keys); diff != "" || len(keys.Items) != 1 {
		t.Errorf("keys (-data directory +server):\n%s", diff)
	}

	dir := files(t, map[string]string{"a.md": "# A\n\nApples."})
	succeed(t, nil, "ingest", dir, "--server", address, "--key", made.Key)
	do(nil, "documents", "hand-over", "local", "a.md")
	var d struct{ Owner string }
	do(&d, "documents", "show", "a.md", "--json")
	if d.Owner != "local" {
		t.Errorf("handed over to %q", d.Owner)
	}
	if r := lectern(t, "documents", "hand-over", "ada", "a.md", "--server", address, "--key",
		made.Key); r.code != exitAuthentication {
		t.Errorf("an editor hands over: %+v", r)
	}
	do(nil, "key", "revoke", made.ID)
	if r := lectern(t, "documents", "list", "--server", address, "--key",
		made.Key); r.code != exitAuthentication {
		t.Errorf("with a revoked key: %+v", r)
	}
	var events struct{ Items []map[string]any }
	do(&events, "audit", "--action", "key.revoke", "--json")
	if len(events.Items) != 1 || events.Items[0]["target"] != made.Prefix {
		t.Errorf("audit prints %v", events)
	}
	if r := lectern(t, append([]string{"feedback"}, remote...)...); r.code != 0 ||
		!strings.Contains(r.stdout, "RATING") {
		t.Errorf("feedback: %+v", r)
	}
}

// TestInterruptedPassword: Ctrl-C ends the wait for a password that does not come.
func TestInterruptedPassword(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	waiting := reader(func([]byte) (int, error) {
		cancel()
		select {} // as a terminal where nobody types
	})
	var stdout, stderr buffer
	code := run(ctx, []string{
		"user", "create", "ada", "--email", "ada@example.org", "--password-stdin",
		"--data-dir", t.TempDir(),
	}, waiting, &stdout, &stderr)
	if code != exitInterrupted {
		t.Errorf("exit %d: %s", code, stderr.String())
	}
}

// reader is a stream that a function reads.
type reader func([]byte) (int, error)

func (r reader) Read(p []byte) (int, error) { return r(p) }

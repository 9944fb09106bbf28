package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestAllFaultsAtOnce: one start tells everything that is wrong, each with who says so, and no
// secret.
func TestAllFaultsAtOnce(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	write(t, file("lectern.yaml"), `access: everybody
audit-interval: 10 sec
models: gmini,extractive
lisen: ":80"
smtp-url: smtp://lectern:hunter2@mail.example.org:587
admin-password: hunter2
json: true
json: false
gemini-api-key: [hunter2]
gemini-model: gemini-1.5-flash
`)
	write(t, file("empty"), "\n")
	for variable, value := range map[string]string{
		"LECTERN_RATE_LIMIT":           "5GB",
		"LECTERN_ADMIN_EMAIL":          "nope",
		"LECTERN_ANSWER_RATE_LIMT":     "60",
		"LECTERN_AUTO_MIGRATE":         "hunter2",
		"LECTERN_SIGNING_KEY":          "hunter2",
		"LECTERN_QDRANT_API_KEY_FILE":  file("empty"),
		"LECTERN_DATABASE_URL_FILE":    file("nowhere"),
		"LECTERN_OPENAI_API_KEY":       "hunter2",
		"LECTERN_OPENAI_API_KEY_FILE":  "key",
		"LECTERN_LISTEN_FILE":          "listen",
		"LECTERN_DAILY_SERVICE_COST":   "10 EUR",
		"LECTERN_DAILY_USER_TOKENS":    "-1",
		"LECTERN_AUDIT_LOG_DAYS":       "99999",
		"LECTERN_QDRANT_SERVICE_HOST":  "10.0.0.1", // Kubernetes makes these
		"LECTERN_PORT":                 "tcp://10.0.0.1:80",
		"LECTERN_PORT_80_TCP_ADDR":     "10.0.0.1",
		"LECTERN_COMPLETELY_DIFFERENT": "hunter2",
	} {
		t.Setenv(variable, value)
	}
	r := lectern(t, "serve", "--confg="+file("lectern.yaml"), "--watch", "--dense-weight=2", "--trusted-proxies", "proxy",
		"--top-k=3", "--embedder=static", "--embedding-model", "big",
		"--drain-delay=5", "--drain-grace=-5s", "--metrics-listen=127.0.0.1:99999",
		"--queue-time=-1s", "--access")
	if r.code != exitUsage || r.stdout != "" {
		t.Errorf("exit %d, %q", r.code, r.stdout)
	}
	golden(t, "faults.txt", strings.ReplaceAll(r.stderr, dir+string(filepath.Separator), ""))
	for line := range strings.SplitSeq(r.stderr, "\n") {
		if strings.Contains(line, "hunter2") && !strings.Contains(line, "LECTERN_AUTO_MIGRATE") {
			t.Errorf("a secret is in %q", line)
		}
	}
}

func TestFaults(t *testing.T) {
	data := t.TempDir()
	for _, test := range []struct {
		variable, value string
		args            []string
		want            string
	}{
		{args: []string{"serv"}, want: `did you mean`},
		{args: []string{"serve", "--listne", "x"}, want: "--listne: there is no such flag; did you mean --listen?"},
		{args: []string{"serve", "--quux-frobnicate=1"}, want: "--quux-frobnicate: there is no such flag; the nearest is"},
		{args: []string{"--watch", "serve"}, want: "--watch: it is a flag of `lectern serve` and belongs behind that"},
		{args: []string{"search", "q", "--watch"}, want: "`lectern search` has no such flag; `lectern serve` has"},
		{args: []string{"search", "q", "--top-k"}, want: "--top-k: there is no value behind it"},
		{args: []string{"search", "q", "--top-k", "--json"}, want: "--top-k: there is no value behind it"},
		{args: []string{"serve", "--json=perhaps"}, want: `json is "perhaps"; it must be true or false`},
		{args: []string{"serve", "--audit-interval=5 Minutes"}, want: "write 5m\n"},
		{args: []string{"serve", "--audit-interval=2 days"}, want: "write 48h\n"},
		{args: []string{"serve", "--audit-interval=1.5hrs"}, want: "write 1h30m\n"},
		{args: []string{"serve", "--audit-interval=10"}, want: "such as 10s, 10m or 10h\n"},
		{args: []string{"serve", "--audit-interval=often"}, want: "write it as 1h, with ms, s, m or h\n"},
		{args: []string{"serve", "--audit-interval=99999999999999999999d"}, want: "write it as 1h"},
		{args: []string{"serve", "--audit-interval=0s"}, want: "must be more than 0"},
		{args: []string{"key", "create", "--permission=read", "--expires=soon"}, want: "lectern: --expires: expires is \"soon\", which is no duration; write it as 90s"},
		{args: []string{"serve", "--rate-limit=600/min"}, want: "such as 600\n"},
		{args: []string{"serve", "--conversation-days=30d"}, want: "such as 30\n"},
		{args: []string{"serve", "--rate-limit=99999999999999999999"}, want: "no whole number that fits"},
		{args: []string{"serve", "--log-level=warning"}, want: "did you mean warn?"},
		{args: []string{"serve", "--embedder=gemini"}, want: "--embedder: Gemini"},
		{args: []string{"serve", "--qdrant-url=http://x/y"}, want: "--qdrant-url: the URL of Qdrant"},
		{args: []string{"serve", "--qdrant-api-key=k"}, want: "needs qdrant-url"},
		{args: []string{"serve", "--database-url=postgres://%zz"}, want: "the URL of the database cannot be used"},
		{args: []string{"serve", "--cors-origins=x"}, want: "--cors-origins: \"x\" is no origin"},
		{args: []string{"serve", "--embedder=gemini", "--embedding-base-url=http://x"}, want: "embedding-base-url is for embedder openai"},
		{args: []string{"serve", "--listen=:9", "--metrics-listen=:9"}, want: "listen and metrics-listen are the same"},
		{args: []string{"serve", "--listen=foo", "--watch"}, want: "--listen: listen is \"foo\"; it must be HOST:PORT"},
		{args: []string{"serve", "--listen="}, want: "--listen: listen is \"\"; it must be HOST:PORT"},
		{args: []string{"serve", "--listen=127.0.0.1:-1"}, want: "--listen: listen is \"127.0.0.1:-1\"; it must be"},
		{args: []string{"serve", "--drain-delay=-1s"}, want: "--drain-delay: drain-delay is -1s; it must be 0 or more"},
		{"LECTERN_ADMIN_USERNAME", "b b", []string{"serve", "--admin-password=four words for ada"}, "LECTERN_ADMIN_USERNAME: a user name has"},
		{args: []string{"--server=ada:pass@x", "search", "q"}, want: "\"x\" is no address"},
		{args: []string{"serve", "--pprof"}, want: "name its address with metrics-listen"},
		{args: []string{"--server=http://x", "doctor"}, want: "--server: `lectern doctor` does not talk to a server"},
		{"LECTERN_TOPK", "3", []string{"version"}, "LECTERN_TOPK: there is no such setting; did you mean LECTERN_TOP_K?"},
		{"LECTERN_SIGNING_KY_FILE", "x", []string{"version"}, "did you mean LECTERN_SIGNING_KEY_FILE?"},
		{"LECTERN_LISTEN_PORT", "8080", []string{"version"}, "LECTERN_LISTEN_PORT: there is no such setting"},
		{"LECTERN_KEY_FILE", data, []string{"version"}, "LECTERN_KEY_FILE: the file " + data + " that it names cannot be read"},
		{"LECTERN_KEY_FILE", "/dev/zero", []string{"version"}, "too large"},
	} {
		t.Run(strings.Join(test.args, " ")+test.variable, func(t *testing.T) {
			if test.variable != "" {
				t.Setenv(test.variable, test.value)
			}
			r := lectern(t, test.args...)
			if r.code != exitUsage || !strings.Contains(r.stderr, test.want) {
				t.Errorf("exit %d, %s\nwant %q", r.code, r.stderr, test.want)
			}
		})
	}
}

// TestFaultsThatDoNotMatter: what a command has nothing to do with does not stop it.
func TestFaultsThatDoNotMatter(t *testing.T) {
	t.Setenv("LECTERN_TOP_K", "no number, but no setting of these commands")
	t.Setenv("LECTERN_RATE_LIMIT", "-1")
	t.Setenv("LECTERN_DATABASE_URL", "postgres://x/y") // without a signing key
	for _, args := range [][]string{
		{"version"}, {"config"}, {"serve", "--help"}, {"serve", "--lisen", "--help"}, {"ask", "-h"},
	} {
		if r := lectern(t, args...); r.code != 0 {
			t.Errorf("%q: exit %d, %s", args, r.code, r.stderr)
		}
	}
	t.Setenv("LECTERN_RATE_LIMIT", "")
	r := lectern(t, "migrate", "status", "--database-url", "postgres://127.0.0.1:1/x?connect_timeout=1")
	if r.code == exitUsage {
		t.Errorf("a migration needs no signing key: %s", r.stderr)
	}
}

// TestOtherVariables: each variable that this repository names is a setting, or known as one of its
// own tasks and tests.
func TestOtherVariables(t *testing.T) {
	named := map[string]string{} // variables, and a file that names them
	variable := regexp.MustCompile(`\bLECTERN_[A-Z0-9_]*[A-Z0-9]\b`)
	for _, part := range []string{"Makefile", "scripts", "internal", "deploy", ".ci", ".github"} {
		err := filepath.WalkDir(filepath.Join("..", "..", part), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			for _, name := range variable.FindAllString(string(text), -1) {
				named[name] = path
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	known := map[string]bool{}
	for _, flag := range newTestParser(t).flags() {
		known[variableOf(flag.Flag)] = true
		known[variableOf(flag.Flag)+fileSuffix] = flag.Tag.Has("secret")
	}
	for name, path := range named {
		if !known[name] && !isOthers(name, "") {
			t.Errorf("%s: %s is neither a setting nor known as another's", path, name)
		}
	}
	if len(named) < 50 {
		t.Errorf("only %d variables were found", len(named))
	}
}

// TestConsequences: what follows from a fault that was told already is not told as another.
func TestConsequences(t *testing.T) {
	t.Setenv("LECTERN_ADMIN_USERNAME", "ada")
	for variable, value := range map[string]string{
		"LECTERN_ADMIN_PASWORD":       "misspelt, so that the name seems to lack its password",
		"LECTERN_ADMIN_PASSWORD_FILE": "nowhere",
		"LECTERN_ADMIN_PASSWD_FILE":   "nowhere",
	} {
		t.Run(variable, func(t *testing.T) {
			t.Setenv(variable, value)
			r := lectern(t, "serve")
			if !strings.HasPrefix(r.stderr, "lectern: "+variable+": ") || r.code != exitUsage {
				t.Errorf("exit %d, %s", r.code, r.stderr)
			}
		})
	}
}

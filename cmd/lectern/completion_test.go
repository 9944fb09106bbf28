package main

import (
	"os/exec"
	"strings"
	"testing"
)

// TestCompletion types lines into the scripts as the shells would.
func TestCompletion(t *testing.T) {
	for shell, before := range map[string]string{
		"bash": "", "zsh": "autoload -U +X compinit && compinit -u -D\n",
	} {
		t.Run(shell, func(t *testing.T) { testCompletion(t, shell, before) })
	}
}

func testCompletion(t *testing.T, shell, before string) {
	program, err := exec.LookPath(shell)
	if err != nil {
		t.Skipf("there is no %s", shell)
	}
	script := before + lectern(t, "completion", shell).stdout + `
[ -z "$ZSH_VERSION" ] || emulate ksh
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_lectern
for word in "${COMPREPLY[@]}"; do
  case "$word" in "${COMP_WORDS[COMP_CWORD]}"*) printf '%s ' "$word" ;; esac # zsh leaves that to later
done
`
	for line, want := range map[string]string{
		"lectern |documents |":                 "list show delete set-visibility hand-over",
		"lectern |--json |documents |li":       "list",
		"lectern |key |create |--pe":           "--permission",
		"lectern |key |create |--permission |": "read ingest admin",
		"lectern |completion |":                "bash zsh fish",
		"lectern |ingest |":                    "", // files
		"lectern |ingest |--pru":               "--prune",
		"lectern |--data-dir |":                "", // folders
		"lectern |serve |--site |":             "docusaurus mdbook plain",
	} {
		args := []string{"-c", script, shell}
		for word := range strings.SplitSeq(line, "|") {
			args = append(args, strings.TrimSuffix(word, " "))
		}
		out, err := exec.Command(program, args...).CombinedOutput()
		if got := strings.TrimSuffix(string(out), " "); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", line, got, err, want)
		}
	}
}

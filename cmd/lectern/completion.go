package main

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help says how to use the script.
func (c *completionCommand) Help() string {
	return "bash: source <(lectern completion bash). zsh: the same with zsh, after compinit. " +
		"fish: lectern completion fish | source."
}

// Run prints the script.
func (c *completionCommand) Run(s *session) error {
	script := bashCompletion
	switch c.Shell {
	case "zsh":
		script = "autoload -U +X bashcompinit && bashcompinit\n" + bashCompletion
	case "fish":
		script = fishCompletion
	}
	var commands []string // paths such as /user/create
	var cases strings.Builder
	form := "    %q) words=%q ;;\n"
	if c.Shell == "fish" {
		form = "        case %q\n            string split ' ' -- %q\n"
	}
	var visit func(node *kong.Node, path string)
	visit = func(node *kong.Node, path string) {
		if path != "" {
			commands = append(commands, fmt.Sprintf("%q", path))
		}
		fmt.Fprintf(&cases, form, path, strings.Join(completions(node), " "))
		for _, child := range node.Children {
			visit(child, path+"/"+child.Name)
		}
	}
	visit(s.parser.kong.Model.Node, "")
	between := "|"
	if c.Shell == "fish" {
		between = " "
	}
	s.stdout.printf(script, strings.Join(commands, between), cases.String())
	return s.stdout.failed()
}

// completions are the words that may follow a command: its own commands, its flags and those of
// the commands above it.
func completions(node *kong.Node) []string {
	var words []string
	for _, child := range node.Children {
		words = append(words, child.Name)
	}
	for n := node; n != nil; n = n.Parent {
		for _, flag := range n.Flags {
			words = append(words, "--"+flag.Name)
		}
	}
	return words
}

// Both scripts follow the words typed so far to the command they name, then offer its words.
const bashCompletion = `_lectern() {
  local path="" words="" word
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path/$word" in
    %s) path="$path/$word" ;;
    esac
  done
  case "$path" in
%s  esac
  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _lectern lectern
`

const fishCompletion = `function __lectern_words
    set -l path ""
    for word in (commandline -opc)[2..-1]
        switch "$path/$word"
            case %s
                set path "$path/$word"
        end
    end
    switch "$path"
%s    end
end
complete -c lectern -a '(__lectern_words)'
`

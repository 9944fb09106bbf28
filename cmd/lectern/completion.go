package main

import (
	"fmt"
	"slices"
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
	f := bashForms
	script := f.script
	switch c.Shell {
	case "zsh":
		script = "autoload -U +X bashcompinit && bashcompinit\n" + script
	case "fish":
		f = fishForms
		script = f.script
	}
	var commands []string // paths such as /user/create
	var words, values strings.Builder
	var visit func(node *kong.Node, path string)
	visit = func(node *kong.Node, path string) {
		if path != "" {
			commands = append(commands, fmt.Sprintf("%q", path))
		}
		fmt.Fprintf(&words, f.words, path, strings.Join(namesOf(node), " "),
			strings.Join(flagsOf(node), " "))
		for _, child := range node.Children {
			visit(child, path+"/"+child.Name)
		}
	}
	visit(s.parser.kong.Model.Node, "")
	seen := map[string]bool{}
	for _, flag := range s.parser.flags() {
		if !flag.IsBool() && !seen[flag.Name] {
			seen[flag.Name] = true
			fmt.Fprintf(&values, f.value, "--"+flag.Name, strings.Join(choices(flag.Value), " "))
		}
	}
	s.stdout.printf(script, strings.Join(commands, f.between), words.String(), values.String())
	return s.stdout.failed()
}

// namesOf are the words that may follow a command: its own commands, and what its arguments may be
// where they are one of a few. Where there are none, the shell offers files.
func namesOf(node *kong.Node) []string {
	var names []string
	for _, child := range node.Children {
		names = append(names, child.Name)
	}
	for _, argument := range node.Positional {
		names = append(names, choices(argument)...)
	}
	return names
}

// flagsOf are the flags of a command and of those above it.
func flagsOf(node *kong.Node) []string {
	var flags []string
	for n := node; n != nil; n = n.Parent {
		for _, flag := range n.Flags {
			flags = append(flags, "--"+flag.Name)
		}
	}
	return flags
}

// choices are the values of a flag or an argument that takes one of a few.
func choices(value *kong.Value) []string {
	return slices.DeleteFunc(value.EnumSlice(), func(s string) bool { return s == "" })
}

// forms are the parts of a completion script. Both scripts follow the words typed so far to the
// command they name, then offer its flags after a "-", else the flag's or the command's words.
type forms struct {
	script  string // of the commands, words and values
	between string // two commands
	words   string // of a command: its path, its words, its flags
	value   string // of a flag that takes one: its name, its words
}

var bashForms = forms{
	between: "|",
	words:   "    %q) words=%q flags=%q ;;\n",
	value:   "    %s) words=%q ;;\n",
	script: `_lectern() {
  local path="" words="" flags="" word current="${COMP_WORDS[COMP_CWORD]}"
  for word in "${COMP_WORDS[@]:1:$((COMP_CWORD - 1))}"; do
    case "$path/$word" in
    %s) path="$path/$word" ;;
    esac
  done
  case "$path" in
%s  esac
  case "${COMP_WORDS[$((COMP_CWORD - 1))]}" in
%s  esac
  case "$current" in
    -*) words="$flags" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _lectern lectern
`,
}

var fishForms = forms{
	between: " ",
	words: "        case %q\n            set words (string split -n ' ' -- %q)\n" +
		"            set flags (string split -n ' ' -- %q)\n",
	value: "        case %s\n            set words (string split -n ' ' -- %q)\n",
	script: `function __lectern_words
    set -l path ""
    set -l words
    set -l flags
    set -l typed (commandline -opc)
    for word in $typed[2..-1]
        switch "$path/$word"
            case %s
                set path "$path/$word"
        end
    end
    switch "$path"
%s    end
    switch $typed[-1]
%s    end
    if string match -q -- '-*' (commandline -ct)
        set words $flags
    end
    count $words >/dev/null; and printf '%%s\n' $words
end
complete -c lectern -n 'count (__lectern_words) >/dev/null' -f -a '(__lectern_words)'
`,
}

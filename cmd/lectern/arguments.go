package main

import (
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/lectern-project/lectern/internal/config"
)

// arguments reads the command line before kong does, which stops at the first fault: it finds
// them all, and what it returns has none of them, so that kong can go on.
type arguments struct {
	*parser
	faults *faults
	node   *kong.Node
	rest   []string
	read   []string // what kong gets
	help   bool
}

// readArguments returns the arguments without faults, and the command that they name.
func (p *parser) readArguments(args []string, f *faults) *arguments {
	a := &arguments{parser: p, faults: f, node: p.kong.Model.Node, rest: args}
	for len(a.rest) > 0 {
		token := a.rest[0]
		a.rest = a.rest[1:]
		switch {
		case token == "--":
			a.read = append(append(a.read, token), a.rest...)
			a.rest = nil
		case strings.HasPrefix(token, "--"):
			a.readFlag(token)
		default:
			a.help = a.help || token == "-h"
			a.readWord(token)
		}
	}
	return a
}

// readWord reads the name of a command, or an argument.
func (a *arguments) readWord(word string) {
	a.read = append(a.read, word)
	for _, child := range a.node.Children {
		if child.Name == word && child.Type == kong.CommandNode {
			a.node = child
			return
		}
	}
}

func (a *arguments) readFlag(token string) {
	written, value, hasValue := strings.Cut(token, "=")
	name := strings.TrimPrefix(written, "--")
	if name == "help" {
		a.help = true
		a.read = append(a.read, token)
		return
	}
	flag, known := a.find(name)
	if !known {
		a.misspelt(name, flag)
	}
	if !hasValue {
		switch {
		case flag == nil && (len(a.rest) == 0 || a.isCommand(a.rest[0])):
		case flag != nil && flag.IsBool():
			value = "true"
		case len(a.rest) > 0 && (a.rest[0] == "-" || !strings.HasPrefix(a.rest[0], "-")):
			value, a.rest = a.rest[0], a.rest[1:]
		case flag != nil:
			a.faults.addf("--"+flag.Name, "there is no value behind it; write --%s=VALUE", flag.Name)
			a.bad[flag.Name] = true
			value = stand(flag)
		}
	}
	if flag == nil {
		return // its value is left out with it
	}
	value = a.checkValue(flag, given{value, "--" + flag.Name}, a.faults)
	a.given[flag.Name] = given{value, "--" + flag.Name}
	a.read = append(a.read, "--"+flag.Name+"="+value)
}

// find returns the flag of that name which may stand here, or else one that name looks like a slip
// of, or nil.
func (a *arguments) find(name string) (flag *kong.Flag, known bool) {
	here := map[string]*kong.Flag{}
	var names []string
	for node := a.node; node != nil; node = node.Parent {
		for _, flag := range node.Flags {
			here[flag.Name] = flag
			names = append(names, flag.Name)
		}
	}
	if flag, known := here[name]; known {
		return flag, true
	}
	if meant, slip := config.Nearest(name, names); slip && !slices.Contains(a.names(), name) {
		return here[meant], false
	}
	return nil, false
}

// misspelt says that there is no such flag, and which may have been meant.
func (a *arguments) misspelt(name string, meant *kong.Flag) {
	if meant != nil {
		a.faults.addf("--"+name, "there is no such flag; did you mean --%s?", meant.Name)
		return
	}
	var commands []string
	for _, flag := range a.flags() {
		if flag.Name == name {
			commands = append(commands, "`lectern "+flag.command+"`")
		}
	}
	switch list := strings.Join(slices.Compact(commands), ", "); {
	case list == "":
	case a.node == a.kong.Model.Node:
		a.faults.addf("--"+name, "it is a flag of %s and belongs behind that", list)
		return
	default:
		a.faults.addf("--"+name, "`lectern %s` has no such flag; %s has", commandName(a.node), list)
		return
	}
	nearest, _ := config.Nearest(name, a.names())
	a.faults.addf("--"+name, "there is no such flag; the nearest is --%s", nearest)
}

func (a *arguments) isCommand(word string) bool {
	return slices.ContainsFunc(a.node.Children, func(n *kong.Node) bool { return n.Name == word })
}

package main

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/lectern-project/lectern/internal/app"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/config"
)

// fault is something that the command line, a variable or the configuration file cannot be.
type fault struct {
	source  string // who says so: a flag, a variable, a file and its line; empty for the whole
	message string
}

func (f fault) String() string {
	if f.source == "" {
		return f.message
	}
	return f.source + ": " + f.message
}

// faults are all that were found, so that one start is enough to learn of them.
type faults []fault

func (f *faults) addf(source, format string, args ...any) {
	*f = append(*f, fault{source, fmt.Sprintf(format, args...)})
}

// err is one Invalid error that lists the faults, or nil without one.
func (f faults) err() error {
	switch len(f) {
	case 0:
		return nil
	case 1:
		return book.Errorf(book.Invalid, "%s", f[0])
	}
	list := []string{fmt.Sprintf("%d settings cannot be:", len(f))}
	for _, one := range f.sorted() {
		list = append(list, one.String())
	}
	return book.Errorf(book.Invalid, "%s", strings.Join(list, "\n  "))
}

// sorted returns the faults of the command line, of the environment and of the configuration file, each
// in the order in which they stand there, and then the others.
func (f faults) sorted() faults {
	return slices.SortedStableFunc(slices.Values(f), func(a, b fault) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(a.line(), b.line()))
	})
}

func (f fault) rank() int {
	switch {
	case strings.HasPrefix(f.source, "--"):
		return 0
	case strings.HasPrefix(f.source, prefix):
		return 1
	case f.source != "":
		return 2
	}
	return 3
}

// line is the line of a configuration file that a fault is in, or 0.
func (f fault) line() int {
	line, _ := strconv.Atoi(f.source[strings.LastIndexByte(f.source, ':')+1:])
	return line
}

// checker is a command with rules of its own about its flags.
type checker interface {
	check(c *cli, f *config.Faults)
}

// installationFaults are those of settings that parse, but break a rule: of the installation, as far
// as the command has to do with it, and of the command.
func (p *parser) installationFaults(node *kong.Node) config.Faults {
	var f config.Faults
	uses := usesOf(node)
	if uses != usesNothing && uses != usesEither && p.cli.Server != "" {
		f.Addf("server", "`lectern %s` does not talk to a server; run it where the data directory is, "+
			"without --server (or LECTERN_SERVER)", commandName(node))
	}
	if uses != usesNothing && p.cli.Server == "" {
		all := app.Faults(p.cli.Config)
		if uses == usesStore {
			all = p.cli.Config.Faults()
		}
		f = append(f, all...)
	}
	if command, ok := reflect.TypeAssert[checker](node.Target.Addr()); ok {
		command.check(p.cli, &f)
	}
	return f
}

// What a command has to do with the settings of an installation: the tag uses of a command, or of one
// that it is below.
const (
	usesEither       = ""             // the installation's, or a server's with --server
	usesInstallation = "installation" // the installation's
	usesStore        = "store"        // the same, but no key that signs tokens
	usesNothing      = "nothing"
)

func usesOf(node *kong.Node) string {
	for ; node != nil && node.Tag != nil; node = node.Parent {
		if node.Tag.Has("uses") {
			return node.Tag.Get("uses")
		}
	}
	return usesEither
}

// addInstallation adds faults of the installation, each with the sources of its settings. Those
// about settings that are at fault already are left out: they may be its consequence.
func (p *parser) addInstallation(f *faults, found config.Faults) {
	for _, one := range found {
		var sources []string
		known := false
		for _, setting := range one.Settings {
			known = known || p.bad[setting]
			if given, ok := p.given[setting]; ok {
				sources = append(sources, given.source)
			}
		}
		if !known {
			slices.Sort(sources)
			f.addf(strings.Join(slices.Compact(sources), ", "), "%s", one.Message)
		}
	}
}

// usageMessage is what a parse error says.
func usageMessage(err error) string {
	if e, ok := errors.AsType[*book.Error](err); ok {
		return e.Message
	}
	return err.Error()
}

package main

import (
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/config"
)

// cli is the whole command line: settings that every command shares, and the commands.
type cli struct {
	Config     config.Config   `embed:""`
	ConfigFile kong.ConfigFlag `name:"config" help:"YAML file with settings, named like the flags." placeholder:"FILE"`
	Server     string          `help:"Talk to the server at this address instead of a data directory." placeholder:"URL"`
	Key        string          `help:"API key for --server." placeholder:"KEY" secret:""`
	JSON       bool            `help:"Print JSON."`

	Serve      serveCommand      `cmd:"" help:"Answer questions over HTTP."`
	Health     healthCommand     `cmd:"" help:"Ask a server whether it is alive."`
	Check      checkCommand      `cmd:"" help:"Find what is broken in a book before it is published or ingested."`
	Ingest     ingestCommand     `cmd:"" help:"Ingest files and folders."`
	Search     searchCommand     `cmd:"" help:"Find passages."`
	Ask        askCommand        `cmd:"" help:"Ask a question."`
	Documents  documentsCommand  `cmd:"" help:"List, show, delete and publish documents."`
	Migrate    migrateCommand    `cmd:"" help:"Look at the schema of the database, or change it."`
	Doctor     doctorCommand     `cmd:"" help:"Check that documents and vectors agree."`
	Backup     backupCommand     `cmd:"" help:"Write everything into one archive."`
	Restore    restoreCommand    `cmd:"" help:"Bring an archive into an empty book."`
	Reembed    reembedCommand    `cmd:"" help:"Move the book to another embedding model while it is read."`
	Eval       evalCommand       `cmd:"" help:"Measure search and answers on question sets."`
	Models     modelsCommand     `cmd:"" help:"Check the configured language models."`
	User       userCommand       `cmd:"" help:"Manage accounts."`
	Invite     inviteCommand     `cmd:"" help:"Manage invitations to make an account."`
	APIKey     keyCommand        `cmd:"" name:"key" help:"Manage API keys."`
	Audit      auditCommand      `cmd:"" help:"Print the audit log: who did what, when and from where."`
	OpenAPI    openAPICommand    `cmd:"" name:"openapi" help:"Print the OpenAPI document of the HTTP API."`
	Show       configCommand     `cmd:"" name:"config" help:"Print the effective configuration, secrets hidden."`
	Version    versionCommand    `cmd:"" help:"Print the version."`
	Completion completionCommand `cmd:"" help:"Print a script that completes commands and flags in a shell."`
}

const description = `Lectern turns a book or a documentation site into something you can ask.

Data goes to stdout, everything else to stderr. Every flag can also be set as an environment
variable (--top-k: LECTERN_TOP_K) and in the YAML file of --config (top-k: 5). Exit codes: 0 done,
1 failure, 2 usage, 3 authentication, 4 partly ingested, 5 findings of doctor or errors of check,
130 interrupted.`

// parser is the command line's parser and what it parsed.
type parser struct {
	kong   *kong.Kong
	cli    *cli
	file   settings // of the configuration file; nil without one
	exited bool     // by --help
}

func newParser(stdout, stderr io.Writer) (*parser, error) {
	p := &parser{cli: &cli{}}
	var err error
	p.kong, err = kong.New(p.cli,
		kong.Name("lectern"), kong.Description(description), kong.Writers(stdout, stderr),
		kong.DefaultEnvars("LECTERN"), kong.Configuration(p.loadSettings),
		kong.Resolvers(secretFiles{}),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 96}),
		kong.Exit(func(int) { p.exited = true }),
	)
	if err == nil {
		p.unsetEmpty()
	}
	return p, err
}

// flags returns every flag of the command line, the help flag left out, each with the command
// that has it.
func (p *parser) flags() []commandFlag {
	var found []commandFlag
	var visit func(node *kong.Node)
	visit = func(node *kong.Node) {
		for _, flag := range node.Flags {
			if flag.Name != "help" {
				found = append(found, commandFlag{Flag: flag, command: commandName(node)})
			}
		}
		for _, child := range node.Children {
			visit(child)
		}
	}
	visit(p.kong.Model.Node)
	return found
}

// commandFlag is a flag of a command; command is empty for one that all commands have.
type commandFlag struct {
	*kong.Flag
	command string
}

// commandName is a command's name below lectern, such as "user create".
func commandName(node *kong.Node) string {
	var names []string
	for ; node.Parent != nil; node = node.Parent {
		names = append(names, node.Name)
	}
	slices.Reverse(names)
	return strings.Join(names, " ")
}

// usageMessage is what a parse error says.
func usageMessage(err error) string {
	if e, ok := errors.AsType[*book.Error](err); ok {
		return e.Message
	}
	return err.Error()
}

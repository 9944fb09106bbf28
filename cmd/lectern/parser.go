package main

import (
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/lectern-project/lectern/internal/config"
)

// cli is the whole command line: settings that every command shares, and the commands.
type cli struct {
	Config     config.Config `embed:""`
	ConfigFile string        `name:"config" help:"YAML file with settings, named like the flags." placeholder:"FILE"`
	Server     string        `help:"Talk to the server at this address instead of a data directory." placeholder:"URL"`
	Key        string        `help:"API key for --server." placeholder:"KEY" secret:""`
	JSON       bool          `help:"Print JSON."`

	Serve      serveCommand      `cmd:"" uses:"installation" help:"Answer questions over HTTP."`
	Health     healthCommand     `cmd:"" uses:"nothing" help:"Ask a server whether it is alive."`
	Check      checkCommand      `cmd:"" uses:"nothing" help:"Find what is broken in a book before it is published or ingested."`
	Ingest     ingestCommand     `cmd:"" help:"Ingest files and folders."`
	Search     searchCommand     `cmd:"" help:"Find passages."`
	Ask        askCommand        `cmd:"" help:"Ask a question."`
	Documents  documentsCommand  `cmd:"" help:"List, show, delete, publish and hand over documents."`
	Feedback   feedbackCommand   `cmd:"" help:"Print what readers think of the answers that they got."`
	Migrate    migrateCommand    `cmd:"" uses:"store" help:"Look at the schema of the database, or change it."`
	Doctor     doctorCommand     `cmd:"" uses:"installation" help:"Check that documents and vectors agree."`
	Backup     backupCommand     `cmd:"" help:"Write everything into one archive."`
	Restore    restoreCommand    `cmd:"" uses:"installation" help:"Bring an archive into an empty book."`
	Reembed    reembedCommand    `cmd:"" help:"Move the book to another embedding model while it is read."`
	Eval       evalCommand       `cmd:"" uses:"nothing" help:"Measure search and answers on question sets."`
	Models     modelsCommand     `cmd:"" uses:"store" help:"Check the configured language models."`
	User       userCommand       `cmd:"" uses:"installation" help:"Manage accounts."`
	Invite     inviteCommand     `cmd:"" uses:"installation" help:"Manage invitations to make an account."`
	APIKey     keyCommand        `cmd:"" name:"key" help:"Manage API keys."`
	Audit      auditCommand      `cmd:"" help:"Print the audit log: who did what, when and from where."`
	OpenAPI    openAPICommand    `cmd:"" uses:"nothing" name:"openapi" help:"Print the OpenAPI document of the HTTP API."`
	Show       configCommand     `cmd:"" uses:"nothing" name:"config" help:"Print the effective configuration, secrets hidden."`
	Version    versionCommand    `cmd:"" uses:"nothing" help:"Print the version."`
	Completion completionCommand `cmd:"" uses:"nothing" help:"Print a script that completes commands and flags in a shell."`
}

const description = `Lectern turns a book or a documentation site into something you can ask.

Data goes to stdout, everything else to stderr. Every flag can also be set as an environment
variable (--top-k: LECTERN_TOP_K) and in the YAML file of --config (top-k: 5). Exit codes: 0 done,
1 failure, 2 usage, 3 authentication, 4 partly ingested, 5 findings of doctor or errors of check,
130 interrupted.`

// parser is the command line's parser and what it parsed.
type parser struct {
	kong *kong.Kong
	cli  *cli
	// given are the values of settings, by flag name: of the command line, else of the environment,
	// else of the configuration file.
	given  map[string]given
	bad    map[string]bool // settings, by flag name, that are at fault
	exited bool            // by --help
}

func newParser(stdout, stderr io.Writer) (*parser, error) {
	p := &parser{cli: &cli{}, given: map[string]given{}, bad: map[string]bool{}}
	var err error
	p.kong, err = kong.New(p.cli,
		kong.Name("lectern"), kong.Description(description), kong.Writers(stdout, stderr),
		kong.DefaultEnvars("LECTERN"), kong.Resolvers(resolver{p}),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 96}),
		kong.Exit(func(int) { p.exited = true }),
	)
	if err != nil {
		return nil, err
	}
	for _, flag := range p.flags() {
		flag.Tag.Envs = nil // the environment is read here: kong would stop at its first fault
	}
	return p, nil
}

// parse reads the command line, the environment and the configuration file. Invalid, with a list of
// everything that is wrong with them.
func (p *parser) parse(args []string) (*kong.Context, error) {
	var f faults
	a := p.readArguments(args, &f)
	if !a.help {
		p.readEnvironment(&f)
		p.readFile(&f)
		p.checkValues(a.node, &f)
	}
	parsed, err := p.kong.Parse(a.read)
	if p.exited {
		return parsed, nil
	}
	if err != nil {
		f.addf("", "%s", usageMessage(err))
		return nil, f.err()
	}
	p.addInstallation(&f, p.installationFaults(parsed.Selected()))
	return parsed, f.err()
}

// checkValues adds faults of the values that the command's flags have from elsewhere than the command
// line.
func (p *parser) checkValues(node *kong.Node, f *faults) {
	for ; node != nil; node = node.Parent {
		for _, flag := range node.Flags {
			g, there := p.given[flag.Name]
			if there && !strings.HasPrefix(g.source, "--") {
				g.text = p.checkValue(flag, g, f)
				p.given[flag.Name] = g
			}
		}
	}
}

// names are the names of all flags.
func (p *parser) names() []string {
	var names []string
	for _, flag := range p.flags() {
		names = append(names, flag.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
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

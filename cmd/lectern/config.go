package main

import (
	"strings"

	"github.com/lectern-project/lectern/internal/client"
)

type configCommand struct{}

// setting is one setting's value and where it comes from.
type setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	From  string `json:"from"`
}

// Run prints the settings of an installation: those that all commands share, and those of serve.
func (c *configCommand) Run(s *session) error {
	if full, err := s.Config.WithDefaults(); err == nil {
		s.Config = full
	}
	var all []setting
	for _, flag := range s.parser.flags() {
		if flag.Name == "config" || (flag.command != "" && flag.command != "serve") {
			continue
		}
		all = append(all, s.effective(flag))
	}
	if s.JSON {
		return s.printJSON(map[string]any{"settings": all})
	}
	table := s.table("SETTING", "VALUE", "FROM")
	for _, e := range all {
		table.row(e.Name, e.Value, e.From)
	}
	return table.flush()
}

// effective finds a flag's value in the order of precedence: the command line, the environment,
// the configuration file, the default.
func (s *session) effective(flag commandFlag) setting {
	e := setting{Name: flag.Name, Value: flag.Default, From: "default"}
	if given, there := s.parser.given[flag.Name]; there {
		e.Value, e.From = given.text, given.source
		if strings.HasPrefix(e.From, "--") {
			e.From = "command line"
		}
	}
	if flag.Name == "server" {
		e.Value = client.Shown(e.Value)
	}
	if flag.Name == "data-dir" {
		e.Value = s.Config.DataDir
	}
	if flag.IsBool() && e.Value == "" {
		e.Value = "false"
	}
	if flag.Tag.Has("secret") && e.Value != "" {
		e.Value = "(hidden)"
	}
	return e
}

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"

	"github.com/lectern-project/lectern/internal/config"
)

// readFile adds the settings of the configuration file that the command line or the environment
// names: a YAML mapping from flag names to values.
func (p *parser) readFile(f *faults) {
	named, there := p.given["config"]
	if !there {
		return
	}
	text, err := os.ReadFile(kong.ExpandPath(named.text))
	if err != nil {
		f.addf(named.source, "the configuration file %s %s", named.text, reasonOf(err))
		return
	}
	p.readSettings(named.text, text, f)
}

// readSettings adds the settings in the text of the configuration file that is called file.
func (p *parser) readSettings(file string, text []byte, f *faults) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, second yaml.Node
	err := decoder.Decode(&document)
	if errors.Is(err, io.EOF) || (err == nil && isNothing(&document)) {
		return
	}
	if err != nil {
		f.addf(file+lineOf(err), "it is not YAML; a line looks like `listen: \":8080\"`, and a value "+
			"with a character such as *, &, { or : in it needs quotes")
		return
	}
	mapping := document.Content[0]
	if mapping.Kind != yaml.MappingNode {
		f.addf(fmt.Sprintf("%s:%d", file, mapping.Line), "it is not a YAML mapping from settings to values")
		return
	}
	lines := map[string]int{}
	for i := 0; i < len(mapping.Content); i += 2 {
		key, value := mapping.Content[i], mapping.Content[i+1]
		source := fmt.Sprintf("%s:%d", file, key.Line)
		if first, twice := lines[key.Value]; twice {
			f.addf(source, "%s is in line %d, too", key.Value, first)
			continue
		}
		lines[key.Value] = key.Line
		p.readSetting(source, key.Value, value, f)
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		f.addf(file, "only its first YAML document would be read; leave the line --- between them out")
	}
}

func isNothing(document *yaml.Node) bool {
	return len(document.Content) == 0 || document.Content[0].Tag == "!!null"
}

func (p *parser) readSetting(source, name string, value *yaml.Node, f *faults) {
	if !slices.Contains(p.names(), name) {
		meant, slip := config.Nearest(name, p.names())
		if !slip {
			f.addf(source, "there is no setting %q; the nearest is %s", name, meant)
			return
		}
		f.addf(source, "there is no setting %q; did you mean %s?", name, meant)
		p.bad[meant] = true
		name = meant
	}
	if value.Kind == yaml.AliasNode {
		value = value.Alias
	}
	switch {
	case value.Kind != yaml.ScalarNode:
		f.addf(source, "%s must have a single value; several are separated by commas", name)
		p.bad[name] = true
	case value.Tag == "!!null":
		f.addf(source, "%s has no value; leave the line out for the default", name)
		p.bad[name] = true
	default:
		p.give(name, given{value.Value, source})
	}
}

var line = regexp.MustCompile(`line (\d+)`)

// lineOf is ":" and the line that an error of the YAML package names, or nothing. The rest of it may
// quote a secret.
func lineOf(err error) string {
	if found := line.FindStringSubmatch(err.Error()); found != nil {
		return ":" + strings.TrimLeft(found[1], "0")
	}
	return ""
}

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"

	"github.com/lectern-project/lectern/internal/book"
)

// settings are the values of a configuration file by flag name.
type settings map[string]any

// loadSettings reads a configuration file: a YAML mapping from flag names to values.
func (p *parser) loadSettings(r io.Reader) (kong.Resolver, error) {
	var values map[string]any
	err := yaml.NewDecoder(r).Decode(&values)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, book.Wrap(book.Invalid, err, "the configuration file is not a YAML mapping "+
			"from settings to values: %s", err)
	}
	p.file = settings{}
	for name, value := range values {
		if p.file[name], err = scalar(name, value); err != nil {
			return nil, err
		}
	}
	return p.file, nil
}

// scalar returns a value as kong's mappers take it: text, or a truth value.
func scalar(name string, value any) (any, error) {
	switch v := value.(type) {
	case bool:
		return v, nil
	case string, int, int64, uint64, float64:
		return fmt.Sprint(v), nil
	}
	return nil, book.Errorf(book.Invalid, "the setting %q of the configuration file must be a "+
		"single value", name)
}

// Validate refuses settings that no flag has, so that a misspelt one is not silently ignored.
func (s settings) Validate(application *kong.Application) error {
	var known []string
	var visit func(node *kong.Node)
	visit = func(node *kong.Node) {
		for _, flag := range node.Flags {
			known = append(known, flag.Name)
		}
		for _, child := range node.Children {
			visit(child)
		}
	}
	visit(application.Node)
	var unknown []string
	for name := range s {
		if !slices.Contains(known, name) {
			unknown = append(unknown, fmt.Sprintf("%q (did you mean %q?)", name, nearest(name, known)))
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	slices.Sort(unknown)
	return book.Errorf(book.Invalid, "the configuration file has settings that do not exist: %s",
		strings.Join(unknown, ", "))
}

// Resolve returns a flag's value, or nil when the file does not have it or the environment, which
// comes first, has it too.
func (s settings) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if _, set := fromEnvironment(flag); set {
		return nil, nil
	}
	return s[flag.Name], nil
}

// unsetEmpty takes empty variables out of the environment: one that a compose file or a shell script
// leaves empty is as good as none, and no number or choice.
func (p *parser) unsetEmpty() {
	for _, flag := range p.flags() {
		for _, name := range flag.Envs {
			if os.Getenv(name) == "" {
				_ = os.Unsetenv(name)
			}
		}
	}
}

// fromEnvironment returns the name of the variable that sets the flag, if one does. A secret can
// also be in the file that the variable with fileSuffix names.
func fromEnvironment(flag *kong.Flag) (name string, set bool) {
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return name, true
		}
	}
	if !flag.Tag.Has("secret") {
		return "", false
	}
	for _, name := range flag.Envs {
		if os.Getenv(name+fileSuffix) != "" {
			return name + fileSuffix, true
		}
	}
	return "", false
}

const fileSuffix = "_FILE"

// secretFiles resolves secrets that are in files.
type secretFiles struct{}

// Validate implements kong.Resolver.
func (secretFiles) Validate(*kong.Application) error { return nil }

// Resolve returns the secret in the file that a variable names, or nil. The line end that editors
// put behind it is no part of it.
func (secretFiles) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	name, set := fromEnvironment(flag)
	if !set || !strings.HasSuffix(name, fileSuffix) {
		return nil, nil
	}
	text, err := os.ReadFile(os.Getenv(name))
	if err != nil {
		return nil, book.Wrap(book.Invalid, err, "the file %s that %s names cannot be read",
			os.Getenv(name), name)
	}
	secret := strings.TrimRight(string(text), "\r\n")
	if secret == "" {
		return nil, book.Errorf(book.Invalid, "the file %s that %s names is empty",
			os.Getenv(name), name)
	}
	return secret, nil
}

// nearest returns the candidate that takes the fewest edits.
func nearest(name string, candidates []string) string {
	return slices.MinFunc(candidates, func(a, b string) int {
		return edits(name, a) - edits(name, b)
	})
}

// edits is the Levenshtein distance of a and b in bytes.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			substitution := diagonal
			if a[i] != b[j] {
				substitution++
			}
			diagonal = row[j+1]
			row[j+1] = min(substitution, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}

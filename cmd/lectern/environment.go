package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/lectern-project/lectern/internal/config"
)

const (
	prefix     = "LECTERN_"
	fileSuffix = "_FILE"
	// maxSecret is the size in bytes of the largest file that is read as a secret.
	maxSecret = 64 << 10
)

// ofKubernetes matches variables that Kubernetes makes for a Service whose name begins with lectern.
var ofKubernetes = regexp.MustCompile(`^LECTERN(_[A-Z0-9]+)*_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|` +
	`PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$`)

// ofRepository matches those of the tasks and tests of Lectern's own repository.
var ofRepository = regexp.MustCompile(`^LECTERN_(TEST|REQUIRE|FAULTS|RESTORE|DEPARTURE|BROWSER|VECTORTEST)_|` +
	`^LECTERN_(SHARED|SEED|KILLS|SCHEDULES|SQL_SCHEDULES|STEPS|SCALE|DURATIONS|FAILPOINTS|TARGET|` +
	`AXE|CCR|CHROMIUM|SCREENSHOTS)$`)

// isOthers reports whether a variable is no setting, and not meant to be one.
func isOthers(variable, value string) bool {
	if ofKubernetes.MatchString(variable) {
		return !strings.HasSuffix(variable, "_PORT") || strings.Contains(value, ":")
	}
	return ofRepository.MatchString(variable)
}

// readEnvironment adds the settings that variables have, and the secrets in files that variables
// name. A variable that is empty counts as unset: a compose file or a shell script may leave it so.
func (p *parser) readEnvironment(f *faults) {
	flags := map[string]*kong.Flag{}
	for _, flag := range p.flags() {
		flags[variableOf(flag.Flag)] = flag.Flag
	}
	environment := os.Environ()
	slices.Sort(environment)
	for _, entry := range environment {
		variable, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(variable, prefix) || value == "" {
			continue
		}
		flag, known := flags[variable]
		named, inFile := strings.CutSuffix(variable, fileSuffix)
		secret := flags[named]
		switch {
		case known:
			p.give(flag.Name, given{value, variable})
		case isOthers(variable, value):
		case inFile && secret != nil && secret.Tag.Has("secret"):
			p.giveSecret(secret, given{value, variable}, f)
		case inFile && secret != nil:
			f.addf(variable, "%s is no secret, so it is not read from a file; set %s", secret.Name, named)
		default:
			p.misspeltVariable(variable, value, flags, f)
		}
	}
}

// give notes the value of a setting, unless one is noted that comes first.
func (p *parser) give(setting string, g given) {
	if _, there := p.given[setting]; !there {
		p.given[setting] = g
	}
}

func (p *parser) misspeltVariable(
	variable, value string, flags map[string]*kong.Flag, f *faults,
) {
	var names []string
	for name, flag := range flags {
		names = append(names, strings.TrimPrefix(name, prefix))
		if flag.Tag.Has("secret") {
			names = append(names, strings.TrimPrefix(name, prefix)+fileSuffix)
		}
	}
	slices.Sort(names)
	meant, slip := config.Nearest(strings.TrimPrefix(variable, prefix), names)
	if !slip {
		f.addf(variable, "there is no such setting; the nearest is %s", prefix+meant)
		return
	}
	f.addf(variable, "there is no such setting; did you mean %s?", prefix+meant)
	if flag, ok := flags[prefix+meant]; ok {
		p.give(flag.Name, given{value, variable})
		p.bad[flag.Name] = true
	} else {
		p.bad[flags[prefix+strings.TrimSuffix(meant, fileSuffix)].Name] = true
	}
}

// giveSecret notes the secret in the file that a variable names. The line end that editors put behind
// it is no part of it.
func (p *parser) giveSecret(flag *kong.Flag, named given, f *faults) {
	if other := os.Getenv(variableOf(flag)); other != "" {
		f.addf(variableOf(flag)+", "+named.source, "both give %s; set one of them", flag.Name)
		return
	}
	if g, there := p.given[flag.Name]; there && strings.HasPrefix(g.source, "--") {
		return
	}
	secret, fault := readSecret(named.text)
	if fault != "" {
		f.addf(named.source, "the file %s that it names %s", named.text, fault)
		p.bad[flag.Name] = true
		return
	}
	p.give(flag.Name, given{secret, named.source})
}

// readSecret returns what a file holds, or what is wrong with it.
func readSecret(path string) (secret, fault string) {
	file, err := os.Open(path) //nolint:gosec // who sets the variable chooses the file
	if err != nil {
		return "", reasonOf(err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxSecret+1))
	secret = strings.TrimRight(string(text), "\r\n")
	switch {
	case err != nil:
		return "", reasonOf(err)
	case len(text) > maxSecret:
		return "", "is too large for a secret"
	case strings.TrimSpace(secret) == "":
		return "", "is empty"
	}
	return secret, ""
}

// reasonOf says why a file cannot be read.
func reasonOf(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "is not there"
	case errors.Is(err, fs.ErrPermission):
		return "may not be read by this user"
	}
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		err = failed.Err
	}
	return "cannot be read: " + err.Error()
}

// variableOf is the variable of a flag.
func variableOf(flag *kong.Flag) string { return flag.Envs[0] }

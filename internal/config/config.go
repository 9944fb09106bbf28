// Package config holds what an installation can choose. Values come from flags, LECTERN_...
// environment variables and a YAML file, in this order of precedence; reading them is the
// command line's affair.
package config

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/lectern-project/lectern/internal/book"
)

// Config is an installation's configuration. The tags name each setting's flag, variable and
// default for the command line; the YAML file uses the flags' names.
type Config struct {
	DataDir   string `help:"Data directory (default: lectern in the user's data home)." env:"LECTERN_DATA_DIR" placeholder:"DIR"`
	Access    string `help:"Who may read: public (no account needed) or login." env:"LECTERN_ACCESS" enum:"public,login" default:"public"`
	LogLevel  string `help:"Least severe level that is logged: debug, info, warn or error." env:"LECTERN_LOG_LEVEL" enum:"debug,info,warn,error" default:"info"`
	LogFormat string `help:"Form of the log on stderr: text or json." env:"LECTERN_LOG_FORMAT" enum:"text,json" default:"text"`
}

// WithDefaults fills in what depends on the machine.
func (c Config) WithDefaults() (Config, error) {
	if c.DataDir != "" {
		return c, nil
	}
	home := os.Getenv("XDG_DATA_HOME")
	if home == "" {
		user, err := os.UserHomeDir()
		if err != nil {
			return c, book.Wrap(book.Invalid, err, "there is no home directory to keep data in; "+
				"name a data directory with --data-dir or LECTERN_DATA_DIR")
		}
		home = filepath.Join(user, ".local", "share")
	}
	c.DataDir = filepath.Join(home, "lectern")
	return c, nil
}

// Validate returns an Invalid error that names all faults at once, or nil.
func (c Config) Validate() error {
	var faults []string
	if c.DataDir == "" {
		faults = append(faults, "data-dir is empty")
	}
	if c.Access != "public" && c.Access != "login" {
		faults = append(faults, "access must be public or login")
	}
	if len(faults) == 0 {
		return nil
	}
	return book.Errorf(book.Invalid, "the configuration cannot be used: %s",
		strings.Join(faults, "; "))
}

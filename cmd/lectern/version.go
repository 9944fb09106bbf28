package main

import (
	"runtime/debug"
)

// version and commit are set by the build: -ldflags "-X main.version=v1.2.3 -X main.commit=1f0c...".
// A build by `go install` leaves them to what Go notes in the binary.
var version, commit string

type versionCommand struct{}

// Run prints what this program is.
func (c *versionCommand) Run(s *session) error {
	build := struct {
		Version string `json:"version"`
		Commit  string `json:"commit"`
		Go      string `json:"go"`
	}{Version: version, Commit: commit}
	if info, ok := debug.ReadBuildInfo(); ok {
		build.Go = info.GoVersion
		if build.Version == "" {
			build.Version = info.Main.Version
		}
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" && build.Commit == "" {
				build.Commit = setting.Value
			}
		}
	}
	if s.JSON {
		return s.printJSON(build)
	}
	s.stdout.printf("lectern %s %s\n", build.Version, build.Go)
	return nil
}

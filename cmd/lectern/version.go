package main

import (
	"runtime/debug"
)

// version and commit are set by the build: -ldflags "-X main.version=v1.2.3 -X main.commit=1f0c...".
// A build by `go install` leaves them to what Go notes in the binary.
var version, commit string

type versionCommand struct{}

// buildInfo says what this program is.
type buildInfo struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Go      string `json:"go"`
}

// Run prints what this program is.
func (c *versionCommand) Run(s *session) error {
	b := build()
	if s.JSON {
		return s.printJSON(b)
	}
	s.stdout.printf("lectern %s %s\n", b.Version, b.Go)
	return nil
}

func build() buildInfo {
	b := buildInfo{Version: version, Commit: commit}
	if info, ok := debug.ReadBuildInfo(); ok {
		b.Go = info.GoVersion
		if b.Version == "" {
			b.Version = info.Main.Version
		}
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" && b.Commit == "" {
				b.Commit = setting.Value
			}
		}
	}
	return b
}

package main

import (
	"runtime/debug"
)

// version is set by the build: -ldflags "-X main.version=v1.2.3".
var version = ""

type versionCommand struct{}

// Run prints what this program is.
func (c *versionCommand) Run(s *session) error {
	build := struct {
		Version string `json:"version"`
		Commit  string `json:"commit"`
		Go      string `json:"go"`
	}{Version: version}
	if info, ok := debug.ReadBuildInfo(); ok {
		build.Go = info.GoVersion
		if build.Version == "" {
			build.Version = info.Main.Version
		}
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
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

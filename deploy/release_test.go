package deploy

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/goreleaser/goreleaser/v2/pkg/config"
)

// TestRelease reads the release's configuration as goreleaser does, which takes no field that it
// does not know, and compares it with what else says how Lectern is built.
func TestRelease(t *testing.T) {
	release, err := config.Load("../.goreleaser.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, system := range release.Builds[0].Goos {
		for _, processor := range release.Builds[0].Goarch {
			got = append(got, system+"/"+processor)
		}
	}
	targets := regexp.MustCompile(`(?m)^TARGETS\s*:= (.*)$`).FindStringSubmatch(read(t, "../Makefile"))
	if diff := cmp.Diff(strings.Fields(targets[1]), got); diff != "" {
		t.Errorf("make cross and the release (-want +got):\n%s", diff)
	}
	for _, variable := range []string{"main.version", "main.commit"} {
		if !strings.Contains(release.Builds[0].Ldflags[0], variable+"=") {
			t.Errorf("no %s in %v", variable, release.Builds[0].Ldflags)
		}
	}
	image := release.DockersV2[0]
	if docker := read(t, "../"+image.Dockerfile); !strings.Contains(docker, "FROM base AS release") {
		t.Error("the Dockerfile has no stage for releases")
	}
	if chart := values(t, chartFolder+"/values.yaml"); chart["image"].(map[string]any)["repository"] !=
		image.Images[0] {
		t.Errorf("the release pushes %v, the chart pulls %v", image.Images, chart["image"])
	}
	for _, archive := range release.Archives {
		for _, file := range archive.Files {
			if _, err := os.Stat(filepath.Join("..", file.Source)); err != nil {
				t.Errorf("the archive lacks %s", file.Source)
			}
		}
	}
}

// TestReleaseTool: the workflow releases with the goreleaser that TestRelease knows.
func TestReleaseTool(t *testing.T) {
	version := regexp.MustCompile(`goreleaser/v2 (v\S+)`).FindStringSubmatch(read(t, "go.mod"))[1]
	if workflow := read(t, "../.github/workflows/release.yaml"); !strings.Contains(workflow,
		"goreleaser/v2@"+version+"\n") {
		t.Errorf("the workflow does not install goreleaser %s", version)
	}
}

// TestActionsPinned: an action is named by the commit that was looked at, everywhere the same.
func TestActionsPinned(t *testing.T) {
	files, err := filepath.Glob("../.github/workflows/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no workflows: %v", err)
	}
	pinned := regexp.MustCompile(`^([\w/-]+)@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	used := map[string]map[string]bool{}
	for _, file := range files {
		for _, use := range regexp.MustCompile(`(?m)uses: (.*)$`).FindAllStringSubmatch(read(t, file), -1) {
			if strings.HasPrefix(use[1], "./") {
				continue
			}
			found := pinned.FindStringSubmatch(use[1])
			if found == nil {
				t.Errorf("%s uses %s, not pinned by commit with its version behind", file, use[1])
				continue
			}
			if used[found[1]] == nil {
				used[found[1]] = map[string]bool{}
			}
			used[found[1]][use[1]] = true
		}
	}
	for action, versions := range used {
		if len(versions) > 1 {
			t.Errorf("%s is used as %v", action, slices.Sorted(maps.Keys(versions)))
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

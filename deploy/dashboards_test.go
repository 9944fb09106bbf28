package deploy

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	grafana "github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// dashboard is what Grafana reads, as far as it matters here.
type dashboard struct {
	UID    string
	Title  string
	Panels []struct {
		ID      int
		Type    string
		Title   string
		GridPos struct{ X, Y, W, H int }
		Targets []struct{ RefID, Expr string }
	}
	Templating struct {
		List []struct{ Name, Type string }
	}
}

// dashboards reads them, by the name of their file.
func dashboards(t *testing.T) map[string]dashboard {
	t.Helper()
	files, err := filepath.Glob("grafana/dashboards/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no dashboards: %v", err)
	}
	all := map[string]dashboard{}
	for _, file := range files {
		var d dashboard
		if err := json.Unmarshal([]byte(read(t, file)), &d); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[filepath.Base(file)] = d
	}
	return all
}

// TestDashboards: Grafana's own types take them strictly, their panels have queries, and none lies over
// another.
func TestDashboards(t *testing.T) {
	plugins.RegisterDefaultPlugins()
	uids := map[string]bool{}
	for file, d := range dashboards(t) {
		if d.UID == "" || d.Title == "" || uids[d.UID] {
			t.Errorf("%s: the uid is %q, the title %q", file, d.UID, d.Title)
		}
		uids[d.UID] = true
		err := new(grafana.Dashboard).UnmarshalJSONStrict([]byte(read(t, "grafana/dashboards/"+file)))
		if err != nil && err.Error() != "" { // an empty list of faults is none
			t.Errorf("%s: %v", file, err)
		}
		ids, taken := map[int]bool{}, map[[2]int]string{}
		for _, p := range d.Panels {
			if ids[p.ID] || p.Title == "" {
				t.Errorf("%s: the panel %q has the id %d of another", file, p.Title, p.ID)
			}
			ids[p.ID] = true
			if (len(p.Targets) == 0) != (p.Type == "row") {
				t.Errorf("%s: the panel %q has %d queries", file, p.Title, len(p.Targets))
			}
			for x := range p.GridPos.W {
				for y := range p.GridPos.H {
					at := [2]int{p.GridPos.X + x, p.GridPos.Y + y}
					if taken[at] != "" || at[0] >= 24 {
						t.Fatalf("%s: the panel %q lies over %q at %v", file, p.Title, taken[at], at)
					}
					taken[at] = p.Title
				}
			}
		}
	}
}

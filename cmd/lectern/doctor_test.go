package main

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/app"
	"github.com/lectern-project/lectern/internal/config"
)

// loseAPoint deletes one point from the index behind the relational store's back.
func loseAPoint(t *testing.T, data string) {
	t.Helper()
	c := config.Config{DataDir: data, Access: "public"}
	a, err := app.Open(t.Context(), c, slog.New(slog.DiscardHandler), "command")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	space, err := a.Store.ActiveSpace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	points, err := a.Index.Scan(t.Context(), space.ID(), uuid.Nil, 1)
	if err != nil || len(points) != 1 {
		t.Fatalf("%d points, %v", len(points), err)
	}
	if err := a.Index.Delete(t.Context(), space.ID(), []uuid.UUID{points[0].ID}); err != nil {
		t.Fatal(err)
	}
}

func TestDoctorFindsAndRepairs(t *testing.T) {
	data := t.TempDir()
	dir := files(t, map[string]string{"a.md": "# A\n\nApples.", "b.md": "# B\n\nBears."})
	succeed(t, nil, "ingest", dir, "--data-dir", data)
	loseAPoint(t, data)
	r := lectern(t, "doctor", "--json", "--data-dir", data)
	want := `{"documents":2,"chunks":2,"vectors":1,"ledger":0,"missing":1,"stray":0,"mismatched":0,"orphaned":0}` +
		"\n"
	if r.code != exitFindings || r.stdout != want {
		t.Errorf("doctor: exit %d, %s, want %d, %s", r.code, r.stdout, exitFindings, want)
	}
	r = lectern(t, "doctor", "--data-dir", data)
	if r.code != exitFindings || !strings.Contains(r.stderr, "--repair") {
		t.Errorf("doctor for people: exit %d, %q, %q", r.code, r.stdout, r.stderr)
	}
	var report map[string]int
	succeed(t, &report, "doctor", "--repair", "--json", "--data-dir", data)
	if diff := cmp.Diff(map[string]int{
		"documents": 2, "chunks": 2, "vectors": 2, "ledger": 0, "missing": 0, "stray": 0,
		"mismatched": 0,
		"orphaned":   0,
	}, report); diff != "" {
		t.Errorf("after the repair (-want +got):\n%s", diff)
	}
	succeed(t, nil, "doctor", "--data-dir", data)
}

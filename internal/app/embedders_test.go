package app

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/lexical"
)

// TestDenseWeight: the setting is the weight of the configured space, without it of the active one;
// when it goes, the model's own comes back.
func TestDenseWeight(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct {
		embedder               string
		weight, active, target float64
	}{
		{"", 0, 0.2, 0.2},
		{"", 0.7, 0.7, 0.7},
		{"static", 0.6, 0.6, 0.6},
		{"", 0, 0.2, 0.2},
		{"static-2", 0.5, 0.2, 0.5},
		{"gemini", 0, 0.2, 0.4},
		{"gemini", 0.3, 0.2, 0.3},
	} {
		a, err := Open(t.Context(), config.Config{
			DataDir: dir, Access: "public", Embedder: test.embedder, DenseWeight: test.weight,
			GeminiAPIKey: "k",
		}, slog.New(slog.DiscardHandler), "command")
		if err != nil {
			t.Fatal(err)
		}
		active, err := a.Store.ActiveSpace(t.Context())
		if err != nil || active.DenseWeight != test.active || a.target.DenseWeight != test.target {
			t.Errorf("%+v: active %v, target %v, %v", test, active.DenseWeight, a.target.DenseWeight, err)
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestStartRefusesRetiredEmbedder: a book whose model is served no more says which follows it, and
// opens for those who move it.
func TestStartRefusesRetiredEmbedder(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	retired := book.Space{
		Provider: "gemini", Model: "text-embedding-004", Dimensions: 768, DenseWeight: 0.4,
		LexicalVersion: lexical.Version, PrefixVersion: 1,
	}
	if err := a.Store.AddSpace(t.Context(), retired); err != nil {
		t.Fatal(err)
	}
	if err := a.Store.SwitchSpace(t.Context(), retired.ID()); err != nil {
		t.Fatal(err)
	}
	c := a.Config
	c.GeminiAPIKey = "k"
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	_, err := Open(t.Context(), c, log, "command")
	if message := book.MessageOf(err); book.CodeOf(err) != book.Invalid ||
		!strings.Contains(message, "gemini-embedding-2") || !strings.Contains(message, retired.ID()) {
		t.Errorf("opened: %v", err)
	}
	mended, err := OpenToMend(t.Context(), c, log, "command")
	if err != nil {
		t.Fatalf("not to be mended: %v", err)
	}
	if err := mended.Close(); err != nil {
		t.Error(err)
	}
}

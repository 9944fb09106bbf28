package app

import (
	"log/slog"
	"testing"

	"github.com/lectern-project/lectern/internal/config"
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

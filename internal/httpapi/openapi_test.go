package httpapi

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOpenAPI compares the committed document with the code. UPDATE_OPENAPI=1 writes it.
func TestOpenAPI(t *testing.T) {
	const path = "../../contracts/openapi.yaml"
	got, err := OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("UPDATE_OPENAPI") != "" {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("contracts/openapi.yaml is not what the code does; `lectern openapi` prints "+
			"what it should be (-committed +code):\n%s", diff)
	}
}

package httpapi

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/auth"
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

func TestOpenAPIIsComplete(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	if f.document["openapi"] != "3.1.0" {
		t.Errorf("version %v", f.document["openapi"])
	}
	schemas := f.document.at("components", "schemas")
	for name := range schemas {
		for field := range schemas.at(name, "properties") {
			property := schemas.at(name, "properties", field)
			if property["description"] == nil {
				t.Errorf("%s.%s has no description", name, field)
			}
			if property["type"] == nil && property["$ref"] == nil && property["oneOf"] == nil {
				t.Errorf("%s.%s is described but not there", name, field)
			}
			if strings.HasSuffix(name, "Request") && property["examples"] == nil &&
				field != "metadata" && field != "selection" && field != "conversation" && field != "take_over" {
				t.Errorf("%s.%s has no example", name, field)
			}
		}
	}
	paths := f.document.at("paths")
	for path := range paths {
		for method := range paths.at(path) {
			operation := paths.at(path, method)
			parameters, _ := operation["parameters"].([]any)
			for _, p := range parameters {
				if p := node(p.(map[string]any)); p["description"] == nil {
					t.Errorf("%s %s: %s has no description", method, path, p["name"])
				}
			}
			if content := operation.at("requestBody", "content"); len(content) > 1 {
				t.Errorf("%s %s takes more than one type of body: %v", method, path, content)
			}
			for status := range operation.at("responses") {
				content := operation.at("responses", status, "content")
				if status >= "400" && content[problemType] == nil {
					t.Errorf("%s %s: %s is no problem", method, path, status)
				}
			}
		}
	}
}

func TestServedDocuments(t *testing.T) {
	f := newFixture(t, auth.AccessLogin)
	got := f.call(t, "", "GET", "/openapi.yaml", "")
	wantStatus(t, got, 200)
	want, err := OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.body, want) || got.header.Get("Content-Type") != "application/openapi+yaml" {
		t.Errorf("/openapi.yaml of type %s is not the document", got.header.Get("Content-Type"))
	}
	for path, policy := range map[string]string{
		"/": "script-src 'self'", "/api/docs": "script-src 'self'",
		"/api/health": "default-src 'none'; frame-ancestors 'none'",
	} {
		got := f.call(t, "", "GET", path, "")
		wantStatus(t, got, 200)
		if p := got.header.Get("Content-Security-Policy"); !strings.Contains(p, policy) {
			t.Errorf("%s has the policy %q", path, p)
		}
	}
}

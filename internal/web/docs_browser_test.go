//go:build browser

package web

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDocs(t *testing.T) {
	p, _ := start(t, "/api/docs")
	p.wait(`document.querySelectorAll(".operation").length === 3`)
	if got := p.text("h1"); got != "Lectern 1.2.3 API" {
		t.Errorf("title is %q", got)
	}
	want := "Asking\n\nAsk a question\n\nDocuments\n\nShow a document\nDelete a document"
	if diff := cmp.Diff(want, p.text("#contents")); diff != "" {
		t.Error(diff)
	}
	p.click("#query summary")
	got := p.text("#query .operation-body > pre")
	wantCurl := "curl -X POST '" + p.base + "/api/query' \\\n" +
		"  -H \"Authorization: Bearer $LECTERN_KEY\" \\\n" +
		"  -H 'Content-Type: application/json' \\\n" +
		"  -d '{\n  \"question\": \"What'\\''s a leg?\",\n  \"top_k\": 1,\n" +
		"  \"selection\": \"string\"\n}'"
	if diff := cmp.Diff(wantCurl, got); diff != "" {
		t.Error(diff)
	}
	fields := eval[string](p, `document.querySelector("#query .operation-body > .fields").innerText`)
	for _, part := range []string{
		"question string required", "at most 2000 characters",
		"top_k integer or null", "selection string or Scope", "chapter string",
	} {
		if !strings.Contains(fields, part) {
			t.Errorf("the body's fields lack %q:\n%s", part, fields)
		}
	}
	// A schema that contains itself ends.
	p.click("#query .response summary")
	got = p.text("#query .response")
	for _, part := range []string{
		"Verbatim words.", "event: done\ndata: {}",
		"401 Unauthorized, 503 Service Unavailable",
	} {
		if !strings.Contains(got, part) {
			t.Errorf("the responses lack %q:\n%s", part, got)
		}
	}
}

func TestDocsPublicOperationNeedsNoKey(t *testing.T) {
	p, _ := start(t, "/api/docs#get-document")
	p.wait(`document.querySelector("#get-document")?.open`)
	got := p.text("#get-document pre")
	if got != "curl -X GET '"+p.base+"/api/documents/{doc_id}'" {
		t.Errorf("curl reads %q", got)
	}
	if got := p.text("#get-document .fields"); !strings.Contains(got, "<b>slashes</b>") {
		t.Errorf("the parameter reads %q", got)
	}
}

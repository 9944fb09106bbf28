package httpapi

import (
	"net/http"
	"testing"
)

func TestHandOver(t *testing.T) {
	for name, open := range installations {
		t.Run(name, func(t *testing.T) { testHandOver(t, newRealFixture(t, open)) })
	}
}

func testHandOver(t *testing.T, f *fixture) {
	t.Helper()
	const path = "/api/documents/notes"
	f.put(t, "editor", "notes", "# Notes\n\nA private page about servo motors.\n",
		`,"visibility":"private"`)
	to := func(owner string) string { return `{"owner":"` + owner + `"}` }
	wantStatus(t, f.call(t, "other", "PATCH", path, to("other")), http.StatusNotFound)
	wantStatus(t, f.call(t, "editor", "PATCH", path, to("other")), http.StatusForbidden)
	wantStatus(t, f.call(t, "admin", "PATCH", path, `{"visibility":"public"}`), http.StatusForbidden)
	wantStatus(t, f.call(t, "admin", "PATCH", path, to("nobody")), http.StatusNotFound)
	wantStatus(t, f.call(t, "admin", "PATCH", path, to("reader")), http.StatusConflict)
	wantStatus(t, f.call(t, "admin", "PATCH", path, `{"owner":"other","visibility":"public"}`), 403)

	var d Document
	f.call(t, "admin", "PATCH", path, to("OTHER")).decode(t, &d)
	if d.Owner != "other" || d.Visibility != "private" {
		t.Errorf("document %+v", d)
	}
	const question = `{"question":"What is the page about servo motors?"}`
	for caller, want := range map[string]int{"editor": 0, "other": 1, "admin": 0} {
		var found SearchResult
		f.call(t, caller, "POST", "/api/search", question).decode(t, &found)
		if len(found.Passages) != want {
			t.Errorf("%s finds %d passages, want %d", caller, len(found.Passages), want)
		}
	}
	wantStatus(t, f.call(t, "editor", "DELETE", path, ""), http.StatusNotFound)
	wantStatus(t, f.call(t, "other", "PATCH", path, `{"visibility":"public"}`), http.StatusOK)
	if e := f.auditLog(t, "?action=document.update&limit=200").Items; len(e) != 2 ||
		e[1].Detail != "owner OTHER" {
		t.Errorf("events %+v", e)
	}
}

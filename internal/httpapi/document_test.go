package httpapi

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/ingest"
)

// put ingests a document and fails the test when that fails.
func (f *fixture) put(t testing.TB, caller, docID, text, more string) {
	t.Helper()
	got := f.call(t, caller, "POST", "/api/ingest",
		fmt.Sprintf(`{"doc_id":%q,"text":%q%s}`, docID, text, more))
	if got.status >= 300 {
		t.Fatalf("ingest: %d %s", got.status, got.body)
	}
}

func (f *fixture) list(t testing.TB, caller, query string) (ids []string, next string) {
	t.Helper()
	got := f.call(t, caller, "GET", "/api/documents?"+query, "")
	wantStatus(t, got, http.StatusOK)
	var page DocumentList
	got.decode(t, &page)
	for _, d := range page.Items {
		ids = append(ids, d.DocID)
	}
	if page.NextCursor != nil {
		next = *page.NextCursor
	}
	return ids, next
}

func TestIngest(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	body := `{"doc_id":"module 1/intro","text":"one\ntwo","title":"Intro","url":"/intro",` +
		`"chapter":"M1","metadata":{"n":1},"format":"mdx","visibility":"private",` +
		`"source":"folder","take_over":true}`
	got := f.call(t, "editor", "POST", "/api/ingest", body)
	wantStatus(t, got, http.StatusCreated)
	var result IngestResult
	got.decode(t, &result)
	want := IngestResult{
		Status: ingest.Created, DocID: "module 1/intro", ChunksIngested: 2, Revision: 1,
	}
	if result != want {
		t.Errorf("result %+v, want %+v", result, want)
	}
	location := got.header.Get("Location")
	if location != "/api/documents/module%201%2Fintro" {
		t.Errorf("Location is %q", location)
	}
	wantStatus(t, f.call(t, "editor", "GET", location, ""), http.StatusOK)

	wantStatus(t, f.call(t, "editor", "POST", "/api/ingest", body), http.StatusOK)
	wantStatus(t, f.call(t, "other", "POST", "/api/ingest", body), http.StatusConflict)
	nothing := `{"doc_id":"a","text":"a","title":null,"url":null,"chapter":null,"metadata":null,` +
		`"format":null,"visibility":null,"source":null,"take_over":null}`
	wantStatus(t, f.call(t, "editor", "POST", "/api/ingest", nothing), http.StatusCreated)
	for _, bad := range []string{
		`{"doc_id":"../etc","text":"a"}`, `{"doc_id":"a\\b","text":"a"}`,
		`{"doc_id":"","text":"a"}`, `{"doc_id":"a"}`,
		`{"doc_id":"a","text":"a","visibility":"secret"}`, `{"doc_id":"a","text":"a","format":"pdf"}`,
		`{"doc_id":"a","text":"a","metadata":[]}`, `{"doc_id":"a","text":"a","metadata":"x"}`,
		`{"doc_id":"` + strings.Repeat("a", 513) + `","text":"a"}`,
	} {
		wantStatus(t, f.call(t, "editor", "POST", "/api/ingest", bad), 422)
	}
}

func TestGetDocument(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	f.put(t, "editor", "m1/intro", "one\ntwo", `,"title":"Intro","metadata":{"n":1}`)
	got := f.call(t, "", "GET", "/api/documents/m1%2Fintro", "")
	wantStatus(t, got, http.StatusOK)
	var d Document
	got.decode(t, &d)
	if d.DocID != "m1/intro" || d.Text == nil || *d.Text != "one\ntwo" || d.Owner != "editor" ||
		d.Visibility != book.Public || d.Source != book.SourceAPI || d.Revision != 1 ||
		d.Chunks != 2 || d.Metadata["n"] != 1.0 {
		t.Errorf("document %+v", d)
	}
	for _, field := range []string{`"url":""`, `"chapter":""`, `"created_at":"1970-01-01T00:00:01Z"`} {
		if !strings.Contains(string(got.body), field) {
			t.Errorf("%s is not in %s", field, got.body)
		}
	}
	if strings.Contains(string(got.body), "$schema") {
		t.Error("the body carries $schema")
	}
	wantStatus(t, f.call(t, "", "GET", "/api/documents/none", ""), http.StatusNotFound)
	wantStatus(t, f.call(t, "", "GET", "/api/documents/%2E%2E", ""), 422)
	wantStatus(t, f.call(t, "", "GET", "/api/documents/a%00b", ""), 422)
	wantStatus(t, f.call(t, "", "GET", "/api/documents/%FF", ""), 422)

	ids, _ := f.list(t, "", "doc_id=m1/intro")
	if !slices.Equal(ids, []string{"m1/intro"}) {
		t.Errorf("by query: %v", ids)
	}
	got = f.call(t, "", "GET", "/api/documents?doc_id=m1%2Fintro", "")
	if !strings.Contains(string(got.body), `"text":"one\ntwo"`) {
		t.Errorf("by query without text: %s", got.body)
	}
	if ids, _ := f.list(t, "", "doc_id=none"); len(ids) != 0 {
		t.Errorf("a document that is not there: %v", ids)
	}
	wantStatus(t, f.call(t, "", "GET", "/api/documents?doc_id=a//b", ""), 422)
}

// TestAnothersByNow: what was deleted and ingested anew by another, after the caller was found to own
// it, is neither deleted nor changed.
func TestAnothersByNow(t *testing.T) {
	for name, change := range map[string][2]string{
		"delete": {"DELETE", ""}, "visibility": {"PATCH", `{"visibility":"private"}`},
	} {
		for _, caller := range []string{"editor", "admin"} {
			if caller == "admin" && name != "delete" {
				continue
			}
			f := newFixture(t, auth.AccessPublic)
			f.put(t, "editor", "a", "mine", "")
			f.library.found = func() {
				f.library.found = nil
				f.library.mu.Lock()
				delete(f.library.books, "a")
				f.library.mu.Unlock()
				f.put(t, "other", "a", "theirs", "")
			}
			wantStatus(t, f.call(t, caller, change[0], "/api/documents/a", change[1]), http.StatusNotFound)
			var d Document
			f.call(t, "", "GET", "/api/documents/a", "").decode(t, &d)
			if d.Owner != "other" || d.Visibility != book.Public {
				t.Errorf("%s by %s: %+v", name, caller, d)
			}
		}
	}
}

func TestListDocuments(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	if got := f.call(t, "", "GET", "/api/documents", ""); string(got.body) !=
		`{"items":[],"next_cursor":null}`+"\n" {
		t.Errorf("an empty list is %s", got.body)
	}
	for i := range 5 {
		f.put(t, "editor", fmt.Sprintf("e%d", i), "text", `,"source":"folder"`)
	}
	f.put(t, "other", "o0", "text", `,"chapter":"C"`)
	var all []string
	cursor := ""
	for range 10 {
		ids, next := f.list(t, "", "limit=2&cursor="+cursor)
		all = append(all, ids...)
		if cursor = next; cursor == "" {
			break
		}
		if len(ids) != 2 {
			t.Errorf("a page of %d", len(ids))
		}
	}
	if want := []string{"e0", "e1", "e2", "e3", "e4", "o0"}; !slices.Equal(all, want) {
		t.Errorf("page by page: %v, want %v", all, want)
	}
	for query, want := range map[string][]string{
		"source=api": {"o0"}, "chapter=C": {"o0"}, "source=folder&limit=1": {"e0"},
		"chapter=D": nil, "doc_id=o0&chapter=C": {"o0"}, "doc_id=o0&source=folder": nil,
	} {
		if ids, _ := f.list(t, "", query); !slices.Equal(ids, want) {
			t.Errorf("%s: %v, want %v", query, ids, want)
		}
	}
	if ids, _ := f.list(t, "other", "mine=true"); !slices.Equal(ids, []string{"o0"}) {
		t.Errorf("the other's own: %v", ids)
	}
	if ids, _ := f.list(t, "other", "mine=true&doc_id=e0"); len(ids) != 0 {
		t.Errorf("the other's own, by name: %v", ids)
	}
	for _, query := range []string{"mine=true", "mine=true&doc_id=e0"} {
		wantStatus(t, f.call(t, "", "GET", "/api/documents?"+query, ""), http.StatusUnauthorized)
	}
	for _, bad := range []string{
		"limit=0", "limit=201", "limit=x", "cursor=%21", "cursor=a", "cursor=_w", "cursor=AA",
		"source=%FF", "chapter=%00",
	} {
		wantStatus(t, f.call(t, "", "GET", "/api/documents?"+bad, ""), 422)
	}
}

func TestListChunks(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	f.put(t, "editor", "a/b", "one\ntwo\nthrée", `,"url":"/a/b"`)
	const path = "/api/documents/a%2Fb/chunks"
	var first, second ChunkList
	f.call(t, "", "GET", path+"?limit=2", "").decode(t, &first)
	if len(first.Items) != 2 || first.NextCursor == nil || first.DocID != "a/b" {
		t.Fatalf("first page %+v", first)
	}
	f.call(t, "", "GET", path+"?limit=2&cursor="+*first.NextCursor, "").decode(t, &second)
	if len(second.Items) != 1 || second.NextCursor != nil || second.Revision != first.Revision {
		t.Fatalf("second page %+v", second)
	}
	c := second.Items[0]
	if c.ChunkIndex != 2 || c.CharStart != 8 || c.CharEnd != 13 || c.Text != "thrée" ||
		c.URL != "/a/b#here" || c.HeadingPath == nil {
		t.Errorf("chunk %+v", c)
	}
	f.put(t, "editor", "a/b", "four\nfive\nsix", "")
	got := f.call(t, "", "GET", path+"?cursor="+*first.NextCursor, "")
	wantStatus(t, got, http.StatusConflict)
	for _, bad := range []string{"MQ", "MSB4", "eCAx", "MSAtNQ"} { // "1", "1 x", "x 1", "1 -5"
		wantStatus(t, f.call(t, "", "GET", path+"?cursor="+bad, ""), 422)
	}
	wantStatus(t, f.call(t, "", "GET", "/api/documents/none/chunks", ""), http.StatusNotFound)
}

// TestPrivateDocuments: what is private is not there for others, whatever they do; administrators
// list, show and delete it, and find it no more than others.
func TestPrivateDocuments(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	f.put(t, "editor", "diary", "my secret", `,"visibility":"private"`)
	f.put(t, "editor", "open", "no secret", "")
	const path = "/api/documents/diary"
	for caller, want := range map[string]int{
		"": 404, "reader": 404, "other": 404, "editor": 200, "admin": 200,
	} {
		wantStatus(t, f.call(t, caller, "GET", path, ""), want)
		wantStatus(t, f.call(t, caller, "GET", path+"/chunks", ""), want)
		listed := []string{"diary", "open"}
		if want == 404 {
			listed = listed[1:]
		}
		if ids, _ := f.list(t, caller, ""); !slices.Equal(ids, listed) {
			t.Errorf("%q lists %v, want %v", caller, ids, listed)
		}
		if ids, _ := f.list(t, caller, "doc_id=diary"); (len(ids) == 1) != (want == 200) {
			t.Errorf("%q lists %v by doc_id", caller, ids)
		}
		found := 1
		if caller == "editor" {
			found = 2
		}
		var result SearchResult
		f.call(t, caller, "POST", "/api/search", `{"question":"secret"}`).decode(t, &result)
		if len(result.Passages) != found {
			t.Errorf("%q finds %d passages, want %d", caller, len(result.Passages), found)
		}
	}
	change := `{"visibility":"public"}`
	wantStatus(t, f.call(t, "other", "PATCH", path, change), http.StatusNotFound)
	wantStatus(t, f.call(t, "other", "DELETE", path, ""), http.StatusNotFound)
	wantStatus(t, f.call(t, "other", "PATCH", "/api/documents/open", change), http.StatusForbidden)
	wantStatus(t, f.call(t, "other", "DELETE", "/api/documents/open", ""), http.StatusForbidden)
	wantStatus(t, f.call(t, "admin", "PATCH", path, change), http.StatusForbidden)

	got := f.call(t, "editor", "PATCH", path, change)
	wantStatus(t, got, http.StatusOK)
	var d Document
	got.decode(t, &d)
	if d.Visibility != book.Public || d.Text == nil || *d.Text != "my secret" {
		t.Errorf("changed to %+v", d)
	}
	wantStatus(t, f.call(t, "", "GET", path, ""), http.StatusOK)
	wantStatus(t, f.call(t, "editor", "PATCH", path, `{"visibility":null}`), http.StatusOK)
	wantStatus(t, f.call(t, "editor", "PATCH", path, `{"owner":"other"}`), http.StatusForbidden)
	wantStatus(t, f.call(t, "admin", "DELETE", path, ""), http.StatusNoContent)
	wantStatus(t, f.call(t, "editor", "DELETE", path, ""), http.StatusNotFound)
	wantStatus(t, f.call(t, "editor", "DELETE", "/api/documents/open", ""), http.StatusNoContent)
}

//go:build browser

package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"unicode/utf8"
)

// object is a JSON object as the API sends it.
type object = map[string]any

// A fakeAPI serves the pages and an API that keeps to the contract and answers each
// question as it is scripted.
type fakeAPI struct {
	http.Handler
	release chan struct{} // lets a held answer go on

	mu       sync.Mutex
	key      string // when set, every request must carry it
	scripts  map[string]script
	pages    []object // what GET /api/documents lists
	requests []object // bodies of the queries, oldest first
	dropped  int      // answers whose reader went away
}

// A script answers one question over an open stream.
type script func(s *stream)

func newFakeAPI() *fakeAPI {
	mux := http.NewServeMux()
	api := &fakeAPI{
		Handler: mux, scripts: scripts(), pages: pages(),
		release: make(chan struct{}),
	}
	Register(mux)
	mux.HandleFunc("POST /api/query", api.query)
	mux.HandleFunc("GET /api/documents", api.documents)
	mux.HandleFunc("GET /api/session", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, "application/json", http.StatusOK, object{
			"account": nil, "access": "public", "registration": "open", "sends_mail": false,
		})
	})
	mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, openAPI)
	})
	return api
}

// script makes run the answer to a question from now on.
func (api *fakeAPI) script(question string, run script) {
	api.mu.Lock()
	defer api.mu.Unlock()
	api.scripts[question] = run
}

func (api *fakeAPI) seen() []object {
	api.mu.Lock()
	defer api.mu.Unlock()
	return append([]object(nil), api.requests...)
}

func (api *fakeAPI) drops() int {
	api.mu.Lock()
	defer api.mu.Unlock()
	return api.dropped
}

func (api *fakeAPI) admits(w http.ResponseWriter, r *http.Request) bool {
	api.mu.Lock()
	key := api.key
	api.mu.Unlock()
	if key == "" || r.Header.Get("Authorization") == "Bearer "+key {
		return true
	}
	problem(w, http.StatusUnauthorized, "Unauthorized", "Sign in, or send an API key.")
	return false
}

func (api *fakeAPI) documents(w http.ResponseWriter, r *http.Request) {
	if !api.admits(w, r) {
		return
	}
	writeJSON(w, "application/json", http.StatusOK, object{"next_cursor": nil, "items": api.listed()})
}

// demand makes every request need the key from now on.
func (api *fakeAPI) demand(key string) {
	api.mu.Lock()
	defer api.mu.Unlock()
	api.key = key
}

func (api *fakeAPI) setPages(pages []object) {
	api.mu.Lock()
	defer api.mu.Unlock()
	api.pages = pages
}

func (api *fakeAPI) listed() []object {
	api.mu.Lock()
	defer api.mu.Unlock()
	return append([]object{}, api.pages...)
}

func (api *fakeAPI) query(w http.ResponseWriter, r *http.Request) {
	if !api.admits(w, r) {
		return
	}
	var body object
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		problem(w, http.StatusBadRequest, "Bad Request", "The body is not JSON.")
		return
	}
	if r.Header.Get("Accept") != "text/event-stream" {
		problem(w, http.StatusNotAcceptable, "Not Acceptable", "This test wants a stream.")
		return
	}
	question, _ := body["question"].(string)
	api.mu.Lock()
	api.requests = append(api.requests, body)
	run, ok := api.scripts[question]
	api.mu.Unlock()
	if !ok {
		run = refuse
	}
	run(&stream{api: api, w: w, r: r})
}

func problem(w http.ResponseWriter, status int, title, detail string) {
	writeJSON(w, "application/problem+json", status,
		object{"status": status, "title": title, "detail": detail})
}

func writeJSON(w http.ResponseWriter, contentType string, status int, body object) {
	data, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	w.Write(data)
}

// A stream is the answer to one query.
type stream struct {
	api *fakeAPI
	w   http.ResponseWriter
	r   *http.Request
}

func (s *stream) send(event string, body any) {
	data, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	s.w.Header().Set("Content-Type", "text/event-stream")
	fmt.Fprintf(s.w, "event: %s\ndata: %s\n\n", event, data)
	s.w.(http.Flusher).Flush()
}

// hold waits for the test to release the answer; false means the reader went away.
func (s *stream) hold() bool {
	select {
	case <-s.api.release:
		return true
	case <-s.r.Context().Done():
		s.api.mu.Lock()
		s.api.dropped++
		s.api.mu.Unlock()
		return false
	}
}

// An answer is what a whole stream tells.
type answer struct {
	text      string
	searched  string // the question that was searched for
	refused   bool
	passages  []object
	citations []object
	degraded  []string
}

func (a answer) body() object {
	list := func(items []object) []object { return append([]object{}, items...) }
	return object{
		"answer": a.text, "searched_question": a.searched, "refused": a.refused, "citations": list(a.citations),
		"raw_chunks": list(a.passages), "model": "extractive",
		"degraded": append([]string{}, a.degraded...),
		"usage":    object{"input_tokens": 0, "output_tokens": 0},
		"timings":  object{"total_ms": 12.5},
	}
}

func (a answer) stream(s *stream) {
	body := a.body()
	s.send("passages", object{"passages": body["raw_chunks"]})
	for _, word := range strings.SplitAfter(a.text, " ") {
		s.send("token", object{"text": word})
	}
	s.send("citations", object{"citations": body["citations"]})
	s.send("done", body)
}

// A page is one document of the fake book.
type page struct{ docID, title, chapter, url, text string }

// passage is a span of the page that begins and ends with the given words.
func (p page) passage(index int, first, last string, path ...string) object {
	start := strings.Index(p.text, first)
	end := strings.Index(p.text, last) + len(last)
	return object{
		"doc_id": p.docID, "title": p.title, "chapter": p.chapter,
		"heading_path": append([]string{}, path...), "url": p.url,
		"chunk_id":    fmt.Sprintf("0000000%d-0000-5000-8000-000000000000", index),
		"chunk_index": index, "char_start": utf8.RuneCountInString(p.text[:start]),
		"char_end": utf8.RuneCountInString(p.text[:end]), "text": p.text[start:end],
		"revision": 7, "score": 0.8, "scores": object{"dense": 0.7, "sparse": nil},
	}
}

func (p page) citation(marker, index int, quote string) object {
	start := strings.Index(p.text, quote)
	return object{
		"marker": marker, "doc_id": p.docID, "title": p.title, "chapter": p.chapter,
		"url": p.url, "chunk_index": index, "quote": quote, "revision": 7,
		"char_start": utf8.RuneCountInString(p.text[:start]),
		"char_end":   utf8.RuneCountInString(p.text[:start+len(quote)]),
	}
}

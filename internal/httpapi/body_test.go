package httpapi

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/markdown"
	"github.com/lectern-project/lectern/internal/retrieve"
)

func TestBodies(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	for _, c := range []struct {
		name, body string
		want       int
	}{
		{"good", `{"question":"why?"}`, 200},
		{"null for optional fields", `{"question":"why?","top_k":null,"selection":null}`, 200},
		{"whole number with a point", `{"question":"why?","top_k":8.0}`, 200},
		{"whole number with an exponent", `{"question":"why?","top_k":1e1}`, 200},
		{"no whole number", `{"question":"why?","top_k":8.5}`, 422},
		{"huge number", `{"question":"why?","top_k":1e300}`, 422},
		{"number beyond floats", `{"question":"why?","top_k":1e999}`, 400},
		{"too few", `{"question":"why?","top_k":0}`, 422},
		{"too many", `{"question":"why?","top_k":51}`, 422},
		{"number as text", `{"question":"why?","top_k":"8"}`, 422},
		{"null for a required field", `{"question":null}`, 422},
		{"missing field", `{}`, 422},
		{"empty question", `{"question":""}`, 422},
		{"unknown field", `{"question":"why?","more":1}`, 422},
		{"field in capitals", `{"Question":"why?"}`, 422},
		{"field in two cases", `{"question":"why?","QUESTION":"what?"}`, 422},
		{"a list", `[]`, 422},
		{"a text", `"why?"`, 422},
		{"null", `null`, 422},
		{"no JSON", `question=why`, 400},
		{"cut off", `{"question":"why?"`, 400},
		{"two values", `{"question":"why?"} {}`, 400},
		{"no UTF-8", "{\"question\":\"\xff\"}", 400},
		{"half a surrogate", `{"question":"\ud83d"}`, 400},
		{"surrogates the wrong way", `{"question":"\ude00\ud83d"}`, 400},
		{"a pair of surrogates", `{"question":"\ud83d\ude00"}`, 200},
		{"a backslash before u", `{"question":"\\ud83d"}`, 200},
		{"NUL", `{"question":"a\u0000b"}`, 400},
		{"nested 10,000 deep", strings.Repeat("[", 10000) + strings.Repeat("]", 10000), 400},
		{"nested 100,000 objects deep", strings.Repeat(`{"a":`, 12000), 400},
		{"brackets in text", `{"question":"` + strings.Repeat("[{", 2000) + `"}`, 200},
		{"body too large", `{"question":"` + strings.Repeat("x", queryBody) + `"}`, 413},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, path := range []string{"/api/search", "/api/query"} {
				wantStatus(t, f.call(t, "", "POST", path, c.body), c.want)
			}
		})
	}
}

// TestWholeNumbers: 411.0 is the same number as 411 wherever a body has a whole number.
func TestWholeNumbers(t *testing.T) {
	for body, want := range map[string]int{
		`{"rate":411}`: 200, `{"rate":411.0}`: 200, `{"rate":4.11e2}`: 200, `{"rate":null}`: 200,
		`{"rate":411.5}`: 422, `{"rate":-1.0}`: 422, `{"rate":1e300}`: 422, `{"rate":"411"}`: 422,
	} {
		f := newFixture(t, auth.AccessPublic)
		if got := f.call(t, "admin", "POST", "/api/reembed", body); got.status != want {
			t.Errorf("%s: %d, want %d: %s", body, got.status, want, got.body)
		}
	}
}

func TestEmptyBody(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	wantStatus(t, f.call(t, "", "POST", "/api/search", ""), 400)
}

func TestContentTypes(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	for contentType, want := range map[string]int{
		"":                                  200,
		"application/json":                  200,
		"Application/JSON; charset=UTF-8":   200,
		"text/plain":                        415,
		"application/x-www-form-urlencoded": 415,
		"application/problem+json":          415,
		"a/b/c; ;":                          415,
	} {
		r := request(t, "POST", f.url+"/api/search", `{"question":"why?"}`)
		if contentType != "" {
			r.Header.Set("Content-Type", contentType)
		}
		if got := f.send(t, r); got.status != want {
			t.Errorf("%q: %d, want %d: %s", contentType, got.status, want, got.body)
		}
	}
}

// TestHugeBody sends all of it before it looks at the answer, as many clients do.
func TestHugeBody(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	for key, want := range map[string]int{f.keys["editor"]: 413, "lk_unknown": 401} {
		connection, err := net.Dial("tcp", strings.TrimPrefix(f.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		fmt.Fprintf(connection, "POST /api/ingest HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n"+
			"Content-Length: %d\r\n\r\n", key, 100<<20)
		if _, err := io.CopyN(connection, zeros{}, 100<<20); err != nil {
			t.Fatalf("the server stopped listening: %v", err)
		}
		response, err := http.ReadResponse(bufio.NewReader(connection), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if response.StatusCode != want || response.Header.Get("Content-Type") != problemType {
			t.Errorf("status %d, want the problem %d", response.StatusCode, want)
		}
	}
}

func TestChunkedBodyTooLarge(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	body := io.LimitReader(zeros{}, smallBody+1) // of no length that is known beforehand
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.url+"/api/search", body)
	if err != nil {
		t.Fatal(err)
	}
	wantStatus(t, f.send(t, r), 413)
}

// TestAnswersStaySmall: a request that is wrong in many places, or at great length, gets a short
// answer.
func TestAnswersStaySmall(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	var many strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&many, `"x%d":1,`, i)
	}
	for _, body := range []string{
		"{" + many.String() + `"question":"why?"}`,
		`{"question":"why?","` + strings.Repeat("x", 60000) + `":1}`,
		`{"question":"why?","x` + strings.Repeat("字", 20000) + `":1}`,
		`{"question":"why?","top_k":1` + strings.Repeat("0", 60000) + `}`,
	} {
		got := f.call(t, "", "POST", "/api/search", body)
		if got.status != 422 && got.status != 400 || len(got.body) > 4<<10 {
			t.Errorf("%.40s...: %d with %d bytes", body, got.status, len(got.body))
		}
		if len(got.problem.Errors) == 0 || strings.Contains(string(got.body), `\ufffd`) {
			t.Errorf("%.40s...: errors are missing or cut within a letter: %s", body, got.body)
		}
	}
}

// zeros is an endless text of zeros.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}

// TestLargestText: the limit lets through a text of the largest size, all of it escaped.
func TestLargestText(t *testing.T) {
	text := strings.Repeat(`\u00e4`, markdown.MaxSourceBytes/len("ä"))
	body := `{"doc_id":"a","text":"` + text + `"}`
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	if problem := readBody(httptest.NewRecorder(), r, jsonType, ingestBody); problem != nil {
		t.Errorf("a text of %d bytes: %+v", markdown.MaxSourceBytes, problem)
	}
}

// slowWriter knows deadlines; its connection's body never comes.
type slowWriter struct {
	http.ResponseWriter
	deadlines []time.Time
}

func (w *slowWriter) SetReadDeadline(t time.Time) error {
	w.deadlines = append(w.deadlines, t)
	return nil
}

type neverComing struct{}

func (neverComing) Read([]byte) (int, error) { return 0, os.ErrDeadlineExceeded }

func TestSlowBody(t *testing.T) {
	w := &slowWriter{ResponseWriter: httptest.NewRecorder()}
	r := httptest.NewRequest(http.MethodPost, "/", neverComing{})
	problem := readBody(w, r, jsonType, smallBody)
	if problem == nil || problem.Status != http.StatusRequestTimeout {
		t.Errorf("a body that does not come: %+v", problem)
	}
	if len(w.deadlines) != 2 || w.deadlines[0].IsZero() || w.deadlines[1].After(time.Now()) ||
		w.deadlines[1].IsZero() {
		t.Errorf("deadlines %v, want a second one that is over", w.deadlines)
	}
}

func TestBrokenBody(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/", io.MultiReader(strings.NewReader(`{"a":`), broken{}))
	problem := readBody(httptest.NewRecorder(), r, jsonType, smallBody)
	if problem == nil || problem.Status != http.StatusBadRequest {
		t.Errorf("a body that breaks off: %+v", problem)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestBodyLimitIsExact(t *testing.T) {
	for size, ok := range map[int]bool{smallBody: true, smallBody + 1: false} {
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(make([]byte, size)))
		if problem := readBody(httptest.NewRecorder(), r, formType, smallBody); (problem == nil) != ok {
			t.Errorf("%d bytes: %+v", size, problem)
		}
	}
}

// TestErrorsRepeatNoValues: a password in the wrong place does not come back.
func TestErrorsRepeatNoValues(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	const secret = "hush-hush"
	for _, body := range []string{
		`{"username":"ada","email":"a@example.org","password":"hush-hush","extra":1}`,
		`{"username":"hush-hush?","email":"a@example.org","password":"12345678"}`,
		`{"username":"ada","email":"a@example.org","password":["hush-hush"]}`,
		`{"username":"ada","email":"hush-hush","password":"12345678"}`,
		`{"username":"ada","email":"a@example.org","password":"hush"`,
		`{"username":"ada","email":"a@example.org","password":4815162342e999}`,
		`["hush-hush"]`,
		`"hush-hush"`,
	} {
		got := f.call(t, "", "POST", "/api/auth/register", body)
		if got.status != 422 && got.status != 400 {
			t.Errorf("%s: status %d", body, got.status)
		}
		if strings.Contains(string(got.body), secret) || strings.Contains(string(got.body), "4815") {
			t.Errorf("%s: the answer repeats the value: %s", body, got.body)
		}
	}
}

func TestSelection(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	for text, want := range map[string]retrieve.Selection{
		`"marked words"`:                 {Text: "marked words"},
		`{"doc_id":"a/b"}`:               {DocID: "a/b"},
		`{"chapter":"C","text":"words"}`: {Chapter: "C", Text: "words"},
		`{"doc_id":null,"text":"words"}`: {Text: "words"},
		`{}`:                             {},
		`null`:                           {},
		`""`:                             {},
	} {
		got := f.call(t, "", "POST", "/api/search", `{"question":"why?","selection":`+text+`}`)
		wantStatus(t, got, 200)
		if f.library.asked.Selection != want {
			t.Errorf("%s is read as %+v, want %+v", text, f.library.asked.Selection, want)
		}
	}
	for _, text := range []string{`1`, `[]`, `true`, `{"doc":"a"}`, `{"doc_id":1}`, `{"Text":"a"}`} {
		got := f.call(t, "", "POST", "/api/search", `{"question":"why?","selection":`+text+`}`)
		wantStatus(t, got, 422)
		if !strings.Contains(string(got.body), "chapter") {
			t.Errorf("%s: no word about what a selection is: %s", text, got.body)
		}
	}
}

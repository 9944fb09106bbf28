package httpapi

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// TestPrivateDocumentsNeverLeak marks every part of a private document with a word of its own, and
// looks for the words in everything that others can ask for, before and after its owner asked; also
// while the index is down, when the relational store finds the passages.
func TestPrivateDocumentsNeverLeak(t *testing.T) {
	for name, open := range installations {
		t.Run(name, func(t *testing.T) { testNothingLeaks(t, newRealFixture(t, open)) })
		t.Run(name+" without index", func(t *testing.T) {
			f := newRealFixture(t, open)
			f.index.down.Store(true)
			testNothingLeaks(t, f)
		})
	}
}

// marks are words that stand in one private document and nowhere else.
var marks = []string{
	"zyqtext", "zyqhead", "zyqtitle", "zyqurl", "zyqdoc", "zyqmeta", "zyqsource", "zyqchapter",
}

func testNothingLeaks(t *testing.T, f *fixture) {
	t.Helper()
	const public = "# Servo motors\n\nA servo motor turns a joint of the robot to an exact angle.\n"
	f.put(t, "other", "robots/servo", public, "")
	before := f.asOthers(t)
	f.put(t, "editor", "robots/zyqdoc",
		"# Zyqhead diary\n\nThe servo motor of the joint zyqtext broke on Monday, at an exact angle.\n",
		`,"visibility":"private","title":"Zyqtitle","url":"/robots/zyqurl","source":"zyqsource",`+
			`"chapter":"Zyqchapter","metadata":{"zyqmeta":"zyqmeta"}`)
	for range 2 {
		for request, got := range f.asOthers(t) {
			if mark := markIn(got); mark != "" {
				t.Errorf("%s tells %s: %s", request, mark, got)
			}
			if got != before[request] {
				t.Errorf("%s answers %s, and %s where the document is not there", request, got, before[request])
			}
		}
		// The owner finds it, so the marks are where the others were looking, and caches are filled.
		seen := ""
		for _, r := range f.questions() {
			seen += string(f.call(t, "editor", "POST", r.path, r.body).body)
		}
		seen += string(f.call(t, "editor", "GET", "/api/documents/robots%2Fzyqdoc", "").body)
		for _, mark := range marks {
			if !strings.Contains(strings.ToLower(seen), mark) {
				t.Fatalf("the owner does not see %s, so this test shows nothing", mark)
			}
		}
	}
	// An administrator lists it, and is not answered from it.
	if got := string(f.call(t, "admin", "GET", "/api/documents", "").body); markIn(got) == "" {
		t.Errorf("the administrator's list: %s", got)
	}
	for _, r := range f.questions() {
		if got := string(f.call(t, "admin", "POST", r.path, r.body).body); found(got) {
			t.Errorf("%s %s as admin: %s", r.path, r.body, got)
		}
	}
}

// found reports whether an answer or a search was made from the private document.
func found(body string) bool {
	return strings.Contains(body, `"doc_id":"robots/zyqdoc"`)
}

func markIn(text string) string {
	for _, mark := range marks {
		if strings.Contains(strings.ToLower(text), mark) {
			return mark
		}
	}
	return ""
}

type question struct{ path, body string }

// questions are about the private document, in every way in which one can ask.
func (f *fixture) questions() []question {
	var all []question
	for _, path := range []string{"/api/search", "/api/query"} {
		for _, q := range []string{
			"What broke on Monday?", "What does a servo motor turn?", "zyqtext", "zyqhead zyqtitle",
		} {
			all = append(all, question{path, fmt.Sprintf(`{"question":%q}`, q)})
			for _, selection := range []string{
				`"The servo motor of the joint zyqtext broke on Monday"`, `{"doc_id":"robots/zyqdoc"}`,
				`{"chapter":"Zyqchapter"}`, `{"text":"zyqtext broke on Monday"}`,
			} {
				all = append(all, question{path, fmt.Sprintf(`{"question":%q,"selection":%s}`, q, selection)})
			}
		}
	}
	return all
}

// asOthers returns what others than the owner are told, without what they said themselves and without
// what differs by itself: times.
func (f *fixture) asOthers(t *testing.T) map[string]string {
	t.Helper()
	told := map[string]string{}
	for _, caller := range []string{"", "reader", "other"} {
		for _, r := range f.questions() {
			got := f.call(t, caller, "POST", r.path, r.body)
			told[caller+" "+r.path+" "+r.body] = withoutEcho(got)
			if r.path == "/api/query" {
				told[caller+" stream "+r.body] = withoutEcho(f.stream(t, caller, r.body))
			}
		}
		for _, path := range []string{
			"/api/documents", "/api/documents?limit=1", "/api/documents?doc_id=robots/zyqdoc",
			"/api/documents?source=zyqsource", "/api/documents?chapter=Zyqchapter",
			"/api/documents/robots%2Fzyqdoc", "/api/documents/robots%2Fzyqdoc/chunks",
		} {
			told[caller+" "+path] = withoutEcho(f.call(t, caller, "GET", path, ""))
		}
		if caller == "other" {
			for _, method := range []string{"PATCH", "DELETE"} {
				body := map[string]string{"PATCH": `{"visibility":"public"}`}[method]
				path := "/api/documents/" + url.PathEscape("robots/zyqdoc")
				told[caller+" "+method] = withoutEcho(f.call(t, caller, method, path, body))
			}
		}
	}
	return told
}

// stream asks for the events of an answer.
func (f *fixture) stream(t *testing.T, caller, body string) reply {
	t.Helper()
	r := request(t, "POST", f.url+"/api/query", body)
	r.Header.Set("Content-Type", jsonType)
	r.Header.Set("Accept", eventType)
	if caller != "" {
		r.Header.Set("Authorization", "Bearer "+f.keys[caller])
	}
	return f.send(t, r)
}

// withoutEcho is an answer without times and scores, which depend on the frequencies of words, and
// without the doc_id or chapter that a refusal repeats.
func withoutEcho(r reply) string {
	text := string(r.body)
	for _, echo := range []string{"robots/zyqdoc", "Zyqchapter"} {
		if r.status >= 400 {
			text = strings.ReplaceAll(text, echo, "ECHO")
		}
	}
	for _, name := range []string{
		"_ms", "_at", `"score"`, `"dense"`, `"sparse"`, `"searched_question"`,
	} {
		text = blank(text, name)
	}
	return fmt.Sprint(r.status, " ", text)
}

// blank takes out the values of fields whose names end so.
func blank(text, name string) string {
	name = strings.TrimPrefix(strings.TrimSuffix(name, `"`), `"`) + `":`
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(text, name)
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		b.WriteString(name)
		end := strings.IndexAny(after, ",}")
		text = after[max(end, 0):]
	}
}

package httpapi

import (
	"net/http"
	"strings"
	"testing"
)

// TestPrivateTracesNeverLeak looks for the same words in what is kept of writes, questions and answers:
// replays of requests, conversations, feedback, exports, and what an ingest is refused with.
func TestPrivateTracesNeverLeak(t *testing.T) {
	for name, open := range installations {
		t.Run(name, func(t *testing.T) { testNoTraces(t, newRealFixture(t, open)) })
	}
}

const diary = `{"doc_id":"robots/zyqdoc","text":"# Zyqhead diary\n\nThe servo motor of the joint zyqtext ` +
	`broke on Monday.","visibility":"private","title":"Zyqtitle","url":"/robots/zyqurl",` +
	`"source":"zyqsource","chapter":"Zyqchapter","metadata":{"zyqmeta":"zyqmeta"}}`

func testNoTraces(t *testing.T, f *fixture) {
	t.Helper()
	silent := func(what string, got reply, statuses ...int) {
		t.Helper()
		known := false
		for _, status := range statuses {
			known = known || got.status == status
		}
		text := strings.ReplaceAll(string(got.body), "robots/zyqdoc", "") // the caller's own words
		if mark := markIn(text); mark != "" || !known {
			t.Errorf("%s: %d tells %q: %s", what, got.status, mark, got.body)
		}
	}
	tells := func(what string, got reply) {
		t.Helper()
		if markIn(string(got.body)) == "" {
			t.Fatalf("%s: %d tells nothing, so this test shows nothing: %s", what, got.status, got.body)
		}
	}

	// A request that another sends again, with the same key, is a request of its own.
	wantStatus(t, f.callOnce(t, "editor", "once", "POST", "/api/ingest", diary), http.StatusCreated)
	again := f.callOnce(t, "editor", "once", "POST", "/api/ingest", diary)
	if again.header.Get(idempotencyReplayed) == "" {
		t.Fatalf("nothing is replayed to its sender: %+v", again)
	}
	tells("the owner's replay", again)
	got := f.callOnce(t, "other", "once", "POST", "/api/ingest", diary)
	if got.header.Get(idempotencyReplayed) != "" {
		t.Error("another gets the replay")
	}
	silent("another's ingest of the same doc_id", got, http.StatusConflict)
	silent("another's ingest of other text", f.call(t, "other", "POST", "/api/ingest",
		`{"doc_id":"robots/zyqdoc","text":"# Mine","take_over":true}`), http.StatusConflict)
	const path = "/api/documents/robots%2Fzyqdoc"
	patch := `{"visibility":"private"}`
	tells("the owner's change", f.callOnce(t, "editor", "patch", "PATCH", path, patch))
	silent("another's change", f.callOnce(t, "other", "patch", "PATCH", path, patch), http.StatusNotFound)

	// A conversation, its answers and what was thought of them.
	talk := f.converse(t, "editor", "zyqtitle")
	answered := f.say(t, "editor", talk, "What broke on Monday?")
	rating := `{"message_id":"` + answered.MessageID.String() + `","rating":1,"comment":"zyqtext"}`
	tells("the owner's feedback", f.call(t, "editor", "POST", "/api/feedback", rating))
	conversation := "/api/conversations/" + talk.ID.String()
	tells("the owner's conversation", f.call(t, "editor", "GET", conversation, ""))
	tells("the owner's list", f.call(t, "editor", "GET", "/api/conversations", ""))
	tells("the owner's export", f.call(t, "editor", "GET", "/api/users/me/export", ""))
	for _, caller := range []string{"reader", "other", "admin"} {
		silent(caller+"'s list", f.call(t, caller, "GET", "/api/conversations", ""), http.StatusOK)
		silent(caller+"'s export", f.call(t, caller, "GET", "/api/users/me/export", ""), http.StatusOK)
		silent("the conversation to "+caller, f.call(t, caller, "GET", conversation, ""), http.StatusNotFound)
		silent("a question within it by "+caller, f.call(t, caller, "POST", "/api/query",
			`{"question":"And then?","conversation_id":"`+talk.ID.String()+`"}`), http.StatusNotFound)
		silent("a rating by "+caller, f.call(t, caller, "POST", "/api/feedback",
			strings.Replace(rating, "zyqtext", "", 1)), http.StatusNotFound)
		silent("its withdrawal by "+caller, f.call(t, caller, "DELETE",
			"/api/feedback/"+answered.MessageID.String(), ""), http.StatusNotFound)
		silent("its deletion by "+caller, f.call(t, caller, "DELETE", conversation, ""), http.StatusNotFound)
		// One's own conversation, on the same subject.
		own := f.converse(t, caller, "")
		for _, question := range []string{"What broke on Monday?", "And why did it?"} {
			silent(caller+"'s own question", f.call(t, caller, "POST", "/api/query",
				`{"question":"`+question+`","conversation_id":"`+own.ID.String()+`"}`), http.StatusOK)
		}
		silent(caller+"'s own conversation",
			f.call(t, caller, "GET", "/api/conversations/"+own.ID.String(), ""), http.StatusOK)
	}
	for caller, status := range map[string]int{"": 401, "reader": 403, "other": 403} {
		silent("all feedback to "+caller, f.call(t, caller, "GET", "/api/feedback", ""), status)
		silent("the audit log to "+caller, f.call(t, caller, "GET", "/api/audit", ""), status)
		silent("a backup to "+caller, f.call(t, caller, "GET", "/api/backup", ""), status)
	}
	tells("the owner's conversation, after all that", f.call(t, "editor", "GET", conversation, ""))
}

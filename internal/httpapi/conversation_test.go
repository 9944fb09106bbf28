package httpapi

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/lectern-project/lectern/internal/answer"
	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

func (f *fixture) converse(t *testing.T, caller, title string) Conversation {
	t.Helper()
	got := f.call(t, caller, "POST", "/api/conversations", `{"title":"`+title+`"}`)
	wantStatus(t, got, http.StatusCreated)
	var c Conversation
	got.decode(t, &c)
	return c
}

// say asks within a conversation.
func (f *fixture) say(t *testing.T, caller string, c Conversation, question string) answer.Answer {
	t.Helper()
	got := f.call(t, caller, "POST", "/api/query",
		`{"question":"`+question+`","conversation_id":"`+c.ID.String()+`"}`)
	wantStatus(t, got, http.StatusOK)
	var a answer.Answer
	got.decode(t, &a)
	return a
}

func (f *fixture) read(t *testing.T, caller string, c Conversation, query string) ConversationMessages {
	t.Helper()
	got := f.call(t, caller, "GET", "/api/conversations/"+c.ID.String()+query, "")
	wantStatus(t, got, http.StatusOK)
	var whole ConversationMessages
	got.decode(t, &whole)
	return whole
}

func TestKeptConversation(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	f.put(t, "editor", "a", "robots walk\nrobots see", "")
	c := f.converse(t, "reader", "")
	a := f.say(t, "reader", c, "robots")
	if a.ConversationID != c.ID || a.Answer == "" {
		t.Fatalf("%+v", a)
	}
	f.say(t, "reader", c, "nothing")
	if got := f.library.conversation; len(got) != 1 || got[0].Question != "robots" || got[0].Answer != a.Answer {
		t.Errorf("read %+v", got)
	}
	whole := f.read(t, "reader", c, "")
	if whole.Title != "robots" || whole.Length != 4 || len(whole.Messages) != 4 || whole.NextCursor != nil {
		t.Fatalf("%+v", whole)
	}
	m := whole.Messages[1]
	if m.ID != a.MessageID || m.Role != book.FromAssistant || m.Text != a.Answer || !m.Complete ||
		len(m.Citations) != 2 || m.Feedback != nil || !whole.Messages[3].Refused {
		t.Errorf("%+v", m)
	}
	page := f.read(t, "reader", c, "?limit=3")
	if len(page.Messages) != 3 || page.NextCursor == nil {
		t.Fatalf("%+v", page)
	}
	page = f.read(t, "reader", c, "?limit=3&cursor="+*page.NextCursor)
	if len(page.Messages) != 1 || page.Messages[0].ID != whole.Messages[3].ID || page.NextCursor != nil {
		t.Errorf("%+v", page)
	}
	at := "/api/conversations/" + c.ID.String()
	wantStatus(t, f.call(t, "reader", "DELETE", at, ""), http.StatusNoContent)
	wantStatus(t, f.call(t, "reader", "DELETE", at, ""), http.StatusNotFound)
	wantStatus(t, f.call(t, "reader", "GET", at, ""), http.StatusNotFound)
}

// TestConversationIsItsOwners: to everybody else, administrators too, it is not there.
func TestConversationIsItsOwners(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	f.put(t, "editor", "a", "robots walk", "")
	c := f.converse(t, "reader", "mine")
	a := f.say(t, "reader", c, "robots")
	feedback := `{"message_id":"` + a.MessageID.String() + `","rating":1}`
	question := `{"question":"robots","conversation_id":"` + c.ID.String() + `"}`
	at := "/api/conversations/" + c.ID.String()
	for _, caller := range []string{"", "editor", "admin"} {
		want := http.StatusNotFound
		if caller == "" {
			want = http.StatusUnauthorized
		}
		wantStatus(t, f.call(t, caller, "GET", at, ""), want)
		wantStatus(t, f.call(t, caller, "DELETE", at, ""), want)
		wantStatus(t, f.call(t, caller, "POST", "/api/query", question), want)
		wantStatus(t, f.call(t, caller, "POST", "/api/feedback", feedback), want)
		wantStatus(t, f.call(t, caller, "DELETE", "/api/feedback/"+a.MessageID.String(), ""), want)
	}
	if got := f.read(t, "reader", c, ""); got.Length != 2 || got.Messages[1].Feedback != nil {
		t.Errorf("%+v", got)
	}
}

func TestListConversations(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	for _, title := range []string{"1", "2", "3"} {
		f.converse(t, "reader", title)
		f.converse(t, "editor", "else")
	}
	var titles string
	for cursor := ""; ; {
		got := f.call(t, "reader", "GET", "/api/conversations?limit=2&cursor="+cursor, "")
		wantStatus(t, got, http.StatusOK)
		var list ConversationList
		got.decode(t, &list)
		for _, c := range list.Items {
			titles += c.Title
		}
		if list.NextCursor == nil {
			break
		}
		cursor = *list.NextCursor
	}
	if titles != "321" {
		t.Errorf("titles %q", titles)
	}
}

func TestConversationRequestsThatCannotBe(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	c := f.converse(t, "reader", "")
	for _, r := range []struct {
		method, path, body string
		status             int
	}{
		{"GET", "/api/conversations/x", "", 422},
		{"GET", "/api/conversations/" + c.ID.String() + "?cursor=eA", "", 422},
		{"GET", "/api/conversations?cursor=eA", "", 422},
		{"DELETE", "/api/conversations/x", "", 422},
		{"POST", "/api/conversations", `{"title":"` + strings.Repeat("x", 201) + `"}`, 422},
		{"POST", "/api/query", `{"question":"q","conversation_id":"x"}`, 422},
		{
			"POST", "/api/query", `{"question":"q","conversation_id":"` + c.ID.String() +
				`","conversation":[{"question":"p"}]}`, 422,
		},
		{"POST", "/api/feedback", `{"message_id":"` + c.ID.String() + `","rating":1}`, 404},
		{"POST", "/api/feedback", `{"message_id":"` + c.ID.String() + `","rating":0}`, 422},
		{"POST", "/api/feedback", `{"message_id":"` + c.ID.String() + `"}`, 422},
		{"POST", "/api/feedback", `{"message_id":"x","rating":1}`, 422},
		{"DELETE", "/api/feedback/" + c.ID.String(), "", 404},
	} {
		wantStatus(t, f.call(t, "reader", r.method, r.path, r.body), r.status)
	}
}

// TestCallerWhoIsGone: an access token of an account that another server has just deleted is not good,
// though this one remembers the account for some seconds.
func TestCallerWhoIsGone(t *testing.T) {
	for name, open := range installations {
		t.Run(name, func(t *testing.T) {
			f := newRealFixture(t, open)
			f.signIn(t, "ada", book.Reader)
			var me Account
			f.call(t, "ada", "GET", "/api/users/me", "").decode(t, &me)
			wantStatus(t, f.call(t, "ada", "GET", "/api/conversations", ""), http.StatusOK) // is remembered
			another := f.deps.Requests.(store.Store)
			err := another.BeginDeparture(t.Context(), book.Departure{UserID: me.ID})
			if err == nil {
				err = another.DeleteUser(t.Context(), me.ID)
			}
			if err != nil {
				t.Fatal(err)
			}
			wantStatus(t, f.call(t, "ada", "GET", "/api/conversations", ""), http.StatusOK)
			wantStatus(t, f.call(t, "ada", "POST", "/api/conversations", "{}"), http.StatusUnauthorized)
			wantStatus(t, f.callOnce(t, "ada", "once", "POST", "/api/conversations", "{}"), 401)
			wantStatus(t, f.call(t, "ada", "POST", "/api/keys", `{"permission":"read"}`), 401)
		})
	}
}

func TestFeedback(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	f.put(t, "editor", "a", "robots walk", "")
	c := f.converse(t, "reader", "")
	a := f.say(t, "reader", c, "robots")
	for _, rating := range []string{`-1,"comment":"wrong"`, `1`, `-1.0,"comment":"wrong after all"`} {
		got := f.call(t, "reader", "POST", "/api/feedback",
			`{"message_id":"`+a.MessageID.String()+`","rating":`+rating+`}`)
		wantStatus(t, got, http.StatusOK)
	}
	m := f.read(t, "reader", c, "").Messages[1]
	if m.Feedback == nil || m.Feedback.Rating != -1 || m.Feedback.Comment != "wrong after all" {
		t.Errorf("%+v", m.Feedback)
	}
	for _, caller := range []string{"reader", "editor"} {
		wantStatus(t, f.call(t, caller, "GET", "/api/feedback", ""), http.StatusForbidden)
	}
	list := f.feedback(t)
	if len(list.Items) != 1 || list.Items[0].MessageID != a.MessageID || list.Items[0].Rating != -1 ||
		list.Items[0].Question != "robots" || list.Items[0].Answer != a.Answer ||
		list.Items[0].Username != "reader" || len(list.Items[0].Citations) != 1 {
		t.Errorf("%+v", list)
	}
	for range 2 {
		got := f.call(t, "reader", "DELETE", "/api/feedback/"+a.MessageID.String(), "")
		wantStatus(t, got, http.StatusNoContent)
	}
	if list := f.feedback(t); len(list.Items) != 0 {
		t.Errorf("%+v", list)
	}
}

func (f *fixture) feedback(t *testing.T) FeedbackList {
	t.Helper()
	got := f.call(t, "admin", "GET", "/api/feedback", "")
	wantStatus(t, got, http.StatusOK)
	var list FeedbackList
	got.decode(t, &list)
	return list
}

// TestStreamWithinAConversation: the last event says where the answer is kept; a stream that breaks
// off is kept as it went.
func TestStreamWithinAConversation(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	f.put(t, "editor", "a", "robots walk", "")
	c := f.converse(t, "reader", "")
	var done answer.Answer
	if err := json.Unmarshal([]byte(f.lastEvent(t, c)), &done); err != nil || done.ConversationID != c.ID {
		t.Errorf("%+v, %v", done, err)
	}
	f.library.failLate = book.Errorf(book.Unavailable, "broke off")
	f.lastEvent(t, c)
	messages := f.read(t, "reader", c, "").Messages
	if len(messages) != 4 || messages[1].ID != done.MessageID || !messages[1].Complete ||
		messages[3].Complete || messages[3].Text != "robots walk\n" || len(messages[3].Citations) != 0 {
		t.Errorf("%+v", messages)
	}
}

// lastEvent asks about robots and returns the data of the last event.
func (f *fixture) lastEvent(t *testing.T, c Conversation) string {
	t.Helper()
	r := request(t, "POST", f.url+"/api/query",
		`{"question":"robots","conversation_id":"`+c.ID.String()+`"}`)
	r.Header.Set("Accept", eventType)
	r.Header.Set("Content-Type", jsonType)
	r.Header.Set("Authorization", "Bearer "+f.keys["reader"])
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	last := ""
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			last = data
		}
	}
	return last
}

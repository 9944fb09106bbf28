package storetest

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

var conversationCases = map[string]func(*fixture){
	"Create": func(f *fixture) {
		c := book.Conversation{ID: newID(), UserID: f.ann.ID, Title: "Robots"}
		made, err := f.CreateConversation(f.ctx, c)
		f.ok(err)
		f.reopen()
		got, err := f.Conversation(f.ctx, f.ann.ID, c.ID)
		f.ok(err)
		f.equal(got, made)
		if got.CreatedAt.IsZero() || !got.UpdatedAt.Equal(got.CreatedAt) || got.Length != 0 {
			f.Errorf("made %+v", got)
		}
		_, err = f.CreateConversation(f.ctx, c)
		f.fails(err, book.Conflict)
		_, err = f.CreateConversation(f.ctx, book.Conversation{ID: newID(), UserID: newID()})
		f.fails(err, book.NotFound)
	},

	"OnlyItsOwner": func(f *fixture) {
		c := f.converse(f.ann, "Mine")
		t := f.beginTurn(c, "Q?")
		for _, user := range []uuid.UUID{f.bob.ID, uuid.Nil, newID()} {
			_, err := f.Conversation(f.ctx, user, c.ID)
			f.fails(err, book.NotFound)
			_, err = f.ListMessages(f.ctx, user, c.ID, 0, 10)
			f.fails(err, book.NotFound)
			_, err = f.LastMessages(f.ctx, user, c.ID, 10)
			f.fails(err, book.NotFound)
			f.fails(f.BeginTurn(f.ctx, user, turnOf(c, "Q?")), book.NotFound)
			f.fails(f.FinishTurn(f.ctx, user, book.Message{ID: t.AnswerID, Text: "x"}), book.NotFound)
			f.fails(f.DeleteConversation(f.ctx, user, c.ID), book.NotFound)
			list, err := f.ListConversations(f.ctx, user, uuid.Nil, 10)
			f.ok(err)
			f.equal(len(list), 0)
		}
		f.equal(len(f.messages(c)), 2)
	},

	"Absent": func(f *fixture) {
		c := book.Conversation{ID: newID(), UserID: f.ann.ID}
		_, err := f.Conversation(f.ctx, f.ann.ID, c.ID)
		f.fails(err, book.NotFound)
		_, err = f.ListMessages(f.ctx, f.ann.ID, c.ID, 0, 10)
		f.fails(err, book.NotFound)
		_, err = f.LastMessages(f.ctx, f.ann.ID, c.ID, 10)
		f.fails(err, book.NotFound)
		f.fails(f.BeginTurn(f.ctx, f.ann.ID, turnOf(c, "Q?")), book.NotFound)
		f.fails(f.FinishTurn(f.ctx, f.ann.ID, book.Message{ID: newID()}), book.NotFound)
		f.fails(f.DeleteConversation(f.ctx, f.ann.ID, c.ID), book.NotFound)
	},

	"ListFromTheNewest": func(f *fixture) {
		var want []uuid.UUID
		for range 5 {
			want = append(want, f.converse(f.ann, "").ID)
			f.converse(f.bob, "")
		}
		slices.Reverse(want)
		var got []uuid.UUID
		after := uuid.Nil
		for {
			list, err := f.ListConversations(f.ctx, f.ann.ID, after, 2)
			f.ok(err)
			if len(list) == 0 {
				break
			}
			for _, c := range list {
				got, after = append(got, c.ID), c.ID
			}
		}
		f.equal(got, want)
	},

	"Turns": func(f *fixture) {
		c := f.converse(f.ann, "")
		first := f.beginTurn(c, "What is it?")
		messages := f.messages(c)
		f.equal(len(messages), 2)
		f.equal(messages[0], book.Message{
			ID: first.QuestionID, ConversationID: c.ID, Number: 1, Role: book.FromUser,
			Text: "What is it?", Complete: true, CreatedAt: messages[0].CreatedAt,
		}.WithLists())
		f.equal(messages[1], book.Message{
			ID: first.AnswerID, ConversationID: c.ID, Number: 2, Role: book.FromAssistant,
			CreatedAt: messages[0].CreatedAt,
		}.WithLists())

		f.pass(time.Second)
		second := f.beginTurn(c, "And why?")
		f.ok(f.FinishTurn(f.ctx, f.ann.ID, answerOf(second)))
		f.reopen()
		messages = f.messages(c)
		want := answerOf(second)
		want.ConversationID, want.Number, want.Role = c.ID, 4, book.FromAssistant
		want.CreatedAt = messages[3].CreatedAt
		f.equal(messages[3], want)

		got, err := f.Conversation(f.ctx, f.ann.ID, c.ID)
		f.ok(err)
		f.equal([]any{got.Title, got.Length}, []any{"title of What is it?", 4})
		if !got.UpdatedAt.After(got.CreatedAt) {
			f.Errorf("updated %v, created %v", got.UpdatedAt, got.CreatedAt)
		}
	},

	"TurnsOfAConversationWithATitle": func(f *fixture) {
		c := f.converse(f.ann, "Chosen")
		f.beginTurn(c, "Q?")
		got, err := f.Conversation(f.ctx, f.ann.ID, c.ID)
		f.ok(err)
		f.equal(got.Title, "Chosen")
	},

	"IdsOfATurnAreFresh": func(f *fixture) {
		c, other := f.converse(f.ann, "one"), f.converse(f.bob, "two")
		there := f.beginTurn(c, "Q?")
		for _, id := range []uuid.UUID{there.QuestionID, there.AnswerID} {
			asQuestion, asAnswer := turnOf(other, "Q?"), turnOf(other, "Q?")
			asQuestion.QuestionID, asAnswer.AnswerID = id, id
			f.fails(f.BeginTurn(f.ctx, f.bob.ID, asQuestion), book.Conflict)
			f.fails(f.BeginTurn(f.ctx, f.bob.ID, asAnswer), book.Conflict)
		}
		got, err := f.Conversation(f.ctx, f.bob.ID, other.ID)
		f.ok(err)
		f.equal(got, other)
	},

	"OnlyAnswersAreFinished": func(f *fixture) {
		c := f.converse(f.ann, "")
		t := f.beginTurn(c, "Q?")
		f.fails(f.FinishTurn(f.ctx, f.ann.ID, book.Message{ID: t.QuestionID, Text: "x"}), book.NotFound)
		f.equal(f.messages(c)[0].Text, "Q?")
	},

	"FinishKeepsFeedback": func(f *fixture) {
		c := f.converse(f.ann, "")
		t := f.beginTurn(c, "Q?")
		given, err := f.GiveFeedback(f.ctx, f.ann.ID, t.AnswerID, book.Feedback{Rating: -1})
		f.ok(err)
		f.ok(f.FinishTurn(f.ctx, f.ann.ID, answerOf(t)))
		f.equal(f.messages(c)[1].Feedback, given)
	},

	"Pages": func(f *fixture) {
		c := f.converse(f.ann, "")
		for _, q := range []string{"1", "3", "5"} {
			f.beginTurn(c, q)
		}
		page, err := f.ListMessages(f.ctx, f.ann.ID, c.ID, 1, 3)
		f.ok(err)
		f.equal(numbersOf(page), []int{2, 3, 4})
		page, err = f.ListMessages(f.ctx, f.ann.ID, c.ID, 6, 3)
		f.ok(err)
		f.equal(len(page), 0)
		page, err = f.ListMessages(f.ctx, f.ann.ID, c.ID, 99, 3)
		f.ok(err)
		f.equal(len(page), 0)
		for limit, want := range map[int][]int{1: {6}, 3: {4, 5, 6}, 9: {1, 2, 3, 4, 5, 6}} {
			last, err := f.LastMessages(f.ctx, f.ann.ID, c.ID, limit)
			f.ok(err)
			f.equal(numbersOf(last), want)
		}
	},

	"TurnsAtOnceFollowOneAnother": func(f *fixture) {
		c := f.converse(f.ann, "")
		turns := 0
		for _, err := range f.inParallel(func(int) error {
			return f.BeginTurn(f.ctx, f.ann.ID, turnOf(c, "Q?"))
		}) {
			f.ok(err)
			turns++
		}
		messages := f.messages(c)
		f.equal(len(messages), 2*turns)
		for i, m := range messages {
			want := book.FromUser
			if i%2 == 1 {
				want = book.FromAssistant
			}
			f.equal([]any{m.Number, m.Role}, []any{i + 1, want})
		}
	},

	"Delete": func(f *fixture) {
		c, other := f.converse(f.ann, ""), f.converse(f.ann, "")
		t := f.beginTurn(c, "Q?")
		kept := f.beginTurn(other, "Q?")
		for _, id := range []uuid.UUID{t.AnswerID, kept.AnswerID} {
			_, err := f.GiveFeedback(f.ctx, f.ann.ID, id, book.Feedback{Rating: 1})
			f.ok(err)
		}
		f.ok(f.DeleteConversation(f.ctx, f.ann.ID, c.ID))
		f.fails(f.DeleteConversation(f.ctx, f.ann.ID, c.ID), book.NotFound)
		f.fails(f.FinishTurn(f.ctx, f.ann.ID, answerOf(t)), book.NotFound)
		f.equal(f.rated(), []uuid.UUID{kept.AnswerID})
		f.equal(len(f.messages(other)), 2)
	},

	"DeleteOld": func(f *fixture) {
		oldest, old := f.converse(f.bob, ""), f.converse(f.ann, "")
		f.pass(time.Hour)
		f.beginTurn(old, "Q?")
		f.pass(time.Hour)
		fresh := f.converse(f.ann, "")
		for _, run := range []struct {
			age     time.Duration
			deleted int
			left    []book.Conversation
		}{
			{3 * time.Hour, 0, []book.Conversation{oldest, old, fresh}},
			{time.Minute, 1, []book.Conversation{old, fresh}}, // the limit is one
			{time.Minute, 1, []book.Conversation{fresh}},
			{time.Minute, 0, []book.Conversation{fresh}},
		} {
			n, err := f.DeleteConversations(f.ctx, run.age, 1)
			f.ok(err)
			f.equal(n, run.deleted)
			for _, c := range []book.Conversation{oldest, old, fresh} {
				_, err := f.Conversation(f.ctx, c.UserID, c.ID)
				left := slices.ContainsFunc(run.left, func(l book.Conversation) bool { return l.ID == c.ID })
				if (err == nil) != left {
					f.Errorf("after %v: %v", run.age, err)
				}
			}
		}
	},
}

var feedbackCases = map[string]func(*fixture){
	"TheLastCounts": func(f *fixture) {
		c := f.converse(f.ann, "")
		t := f.beginTurn(c, "Q?")
		for _, want := range []book.Feedback{
			{Rating: -1, Comment: "wrong"}, {Rating: 1}, {Rating: 1, Comment: "right\nafter all"},
		} {
			given, err := f.GiveFeedback(f.ctx, f.ann.ID, t.AnswerID, want)
			f.ok(err)
			if given.At.IsZero() {
				f.Error("no time")
			}
			want.At = given.At
			f.equal(given, want)
			f.reopen()
			f.equal(f.messages(c)[1].Feedback, want)
		}
		f.equal(len(f.rated()), 1)
	},

	"Withdraw": func(f *fixture) {
		c := f.converse(f.ann, "")
		t := f.beginTurn(c, "Q?")
		_, err := f.GiveFeedback(f.ctx, f.ann.ID, t.AnswerID, book.Feedback{Rating: -1, Comment: "x"})
		f.ok(err)
		for range 2 {
			f.ok(f.WithdrawFeedback(f.ctx, f.ann.ID, t.AnswerID))
			f.equal(f.messages(c)[1].Feedback, book.Feedback{})
		}
		f.equal(len(f.rated()), 0)
	},

	"OnlyTheOwner": func(f *fixture) {
		c := f.converse(f.ann, "")
		t := f.beginTurn(c, "Q?")
		for _, at := range []struct{ user, message uuid.UUID }{
			{f.bob.ID, t.AnswerID},
			{uuid.Nil, t.AnswerID},
			{f.ann.ID, newID()},
			{f.ann.ID, t.QuestionID},
		} {
			_, err := f.GiveFeedback(f.ctx, at.user, at.message, book.Feedback{Rating: 1})
			f.fails(err, book.NotFound)
			f.fails(f.WithdrawFeedback(f.ctx, at.user, at.message), book.NotFound)
		}
		f.equal(len(f.rated()), 0)
	},

	"Invalid": func(f *fixture) {
		t := f.beginTurn(f.converse(f.ann, ""), "Q?")
		for _, rating := range []int{0, 2, -2} {
			_, err := f.GiveFeedback(f.ctx, f.ann.ID, t.AnswerID, book.Feedback{Rating: rating})
			f.fails(err, book.Invalid)
		}
	},

	"List": func(f *fixture) {
		var want []uuid.UUID
		for _, user := range []book.User{f.ann, f.bob, f.ann} {
			c := f.converse(user, "")
			f.beginTurn(c, "not rated")
			t := f.beginTurn(c, "asked by "+user.Username)
			f.ok(f.FinishTurn(f.ctx, user.ID, answerOf(t)))
			_, err := f.GiveFeedback(f.ctx, user.ID, t.AnswerID, book.Feedback{Rating: 1, Comment: "c"})
			f.ok(err)
			want = append(want, t.AnswerID)
		}
		slices.Reverse(want)
		f.equal(f.rated(), want)
		list, err := f.ListFeedback(f.ctx, want[0], 1)
		f.ok(err)
		f.equal(len(list), 1)
		answer := answerOf(store.Turn{AnswerID: want[1]})
		answer.ConversationID, answer.Number, answer.Role = list[0].ConversationID, 4, book.FromAssistant
		answer.CreatedAt = list[0].CreatedAt
		answer.Feedback = book.Feedback{Rating: 1, Comment: "c", At: list[0].Feedback.At}
		f.equal(list[0], store.RatedAnswer{
			Message: answer, Question: "asked by Bob", Username: "Bob",
		})
	},
}

// newID returns a fresh id, greater than those before it.
func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

func (f *fixture) converse(user book.User, title string) book.Conversation {
	f.Helper()
	c, err := f.CreateConversation(f.ctx, book.Conversation{
		ID: newID(), UserID: user.ID, Title: title,
	})
	f.ok(err)
	return c
}

func turnOf(c book.Conversation, question string) store.Turn {
	return store.Turn{
		ConversationID: c.ID, QuestionID: newID(), AnswerID: newID(), Question: question,
		Title: "title of " + question,
	}
}

func (f *fixture) beginTurn(c book.Conversation, question string) store.Turn {
	f.Helper()
	t := turnOf(c, question)
	f.ok(f.BeginTurn(f.ctx, c.UserID, t))
	return t
}

// answerOf is a turn's answer with all that an answer may have.
func answerOf(t store.Turn) book.Message {
	return book.Message{
		ID: t.AnswerID, Text: "Because of \"it\" – 中. [1]", Complete: true, Refused: true,
		Citations: []book.Citation{{
			Marker: 1, DocID: "a/b", Title: "T", Chapter: "C", URL: "/a#b", ChunkIndex: 2,
			CharStart: 3, CharEnd: 4, Quote: "<it> & \u2028", Revision: 5,
		}},
		Model: "gemini-x", Degraded: []string{"models"},
		Usage: book.Usage{
			InputTokens: 10, OutputTokens: 20, Cost: 0.000123456789,
			Models: []book.ModelUsage{{
				Model: "gemini/gemini-x", Calls: 2, InputTokens: 10, OutputTokens: 20,
				Cost: 0.000123456789, Estimated: true,
			}},
		},
	}
}

func (f *fixture) messages(c book.Conversation) []book.Message {
	f.Helper()
	messages, err := f.ListMessages(f.ctx, c.UserID, c.ID, 0, 1000)
	f.ok(err)
	return messages
}

func numbersOf(messages []book.Message) []int {
	var numbers []int
	for _, m := range messages {
		numbers = append(numbers, m.Number)
	}
	return numbers
}

// rated returns the ids of answers that have feedback.
func (f *fixture) rated() []uuid.UUID {
	f.Helper()
	list, err := f.ListFeedback(f.ctx, uuid.Nil, 1000)
	f.ok(err)
	var ids []uuid.UUID
	for _, a := range list {
		ids = append(ids, a.ID)
	}
	return ids
}

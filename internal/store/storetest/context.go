package storetest

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

var contextCases = map[string]func(*fixture){
	"Canceled": func(f *fixture) {
		ctx, cancel := context.WithCancel(f.ctx)
		cancel()
		f.refusesAll(ctx, book.Canceled)
	},
	"Deadline": func(f *fixture) {
		ctx, cancel := context.WithDeadline(f.ctx, time.Now().Add(-time.Second))
		defer cancel()
		f.refusesAll(ctx, book.Deadline)
	},
}

// refusesAll calls every method with a context that has ended, and checks that each fails with code
// and changes nothing.
func (f *fixture) refusesAll(ctx context.Context, code book.Code) {
	w, _ := f.put("d", "one")
	private, ids := book.Private, f.reserve(1)
	next := f.draft("d", "two")
	f.ok(f.CreateRefreshToken(f.ctx, f.token("first")))
	key := f.addKey(f.ann, "one")
	claim := f.begin("running")
	talk := f.converse(f.ann, "talk")
	turn := f.beginTurn(talk, "Q?")
	before, err := f.Document(f.ctx, "d", nobody)
	f.ok(err)
	stats := f.stats()
	put := store.PointPut{
		ChunkID: w.Chunks[0].ChunkID, OldID: w.Chunks[0].VectorID, NewID: ids[0],
		Scope: book.ScopePublic,
	}

	for name, call := range map[string]func() error{
		"Ping":     func() error { return f.Ping(ctx) },
		"Identity": func() error { _, err := f.Identity(ctx); return err },

		"Document":  func() error { _, err := f.Document(ctx, "d", nobody); return err },
		"Text":      func() error { _, _, err := f.Text(ctx, "d", nobody); return err },
		"Baseline":  func() error { _, err := f.Baseline(ctx, "d", f.space); return err },
		"CommitDoc": func() error { _, err := f.CommitDocument(ctx, next); return err },
		"DeleteDoc": func() error { _, err := f.DeleteDocument(ctx, "d", uuid.Nil); return err },
		"ListDocuments": func() error {
			_, err := f.ListDocuments(ctx, store.DocumentQuery{Limit: 1})
			return err
		},
		"ListChunks": func() error {
			_, err := f.ListChunks(ctx, "d", nobody, -1, 1)
			return err
		},
		"UpdateDocument": func() error {
			_, err := f.UpdateDocument(ctx, "d", uuid.Nil, store.DocumentChange{Visibility: &private})
			return err
		},

		"Resolve": func() error {
			_, err := f.Resolve(ctx, store.ActiveSpace{Space: firstSpace}, ids, nobody)
			return err
		},
		"SearchTerms": func() error {
			_, err := f.SearchTerms(ctx, termsOf("one"), nobody, nil, 1)
			return err
		},
		"TermFrequencies":  func() error { _, _, err := f.TermFrequencies(ctx, nil); return err },
		"ChapterDocuments": func() error { _, err := f.ChapterDocuments(ctx, "One", nobody); return err },

		"ListReferences": func() error {
			_, err := f.ListReferences(ctx, f.space, uuid.Nil, 1)
			return err
		},
		"References": func() error { _, err := f.References(ctx, f.space, ids); return err },
		"ListUnembedded": func() error {
			_, err := f.ListUnembedded(ctx, f.space, uuid.Nil, 1)
			return err
		},
		"ListMisscoped": func() error {
			_, err := f.ListMisscoped(ctx, f.space, "", uuid.Nil, 1)
			return err
		},
		"PointBases": func() error { _, err := f.PointBases(ctx, f.space, ids); return err },
		"CommitPoints": func() error {
			_, _, err := f.CommitPoints(ctx, f.space, []store.PointPut{put}, false)
			return err
		},
		"Counts": func() error { _, err := f.Counts(ctx, f.space); return err },

		"Reserve":      func() error { return f.Reserve(ctx, f.space, newIDs(1), lease) },
		"Abandon":      func() error { _, err := f.Abandon(ctx, ids, false); return err },
		"ExpireLeases": func() error { _, err := f.ExpireLeases(ctx, 1); return err },
		"ListDue":      func() error { _, err := f.ListDue(ctx, 1); return err },
		"Drop":         func() error { _, err := f.Drop(ctx, nil); return err },
		"LedgerStates": func() error { _, err := f.LedgerStates(ctx, ids); return err },
		"AddStrays":    func() error { _, err := f.AddStrays(ctx, f.space, newIDs(1)); return err },
		"LedgerStats":  func() error { _, err := f.LedgerStats(ctx); return err },

		"ActiveSpace": func() error { _, err := f.ActiveSpace(ctx); return err },
		"EnsureSpace": func() error { _, err := f.EnsureSpace(ctx, firstSpace); return err },

		"ListSpaces":    func() error { _, err := f.ListSpaces(ctx); return err },
		"AddSpace":      func() error { return f.AddSpace(ctx, otherSpace) },
		"SwitchSpace":   func() error { return f.SwitchSpace(ctx, f.space) },
		"RetireSpace":   func() error { return f.RetireSpace(ctx, "none") },
		"ReleasePoints": func() error { _, err := f.ReleasePoints(ctx, "none", 1); return err },
		"ForgetSpace":   func() error { return f.ForgetSpace(ctx, "none") },

		"RecordEvent": func() error { return f.RecordEvent(ctx, event("x")) },
		"ListEvents": func() error {
			_, err := f.ListEvents(ctx, book.EventQuery{Limit: 1})
			return err
		},
		"DeleteEvents": func() error { _, err := f.DeleteEvents(ctx, 0); return err },

		"BeginRequest": func() error {
			_, _, err := f.BeginRequest(ctx, f.ann.ID, "key", []byte("x"), lease)
			return err
		},
		"FinishRequest":  func() error { return f.FinishRequest(ctx, claim, store.Answer{Status: 200}) },
		"AbandonRequest": func() error { return f.AbandonRequest(ctx, claim) },
		"DeleteRequests": func() error { _, err := f.DeleteRequests(ctx, 0); return err },
		"Lead": func() error {
			led, err := f.Lead(ctx, "x", func(context.Context) error { return nil })
			f.equal(led, false)
			return err
		},

		"CreateUser": func() error {
			_, err := f.CreateUser(ctx, book.User{ID: uuid.New(), Username: "x", Role: book.Reader})
			return err
		},
		"UserByID":    func() error { _, err := f.UserByID(ctx, f.ann.ID); return err },
		"UserByLogin": func() error { _, err := f.UserByLogin(ctx, "ann"); return err },
		"UpdateUser": func() error {
			_, err := f.UpdateUser(ctx, f.ann.ID, func(*book.User) error { return nil })
			return err
		},
		"CountAdmins": func() error { _, err := f.CountAdmins(ctx); return err },
		"ListUsers":   func() error { _, err := f.ListUsers(ctx, "", 1); return err },

		"CreateKey": func() error { _, err := f.CreateKey(ctx, key); return err },
		"KeyByHash": func() error { _, _, err := f.KeyByHash(ctx, key.Hash); return err },
		"ListKeys":  func() error { _, err := f.ListKeys(ctx, uuid.Nil, uuid.Nil, 1); return err },
		"TouchKey":  func() error { return f.TouchKey(ctx, key.ID, 0) },
		"RevokeKey": func() error { return f.RevokeKey(ctx, key.ID) },

		"BeginAttempt": func() error {
			_, err := f.BeginAttempt(ctx, []store.Limit{limit("x")})
			return err
		},
		"ForgiveAttempts": func() error { return f.ForgiveAttempts(ctx, limit("x"), 1) },
		"DeleteAttempts":  func() error { _, err := f.DeleteAttempts(ctx, 0); return err },

		"CreateLink": func() error { _, err := f.CreateLink(ctx, f.invitation("x")); return err },
		"LinkByHash": func() error {
			_, err := f.LinkByHash(ctx, book.LinkReset, []byte("x"))
			return err
		},
		"ListInvitations":  func() error { _, err := f.ListInvitations(ctx, uuid.Nil, 1); return err },
		"DeleteInvitation": func() error { return f.DeleteInvitation(ctx, uuid.New()) },
		"RedeemInvitation": func() error {
			_, err := f.RedeemInvitation(ctx, []byte("x"), f.ann)
			return err
		},
		"RedeemReset": func() error {
			_, err := f.RedeemReset(ctx, []byte("x"), func(*book.User) error { return nil })
			return err
		},
		"DeleteExpiredLinks": func() error { _, err := f.DeleteExpiredLinks(ctx); return err },
		"BeginDeparture": func() error {
			return f.BeginDeparture(ctx, book.Departure{UserID: f.ann.ID})
		},
		"ListDepartures": func() error { _, err := f.ListDepartures(ctx, uuid.Nil, 1); return err },
		"DeleteUser":     func() error { return f.DeleteUser(ctx, f.ann.ID) },

		"CreateRefreshToken": func() error { return f.CreateRefreshToken(ctx, f.token("x")) },
		"RefreshToken": func() error {
			_, err := f.RefreshToken(ctx, []byte("first"))
			return err
		},
		"RotateRefreshToken": func() error {
			return f.RotateRefreshToken(ctx, []byte("first"), f.token("y"), 0)
		},
		"CreateConversation": func() error {
			_, err := f.CreateConversation(ctx, book.Conversation{ID: newID(), UserID: f.ann.ID})
			return err
		},
		"Conversation": func() error { _, err := f.Conversation(ctx, f.ann.ID, talk.ID); return err },
		"ListConversations": func() error {
			_, err := f.ListConversations(ctx, f.ann.ID, uuid.Nil, 1)
			return err
		},
		"DeleteConversation":  func() error { return f.DeleteConversation(ctx, f.ann.ID, talk.ID) },
		"DeleteConversations": func() error { _, err := f.DeleteConversations(ctx, 0, 1); return err },
		"BeginTurn":           func() error { return f.BeginTurn(ctx, f.ann.ID, turnOf(talk, "x")) },
		"FinishTurn":          func() error { return f.FinishTurn(ctx, f.ann.ID, answerOf(turn)) },
		"ListMessages": func() error {
			_, err := f.ListMessages(ctx, f.ann.ID, talk.ID, 0, 1)
			return err
		},
		"LastMessages": func() error {
			_, err := f.LastMessages(ctx, f.ann.ID, talk.ID, 1)
			return err
		},
		"GiveFeedback": func() error {
			_, err := f.GiveFeedback(ctx, f.ann.ID, turn.AnswerID, book.Feedback{Rating: 1})
			return err
		},
		"WithdrawFeedback": func() error { return f.WithdrawFeedback(ctx, f.ann.ID, turn.AnswerID) },
		"AddSpent":         func() error { return f.AddSpent(ctx, []string{"a"}, store.Spent{Tokens: 1}) },
		"SpentToday":       func() error { _, err := f.SpentToday(ctx, []string{"a"}); return err },
		"DeleteSpent":      func() error { _, err := f.DeleteSpent(ctx); return err },
		"ListFeedback":     func() error { _, err := f.ListFeedback(ctx, uuid.Nil, 1); return err },
		"Snapshot": func() error {
			return f.Snapshot(ctx, func(store.Snapshot) error { return nil })
		},
		"RestoreUser": func() error { return f.RestoreUser(ctx, f.ann) },
		"RestoreKey":  func() error { return f.RestoreKey(ctx, key) },
		"RestoreConversation": func() error {
			return f.RestoreConversation(ctx, store.WholeConversation{
				Conversation: book.Conversation{ID: newID(), UserID: f.ann.ID},
			})
		},

		"RevokeFamily":        func() error { return f.RevokeFamily(ctx, uuid.New()) },
		"DeleteRefreshTokens": func() error { _, err := f.DeleteRefreshTokens(ctx, time.Now()); return err },
	} {
		if err := call(); book.CodeOf(err) != code {
			f.Errorf("%s: %v, want %s", name, err, code)
		}
	}
	after, err := f.Document(f.ctx, "d", nobody)
	f.ok(err)
	f.equal(after, before)
	now := f.stats()
	stats.Oldest, now.Oldest = 0, 0
	f.equal(now, stats)
	messages := f.messages(talk)
	f.equal([]any{len(messages), messages[1].Text, len(f.rated())}, []any{2, "", 0})
}

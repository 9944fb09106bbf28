package backup

import (
	"fmt"
	"math"
	"strings"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

// holdings counts what is in a store, but the built-in account.
type holdings struct{ accounts, keys, conversations, documents int }

// holdings counts what the target holds.
func (r *restore) holdings() (h holdings, err error) {
	counts, err := r.Store.Counts(r.ctx, r.space.ID())
	if err != nil {
		return h, err
	}
	h.documents = counts.Documents
	for after := ""; ; {
		users, err := r.Store.ListUsers(r.ctx, after, pageSize)
		if err != nil {
			return h, err
		}
		if len(users) == 0 {
			break
		}
		for _, u := range users {
			if u.ID != r.Local {
				h.accounts++
			}
			conversations, err := r.countConversations(u.ID)
			if err != nil {
				return h, err
			}
			h.conversations += conversations
			after = strings.ToLower(u.Username)
		}
	}
	for after := uuid.Nil; ; {
		keys, err := r.Store.ListKeys(r.ctx, uuid.Nil, after, pageSize)
		if err != nil || len(keys) == 0 {
			return h, err
		}
		h.keys += len(keys)
		after = keys[len(keys)-1].ID
	}
}

// countConversations counts an account's conversations.
func (r *restore) countConversations(userID uuid.UUID) (n int, err error) {
	for after := uuid.Nil; ; {
		list, err := r.Store.ListConversations(r.ctx, userID, after, pageSize)
		if err != nil || len(list) == 0 {
			return n, err
		}
		n += len(list)
		after = list[len(list)-1].ID
	}
}

// comparing is the visitor that looks how much of the archive is in the target already, and writes
// nothing.
func (r *restore) comparing() visitor {
	return visitor{
		manifest: r.begin,
		account: func(a account) error {
			if a.Username == book.LocalUsername {
				r.local = a.ID
				return nil
			}
			return r.compareAccount(a)
		},
		key:          r.compareKey,
		conversation: r.compareConversation,
		document: func(d document) error {
			r.step()
			return r.compareDocument(d)
		},
	}
}

func (r *restore) compareAccount(a account) error {
	if r.before.accounts == 0 {
		return nil
	}
	there, err := r.Store.UserByID(r.ctx, a.ID)
	switch {
	case book.CodeOf(err) == book.NotFound:
		return nil
	case err != nil:
		return err
	case !there.SameAs(book.User(a)):
		return notEmpty(fmt.Sprintf("the account %q, which differs from the archive's", a.Username))
	}
	r.same.accounts++
	return nil
}

func (r *restore) compareKey(k key) error {
	if r.before.keys == 0 {
		return nil
	}
	there, _, err := r.Store.KeyByHash(r.ctx, k.Hash)
	k.UserID = r.ownerOf(k.UserID)
	switch {
	case book.CodeOf(err) == book.NotFound:
		return nil
	case err != nil:
		return err
	case !there.SameAs(book.APIKey(k)):
		return notEmpty(fmt.Sprintf("the API key %s..., which differs from the archive's", k.Prefix))
	}
	r.same.keys++
	return nil
}

func (r *restore) compareConversation(c conversation) error {
	if r.before.conversations == 0 {
		return nil
	}
	whole := c.whole()
	whole.UserID = r.ownerOf(c.UserID)
	there, err := r.Store.Conversation(r.ctx, whole.UserID, c.ID)
	if book.CodeOf(err) == book.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	messages, err := r.Store.ListMessages(r.ctx, whole.UserID, c.ID, 0, math.MaxInt32)
	if err != nil {
		return err
	}
	if !whole.SameAs(store.WholeConversation{Conversation: there, Messages: messages}) {
		return notEmpty(fmt.Sprintf("the conversation %q, which differs from the archive's", c.Title))
	}
	r.same.conversations++
	return nil
}

// compareDocument counts documents that are there already. They are the archive's first ones: a
// restore takes them in order.
func (r *restore) compareDocument(d document) error {
	if r.before.documents == 0 {
		return nil
	}
	there, err := r.Store.Document(r.ctx, d.DocID, book.View{All: true})
	if book.CodeOf(err) == book.NotFound {
		r.missing = d.DocID
		return nil
	}
	if err != nil {
		return err
	}
	base, err := r.Store.Baseline(r.ctx, d.DocID, r.space.ID())
	if err != nil {
		return err
	}
	same := base.Fingerprint == d.Fingerprint && there.OwnerID == r.ownerOf(d.OwnerID) &&
		there.Visibility == d.Visibility && there.Source == d.Source &&
		there.CreatedAt.Equal(d.CreatedAt) && there.UpdatedAt.Equal(d.UpdatedAt)
	if !same {
		return notEmpty(fmt.Sprintf("the document %q, which differs from the archive's", d.DocID))
	}
	if r.missing != "" {
		return notEmpty(fmt.Sprintf("the document %q, but not %q, which comes before it",
			d.DocID, r.missing))
	}
	r.same.documents++
	return nil
}

// compareCounts refuses a target that holds what the archive does not.
func (r *restore) compareCounts() error {
	extra := holdings{
		accounts:      r.before.accounts - r.same.accounts,
		keys:          r.before.keys - r.same.keys,
		conversations: r.before.conversations - r.same.conversations,
		documents:     r.before.documents - r.same.documents,
	}
	if extra == (holdings{}) {
		return nil
	}
	return notEmpty(fmt.Sprintf("%d documents, %d accounts, %d API keys and %d conversations that the "+
		"archive does not have", extra.documents, extra.accounts, extra.keys, extra.conversations))
}

func notEmpty(what string) error {
	return book.Errorf(book.Conflict, "a restore needs an empty book, or one that the same archive "+
		"was being restored into, and this one holds %s; nothing was written", what)
}

package auth

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

// exportPage is how many rows of a kind are read at once.
const exportPage = 100

// ExportMe writes all that is kept of the caller's account as one JSON object: the account, its keys
// without their secrets, its documents with their text, its conversations with feedback. Forbidden for
// a key that allows less than its account. After an error half of it may be written.
func (s *Service) ExportMe(ctx context.Context, p book.Principal, w io.Writer) error {
	user, err := s.Me(ctx, p)
	if err != nil {
		return err
	}
	if p.Role != user.Role {
		return requireWhole(p, user)
	}
	return s.export(ctx, p, user, w)
}

// ExportUser is ExportMe for the named account, for administrators; NotFound for an unknown one.
func (s *Service) ExportUser(
	ctx context.Context, p book.Principal, username string, w io.Writer,
) error {
	if err := Require(p, book.Admin); err != nil {
		return err
	}
	user, err := s.userByName(ctx, username)
	if err != nil {
		return err
	}
	return s.export(ctx, p, user, w)
}

func (s *Service) export(
	ctx context.Context, p book.Principal, u book.User, w io.Writer,
) error {
	err := s.Record(ctx, p, book.AccountExport, book.AccountTarget(u), "")
	if err != nil { // nobody takes it unseen
		return err
	}
	e := &exporter{Writer: bufio.NewWriter(w), store: s.store, user: u}
	e.text("{")
	e.field("exported_at", time.Now().UTC())
	e.text(",")
	e.field("account", exportedAccount{
		u.ID, u.Username, u.Email, u.Role, u.CreatedAt.UTC(), u.UpdatedAt.UTC(),
	})
	for _, list := range []struct {
		name  string
		write func(context.Context) error
	}{
		{"keys", e.keys}, {"documents", e.documents}, {"conversations", e.conversations},
	} {
		e.text(",\n\"" + list.name + "\":[")
		e.items = 0
		if err := list.write(ctx); err != nil {
			return err
		}
		e.text("]")
	}
	e.text("}\n")
	return e.Flush()
}

// The parts of an export.
type (
	exportedAccount struct {
		ID        uuid.UUID `json:"id"`
		Username  string    `json:"username"`
		Email     string    `json:"email"`
		Role      book.Role `json:"role"`
		CreatedAt time.Time `json:"created_at"`
		UpdatedAt time.Time `json:"updated_at"`
	}
	exportedKey struct {
		ID         uuid.UUID       `json:"id"`
		Prefix     string          `json:"prefix"`
		Permission book.Permission `json:"permission"`
		CreatedAt  time.Time       `json:"created_at"`
		ExpiresAt  time.Time       `json:"expires_at,omitzero"`
		RevokedAt  time.Time       `json:"revoked_at,omitzero"`
	}
	exportedDocument struct {
		DocID      string          `json:"doc_id"`
		Title      string          `json:"title"`
		Chapter    string          `json:"chapter"`
		URL        string          `json:"url"`
		Metadata   map[string]any  `json:"metadata"`
		Source     string          `json:"source"`
		Visibility book.Visibility `json:"visibility"`
		CreatedAt  time.Time       `json:"created_at"`
		UpdatedAt  time.Time       `json:"updated_at"`
		Text       string          `json:"text"`
	}
	exportedConversation struct {
		ID        uuid.UUID         `json:"id"`
		Title     string            `json:"title"`
		CreatedAt time.Time         `json:"created_at"`
		Messages  []exportedMessage `json:"messages"`
	}
	exportedMessage struct {
		Role      book.MessageRole `json:"role"`
		Text      string           `json:"text"`
		CreatedAt time.Time        `json:"created_at"`
		Citations []book.Citation  `json:"citations,omitempty"`
		Model     string           `json:"model,omitempty"`
		Rating    int              `json:"rating,omitempty"`
		Comment   string           `json:"comment,omitempty"`
	}
)

// exporter writes JSON as it is read, so that an account of any size can be exported. Its writer keeps
// the first error for Flush.
type exporter struct {
	*bufio.Writer
	store Store
	user  book.User
	items int // of the list that is being written
}

func (e *exporter) text(s string) { _, _ = e.WriteString(s) }

func (e *exporter) field(name string, v any) {
	e.text("\"" + name + "\":")
	e.value(v)
}

func (e *exporter) value(v any) {
	text, err := json.Marshal(v)
	if err != nil { // none of the types above can fail
		panic(err)
	}
	_, _ = e.Write(text)
}

func (e *exporter) item(v any) {
	if e.items++; e.items > 1 {
		e.text(",")
	}
	e.text("\n")
	e.value(v)
}

func (e *exporter) keys(ctx context.Context) error {
	after := uuid.Nil
	for {
		page, err := e.store.ListKeys(ctx, e.user.ID, after, exportPage)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, k := range page {
			e.item(exportedKey{k.ID, k.Prefix, k.Permission, k.CreatedAt, k.ExpiresAt, k.RevokedAt})
			after = k.ID
		}
	}
}

func (e *exporter) documents(ctx context.Context) error {
	after := ""
	view := book.View{UserID: e.user.ID}
	for {
		page, err := e.store.ListDocuments(ctx, store.DocumentQuery{
			View: view, OwnerID: e.user.ID, After: after, Limit: exportPage,
		})
		if err != nil || len(page) == 0 {
			return err
		}
		for _, listed := range page {
			after = listed.DocID
			d, text, err := e.store.Text(ctx, listed.DocID, view)
			if book.CodeOf(err) == book.NotFound {
				continue // deleted meanwhile
			}
			if err != nil {
				return err
			}
			e.item(exportedDocument{
				d.DocID, d.Title, d.Chapter, d.URL, d.Metadata, d.Source, d.Visibility,
				d.CreatedAt, d.UpdatedAt, text,
			})
		}
	}
}

func (e *exporter) conversations(ctx context.Context) error {
	after := uuid.Nil
	for {
		page, err := e.store.ListConversations(ctx, e.user.ID, after, exportPage)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, c := range page {
			after = c.ID
			messages, err := e.messages(ctx, c.ID)
			if book.CodeOf(err) == book.NotFound {
				continue // deleted meanwhile
			}
			if err != nil {
				return err
			}
			e.item(exportedConversation{c.ID, c.Title, c.CreatedAt, messages})
		}
	}
}

func (e *exporter) messages(ctx context.Context, id uuid.UUID) ([]exportedMessage, error) {
	messages := []exportedMessage{}
	after := 0
	for {
		page, err := e.store.ListMessages(ctx, e.user.ID, id, after, exportPage)
		if err != nil || len(page) == 0 {
			return messages, err
		}
		for _, m := range page {
			after = m.Number
			messages = append(messages, exportedMessage{
				m.Role, m.Text, m.CreatedAt, m.Citations, m.Model, m.Feedback.Rating, m.Feedback.Comment,
			})
		}
	}
}

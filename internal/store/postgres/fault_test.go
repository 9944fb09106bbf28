package postgres_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/postgres"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
)

// begin makes an account and a space.
func begin(t testing.TB, s *postgres.Store) book.User {
	t.Helper()
	if _, err := s.EnsureSpace(t.Context(), book.Space{
		Provider: "static", Model: "test", Dimensions: 4,
	}); err != nil {
		t.Fatal(err)
	}
	owner, err := s.CreateUser(t.Context(), book.User{
		ID: uuid.New(), Username: "ann", Role: book.Editor,
	})
	if err != nil {
		t.Fatal(err)
	}
	return owner
}

// draft is a write of a document with a chunk for each text, all of them new points.
func draft(
	t testing.TB, s *postgres.Store, owner book.User, docID string, texts ...string,
) store.DocumentWrite {
	t.Helper()
	w, err := drafted(t, s, owner, docID, time.Minute, texts...)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func drafted(
	t testing.TB, s *postgres.Store, owner book.User, docID string, lease time.Duration,
	texts ...string,
) (store.DocumentWrite, error) {
	ctx := t.Context()
	space, err := s.ActiveSpace(ctx)
	if err != nil {
		return store.DocumentWrite{}, err
	}
	base, err := s.Baseline(ctx, docID, space.ID())
	if err != nil {
		return store.DocumentWrite{}, err
	}
	w := store.DocumentWrite{
		SpaceID: space.ID(), BaseRevision: base.Revision, Text: strings.Join(texts, "\n"),
		Document: book.Document{DocID: docID, OwnerID: owner.ID, Visibility: book.Public},
	}
	var ids []uuid.UUID
	for i, id := range book.ChunkIDs(docID, texts) {
		vector := book.NewVectorID()
		ids = append(ids, vector)
		w.Chunks = append(w.Chunks, store.ChunkWrite{
			Chunk:    book.Chunk{ChunkID: id, Index: i, Text: texts[i]},
			VectorID: vector,
			Terms:    termsOf(texts[i]),
		})
	}
	return w, s.Reserve(ctx, w.SpaceID, ids, lease)
}

// termsOf makes a number of each word.
func termsOf(text string) []uint32 {
	var terms []uint32
	for word := range strings.FieldsSeq(text) {
		term := uint32(0)
		for _, c := range []byte(word) {
			term = 31*term + uint32(c)
		}
		terms = append(terms, term)
	}
	return terms
}

// TestUnstorable: what the server refuses in the middle of a commit leaves nothing reserved.
func TestUnstorable(t *testing.T) {
	s := open(t, pgtest.Migrated(t))
	defer s.Close()
	owner := begin(t, s)
	other := draft(t, s, owner, "other", "text")
	if _, err := s.CommitDocument(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		spoil func(w *store.DocumentWrite)
		code  book.Code
	}{
		"zero byte":      {func(w *store.DocumentWrite) { w.Text = "a\x00b" }, book.Invalid},
		"no UTF-8":       {func(w *store.DocumentWrite) { w.Chunks[0].Text = "\xff" }, book.Invalid},
		"zero in title":  {func(w *store.DocumentWrite) { w.Document.Title = "\x00" }, book.Invalid},
		"zero in anchor": {func(w *store.DocumentWrite) { w.Chunks[0].Anchor = "\x00" }, book.Invalid},
		"zero in metadata": {func(w *store.DocumentWrite) {
			w.Document.Metadata = map[string]any{"a": "\x00"}
		}, book.Invalid},
		"zero in heading": {func(w *store.DocumentWrite) {
			w.Chunks[0].HeadingPath = []string{"\x00"}
		}, book.Invalid},
		"offset":      {func(w *store.DocumentWrite) { w.Chunks[0].CharStart = -1 }, book.Invalid},
		"nil chunk":   {func(w *store.DocumentWrite) { w.Chunks[0].ChunkID = uuid.Nil }, book.Invalid},
		"long doc_id": {func(w *store.DocumentWrite) { w.Document.DocID = noise(40_000) }, book.Invalid},
		"another document's chunk": {func(w *store.DocumentWrite) {
			w.Chunks[0].ChunkID = other.Chunks[0].ChunkID
		}, book.Conflict},
	} {
		w := draft(t, s, owner, "d", "one", "two")
		c.spoil(&w)
		_, err := s.CommitDocument(t.Context(), w)
		if book.CodeOf(err) != c.code || errors.Is(err, store.ErrStale) {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
		stats, err := s.LedgerStats(t.Context())
		if err != nil || stats.Writing != 0 || stats.Due != 2 {
			t.Errorf("%s: %+v, %v; want both ids due", name, stats, err)
		}
		entries, err := s.ListDue(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Drop(t.Context(), entries); err != nil {
			t.Fatal(err)
		}
	}
}

// noise is text that does not compress.
func noise(n int) string {
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(uuid.NewString())
	}
	return b.String()
}

// TestComesBack: a database that is gone is unavailable, and is there again when it is back.
func TestComesBack(t *testing.T) {
	databaseURL := pgtest.Migrated(t)
	s := open(t, databaseURL)
	defer s.Close()
	owner := begin(t, s)
	w := draft(t, s, owner, "d", "one")

	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(u.Path, "/")
	admin := with(t, databaseURL, func(u *url.URL) { u.Path = "/postgres" })
	execute(t, admin, "ALTER DATABASE "+name+" ALLOW_CONNECTIONS false")
	cut := func() {
		execute(t, admin, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "+
			"WHERE datname = '"+name+"'")
	}
	cut()
	for range 3 {
		_, err = s.CommitDocument(t.Context(), w)
		e, ok := errors.AsType[*book.Error](err)
		if !ok || e.Code != book.Unavailable || e.RetryAfter <= 0 {
			t.Fatalf("error %v, want unavailable with a time", err)
		}
		if err := s.Ping(t.Context()); book.CodeOf(err) != book.Unavailable {
			t.Fatalf("ping: %v, want unavailable", err)
		}
	}
	execute(t, admin, "ALTER DATABASE "+name+" ALLOW_CONNECTIONS true")
	if _, err := s.CommitDocument(t.Context(), w); err != nil {
		t.Fatal(err)
	}

	// A restart cuts the connections that are idle: it costs no more than one refused call each.
	cut()
	for range 10 {
		if err = s.Ping(t.Context()); err == nil {
			break
		}
		if book.CodeOf(err) != book.Unavailable {
			t.Fatalf("ping: %v, want unavailable", err)
		}
	}
	if err != nil {
		t.Error(err)
	}
}

//go:build failpoints

package faults

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/embed"
	"github.com/lectern-project/lectern/internal/embed/static"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/lexical"
	"github.com/lectern-project/lectern/internal/reconcile"
	"github.com/lectern-project/lectern/internal/retrieve"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/sqlite"
	"github.com/lectern-project/lectern/internal/vector/exact"
)

// writer is the account that writes everything.
var writer = uuid.MustParse("11111111-1111-4111-8111-111111111111")

// program is Lectern without its doors.
type program struct {
	store     *sqlite.Store
	index     *exact.Index
	ingest    *ingest.Service
	reconcile *reconcile.Reconciler
	retrieve  *retrieve.Service
	space     book.Space            // the active one
	spaces    map[string]book.Space // by the built-in model's prefix version
}

// open opens the stores in dir; the ledger's clock is ahead by so much.
func open(dir string, ahead time.Duration) (*program, error) {
	ctx := context.Background()
	clock := func() time.Time { return time.Now().Add(ahead) }
	s, err := sqlite.Open(ctx, filepath.Join(dir, "lectern.db"), sqlite.WithClock(clock))
	if err != nil {
		return nil, err
	}
	index, err := exact.Open(filepath.Join(dir, "vectors.bolt"))
	if err != nil {
		return nil, err
	}
	set, spaces := embed.Set{}, map[string]book.Space{}
	for version, name := range map[int]string{static.PrefixOnce: "1", static.PrefixTwice: "2"} {
		embedder, err := static.New(lexical.Version, version)
		if err != nil {
			return nil, err
		}
		spaces[name] = embedder.Space()
		set[embedder.Space().ID()] = embedder
	}
	space, err := s.EnsureSpace(ctx, spaces["1"])
	if err != nil {
		return nil, err
	}
	if err := index.Ensure(ctx, space); err != nil {
		return nil, err
	}
	_, err = s.CreateUser(ctx, book.User{
		ID: writer, Username: "writer", Email: "writer@example.org", Role: book.Editor,
	})
	if err != nil && book.CodeOf(err) != book.Conflict {
		return nil, err
	}
	p := &program{store: s, index: index, space: space, spaces: spaces}
	p.ingest = ingest.New(s, index, set)
	p.reconcile = reconcile.New(s, index, p.ingest)
	p.retrieve = retrieve.New(s, index, set)
	return p, nil
}

func (p *program) close() error {
	err := p.index.Close()
	if e := p.store.Close(); err == nil {
		err = e
	}
	return err
}

// runScript is the child: it runs the operations of each thread in order, the threads beside each
// other and beside a reader, and prints "ok THREAD OPERATION" for each that was acknowledged.
func runScript(dir, script string) error {
	p, err := open(dir, 0)
	if err != nil {
		return err
	}
	stop := make(chan struct{})
	reading := make(chan error, 1)
	go func() { reading <- p.readUntil(stop) }()
	var threads sync.WaitGroup
	failures := make(chan error, 16)
	for t, thread := range strings.Split(script, "|") {
		threads.Go(func() {
			for i, op := range strings.Split(thread, ";") {
				err := p.do(op)
				if err != nil && book.CodeOf(err) != book.NotFound { // deleted already
					failures <- fmt.Errorf("%s: %w", op, err)
					return
				}
				fmt.Printf("ok %d %d\n", t, i)
			}
		})
	}
	threads.Wait()
	close(stop)
	close(failures)
	if err := <-reading; err != nil {
		return err
	}
	for err := range failures {
		return err
	}
	return p.close()
}

func (p *program) do(op string) error {
	ctx := context.Background()
	words := strings.Fields(op)
	switch words[0] {
	case "put":
		r := ingest.Request{OwnerID: writer, DocID: words[1], Text: text(words[1], words[2])}
		if len(words) > 3 {
			r.Visibility = book.Visibility(words[3])
		}
		_, err := p.ingest.Ingest(ctx, r)
		return err
	case "delete":
		return p.ingest.Delete(ctx, words[1], writer)
	case "private", "public":
		visibility := book.Visibility(words[0])
		_, err := p.ingest.Update(ctx, words[1], writer,
			store.DocumentChange{Visibility: &visibility})
		return err
	case "abandon":
		// A writer that stopped after its upsert, long ago.
		return p.store.Reserve(ctx, p.space.ID(), []uuid.UUID{book.NewVectorID()},
			time.Millisecond)
	case "move", "drop": // drop is a move that drops the space which the book leaves
		_, err := p.reconcile.Move(ctx, reconcile.Move{
			To: p.spaces[words[1]], DropOld: words[0] == "drop",
		})
		if book.CodeOf(err) == book.Conflict {
			return nil // another thread moves it, or the space may still be dropped
		}
		return err
	case "drain":
		_, err := p.reconcile.Drain(ctx)
		return err
	}
	return fmt.Errorf("no operation %q", op)
}

// longVersion is the version of a document whose points go to the index in two batches.
const longVersion = "9"

// text is version v of a document: pages whose words tell document and version, and sections that
// all odd and all even versions share.
func text(doc, version string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Page %s\n\nThis is edition%s of the page named %s.\n", doc, version, doc)
	parity := (version[0] - '0') % 2
	sections := 3
	if version == longVersion {
		sections = 150
	}
	for section := range sections {
		word := fmt.Sprintf("edition%s", version)
		if section > 0 {
			word = fmt.Sprintf("parity%d", parity)
		}
		fmt.Fprintf(&b, "\n## Section %d of %s\n\n", section, doc)
		for line := range 12 {
			fmt.Fprintf(&b, "Line %d of section %d in page %s says %s and walks with robots. ",
				line, section, doc, word)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// readUntil searches and reads all the while: no answer may mix two revisions of a document.
func (p *program) readUntil(stop <-chan struct{}) error {
	for {
		select {
		case <-stop:
			return nil
		default:
		}
		if err := p.readOnce(); err != nil {
			return err
		}
	}
}

func (p *program) readOnce() error {
	found, err := p.retrieve.Search(context.Background(), retrieve.Request{
		Question: "Which edition of the page walks with robots?", TopK: 20,
		View: book.View{UserID: writer},
	})
	if err != nil {
		return err
	}
	revisions := map[string]int64{}
	editions := map[string]string{}
	for _, passage := range found.Passages {
		if r, ok := revisions[passage.DocID]; ok && r != passage.Revision {
			return fmt.Errorf("revisions %d and %d of %q in one answer", r, passage.Revision,
				passage.DocID)
		}
		revisions[passage.DocID] = passage.Revision
		for _, edition := range editionsIn(passage.Text) {
			if e, ok := editions[passage.DocID]; ok && e != edition {
				return fmt.Errorf("editions %s and %s of %q in one answer", e, edition,
					passage.DocID)
			}
			editions[passage.DocID] = edition
		}
	}
	return nil
}

func editionsIn(text string) []string {
	var found []string
	for word := range strings.FieldsSeq(text) {
		if v, ok := strings.CutPrefix(word, "edition"); ok {
			found = append(found, v)
		}
	}
	return found
}

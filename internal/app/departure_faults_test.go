//go:build failpoints

package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/failpoint"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/retrieve"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
	"github.com/lectern-project/lectern/internal/vector/qdrant/qdranttest"
)

// The child finds the installation, and who inherits, in these variables.
const (
	childDir      = "LECTERN_DEPARTURE_DIR"
	childDatabase = "LECTERN_DEPARTURE_DATABASE"
	childQdrant   = "LECTERN_DEPARTURE_QDRANT"
	childHeir     = "LECTERN_DEPARTURE_HEIR"
)

func init() { asChild = departAsChild }

// departAsChild deletes the account ada as a server does, and ends the process, where the environment
// says so.
func departAsChild() bool {
	heir, ok := os.LookupEnv(childHeir)
	if !ok {
		return false
	}
	if err := depart(context.Background(), heir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
	return true
}

func depart(ctx context.Context, heir string) error {
	a, err := Open(ctx, departureConfig(
		os.Getenv(childDir), os.Getenv(childDatabase), os.Getenv(childQdrant),
	), slog.New(slog.DiscardHandler), "command")
	if err != nil {
		return err
	}
	request := auth.DeletionRequest{DeleteDocuments: heir == "", Heir: heir}
	if err := a.Auth.DeleteUser(ctx, a.Local, "ada", request); err != nil {
		return err
	}
	return errors.Join(a.FinishDepartures(ctx), a.drain(ctx), a.Close())
}

func departureConfig(dir, databaseURL, qdrantURL string) config.Config {
	return config.Config{
		DataDir: dir, DatabaseURL: databaseURL, QdrantURL: qdrantURL, Collection: "book",
		Access: "public", SigningKey: strings.Repeat("random-k", config.MinSigningKey/8),
	}
}

// TestFaultsDeparture kills the deletion of an account at every failpoint in turn. From its beginning on
// nobody gets in, and the stores agree; whoever goes on ends it as it was asked for.
func TestFaultsDeparture(t *testing.T) {
	for name, fresh := range map[string]func(t *testing.T) config.Config{
		"embedded": func(t *testing.T) config.Config { return departureConfig(t.TempDir(), "", "") },
		"full": func(t *testing.T) config.Config {
			vectors := qdranttest.Start(t, qdranttest.Options{})
			return departureConfig("", pgtest.Migrated(t), vectors.Address())
		},
	} {
		for _, heir := range []string{"", "heir"} {
			t.Run(name+" "+map[string]string{"": "deleted", "heir": "handed over"}[heir], func(t *testing.T) {
				t.Parallel()
				kills := 0
				for n := 1; ; n++ {
					d := newDeparture(t, fresh(t), heir)
					killed := d.killedAt(n)
					a := d.open()
					if begun := d.begun(a); begun {
						d.check(a, fmt.Sprintf("killed at %d", n))
						d.goOn(a)
						kills++
					} else if !killed {
						t.Fatal("the deletion has not begun")
					}
					d.ok(a.Close())
					if !killed {
						break
					}
				}
				t.Logf("%d places", kills)
				if kills < 9 { // begin, twice a document with its points, delete, and without a kill
					t.Errorf("only %d failpoints were hit: the test does not test", kills)
				}
			})
		}
	}
}

// departure is an installation in which ada's account is deleted, and what ada could get in with.
type departure struct {
	*testing.T
	config  config.Config
	heir    string // user name; empty: the documents are deleted
	heirID  uuid.UUID
	adaID   uuid.UUID
	key     string
	session auth.Tokens
	talk    uuid.UUID
}

// texts are ada's documents; the first is private.
var departingTexts = map[string]string{
	"one": "# One\n\nThe okapi grazes at dusk.", "two": "# Two\n\nThe tapir swims at dawn.",
}

func newDeparture(t *testing.T, c config.Config, heir string) *departure {
	t.Helper()
	d := &departure{T: t, config: c, heir: heir}
	a := d.open()
	defer a.Close()
	ada, other := editor(t, a, "ada"), editor(t, a, "heir")
	d.adaID, d.heirID = ada.ID, other.ID
	d.put(a, ada.ID, "one", departingTexts["one"], book.Private)
	d.put(a, ada.ID, "two", departingTexts["two"], book.Public)
	d.put(a, other.ID, "kept", "# Kept\n\nThe quokka smiles.", book.Private)
	p := book.Principal{UserID: ada.ID, Username: "ada", Role: ada.Role}
	var err error
	d.key, _, err = a.Auth.CreateKey(t.Context(), p, auth.KeyRequest{Permission: book.PermitIngest})
	d.ok(err)
	d.session, err = a.Auth.Login(t.Context(), "ada", strings.Repeat("ada", 3))
	d.ok(err)
	d.talk = uuid.Must(uuid.NewV7())
	_, err = a.Store.CreateConversation(t.Context(), book.Conversation{ID: d.talk, UserID: ada.ID})
	d.ok(err)
	return d
}

func (d *departure) put(a *App, owner uuid.UUID, docID, text string, v book.Visibility) {
	d.Helper()
	_, err := a.Ingest.Ingest(d.Context(), ingest.Request{
		OwnerID: owner, DocID: docID, Text: text, Visibility: v,
	})
	d.ok(err)
}

// killedAt has a child delete the account that kills itself at the n-th failpoint, and reports whether
// it did.
func (d *departure) killedAt(n int) bool {
	d.Helper()
	self, err := os.Executable()
	d.ok(err)
	ctx, cancel := context.WithTimeout(d.Context(), time.Minute)
	defer cancel()
	child := exec.CommandContext(ctx, self)
	child.Env = append(os.Environ(), childDir+"="+d.config.DataDir,
		childDatabase+"="+d.config.DatabaseURL, childQdrant+"="+d.config.QdrantURL,
		childHeir+"="+d.heir, failpoint.Variable+"=*="+strconv.Itoa(n))
	var stderr bytes.Buffer
	child.Stderr = &stderr
	err = child.Run()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		status, ok := failed.Sys().(syscall.WaitStatus)
		if ok && status.Signaled() && status.Signal() == syscall.SIGKILL && ctx.Err() == nil {
			return true
		}
	}
	if err != nil {
		d.Fatalf("the deletion: %v\n%s", err, stderr.String())
	}
	return false
}

// begun reports whether the deletion has begun: if not, the process was killed when it started.
func (d *departure) begun(a *App) bool {
	d.Helper()
	user, err := a.Store.UserByID(d.Context(), d.adaID)
	if book.CodeOf(err) == book.NotFound {
		return true
	}
	d.ok(err)
	return user.Disabled
}

// check looks, before anybody goes on, whether ada is shut out, each document is as it was or as it will
// be, and the stores agree.
func (d *departure) check(a *App, when string) {
	d.Helper()
	for name, get := range map[string]func() error{
		"key":   func() error { _, err := a.Auth.Authenticate(d.Context(), d.key); return err },
		"token": func() error { _, err := a.Auth.Authenticate(d.Context(), d.session.Access); return err },
		"session": func() error {
			_, err := a.Auth.Refresh(d.Context(), d.session.Refresh)
			return err
		},
		"password": func() error {
			_, err := a.Auth.Login(d.Context(), "ada", strings.Repeat("ada", 3))
			return err
		},
	} {
		if err := get(); book.CodeOf(err) != book.Unauthenticated {
			d.Errorf("%s: the %s: %v, want unauthenticated", when, name, err)
		}
	}
	report, err := a.Reconcile.Audit(d.Context(), 0)
	if err != nil || !report.Clean() {
		d.Errorf("%s: the stores contradict each other: %+v, %v", when, report, err)
	}
	for _, docID := range []string{"one", "two"} {
		owner, there := d.owner(a, docID)
		if there && owner != d.adaID && (d.heir == "" || owner != d.heirID) {
			d.Errorf("%s: %q belongs to %v", when, docID, owner)
		}
		if !there && d.heir != "" {
			d.Errorf("%s: %q is gone, and was to be handed over", when, docID)
		}
	}
	if found := d.found(a, uuid.Nil, "okapi grazes dusk"); slices.Contains(found, "one") {
		d.Errorf("%s: everybody finds the private document", when)
	}
}

// goOn ends the deletion as another process does, and looks at what is left.
func (d *departure) goOn(a *App) {
	d.Helper()
	for deadline := time.Now().Add(time.Minute); ; { // the killed process may lead for a moment yet
		d.ok(a.FinishDepartures(d.Context()))
		if _, err := a.Store.UserByID(d.Context(), d.adaID); book.CodeOf(err) == book.NotFound {
			break
		}
		if time.Now().After(deadline) {
			d.Fatal("the account stays")
		}
		time.Sleep(20 * time.Millisecond)
	}
	d.ok(a.drain(d.Context()))
	d.check(a, "gone")

	var finds []string // what the heir finds of ada's
	want := 1
	if d.heir != "" {
		finds, want = []string{"one", "two"}, 3
	}
	documents, err := a.Store.ListDocuments(d.Context(), store.DocumentQuery{
		View: book.View{All: true}, Limit: 10,
	})
	d.ok(err)
	if len(documents) != want {
		d.Errorf("%d documents are left, want %d", len(documents), want)
	}
	for _, doc := range documents {
		if doc.OwnerID != d.heirID || (doc.Visibility == book.Public) != (doc.DocID == "two") {
			d.Errorf("left is %+v", doc)
		}
	}
	for _, docID := range finds {
		if !slices.Contains(d.found(a, d.heirID, departingTexts[docID]), docID) {
			d.Errorf("the heir does not find %q", docID)
		}
	}
	d.nothingLeft(a)
}

// nothingLeft looks for what was the account's own, for points that nobody refers to, and at the audit
// log.
func (d *departure) nothingLeft(a *App) {
	d.Helper()
	ctx := d.Context()
	keys, err := a.Store.ListKeys(ctx, d.adaID, uuid.Nil, 10)
	d.ok(err)
	talks, err := a.Store.ListConversations(ctx, d.adaID, uuid.Nil, 10)
	d.ok(err)
	departures, err := a.Store.ListDepartures(ctx, uuid.Nil, 10)
	d.ok(err)
	if len(keys)+len(talks)+len(departures) != 0 {
		d.Errorf("left are %v, %v, %v", keys, talks, departures)
	}
	space, err := a.Store.ActiveSpace(ctx)
	d.ok(err)
	counts, err := a.Store.Counts(ctx, space.ID())
	d.ok(err)
	points, err := a.Index.Count(ctx, space.ID())
	d.ok(err)
	misscoped, err := a.Store.ListMisscoped(ctx, space.ID(), "", uuid.Nil, 10)
	d.ok(err)
	if points < counts.Vectors || points > counts.Vectors+counts.Ledger || len(misscoped) > 0 {
		d.Errorf("%+v, %d points, wrong scopes %v", counts, points, misscoped)
	}
	events, err := a.Store.ListEvents(ctx, book.EventQuery{Limit: 100})
	d.ok(err)
	seen := map[book.Action]int{}
	for _, e := range events {
		seen[e.Action]++
	}
	of := map[book.Action]int{book.AccountDelete: 1, book.AccountGone: 1, book.DocumentDelete: 2}
	if d.heir != "" {
		of[book.DocumentDelete], of[book.DocumentUpdate] = 0, 2
	}
	for action, want := range of {
		if seen[action] != want {
			d.Errorf("%d events %s, want %d", seen[action], action, want)
		}
	}
}

func (d *departure) owner(a *App, docID string) (owner uuid.UUID, there bool) {
	d.Helper()
	doc, err := a.Store.Document(d.Context(), docID, book.View{All: true})
	if book.CodeOf(err) == book.NotFound {
		return uuid.Nil, false
	}
	d.ok(err)
	return doc.OwnerID, true
}

// found are the documents that an account finds.
func (d *departure) found(a *App, user uuid.UUID, question string) []string {
	d.Helper()
	result, err := a.Retrieve.Search(d.Context(), retrieve.Request{
		Question: question, View: book.View{UserID: user}, TopK: 10,
	})
	d.ok(err)
	var ids []string
	for _, passage := range result.Passages {
		ids = append(ids, passage.DocID)
	}
	return ids
}

func (d *departure) open() *App {
	d.Helper()
	a, err := Open(d.Context(), d.config, slog.New(slog.DiscardHandler), "command")
	d.ok(err)
	return a
}

func (d *departure) ok(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

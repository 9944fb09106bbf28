package backup

import (
	"context"
	"io"
	"os"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/failpoint"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/vector"
)

// Target is what an archive is restored into.
type Target struct {
	Store store.Store
	// Ingest writes to Store and to its index.
	Ingest *ingest.Service
	// Local is the built-in account of Store, which gets what the archive's own one owns.
	Local uuid.UUID
}

// Restored says what a restore did.
type Restored struct {
	Documents     int `json:"documents"`
	Chunks        int `json:"chunks"`
	Accounts      int `json:"accounts"`
	Keys          int `json:"keys"`
	Conversations int `json:"conversations"`
	// AlreadyThere counts those of the documents that an earlier run had restored.
	AlreadyThere int `json:"documents_already_there"`
	// Of the chunks that were written, so many got their vectors from the archive, and so many new
	// ones.
	Reused   int `json:"vectors_reused"`
	Embedded int `json:"vectors_embedded"`

	Space        string `json:"space"`         // that the documents are embedded in now
	ArchiveSpace string `json:"archive_space"` // that the archive's vectors are of; may be empty
}

// Restore brings the archive in the file at path into the target, which must be empty, or hold what
// an earlier Restore of the same archive brought in before it stopped: then it goes on where that
// one stopped. The whole archive is checked before anything is written. Errors: Invalid for a file
// that cannot be read or is no whole archive; Conflict for a target that holds anything else; those
// of the stores and the embedder.
func Restore(
	ctx context.Context, path string, t Target, progress Progress,
) (Restored, error) {
	file, err := os.Open(path)
	if err != nil {
		return Restored{}, book.Wrap(book.Invalid, err, "the archive %s is not there, or may not be "+
			"read", path)
	}
	defer file.Close()
	space, err := t.Store.ActiveSpace(ctx)
	if err != nil {
		return Restored{}, err
	}
	steps := 0
	r := &restore{Target: t, ctx: ctx, space: space.Space}
	r.step = func() { steps++; progress(steps, 2*r.documents) }
	if r.before, err = r.holdings(); err != nil {
		return Restored{}, err
	}
	if _, err := read(ctx, path, file, r.comparing()); err != nil {
		return Restored{}, err
	}
	if err := r.compareCounts(); err != nil {
		return Restored{}, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return Restored{}, book.Wrap(book.Invalid, err, "%s cannot be read twice", path)
	}
	summary, err := read(ctx, path, file, r.writing())
	if err != nil {
		return Restored{}, err
	}
	r.done.Documents, r.done.Chunks = summary.Documents, summary.Chunks
	r.done.Accounts, r.done.Keys = summary.Accounts, summary.Keys
	r.done.Conversations = summary.Conversations
	r.done.Space = space.ID()
	return r.done, nil
}

// restore is one call of Restore.
type restore struct {
	Target
	ctx       context.Context
	space     book.Space // the target's
	step      func()
	documents int // in the archive

	before  holdings
	same    holdings  // how much of it is in the archive too
	local   uuid.UUID // the archive's built-in account
	missing string    // the first document that is not there
	seen    int       // documents so far in this pass
	done    Restored
}

func (r *restore) begin(m manifest) error {
	r.documents, r.seen = m.Documents, 0
	if m.Space != nil {
		r.done.ArchiveSpace = m.Space.ID
	}
	return nil
}

// ownerOf is the target's account for one of the archive's.
func (r *restore) ownerOf(id uuid.UUID) uuid.UUID {
	if id == r.local && id != uuid.Nil {
		return r.Local
	}
	return id
}

// writing is the visitor that writes what is not there yet.
func (r *restore) writing() visitor {
	return visitor{
		manifest: r.begin,
		account:  r.writeAccount,
		key: func(k key) error {
			k.UserID = r.ownerOf(k.UserID)
			err := r.Store.RestoreKey(r.ctx, book.APIKey(k))
			failpoint.Hit("restore.afterKey")
			return err
		},
		conversation: func(c conversation) error {
			c.UserID = r.ownerOf(c.UserID)
			err := r.Store.RestoreConversation(r.ctx, c.whole())
			failpoint.Hit("restore.afterConversation")
			return err
		},
		document: r.writeDocument,
	}
}

func (r *restore) writeAccount(a account) error {
	if a.Username == book.LocalUsername {
		return nil
	}
	err := r.Store.RestoreUser(r.ctx, book.User(a))
	failpoint.Hit("restore.afterAccount")
	return err
}

func (r *restore) writeDocument(d document) error {
	defer r.step()
	r.seen++
	if r.seen <= r.same.documents {
		r.done.AlreadyThere++
		return nil
	}
	d.OwnerID = r.ownerOf(d.OwnerID)
	whole, points := d.whole()
	if r.done.ArchiveSpace != r.space.ID() {
		points = map[uuid.UUID]vector.Point{}
	}
	if err := r.Ingest.Restore(r.ctx, r.space, whole, points); err != nil {
		return book.Wrap(book.CodeOf(err), err, "%q was not restored: %s; the same command goes on "+
			"where it stopped", d.DocID, book.MessageOf(err))
	}
	failpoint.Hit("restore.afterDocument")
	r.done.Reused += len(points)
	r.done.Embedded += len(whole.Chunks) - len(points)
	return nil
}

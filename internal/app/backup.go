package app

import (
	"context"
	"io"

	"github.com/lectern-project/lectern/internal/backup"
	"github.com/lectern-project/lectern/internal/book"
)

// backUp writes an archive of the book as it is now. Conflict while another is being written: each
// keeps a connection to the database for as long as its reader takes.
func (a *App) backUp(ctx context.Context, w io.Writer) error {
	if !a.backingUp.TryLock() {
		return book.Errorf(book.Conflict, "a backup of this book is under way; try again when it is "+
			"done")
	}
	defer a.backingUp.Unlock()
	return backup.Write(ctx, a.Store, a.Index, w)
}

// Restore brings the archive in the file at path into this book; see backup.Restore.
func (a *App) Restore(
	ctx context.Context, path string, progress backup.Progress,
) (backup.Restored, error) {
	target := backup.Target{Store: a.Store, Ingest: a.Ingest, Local: a.Local.UserID}
	return backup.Restore(ctx, path, target, progress)
}

package app

import (
	"context"
	"io"

	"github.com/lectern-project/lectern/internal/backup"
)

// backUp writes an archive of the book as it is now.
func (a *App) backUp(ctx context.Context, w io.Writer) error {
	return backup.Write(ctx, a.Store, a.Index, w)
}

// Restore brings the archive in the file at path into this book; see backup.Restore.
func (a *App) Restore(
	ctx context.Context, path string, progress backup.Progress,
) (backup.Restored, error) {
	target := backup.Target{Store: a.Store, Ingest: a.Ingest, Local: a.Local.UserID}
	return backup.Restore(ctx, path, target, progress)
}

package app

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/docsite"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/tracing"
)

// Folder is a folder that a server keeps its book in step with: pages are ingested, and documents
// of the source whose page is gone are deleted, unless that would be more than half of them.
type Folder struct {
	Path   string
	Source string
	Site   docsite.Options
	// Watch repeats that whenever files have changed and been still for a moment.
	Watch bool
	// Report, if not nil, is told what happens to each file.
	Report func(ingest.FileReport)
}

// keepInStep follows the folder until ctx ends, or returns at once when there is nothing to
// follow.
func (a *App) keepInStep(ctx context.Context, folder *Folder, ready func(context.Context)) {
	if folder == nil {
		ready(ctx)
		return
	}
	log := a.Log.With("folder", folder.Path, "source", folder.Source)
	var changes *watcher
	if folder.Watch {
		var err error
		if changes, err = newWatcher(folder.Path, log); err != nil {
			log.WarnContext(ctx, "the folder is not watched: "+book.MessageOf(err), "error", err)
		} else {
			defer changes.close()
		}
	}
	target, err := a.Client()
	if err != nil {
		log.ErrorContext(ctx, "the folder is not followed", "error", err)
		return
	}
	f := follower{folder: *folder, target: target, log: log, state: &a.inStep}
	f.sync(ctx)
	if ctx.Err() != nil {
		return
	}
	a.catchingUp.Store(false)
	ready(ctx)
	for changes != nil && changes.wait(ctx) {
		f.sync(ctx)
	}
}

// follower brings a folder into step again and again, and reads only what has changed since the
// last time.
type follower struct {
	folder Folder
	target ingest.Target
	log    *slog.Logger
	state  *atomic.Pointer[folderState]
	seen   map[string]pageState // by path, of pages that were ingested
}

// pageState is what changes when a page does.
type pageState struct {
	page     docsite.Page
	size     int64
	modified time.Time
}

// sync brings the folder into step. What goes wrong is logged: the server goes on with what it
// has.
func (f *follower) sync(ctx context.Context) {
	ctx, span := tracing.Root(ctx, "sync folder")
	summary, err := f.syncOnce(ctx)
	span.End(err)
	if ctx.Err() == nil {
		f.note(summary, err)
	}
	switch {
	case ctx.Err() != nil:
	case err != nil:
		f.log.WarnContext(ctx, "the book is not in step with its folder: "+book.MessageOf(err), "error", err)
	case summary.Documents.Failed > 0:
		f.log.WarnContext(ctx, "some files could not be ingested", "failed", summary.Documents.Failed)
	default:
		f.log.DebugContext(ctx, "the book is in step with its folder")
	}
}

// folderState says how a folder was ingested.
type folderState struct {
	run       time.Time // the last one
	succeeded time.Time // when all files were last ingested; zero before
	failed    int       // files that the last run did not ingest
}

// note keeps how a run went.
func (f *follower) note(summary ingest.Summary, err error) {
	state := folderState{run: time.Now(), failed: summary.Documents.Failed}
	if before := f.state.Load(); before != nil {
		state.succeeded = before.succeeded
	}
	if err == nil && state.failed == 0 {
		state.succeeded = state.run
	}
	f.state.Store(&state)
}

func (f *follower) syncOnce(ctx context.Context) (ingest.Summary, error) {
	site, err := docsite.Open(f.folder.Path, f.folder.Site)
	if err != nil {
		return ingest.Summary{}, err
	}
	found := f.look(site)
	before := f.seen
	summary, err := ingest.Sync(ctx, site, f.target, ingest.SyncOptions{
		Source: f.folder.Source, Prune: true,
		Unchanged: func(page docsite.Page) bool {
			state, ok := before[page.Path]
			return ok && state == found[page.Path]
		},
		Report: func(r ingest.FileReport) {
			if r.Status == ingest.FileFailed {
				delete(found, r.Path) // to be tried again
			}
			if f.folder.Report != nil {
				f.folder.Report(r)
			}
		},
	})
	if ctx.Err() == nil {
		f.seen = found
	}
	return summary, err
}

// look records the state of each page before it is read, so that a later change is not missed.
func (f *follower) look(site *docsite.Site) map[string]pageState {
	found := make(map[string]pageState, len(site.Pages))
	for _, page := range site.Pages {
		info, err := os.Stat(filepath.Join(f.folder.Path, filepath.FromSlash(page.Path)))
		if err == nil {
			found[page.Path] = pageState{page, info.Size(), info.ModTime()}
		}
	}
	return found
}

package ingest

import (
	"context"
	"sync"
	"time"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/docsite"
)

// syncWorkers is how many files are ingested at once: enough that one waits for the disk while
// another is parsed and embedded.
const syncWorkers = 8

// Target is where a folder is brought: this process's stores, or a server's.
type Target interface {
	// Put ingests one document.
	Put(ctx context.Context, r Request) (Result, error)
	// SourceDocuments lists the documents of a source that the caller may delete.
	SourceDocuments(ctx context.Context, source string) ([]book.Document, error)
	// Remove deletes one document; NotFound when it is gone already.
	Remove(ctx context.Context, docID string) error
}

// SyncOptions say how a folder is brought into step.
type SyncOptions struct {
	Source string // name of the folder's documents; must not be empty
	// Prune deletes documents of the source whose file is gone. It never does so when a file or
	// folder could not be read, and refuses to delete more than half of the source without Force.
	Prune bool
	Force bool
	// DryRun only lists what is there; nothing is written.
	DryRun     bool
	TakeOver   bool
	Visibility book.Visibility
	// Unchanged, if not nil, says of a page that it is known to be as it was: then it is not read.
	Unchanged func(docsite.Page) bool
	// Report, if not nil, is called for each file as soon as its fate is known, by one goroutine at a
	// time.
	Report func(FileReport)
}

// FileReport says what happened to one file or document.
type FileReport struct {
	Path   string // below the folder; empty for a document that was deleted
	DocID  string // empty for a file that could not be read
	Status FileStatus
	Reason string // for skipped
	Result Result
	Err    error // for failed
}

// FileStatus says what happened to one file.
type FileStatus string

// What happens to files. FileFound is what a dry run reports.
const (
	FileAdded     FileStatus = "added"
	FileUpdated   FileStatus = "updated"
	FileUnchanged FileStatus = "unchanged"
	FileDeleted   FileStatus = "deleted"
	FileSkipped   FileStatus = "skipped"
	FileFailed    FileStatus = "failed"
	FileFound     FileStatus = "found"
)

// Summary adds up a synchronisation.
type Summary struct {
	Documents struct {
		Added     int `json:"added"`
		Updated   int `json:"updated"`
		Unchanged int `json:"unchanged"`
		Deleted   int `json:"deleted"`
		Failed    int `json:"failed"`
	} `json:"documents"`
	Chunks struct {
		Added   int `json:"added"`
		Kept    int `json:"kept"`
		Removed int `json:"removed"`
	} `json:"chunks"`
	Seconds float64 `json:"seconds"`
}

// Add adds another summary to s.
func (s *Summary) Add(o Summary) {
	s.Documents.Added += o.Documents.Added
	s.Documents.Updated += o.Documents.Updated
	s.Documents.Unchanged += o.Documents.Unchanged
	s.Documents.Deleted += o.Documents.Deleted
	s.Documents.Failed += o.Documents.Failed
	s.Chunks.Added += o.Chunks.Added
	s.Chunks.Kept += o.Chunks.Kept
	s.Chunks.Removed += o.Chunks.Removed
	s.Seconds += o.Seconds
}

// Sync brings the documents of a source into step with a folder: new and changed pages are ingested,
// unchanged ones left alone. A page that a store or a model was too slow or too busy for is tried
// once more after all others. A file that fails does not stop the others; it is counted in the
// summary. The error is for what stops the whole: the context's end, a refused prune, a target
// that cannot be listed.
func Sync(
	ctx context.Context, site *docsite.Site, target Target, o SyncOptions,
) (Summary, error) {
	run := syncRun{site: site, target: target, options: o}
	start := time.Now()
	run.reportSite()
	failed, err := run.putAll(ctx, site.Pages, transient)
	if err == nil {
		_, err = run.putAll(ctx, failed, nil)
	}
	if err == nil && o.Prune {
		err = run.prune(ctx)
	}
	run.summary.Seconds = time.Since(start).Seconds()
	return run.summary, err
}

type syncRun struct {
	site    *docsite.Site
	target  Target
	options SyncOptions

	mu      sync.Mutex
	summary Summary
	// unread is a file or folder that could not be read, or empty.
	unread string
}

func (r *syncRun) reportSite() {
	for _, skipped := range r.site.Skipped {
		r.report(FileReport{Path: skipped.Path, Status: FileSkipped, Reason: skipped.Reason})
	}
	for _, problem := range r.site.Problems {
		r.unread = problem.Path
		r.report(FileReport{Path: problem.Path, Status: FileFailed, Err: problem.Err})
	}
}

// putAll puts pages and reports them, but for those that fail with an error of which again is
// true: it returns them. No error is to be tried again where again is nil.
func (r *syncRun) putAll(
	ctx context.Context, pages []docsite.Page, again func(error) bool,
) (failed []docsite.Page, err error) {
	queue := make(chan docsite.Page)
	var mu sync.Mutex
	var workers sync.WaitGroup
	for range syncWorkers {
		workers.Go(func() {
			for page := range queue {
				report := r.putPage(ctx, page)
				switch {
				case report.Err == nil:
					r.report(report)
				case ctx.Err() != nil: // interrupted: neither done nor failed
				case again != nil && again(report.Err):
					mu.Lock()
					failed = append(failed, page)
					mu.Unlock()
				default:
					r.report(report)
				}
			}
		})
	}
	for _, page := range pages {
		if ctx.Err() != nil {
			break
		}
		queue <- page
	}
	close(queue)
	workers.Wait()
	return failed, ctx.Err()
}

// transient says whether the same request may succeed a little later.
func transient(err error) bool {
	switch book.CodeOf(err) {
	case book.Unavailable, book.Deadline, book.RateLimited:
		return true
	}
	return false
}

func (r *syncRun) putPage(ctx context.Context, page docsite.Page) FileReport {
	report := FileReport{Path: page.Path, DocID: page.DocID}
	if r.options.DryRun {
		report.Status = FileFound
		return report
	}
	if r.options.Unchanged != nil && r.options.Unchanged(page) {
		report.Status = FileUnchanged
		return report
	}
	text, err := r.site.Load(page)
	if err != nil {
		r.mu.Lock()
		r.unread = page.Path
		r.mu.Unlock()
	} else {
		report.Result, err = r.target.Put(ctx, Request{
			DocID: page.DocID, Text: string(text), Format: page.Format,
			Title: page.Title, URL: page.URL, Chapter: page.Chapter,
			Visibility: r.options.Visibility, Source: r.options.Source,
			TakeOver: r.options.TakeOver,
		})
	}
	switch {
	case err != nil:
		report.Status, report.Err = FileFailed, err
	case report.Result.Status == Created:
		report.Status = FileAdded
	case report.Result.Status == Updated:
		report.Status = FileUpdated
	default:
		report.Status = FileUnchanged
	}
	return report
}

// prune deletes the source's documents that no page of the site stands for. It trusts the
// site only if all of it could be read.
func (r *syncRun) prune(ctx context.Context) error {
	if r.unread != "" {
		return book.Errorf(book.Conflict, "nothing was pruned, because %s could not be read; "+
			"mend that first", r.unread)
	}
	present := make(map[string]bool, len(r.site.Pages))
	for _, page := range r.site.Pages {
		present[page.DocID] = true
	}
	there, err := r.target.SourceDocuments(ctx, r.options.Source)
	if err != nil {
		return err
	}
	var gone []book.Document
	for _, doc := range there {
		if !present[doc.DocID] {
			gone = append(gone, doc)
		}
	}
	if 2*len(gone) > len(there) && !r.options.Force {
		return book.Errorf(book.Conflict, "nothing was pruned, because %d of the %d documents of "+
			"the source %[3]q have no file any more; check the folder, or say so with "+
			"`lectern ingest --prune --source %[3]s --force`",
			len(gone), len(there), r.options.Source)
	}
	for _, doc := range gone {
		r.report(r.remove(ctx, doc))
	}
	return ctx.Err()
}

func (r *syncRun) remove(ctx context.Context, doc book.Document) FileReport {
	report := FileReport{DocID: doc.DocID, Status: FileDeleted}
	report.Result.ChunksRemoved = doc.Chunks
	if r.options.DryRun {
		return report
	}
	err := r.target.Remove(ctx, doc.DocID)
	if err != nil && book.CodeOf(err) != book.NotFound {
		return FileReport{DocID: doc.DocID, Status: FileFailed, Err: err}
	}
	return report
}

// report counts a file and passes its report on.
func (r *syncRun) report(f FileReport) {
	r.mu.Lock()
	defer r.mu.Unlock()
	documents, chunks := &r.summary.Documents, &r.summary.Chunks
	switch f.Status {
	case FileAdded:
		documents.Added++
	case FileUpdated:
		documents.Updated++
	case FileUnchanged:
		documents.Unchanged++
	case FileDeleted:
		documents.Deleted++
	case FileFailed:
		documents.Failed++
	}
	chunks.Added += f.Result.ChunksIngested
	chunks.Kept += f.Result.ChunksKept
	chunks.Removed += f.Result.ChunksRemoved
	if r.options.Report != nil {
		r.options.Report(f)
	}
}

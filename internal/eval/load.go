package eval

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/docsite"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/markdown"
)

// source is what the documents are ingested as coming from.
const source = "eval"

// loadWorkers is how many documents are ingested at once.
const loadWorkers = 8

// Loaded says what was ingested.
type Loaded struct {
	Documents int
	Chunks    int
	Seconds   float64
	// Failed are documents that could not be ingested, each with the reason.
	Failed []string
}

// LoadFolder ingests the pages of a docs folder. An error means that nothing can be measured.
func (b *Book) LoadFolder(ctx context.Context, dir string) (Loaded, error) {
	site, err := docsite.Open(dir, docsite.Options{})
	if err != nil {
		return Loaded{}, err
	}
	var loaded Loaded
	summary, err := ingest.Sync(ctx, site, b.Target, ingest.SyncOptions{
		Source: source,
		Report: func(r ingest.FileReport) {
			if r.Err != nil {
				loaded.Failed = append(loaded.Failed, r.Path+": "+book.MessageOf(r.Err))
			}
		},
	})
	loaded.Documents = summary.Documents.Added
	loaded.Chunks = summary.Chunks.Added
	loaded.Seconds = summary.Seconds
	return loaded, errors.Join(err, loaded.check(dir))
}

// LoadCorpus ingests the documents of a corpus.jsonl, whose language is a name of markdown.Format.
// A document without text is its title. An error means that nothing can be measured.
func (b *Book) LoadCorpus(ctx context.Context, path, language string) (Loaded, error) {
	start := time.Now()
	l := loader{target: b.Target, format: markdown.Format(language)}
	seen := map[string]bool{}
	documents := make(chan corpusDocument)
	var workers sync.WaitGroup
	for range loadWorkers {
		workers.Go(func() {
			for d := range documents {
				l.put(ctx, d)
			}
		})
	}
	err := readLines(path, func(line int, d corpusDocument) error {
		if seen[d.ID] || d.ID == "" {
			return book.Errorf(book.Invalid, "%s:%d has no \"_id\" of its own", path, line)
		}
		seen[d.ID] = true
		documents <- d
		return ctx.Err()
	})
	close(documents)
	workers.Wait()
	b.corpus = true
	l.loaded.Seconds = time.Since(start).Seconds()
	return l.loaded, errors.Join(err, l.loaded.check(path))
}

func (l Loaded) check(path string) error {
	if l.Documents > 0 {
		return nil
	}
	reason := ""
	if len(l.Failed) > 0 {
		reason = ", for example " + l.Failed[0]
	}
	return book.Errorf(book.Invalid, "no document of %s could be ingested%s", path, reason)
}

type loader struct {
	target ingest.Target
	format markdown.Format

	mu     sync.Mutex
	loaded Loaded
}

func (l *loader) put(ctx context.Context, d corpusDocument) {
	if strings.TrimSpace(d.Text) == "" {
		d.Text = d.Title
	}
	result, err := l.target.Put(ctx, ingest.Request{
		DocID: docIDOf(d.ID), Title: d.Title, Text: d.Text, Format: l.format, Source: source,
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.loaded.Failed = append(l.loaded.Failed, d.ID+": "+book.MessageOf(err))
		return
	}
	l.loaded.Documents++
	l.loaded.Chunks += result.ChunksIngested
}

// docIDOf is the doc_id of a corpus document: its own id, or where that cannot be one a name made
// from it.
func docIDOf(id string) string {
	if book.ValidateDocID(id) == nil {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return "corpus/" + hex.EncodeToString(sum[:])
}

package httpapi

import (
	"context"
	"net/http"
	"net/url"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/markdown"
)

// IngestRequest is a document to ingest. What is optional may be left out or null.
type IngestRequest struct {
	DocID      string          `json:"doc_id" minLength:"1" maxLength:"512" example:"module1/what-is-physical-ai" doc:"The document's name: NFC, at most 512 bytes, segments between / that are not empty, . or .., no control characters, no backslash. Case matters."`
	Text       string          `json:"text" example:"# What is physical AI?\n\nPhysical AI acts in the world." doc:"The page's source, at most 16 MiB."`
	Title      string          `json:"title,omitempty" example:"What is physical AI?" doc:"At most 1 KiB. Default: the text's own title, else the last segment of doc_id."`
	URL        string          `json:"url,omitempty" example:"/docs/module1/what-is-physical-ai" doc:"The page's address, http or https or a path, without anchor, at most 2 KiB."`
	Chapter    string          `json:"chapter,omitempty" example:"Module 1" doc:"At most 1 KiB. Default: the title."`
	Metadata   map[string]any  `json:"metadata,omitempty" doc:"Anything, at most 16 KiB as JSON; given back with the document."`
	Format     markdown.Format `json:"format,omitempty" enum:"markdown,mdbook,mdx,text" example:"markdown" doc:"The language of text. Default: markdown."`
	Visibility book.Visibility `json:"visibility,omitempty" enum:"public,private" example:"public" doc:"Default: what it is already; a new document is public."`
	Source     string          `json:"source,omitempty" example:"robotics-book" doc:"Where the document comes from, at most 1 KiB. Default: api."`
	TakeOver   bool            `json:"take_over,omitempty" doc:"Allow a document of another source to become one of this source."`
}

// IngestResult says what an ingest did.
type IngestResult struct {
	Status         ingest.Status `json:"status" enum:"created,updated,unchanged" example:"created" doc:"unchanged: nothing was written."`
	DocID          string        `json:"doc_id" example:"module1/what-is-physical-ai" doc:"The document's name."`
	ChunksIngested int           `json:"chunks_ingested" example:"12" doc:"Chunks that are new."`
	ChunksKept     int           `json:"chunks_kept" example:"0" doc:"Chunks that were there already."`
	ChunksRemoved  int           `json:"chunks_removed" example:"0" doc:"Chunks that are no longer there."`
	Revision       int64         `json:"revision" example:"7" doc:"The document's revision now."`
}

type (
	ingestInput  struct{ Body IngestRequest }
	ingestOutput struct {
		Status   int
		Location string `header:"Location" doc:"Address of the document."`
		Body     IngestResult
	}
)

func (s *server) ingest(ctx context.Context, in *ingestInput) (*ingestOutput, error) {
	b, p := in.Body, caller(ctx)
	ctx = auth.Audited(ctx, p, book.DocumentIngest, book.DocumentTarget(b.DocID), "")
	result, err := s.Ingest.Ingest(ctx, ingest.Request{
		OwnerID: p.UserID, DocID: b.DocID, Text: b.Text, Format: b.Format, Title: b.Title,
		URL: b.URL, Chapter: b.Chapter, Metadata: b.Metadata, Visibility: b.Visibility,
		Source: b.Source, TakeOver: b.TakeOver,
	})
	if err != nil {
		return nil, err
	}
	out := &ingestOutput{
		Status: http.StatusOK, Body: IngestResult(result),
		Location: "/api/documents/" + url.PathEscape(result.DocID),
	}
	if result.Status == ingest.Created {
		out.Status = http.StatusCreated
	}
	return out, nil
}

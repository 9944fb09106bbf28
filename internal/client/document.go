package client

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/ingest"
)

// Document is a document as the API shows it. Text is given for a single one only.
type Document struct {
	DocID      string          `json:"doc_id"`
	Title      string          `json:"title"`
	Chapter    string          `json:"chapter"`
	URL        string          `json:"url"`
	Metadata   map[string]any  `json:"metadata"`
	Source     string          `json:"source"`
	Owner      string          `json:"owner"`
	Visibility book.Visibility `json:"visibility"`
	Revision   int64           `json:"revision"`
	Chunks     int             `json:"chunks"`
	CreatedAt  time.Time       `json:"created_at"`
	UpdatedAt  time.Time       `json:"updated_at"`
	Text       *string         `json:"text,omitempty"`
}

// DocumentFilter restricts a list; empty fields do not.
type DocumentFilter struct {
	Source string
	// Mine selects the caller's own documents.
	Mine bool
}

// Documents calls f for each document, in order, reading page by page.
func (c *Client) Documents(
	ctx context.Context, filter DocumentFilter, f func(Document) error,
) error {
	query := url.Values{}
	if filter.Source != "" {
		query.Set("source", filter.Source)
	}
	if filter.Mine {
		query.Set("mine", "true")
	}
	return each(ctx, c, "/api/documents", query, f)
}

// Document returns one document with its text.
func (c *Client) Document(ctx context.Context, docID string) (Document, error) {
	var d Document
	err := c.document(ctx, http.MethodGet, docID, nil, &d)
	return d, err
}

// SetVisibility changes who may read a document.
func (c *Client) SetVisibility(
	ctx context.Context, docID string, v book.Visibility,
) (Document, error) {
	var d Document
	body := map[string]book.Visibility{"visibility": v}
	err := c.document(ctx, http.MethodPatch, docID, body, &d)
	return d, err
}

// HandOver gives a document to another account; for administrators.
func (c *Client) HandOver(ctx context.Context, docID, username string) (Document, error) {
	var d Document
	err := c.document(ctx, http.MethodPatch, docID, map[string]string{"owner": username}, &d)
	return d, err
}

// Remove deletes a document.
func (c *Client) Remove(ctx context.Context, docID string) error {
	return c.document(ctx, http.MethodDelete, docID, nil, nil)
}

// document calls an operation on one document. A doc_id that cannot be, such as ".", is refused here:
// as a part of an address it would mean another resource.
func (c *Client) document(ctx context.Context, method, docID string, body, out any) error {
	if err := book.ValidateDocID(docID); err != nil {
		return err
	}
	return c.call(ctx, method, path("/api/documents/%s", docID), body, out)
}

// Put ingests a document; with Remove and SourceDocuments it makes a Client an ingest.Target.
func (c *Client) Put(ctx context.Context, r ingest.Request) (ingest.Result, error) {
	body := struct {
		DocID      string          `json:"doc_id"`
		Text       string          `json:"text"`
		Format     string          `json:"format,omitempty"`
		Title      string          `json:"title,omitempty"`
		URL        string          `json:"url,omitempty"`
		Chapter    string          `json:"chapter,omitempty"`
		Metadata   map[string]any  `json:"metadata,omitempty"`
		Visibility book.Visibility `json:"visibility,omitempty"`
		Source     string          `json:"source,omitempty"`
		TakeOver   bool            `json:"take_over,omitempty"`
	}{
		r.DocID, r.Text, string(r.Format), r.Title, r.URL, r.Chapter, r.Metadata, r.Visibility,
		r.Source, r.TakeOver,
	}
	var result ingest.Result
	err := c.call(ctx, http.MethodPost, "/api/ingest", body, &result)
	return result, err
}

// SourceDocuments lists the caller's own documents of a source.
func (c *Client) SourceDocuments(ctx context.Context, source string) ([]book.Document, error) {
	var docs []book.Document
	err := c.Documents(ctx, DocumentFilter{Source: source, Mine: true}, func(d Document) error {
		docs = append(docs, book.Document{DocID: d.DocID, Chunks: d.Chunks})
		return nil
	})
	return docs, err
}

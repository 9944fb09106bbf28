package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/embed"
	"github.com/lectern-project/lectern/internal/lexical"
	"github.com/lectern-project/lectern/internal/markdown"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/telemetry"
)

// Limits on what stands beside a text. The text's own limit is markdown.MaxSourceBytes.
const (
	MaxTitleBytes    = 1024
	MaxURLBytes      = 2048
	MaxMetadataBytes = 16 << 10
)

// Request is one document to ingest. OwnerID, DocID and Text must be given; the rest has defaults.
type Request struct {
	OwnerID uuid.UUID // the account that ingests, and owns the document from then on
	DocID   string
	Text    string          // the page's source
	Format  markdown.Format // default markdown.Markdown

	Title    string // default: the text's own title, else the last segment of the doc_id
	URL      string // of the page, or empty
	Chapter  string // default: the title
	Metadata map[string]any
	// Visibility, when empty, is left as it is; a new document is public.
	Visibility book.Visibility
	Source     string // default book.SourceAPI
	// TakeOver allows the document to come from another source so far.
	TakeOver bool
}

// prepared is a request that has been found valid, cut into chunks.
type prepared struct {
	DocID       string
	Document    book.Document
	Text        string // canonical
	Chunks      []book.Chunk
	Fingerprint string

	takeOver         bool
	visibilityChosen bool
}

// prepare is the stage of prepare.
func (s *Service) prepare(ctx context.Context, r Request) (_ prepared, err error) {
	_, end := s.Telemetry.Stage(ctx, telemetry.Prepare)
	defer end(&err)
	return prepare(r)
}

// prepare validates the request and cuts its text; it needs no store.
func prepare(r Request) (prepared, error) {
	if err := r.validate(); err != nil {
		return prepared{}, err
	}
	format := r.Format
	if format == "" {
		format = markdown.Markdown
	}
	page, err := markdown.Parse([]byte(r.Text), format)
	if err != nil {
		return prepared{}, err
	}
	doc := prepared{
		DocID: r.DocID, Text: page.Text, Chunks: page.Chunks(),
		takeOver: r.TakeOver, visibilityChosen: r.Visibility != "",
		Document: book.Document{
			DocID: r.DocID, Title: r.Title, Chapter: r.Chapter, URL: r.URL,
			Metadata: r.Metadata, Source: r.Source, OwnerID: r.OwnerID, Visibility: r.Visibility,
		},
	}
	if len(doc.Chunks) == 0 {
		return prepared{}, book.Errorf(book.Invalid, "%q has no text: nothing but front matter, "+
			"markup or white space; give it some, or leave it out", r.DocID)
	}
	doc.setDefaults(page.Title)
	doc.nameChunks()
	doc.Fingerprint, err = doc.fingerprint()
	return doc, err
}

func (r Request) validate() error {
	if err := book.ValidateDocID(r.DocID); err != nil {
		return err
	}
	for _, field := range []struct {
		name, value string
		limit       int
	}{
		{"title", r.Title, MaxTitleBytes},
		{"chapter", r.Chapter, MaxTitleBytes},
		{"url", r.URL, MaxURLBytes},
		{"source", r.Source, MaxTitleBytes},
	} {
		switch {
		case len(field.value) > field.limit:
			return book.Errorf(book.TooLarge, "the %s of %q has %d bytes; at most %d are allowed",
				field.name, r.DocID, len(field.value), field.limit)
		case !utf8.ValidString(field.value) || strings.ContainsRune(field.value, 0):
			return book.Errorf(book.Invalid, "the %s of %q is not valid UTF-8 text", field.name,
				r.DocID)
		}
	}
	switch r.Visibility {
	case "", book.Public, book.Private:
	default:
		return book.Errorf(book.Invalid, "visibility must be %q or %q", book.Public, book.Private)
	}
	return validateURL(r.DocID, r.URL)
}

func (d *prepared) setDefaults(title string) {
	doc := &d.Document
	if doc.Title == "" {
		doc.Title = title
	}
	if doc.Title == "" {
		doc.Title = doc.DocID[strings.LastIndexByte(doc.DocID, '/')+1:]
	}
	doc.Title = norm.NFC.String(doc.Title)
	if doc.Chapter == "" {
		doc.Chapter = doc.Title
	}
	doc.Chapter = norm.NFC.String(doc.Chapter)
	if doc.Source == "" {
		doc.Source = book.SourceAPI
	}
	if doc.Metadata == nil {
		doc.Metadata = map[string]any{}
	}
}

func (d *prepared) nameChunks() {
	embedded := make([]string, len(d.Chunks))
	for i, c := range d.Chunks {
		embedded[i] = IndexedText(d.embedText(c))
	}
	for i, id := range book.ChunkIDs(d.DocID, embedded) {
		d.Chunks[i].ChunkID = id
	}
}

// fingerprint hashes all that is stored of the document but its owner and visibility.
func (d *prepared) fingerprint() (string, error) {
	metadata, err := json.Marshal(d.Document.Metadata) // keys come out sorted
	if err != nil {
		return "", book.Wrap(book.Invalid, err, "the metadata of %q cannot be written as JSON",
			d.DocID)
	}
	if len(metadata) > MaxMetadataBytes {
		return "", book.Errorf(book.TooLarge, "the metadata of %q has %d bytes as JSON; at most "+
			"%d are allowed", d.DocID, len(metadata), MaxMetadataBytes)
	}
	hash := sha256.New()
	doc := d.Document
	enc := json.NewEncoder(hash)
	fields := []any{doc.Title, doc.Chapter, doc.URL, doc.Source, json.RawMessage(metadata), d.Text}
	for _, c := range d.Chunks {
		fields = append(fields, c.ChunkID, c.CharStart, c.CharEnd, c.HeadingPath, c.Anchor,
			c.Anchors)
	}
	if err := enc.Encode(fields); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// accept checks that the document may be written over what is there, and takes over from
// there what the request left open.
func (d *prepared) accept(base store.Baseline) error {
	if base.Revision == 0 {
		if !d.visibilityChosen {
			d.Document.Visibility = book.Public
		}
		return nil
	}
	if base.OwnerID != d.Document.OwnerID {
		return book.Errorf(book.Conflict, "%q belongs to another account; choose another doc_id",
			d.DocID)
	}
	if base.Source != d.Document.Source && !d.takeOver {
		return book.Errorf(book.Conflict, "%q came from the source %q, not from %q; choose another "+
			"doc_id or --id-prefix, or take it over with --take-over (take_over in the API)",
			d.DocID, base.Source, d.Document.Source)
	}
	if !d.visibilityChosen {
		d.Document.Visibility = base.Visibility
	}
	return nil
}

func (d *prepared) embedText(c book.Chunk) embed.Text {
	return embedText(d.Document.Title, c.HeadingPath, c.Text)
}

// embedText is what is embedded and indexed of a chunk. A page's title is mostly its first heading
// too, and counts once.
func embedText(title string, headings []string, text string) embed.Text {
	if len(headings) > 0 && headings[0] == title {
		headings = headings[1:]
	}
	return embed.Text{Title: title, HeadingPath: headings, Text: text}
}

// IndexedText is what the lexical leg indexes of a chunk: title and headings in front of the text.
func IndexedText(t embed.Text) string {
	lines := make([]string, 0, len(t.HeadingPath)+2)
	lines = append(lines, t.Title)
	lines = append(lines, t.HeadingPath...)
	return strings.Join(append(lines, t.Text), "\n")
}

// terms are the hashes of the words of a chunk, for search in the relational store.
func terms(t embed.Text) []uint32 {
	words := lexical.Terms(IndexedText(t))
	hashes := make([]uint32, 0, len(words))
	for _, w := range words {
		if !w.Stop {
			hashes = append(hashes, lexical.Hash(w.Stem))
		}
	}
	return hashes
}

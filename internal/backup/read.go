package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/lectern-project/lectern/internal/book"
)

// visitor is called with what an archive holds, in its order. Each must be given.
type visitor struct {
	manifest     func(manifest) error
	account      func(account) error
	key          func(key) error
	conversation func(conversation) error
	document     func(document) error
}

// read reads an archive to its end, and returns what it holds if it is whole: Invalid, with a
// message that says why, when it is not an archive, not complete, damaged, or of a newer version.
// name is what messages call it. An error of the visitor is returned as it is.
func read(ctx context.Context, name string, r io.Reader, v visitor) (Summary, error) {
	p := &pass{ctx: ctx, visitor: v, digest: sha256.New()}
	zip, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(64<<20))
	if err != nil {
		return Summary{}, explain(name, p, err)
	}
	defer zip.Close()
	if err := p.run(zip); err != nil {
		if p.visited != nil {
			return Summary{}, p.visited
		}
		if ctx.Err() != nil {
			return Summary{}, ctx.Err()
		}
		return Summary{}, explain(name, p, err)
	}
	return p.summary, nil
}

// Why an archive is refused, other than because it is damaged.
var (
	errForeign = errors.New("no manifest of ours")
	errNewer   = errors.New("a newer version")
)

// explain says why an archive cannot be used.
func explain(name string, p *pass, err error) error {
	const again = "make the backup, or copy it, again"
	switch {
	case errors.Is(err, errNewer):
		return book.Wrap(book.Invalid, err, "%s was made by a newer version of Lectern; restore it "+
			"with that version or a later one", name)
	case p.isForeign(err):
		return book.Wrap(book.Invalid, err, "%s is no archive of `lectern backup`", name)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return book.Wrap(book.Invalid, err, "%s is not complete: it ends too early; %s", name, again)
	}
	return book.Wrap(book.Invalid, err, "%s is damaged: what it holds is not what was written; %s",
		name, again)
}

// isForeign reports whether err says that something else than an archive of ours was read.
func (p *pass) isForeign(err error) bool {
	if p.recognised {
		return false
	}
	return errors.Is(err, errForeign) || errors.Is(err, zstd.ErrMagicMismatch) ||
		errors.Is(err, tar.ErrHeader) || errors.Is(err, io.EOF)
}

// pass is one reading of an archive.
type pass struct {
	ctx context.Context
	visitor
	digest     hash.Hash
	recognised bool // as an archive of ours
	visited    error
	manifested manifest
	revision   int64 // of the last document
	stage      int   // in the order of the folders
	summary    Summary
	ended      bool
}

// run reads all entries, and checks that nothing follows the end.
func (p *pass) run(r io.Reader) error {
	archive := tar.NewReader(r)
	for {
		header, err := archive.Next()
		if err == io.EOF && p.ended {
			break
		}
		if err == io.EOF && p.recognised {
			return io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		if err := p.entry(header, archive); err != nil {
			return err
		}
	}
	n, err := io.Copy(io.Discard, r)
	if n > 0 && err == nil {
		return errors.New("something follows the end")
	}
	return err
}

func (p *pass) entry(header *tar.Header, r io.Reader) error {
	if err := p.ctx.Err(); err != nil {
		return err
	}
	if p.ended || header.Typeflag != tar.TypeReg || header.Size > maxEntry {
		return fmt.Errorf("an unexpected entry %q", header.Name)
	}
	body, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	folder, _, _ := strings.Cut(header.Name, "/")
	switch {
	case !p.recognised:
		err = p.first(header.Name, body)
	case folder == endName:
		err = p.last(body)
	default:
		err = p.record(folder, body)
	}
	sum(p.digest, header.Name, body)
	return err
}

// first reads the manifest. Version comes before anything else: what follows may be unknown.
func (p *pass) first(name string, body []byte) error {
	var head struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
	}
	if name != manifestName || json.Unmarshal(body, &head) != nil || head.Format != format {
		return errForeign
	}
	p.recognised = true
	if head.Version > version {
		return errNewer
	}
	if err := decode(body, &p.manifested); err != nil {
		return err
	}
	p.visited = p.manifest(p.manifested)
	return p.visited
}

// folders in the order in which their entries come.
var folders = []string{accountsName, keysName, conversationsName, documentName}

// record reads an entry of a folder.
func (p *pass) record(folder string, body []byte) error {
	for p.stage < len(folders) && folders[p.stage] != folder {
		p.stage++
	}
	if p.stage == len(folders) {
		return fmt.Errorf("an entry of %q out of order", folder)
	}
	switch folder {
	case accountsName:
		return each(body, func(a account) error {
			p.summary.Accounts++
			return visit(p, a, a.check(), p.account)
		})
	case keysName:
		return each(body, func(k key) error {
			p.summary.Keys++
			return visit(p, k, k.check(), p.key)
		})
	case conversationsName:
		var c conversation
		if err := decode(body, &c); err != nil {
			return err
		}
		p.summary.Conversations++
		return visit(p, c, c.check(), p.conversation)
	}
	var d document
	if err := decode(body, &d); err != nil {
		return err
	}
	p.summary.addDocument(d)
	return visit(p, d, p.check(d), p.document)
}

// each calls f with each record of an entry that holds several.
func each[T any](body []byte, f func(T) error) error {
	var records []T
	if err := decode(body, &records); err != nil {
		return err
	}
	for _, r := range records {
		if err := f(r); err != nil {
			return err
		}
	}
	return nil
}

// visit hands a record on, unless it is wrong, and remembers whose error it was.
func visit[T any](p *pass, record T, wrong error, f func(T) error) error {
	if wrong != nil {
		return wrong
	}
	p.visited = f(record)
	return p.visited
}

func (p *pass) check(d document) error {
	if d.Revision <= p.revision {
		return errors.New("documents out of order")
	}
	p.revision = d.Revision
	dimensions := 0
	if p.manifested.Space != nil {
		dimensions = p.manifested.Space.Dimensions
	}
	return d.check(dimensions)
}

// last reads the end, and compares it with what was read.
func (p *pass) last(body []byte) error {
	var last end
	if err := decode(body, &last); err != nil {
		return err
	}
	if last.SHA256 != hex.EncodeToString(p.digest.Sum(nil)) || last.Summary != p.summary ||
		p.summary.Documents != p.manifested.Documents {
		return errors.New("counts or checksum differ")
	}
	p.ended = true
	return nil
}

// decode reads one JSON value, all of whose names are known.
func decode(body []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("JSON: %w", nonEOF(err))
	}
	if _, err := decoder.Token(); err != io.EOF {
		return errors.New("JSON: more than one value")
	}
	return nil
}

// nonEOF keeps JSON that ends too early from looking like an archive that does.
func nonEOF(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("it ends too early")
	}
	return err
}

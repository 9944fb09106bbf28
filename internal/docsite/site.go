// Package docsite turns a folder of documentation into the list of its pages, each with the
// doc_id, URL, title, chapter and locale that the built site gives it.
//
// Three kinds of folder are known: Docusaurus sites (docusaurus.go: which folders; slug.go: ids
// and URLs), mdBook books (mdbook.go, summary.go) and plain folders of text (plain.go). A page's
// text is not kept: Open reads only the head of each file (head.go), Load reads one page.
//
// No file of the folder is ever executed, and no link is followed out of it (walk.go).
package docsite

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/markdown"
)

// Kind is the tool that a folder is written for.
type Kind string

// The kinds of folder.
const (
	Docusaurus Kind = "docusaurus"
	MDBook     Kind = "mdbook"
	Plain      Kind = "plain"
)

// Options say what the folder cannot say itself. The zero value is good for most folders; what is
// set wins over what a configuration file says.
type Options struct {
	Kind Kind // empty: Detect decides
	// BaseURL is the address of the site's front page: an http or https URL, or a path that
	// starts with "/". Empty: the configuration file's, else "/" (Plain: pages have no URL).
	BaseURL string
	// RouteBasePath is the path of the docs below BaseURL (Docusaurus). Empty: the configuration
	// file's, else "docs"; "/" for docs at the root.
	RouteBasePath string
	// VersionPath is the path below RouteBasePath of the current version, or of the one that the
	// opened folder holds (Docusaurus). Empty: as configured, else none for the newest released
	// version, "next" for the current one where there is a released one; "/" for none.
	VersionPath string
	// Locale lists the site as it is built for this one locale: pages that have no translation
	// are taken from the untranslated docs. Empty: the default locale's pages, and the
	// translated pages of every other locale.
	Locale string
	// IDPrefix is put in front of every doc_id, as it is: give "manual/" for "manual/intro".
	IDPrefix string
}

// Site is a folder's list of pages. It holds no text and no open file.
type Site struct {
	Kind Kind
	// Pages are in the order of the book (MDBook) or of their paths; doc_ids are valid and unique.
	Pages []Page
	// Skipped are files that look like pages and are none, each with the reason.
	Skipped []Skipped
	// Problems are files and folders that could not be read or used. While there is one, a page
	// that is not listed is not known to be gone.
	Problems []Problem

	dir string // absolute, links resolved
}

// Page is one page of a site.
type Page struct {
	DocID   string // satisfies book.ValidateDocID
	Path    string // of its file below the opened folder, with slashes
	Chapter string // label of the part of the book it belongs to; never empty
	Title   string // plain text; never empty
	// URL is the page's address as the site's own tool writes it: BaseURL and the page's path,
	// not percent-encoded; empty when unknown.
	URL     string
	Locale  string // empty when unknown
	Version string // of the docs, such as "1.0"; empty for the current one
	Format  markdown.Format
}

// Skipped is a file that is no page of the site on purpose.
type Skipped struct {
	Path   string // fit to be shown: quoted if it holds unprintable characters
	Reason string
}

// Problem is a file or folder that should be part of the site and cannot be.
type Problem struct {
	Path string // as in Skipped
	Err  error  // a *book.Error
}

// Open lists the pages of dir, a folder or a single file. The order is the same in every run.
//
// Errors are *book.Error. NotFound: dir is not there. Unavailable: it cannot be read. Invalid: an
// option cannot be used, or there is not a single page. Conflict: two files have one doc_id; the
// message names both files. Whatever concerns a single file is in Problems instead; a site may come
// back with problems and without pages.
func Open(dir string, o Options) (*Site, error) {
	b, done, err := newBuilder(dir, o)
	if err != nil {
		return nil, err
	}
	defer done()
	if err := b.build(); err != nil {
		return nil, err
	}
	return b.finish(dir)
}

// newBuilder opens dir for a builder; done closes it.
func newBuilder(dir string, o Options) (b *builder, done func(), err error) {
	if err := o.validate(); err != nil {
		return nil, nil, err
	}
	abs, info, err := resolve(dir)
	if err != nil {
		return nil, nil, err
	}
	only := ""
	if !info.IsDir() {
		if o.Kind != "" && o.Kind != Plain {
			return nil, nil, book.Errorf(book.Invalid,
				"%s is a file and cannot be a %s site; give its folder", dir, o.Kind)
		}
		o.Kind = Plain
		abs, only = filepath.Split(abs)
		abs = filepath.Clean(abs)
	}
	root, err := os.OpenRoot(abs)
	if err != nil {
		return nil, nil, unreadable(err, dir)
	}
	b = &builder{walker: &walker{root: root, dir: abs}, options: o, only: only}
	return b, func() { _ = root.Close() }, nil
}

// Load reads the source of a page that Open listed.
//
// Errors are *book.Error. NotFound: the file is gone. TooLarge: it has more than
// markdown.MaxSourceBytes. Unavailable: it cannot be read.
func (s *Site) Load(p Page) ([]byte, error) {
	f, err := os.OpenInRoot(s.dir, filepath.FromSlash(p.Path))
	if err != nil {
		return nil, unreadable(err, p.Path)
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, markdown.MaxSourceBytes+1))
	if err != nil {
		return nil, unreadable(err, p.Path)
	}
	if len(src) > markdown.MaxSourceBytes {
		return nil, tooLarge(p.Path)
	}
	return src, nil
}

// resolve returns where dir really is.
func resolve(dir string) (string, fs.FileInfo, error) {
	abs, err := filepath.Abs(dir)
	if err == nil {
		abs, err = filepath.EvalSymlinks(abs)
	}
	if err != nil {
		return "", nil, unreadable(err, dir)
	}
	info, err := os.Stat(abs)
	if err != nil {
		return "", nil, unreadable(err, dir)
	}
	if !info.IsDir() && !info.Mode().IsRegular() {
		return "", nil, book.Errorf(book.Invalid, "%s is neither a folder nor a file", dir)
	}
	return abs, info, nil
}

func unreadable(err error, path string) *book.Error {
	path = shown(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return book.Wrap(book.NotFound, err, "%s is not there", path)
	case errors.Is(err, fs.ErrPermission):
		return book.Wrap(book.Unavailable, err, "%s may not be read; give this user the right to",
			path)
	}
	return book.Wrap(book.Unavailable, err, "%s cannot be read", path)
}

func tooLarge(path string) *book.Error {
	return book.Errorf(book.TooLarge, "%s has more than %d MiB; split it into several pages",
		shown(path),
		markdown.MaxSourceBytes>>20)
}

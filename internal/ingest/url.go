package ingest

import (
	"net/url"
	"strings"

	"github.com/lectern-project/lectern/internal/book"
)

// validateURL accepts what a page may link to: an http or https address, or a path on the book's own
// site; never a scheme that runs code, and no anchor, which belongs to the chunks.
func validateURL(docID, address string) error {
	if address == "" {
		return nil
	}
	parsed, err := url.Parse(address)
	switch {
	case err != nil:
		return book.Wrap(book.Invalid, err, "the url of %q cannot be read as a URL", docID)
	case parsed.Scheme != "" && parsed.Scheme != "http" && parsed.Scheme != "https":
		return book.Errorf(book.Invalid, "the url of %q must start with http://, https:// or /",
			docID)
	case parsed.Scheme != "" && parsed.Host == "":
		return book.Errorf(book.Invalid, "the url of %q names no host", docID)
	case parsed.Scheme == "" && (!strings.HasPrefix(address, "/") || parsed.Host != ""):
		return book.Errorf(book.Invalid, "the url of %q must start with http://, https:// or one /",
			docID)
	case parsed.Fragment != "" || strings.HasSuffix(address, "#"):
		return book.Errorf(book.Invalid, "the url of %q has an anchor (#); give the page's own "+
			"address, headings are added", docID)
	}
	return nil
}

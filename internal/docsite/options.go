package docsite

import (
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/lectern-project/lectern/internal/book"
)

var localeName = regexp.MustCompile(`^[A-Za-z0-9]+([-_][A-Za-z0-9]+)*$`)

func (o Options) validate() error {
	switch o.Kind {
	case "", Docusaurus, MDBook, Plain:
	default:
		return book.Errorf(book.Invalid,
			"unknown kind of site %q; use docusaurus, mdbook or plain", o.Kind)
	}
	if o.Locale != "" && !localeName.MatchString(o.Locale) {
		return book.Errorf(book.Invalid, "%q is no locale; use a name such as \"en\" or \"pt-BR\"",
			o.Locale)
	}
	if o.BaseURL != "" {
		if _, _, err := splitBase(o.BaseURL); err != nil {
			return err
		}
	}
	if book.ValidateDocID(norm.NFC.String(o.IDPrefix+"x")) != nil {
		return book.Errorf(book.Invalid, "%q cannot be in front of a doc_id; use one such as \"manual/\"",
			o.IDPrefix)
	}
	for _, p := range []string{o.RouteBasePath, o.VersionPath} {
		if strings.ContainsAny(p, "?#\\") || strings.Contains(p, "://") {
			return book.Errorf(book.Invalid, "%q is no path of a URL; use one such as \"docs\"", p)
		}
	}
	return nil
}

// splitBase cuts a base URL into its origin ("" for a mere path) and its path, which ends
// with "/".
func splitBase(base string) (origin, path string, err error) {
	u, err := url.Parse(base)
	switch {
	case err != nil:
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery || u.User != nil:
	case u.Scheme == "" && u.Host == "" && strings.HasPrefix(base, "/"):
		return "", joinURL("", base, "/"), nil
	case (u.Scheme == "http" || u.Scheme == "https") && u.Host != "":
		origin := u.Scheme + "://" + u.Host
		return origin, joinURL("", base[len(origin):], "/"), nil
	}
	return "", "", book.Errorf(book.Invalid, "%q cannot be the base URL of a site; use one such as "+
		"\"https://example.org/book/\" or \"/book/\"", base)
}

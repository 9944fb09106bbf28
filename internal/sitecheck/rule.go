package sitecheck

import "fmt"

// Rules are the names of all rules with what each means. docs/check.md lists them.
var Rules = map[string]string{
	"broken-link":     "a link leads to no page and no file",
	"broken-anchor":   "a link leads to a page that has no such heading or id",
	"broken-image":    "an image is not there",
	"broken-import":   "an MDX page imports a file that is not there",
	"empty-link":      "a link or image has no address",
	"duplicate-route": "two pages have one address",
	"duplicate-id":    "two pages have one doc_id, so they cannot both be ingested",
	"page-id":         "a page's name, id or slug cannot be a doc_id or an address",
	"front-matter":    "a page's front matter cannot be read, or a field has a wrong value",
	"unreadable":      "a file or folder cannot be read, or is no text",
	"large-page":      "a page, or a part of it without a heading, is too large to be cited well",
	"config":          "a setting of docusaurus.config is missing, wrong or contradicts another",
	"package":         "package.json is missing a part, or its Docusaurus packages disagree",
	"secret":          "a file seems to hold a password, token or key",
}

// addf adds a finding of one of the Rules. Nothing is added at severity "", which is what a site
// says that wants to be told nothing.
func (c *checker) addf(
	severity Severity, rule, path string, line int, format string, args ...any,
) {
	if severity != "" {
		c.add(Finding{
			Severity: severity, Rule: rule, Path: path, Line: line, Message: fmt.Sprintf(format, args...),
		})
	}
}

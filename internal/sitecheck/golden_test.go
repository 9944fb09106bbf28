package sitecheck

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/docsite"
)

// build is what a real build of Docusaurus 3.10.2 said of a site: the broken links and anchors of
// each page as it printed them, and the links, empty links and images that it could not resolve, as
// "file:line address".
type build struct {
	Links, Anchors          map[string][]string
	Markdown, Empty, Images []string
}

func readBuilds(t *testing.T, name string) map[string]build {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var builds map[string]json.RawMessage
	if err := json.Unmarshal(src, &builds); err != nil {
		t.Fatal(err)
	}
	delete(builds, "docusaurus")
	read := map[string]build{}
	for locale, raw := range builds {
		var b build
		if err := json.Unmarshal(raw, &b); err != nil {
			t.Fatal(err)
		}
		read[locale] = b
	}
	return read
}

// Where we differ from a build on purpose.
var (
	// noPages are pages of no file: lists of posts, whose excerpts are at another address.
	noPages = regexp.MustCompile(`/(404\.html|archive/?|tags/?.*|news/)$`)
	// forgiven are ids in HTML, which a build does not see and a browser does, and pages of tags,
	// which we do not list.
	forgiven = regexp.MustCompile(`#(divid|aid|jsxh2|liid|raw13)$|/docs/tags/(t1|nope89)$`)
	// stricter are links in plain HTML, which a build does not look at.
	stricter = regexp.MustCompile(`nope6[23]$`)
	// layout are links of the navigation bar and the footer, which we report once.
	layout = regexp.MustCompile(`nowhere-nav|nope-footer`)
)

// TestGoldenBuild compares what is reported with what a real build says.
func TestGoldenBuild(t *testing.T) {
	for _, name := range []string{"small", "large"} {
		c, err := newChecker(filepath.Join("testdata", name), docsite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer c.root.Close()
		if err := c.check(t.Context()); err != nil {
			t.Fatal(err)
		}
		for locale, golden := range readBuilds(t, name) {
			s := c.sites[0]
			if locale != "default" {
				s = c.sites[slices.IndexFunc(c.sites, func(s *site) bool {
					return strings.HasSuffix(s.base, "/"+locale+"/")
				})]
			}
			compareLinks(t, s, golden)
			if locale == "default" {
				compareMarkdown(t, c, golden)
			}
		}
	}
}

// compareLinks compares the broken links and anchors of each judged page.
func compareLinks(t *testing.T, s *site, golden build) {
	t.Helper()
	for _, p := range s.judged {
		if noPages.MatchString(p.route) {
			continue // two pages at one address: the build has the other
		}
		s.findings, s.seen = nil, map[Finding]bool{}
		s.checkPage(p)
		for rule, pages := range map[string]map[string][]string{
			"broken-link": golden.Links, "broken-anchor": golden.Anchors,
		} {
			want, got := map[string]bool{}, map[string]bool{}
			for _, link := range pages[p.route] {
				if !layout.MatchString(link) && !forgiven.MatchString(link) {
					want[printedLink(s, link, rule)] = true
				}
			}
			for _, f := range s.findings {
				if f.Rule == rule && !stricter.MatchString(linkOf(t, f)) {
					got[printedLink(s, linkOf(t, f), rule)] = true
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s of %s (-build +ours):\n%s", rule, p.route, diff)
			}
		}
	}
	for route := range golden.Links {
		if _, there := s.find(route); !there && !noPages.MatchString(route) {
			t.Errorf("the build has a page at %s", route)
		}
	}
}

var quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// linkOf returns the link that a finding is about.
func linkOf(t *testing.T, f Finding) string {
	t.Helper()
	link, err := strconv.Unquote(quoted.FindString(f.Message))
	if err != nil {
		t.Fatalf("no link in %q", f.Message)
	}
	return link
}

// printedLink brings a link as it is written, and as a build prints it, into one form: with the
// site's path in front, without a slash at the end of the path. Of a broken anchor it is the anchor,
// because a build prints the address that a link to a file became.
func printedLink(s *site, link, rule string) string {
	address, anchor, hashed := strings.Cut(decoded(s.withBase(link)), "#")
	if rule == "broken-anchor" {
		return anchor
	}
	if len(address) > 1 {
		address = strings.TrimSuffix(address, "/")
	}
	if hashed {
		address += "#" + anchor
	}
	return address
}

// compareMarkdown compares the files, lines and addresses of what the build could not resolve.
func compareMarkdown(t *testing.T, c *checker, golden build) {
	t.Helper()
	c.findings, c.seen = nil, map[Finding]bool{}
	for _, p := range c.sites[0].judged {
		c.sites[0].checkPage(p)
	}
	got := map[string]map[string]bool{"broken-link": {}, "broken-image": {}, "empty-link": {}}
	for _, f := range c.findings {
		if found, ok := got[f.Rule]; ok {
			at := fmt.Sprintf("%s:%d", f.Path, f.Line)
			if f.Rule != "empty-link" {
				at += " " + linkOf(t, f)
			}
			found[at] = true
		}
	}
	for rule, wanted := range map[string][]string{
		"broken-link": golden.Markdown, "broken-image": golden.Images, "empty-link": golden.Empty,
	} {
		for _, want := range wanted {
			// We give the line of the link, not that of its definition, and unused ones are no links.
			want = strings.Replace(want, "docs/intro.md:54 ./sub/nope47", "docs/intro.md:41 ./sub/nope47", 1)
			if !got[rule][want] && !strings.Contains(want, "nope-unused") {
				t.Errorf("%s: the build finds %s", rule, want)
			}
		}
	}
	for at := range maps.Keys(got["broken-image"]) {
		if !slices.Contains(golden.Images, at) && !strings.Contains(at, "nope59") &&
			!strings.Contains(at, "nope64") && !strings.Contains(at, "nope12") {
			t.Errorf("the build accepts the image %s", at)
		}
	}
}

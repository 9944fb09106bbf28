package markdown

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// slugger makes heading ids that are unique on a page.
type slugger struct {
	format Format
	seen   map[string]int // id -> number of repeats so far
}

// next returns the id of a heading with this plain text.
func (s *slugger) next(plain string) string {
	if s.seen == nil {
		s.seen = map[string]int{}
	}
	if s.format == MDBook {
		id := mdBookSlug(plain)
		n := s.seen[id]
		s.seen[id]++
		if n > 0 {
			id += "-" + strconv.Itoa(n)
		}
		return id
	}
	base := Slug(plain)
	id := base
	for taken := true; taken; {
		if _, taken = s.seen[id]; taken {
			s.seen[base]++
			id = base + "-" + strconv.Itoa(s.seen[base])
		}
	}
	s.seen[id] = 0
	return id
}

// Slug is the id that Docusaurus and GitHub give a text, as github-slugger 2 makes it: lower case (as JavaScript does it,
// hence x/text), without anything but letters, marks, decimal digits, connectors, hyphens and
// spaces, each space a hyphen.
func Slug(text string) string {
	text = cases.Lower(language.Und).String(text)
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-', unicode.In(r, unicode.L, unicode.Nl, unicode.Other_Alphabetic,
			unicode.M, unicode.Nd, unicode.Pc):
			return r
		}
		return -1
	}, text)
}

// mdBookSlug is the id that mdBook gives a text: ASCII in lower case, without anything but
// letters, numbers, "_", "-" and white space, each of which becomes a hyphen.
func mdBookSlug(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return '-'
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r == '_', r == '-', unicode.In(r, unicode.L, unicode.N, unicode.Other_Alphabetic):
			return r
		}
		return -1
	}, strings.TrimSpace(text))
}

package markdown

import (
	"bytes"
	"regexp"
	"strings"
)

var (
	admonitionOpen  = regexp.MustCompile(`^:{3,}[ \t]*[A-Za-z][\w-]*[ \t]*`)
	admonitionClose = regexp.MustCompile(`^:{3,}[ \t]*$`)
)

// admonition deals with the line whose content goes from at to end, if it opens or closes an
// admonition: the fences of a closed one go, its title stays. It returns where to read on.
func (c *cleaner) admonition(at, end int) int {
	text := bytes.TrimRight(c.src[at:end], " \t\n")
	if !bytes.HasPrefix(text, []byte(":::")) {
		return at
	}
	if admonitionClose.Match(text) {
		if n := len(c.notes); n > 0 {
			c.cuts = append(c.cuts, c.notes[n-1]...)
			c.cut(at, at+len(text))
			c.notes = c.notes[:n-1]
		}
		return end
	}
	name := admonitionOpen.Find(text)
	if name == nil {
		return at
	}
	marks := []cut{{start: at, end: at + len(name)}}
	title := text[len(name):]
	if closing := bytes.LastIndexByte(title, ']'); closing > 0 && title[0] == '[' {
		marks[0].end++
		marks = append(marks, cut{start: at + len(name) + closing, end: at + len(text)})
	}
	c.notes = append(c.notes, marks)
	return at + len(name)
}

var headingID = regexp.MustCompile(`[ \t]*(?:\\?\{#([^\s{}]+)[^{}\n]*\}|` +
	`\{/\*[ \t]*#([^\s*]+)[ \t]*\*/\}|<!--[ \t]*#(\S+?)[ \t]*-->)([ \t]+#+)?[ \t]*\n?$`)

// explicitID takes the id out of the heading whose line goes from at to end, if it has one.
func (c *cleaner) explicitID(at, end int) {
	text := c.src[at:end]
	open := max(bytes.LastIndexByte(text, '{'), bytes.LastIndex(text, []byte("<!--")))
	if open < 0 {
		return
	}
	for open > 0 && strings.IndexByte(" \t\\", text[open-1]) >= 0 {
		open--
	}
	m := headingID.FindSubmatchIndex(text[open:])
	if m == nil || m[0] != 0 {
		return
	}
	for group := 1; group <= 3; group++ {
		if start, stop := m[2*group], m[2*group+1]; start >= 0 {
			c.ids = append(c.ids, explicitID{at: at, id: string(text[open+start : open+stop])})
		}
	}
	c.cut(at+open, at+open+len(bytes.TrimRight(text[open:], "\n")))
}

package markdown

import (
	"bytes"
	"strings"
)

// tag is what looks like an HTML or JSX tag.
type tag struct {
	cut
	name    string
	closing bool // </name>
	single  bool // <name/>
}

// bareTags stand alone; voidTags do too, but without an attribute they are rather placeholders, as
// in "cp <source>"; looseTags may leave their end out.
var (
	bareTags = nameSet("br hr wbr")
	voidTags = nameSet("area base col embed img input link meta source track")
	// keptTags change the meaning of the text: 2<sup>7</sup> is not 27.
	keptTags  = nameSet("sup sub")
	looseTags = nameSet("p li dt dd tr td th thead tbody tfoot option colgroup")
)

// partingTags stand between words: without them, a space is needed.
var partingTags = nameSet("br hr p div li ul ol dl dt dd table tr td th pre summary details " +
	"figure figcaption blockquote section article header footer h1 h2 h3 h4 h5 h6 Tabs TabItem")

func nameSet(names string) map[string]bool {
	set := map[string]bool{}
	for name := range strings.FieldsSeq(names) {
		set[name] = true
	}
	return set
}

// angle deals with the "<" at i: a comment goes, a tag becomes a candidate. It returns where to
// read on.
func (c *cleaner) angle(i int) int {
	if bytes.HasPrefix(c.src[i:], []byte("<!--")) {
		end := c.finds.find("-->", i+4)
		if end < 0 {
			return i + 4
		}
		c.cut(i, end+3)
		return end + 3
	}
	t, ok := c.parseTag(i)
	if !ok {
		return i + 1
	}
	if !keptTags[t.name] {
		c.tags = append(c.tags, t)
	}
	return t.end
}

// parseTag reads the tag at i, if there is one: attributes are HTML's or JSX's and may be spread
// over lines.
func (c *cleaner) parseTag(i int) (t tag, ok bool) {
	p := i + 1
	defer func() {
		if !ok {
			c.patience -= p - i
		}
	}()
	if p < len(c.src) && c.src[p] == '/' {
		t.closing = true
		p++
	}
	nameStart := p
	for p < len(c.src) && isNameByte(c.src[p], p > nameStart) {
		p++
	}
	t.name = string(c.src[nameStart:p])
	if t.name == "" && !c.mdx { // <> and </> are JSX's fragments
		return t, false
	}
	for c.patience > 0 {
		spaced := c.skipSpace(&p)
		if p >= len(c.src) {
			return t, false
		}
		switch b := c.src[p]; {
		case b == '>':
			t.cut = cut{start: i, end: p + 1, parts: partingTags[t.name]}
			return t, true
		case b == '/' && p+1 < len(c.src) && c.src[p+1] == '>' && !t.closing:
			t.single, t.cut = true, cut{start: i, end: p + 2, parts: partingTags[t.name]}
			return t, true
		case !spaced || t.closing || t.name == "" || !c.skipAttribute(&p):
			return t, false
		}
	}
	return t, false
}

func isNameByte(b byte, inner bool) bool {
	switch {
	case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z':
		return true
	case b >= '0' && b <= '9', b == '-', b == '_', b == '.', b == ':':
		return inner
	}
	return false
}

func (c *cleaner) skipSpace(p *int) bool {
	start := *p
	for *p < len(c.src) && (isBlank(c.src[*p]) || c.src[*p] == '\n') {
		*p++
	}
	return *p > start
}

// skipAttribute moves p over one attribute: name, name=value or {...spread}.
func (c *cleaner) skipAttribute(p *int) bool {
	if c.src[*p] == '{' {
		return c.skipValue(p)
	}
	n := bytes.IndexAny(c.src[*p:min(len(c.src), *p+256)], " \t\n\"'`<>/={}")
	if n <= 0 {
		return false
	}
	*p += n
	after := *p
	c.skipSpace(&after)
	if after < len(c.src) && c.src[after] == '=' {
		*p = after + 1
		c.skipSpace(p)
		return c.skipValue(p)
	}
	return true
}

// skipValue moves p over the value of an attribute.
func (c *cleaner) skipValue(p *int) bool {
	if *p >= len(c.src) {
		return false
	}
	switch b := c.src[*p]; b {
	case '"', '\'':
		end := c.finds.find(string(b), *p+1)
		if end < 0 {
			return false
		}
		*p = end + 1
		return true
	case '{':
		end := c.braces(*p, len(c.src))
		if end < 0 {
			return false
		}
		*p = end
		return true
	}
	n := bytes.IndexAny(c.src[*p:], " \t\n\"'=<>`")
	if n <= 0 {
		return false
	}
	*p += n
	return true
}

// cutTags judges the candidates: a tag that has its counterpart goes, and one that needs none. What
// is left, as in Vec<T>, is text.
func (c *cleaner) cutTags() {
	open := map[string][]cut{} // name -> starts without an end so far
	for _, t := range c.tags {
		waiting := open[t.name]
		switch {
		case t.single, bareTags[t.name], voidTags[t.name] && t.end-t.start > len(t.name)+2:
			c.cuts = append(c.cuts, t.cut)
		case !t.closing:
			open[t.name] = append(waiting, t.cut)
		case len(waiting) > 0:
			c.cuts = append(c.cuts, t.cut)
			last := waiting[len(waiting)-1]
			c.cuts = append(c.cuts, last)
			open[t.name] = waiting[:len(waiting)-1]
		}
	}
	for name := range looseTags {
		for _, t := range open[name] {
			if c.startsLine(t.start) {
				c.cuts = append(c.cuts, t)
			}
		}
	}
}

// startsLine says whether only white space stands before i in its line.
func (c *cleaner) startsLine(i int) bool {
	before := bytes.TrimRight(c.src[:i], " \t")
	return len(before) == 0 || before[len(before)-1] == '\n'
}

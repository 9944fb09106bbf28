package markdown

import (
	"bytes"
	"regexp"
)

// brace deals with the "{" at i: a directive of mdBook goes, and in MDX an expression. It returns
// where to read on.
func (c *cleaner) brace(i int) int {
	if end := c.directive(i); end > 0 {
		c.cut(i, end)
		return end
	}
	if !c.mdx {
		return i + 1
	}
	limit := len(c.src)
	if !c.startsLine(i) {
		limit = c.paragraphEnd(c.lineEnd)
	}
	end := c.braces(i, limit)
	if end < 0 {
		return i + 1
	}
	if start, stop, ok := literal(c.src[i:end]); ok {
		c.cut(i, i+start)
		c.cut(i+stop, end)
	} else {
		c.cut(i, end)
	}
	return end
}

var directiveStart = regexp.MustCompile(`^\{\{#[a-z_]+[ \t}]`)

// directive returns the end of the directive, such as {{#include file.rs}}, that starts at i, or 0.
func (c *cleaner) directive(i int) int {
	text := c.src[i:min(len(c.src), i+1024)]
	if !bytes.HasPrefix(text, []byte("{{#")) || !directiveStart.Match(text) {
		return 0
	}
	end := bytes.Index(text, []byte("}}"))
	if line := bytes.IndexByte(text, '\n'); end < 0 || line >= 0 && line < end {
		return 0
	}
	return i + end + 2
}

// literal finds the text in an expression that is nothing but a plain string, such as {' '} or
// {`code`}: that is content.
func literal(expression []byte) (start, end int, ok bool) {
	inner := bytes.Trim(expression[1:len(expression)-1], " \t\n")
	if len(inner) < 2 {
		return 0, 0, false
	}
	quote := inner[0]
	text := inner[1 : len(inner)-1]
	if quote != '"' && quote != '\'' && quote != '`' || inner[len(inner)-1] != quote ||
		bytes.IndexByte(text, quote) >= 0 || bytes.IndexByte(text, '\\') >= 0 ||
		quote == '`' && bytes.Contains(text, []byte("${")) {
		return 0, 0, false
	}
	start = bytes.IndexByte(expression, quote) + 1
	return start, start + len(text), true
}

// braces returns the offset after the "}" that closes the "{" at i, or -1 when there is none before
// limit. Braces in the strings, templates and comments of JavaScript do not count, unless nothing
// closes otherwise.
func (c *cleaner) braces(i, limit int) int {
	if c.patience <= 0 {
		return -1
	}
	if end := c.javaScript(i, limit); end >= 0 {
		return end
	}
	depth := 0
	for p := i; p < limit; p++ {
		switch c.src[p] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				c.patience -= p - i
				return p + 1
			}
		}
	}
	c.patience -= 2 * (limit - i)
	return -1
}

// javaScript is braces by the rules of JavaScript.
func (c *cleaner) javaScript(i, limit int) int {
	var open []byte // "{", "`"
	for p := i; p < limit; p++ {
		b := c.src[p]
		if len(open) > 0 && open[len(open)-1] == '`' {
			switch {
			case b == '\\':
				p++
			case b == '`':
				open = open[:len(open)-1]
			case b == '$' && p+1 < limit && c.src[p+1] == '{':
				open = append(open, '{')
				p++
			}
			continue
		}
		switch b {
		case '{', '`':
			open = append(open, b)
		case '}':
			if open = open[:len(open)-1]; len(open) == 0 {
				return p + 1
			}
		case '"', '\'':
			p = c.skipString(p, limit)
		case '/':
			if p+1 < limit && c.src[p+1] == '*' {
				end := c.finds.find("*/", p+2)
				if end < 0 || end >= limit {
					return -1
				}
				p = end + 1
			}
		}
	}
	return -1
}

// skipString returns the offset of the quotation mark that ends the string at p, or p when the
// string is not closed in its line: then it is an apostrophe.
func (c *cleaner) skipString(p, limit int) int {
	for q := p + 1; q < limit && c.src[q] != '\n'; q++ {
		switch c.src[q] {
		case '\\':
			q++
		case c.src[p]:
			return q
		}
	}
	return p
}

// math returns where to read on after the "$" at i. In MDX, braces between $...$ or $$...$$ are
// TeX's.
func (c *cleaner) math(i int) int {
	if !c.mdx {
		return i + 1
	}
	if bytes.HasPrefix(c.src[i:], []byte("$$")) {
		if end := c.finds.find("$$", i+2); end >= 0 {
			return end + 2
		}
		return i + 2
	}
	end := c.finds.find("$", i+1)
	if end < 0 || end >= c.paragraphEnd(c.lineEnd) {
		return i + 1
	}
	text := c.src[i+1 : end]
	padded := text[0] == '{' || len(bytes.TrimSpace(text)) < len(text)
	if padded || !bytes.ContainsAny(text, `\^_`) {
		return i + 1
	}
	return end + 1
}

var moduleStart = regexp.MustCompile(`^(?:` +
	`import\s*(?:["'{]|\*\s+as\s|type\s+[\w${]|[\w$]+\s*(?:,|\sfrom\s*["']))|` +
	`export\s+(?:const|let|var)\s+(?:[\w$]+\s*[=:]|[\[{])|` +
	`export\s+(?:default\s+)?(?:async\s+)?function\b\s*\*?\s*[\w$]*\s*[(<]|` +
	`export\s+(?:default\s+)?class\s+[\w$]*\s*(?:\{|extends\s)|` +
	`export\s+default\s+(?:[({\[]|[\w$]+;?\s*$)|` +
	`export\s+(?:type|interface|enum)\s+[\w$]+\s*[={<]|` +
	`export\s*(?:\{|\*\s+from\s))`)

// moduleCode returns the end of the import or export of MDX that starts with the line at i, or i
// when there is none.
func (c *cleaner) moduleCode(i int) int {
	if !c.mdx || c.src[i] != 'i' && c.src[i] != 'e' || c.lines.fence.length > 0 ||
		c.lines.previous.kind == proseLine || !moduleStart.Match(c.src[i:lineEnd(c.src, i)]) {
		return i
	}
	depth, blank := 0, -1
	for at := i; at < len(c.src) && c.patience > 0; {
		end := lineEnd(c.src, at)
		text := bytes.TrimSpace(c.src[at:end])
		if len(text) == 0 && blank < 0 {
			blank = at
		}
		if len(text) == 0 && depth <= 0 {
			return at
		}
		depth += c.nesting(at, end)
		if depth <= 0 && len(bytes.TrimRight(text, ";\"'})")) < len(text) {
			return end
		}
		at = end
	}
	// Never balanced: it ends where a paragraph would.
	c.patience -= len(c.src) - i
	if blank < 0 {
		return len(c.src)
	}
	return blank
}

// nesting returns how many brackets more are opened than closed from at to end, strings aside.
func (c *cleaner) nesting(at, end int) int {
	depth := 0
	for p := at; p < end; p++ {
		switch c.src[p] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case '"', '\'', '`':
			p = c.skipString(p, end)
		}
	}
	return depth
}

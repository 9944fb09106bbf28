package markdown

import "bytes"

// cursor walks over the start of a line and counts columns; a tab goes to the next multiple of
// four.
type cursor struct {
	text []byte // without white space at its end
	at   int
	col  int
}

// content returns what follows the white space at the cursor.
func (c *cursor) content() []byte { return bytes.TrimLeft(c.text[c.at:], " \t") }

// blanks returns how many bytes of white space are at the cursor.
func (c *cursor) blanks() int { return len(c.text) - c.at - len(c.content()) }

// width returns how many columns the white space at the cursor fills.
func (c *cursor) width() int {
	probe := *c
	probe.skip(len(c.text) * 4)
	return probe.col - c.col
}

// run returns how often mark is repeated behind the white space at the cursor.
func (c *cursor) run(mark byte) int {
	text, n := c.content(), 0
	for n < len(text) && text[n] == mark {
		n++
	}
	return n
}

func (c *cursor) step() {
	if c.text[c.at] == '\t' {
		c.col += 4 - c.col%4
	} else {
		c.col++
	}
	c.at++
}

// skip moves over white space of up to the given number of columns.
func (c *cursor) skip(columns int) {
	for end := c.col + columns; c.col < end && c.at < len(c.text) && isBlank(c.text[c.at]); {
		c.step()
	}
}

// quoteMark moves over a ">" and the space after it, and says whether there was one.
func (c *cursor) quoteMark(r *lineReader) bool {
	text := c.content()
	if len(text) == 0 || text[0] != '>' || !r.mayIndent(c.width()) {
		return false
	}
	c.skip(c.width())
	c.step()
	c.skip(1)
	return true
}

// itemMark moves over a list marker and returns how far the item's content is indented, or 0 when
// there is none. A paragraph is interrupted by fewer of them: neither by an empty item nor by a
// number other than 1.
func (c *cursor) itemMark(within bool) int {
	text := c.content()
	digits := 0
	for digits < len(text) && digits < 10 && text[digits] >= '0' && text[digits] <= '9' {
		digits++
	}
	mark := digits
	switch {
	case digits > 9 || mark >= len(text) || isRule(text):
		return 0
	case digits > 0 && text[mark] != '.' && text[mark] != ')':
		return 0
	case digits > 0 && within && string(text[:digits]) != "1":
		return 0
	case digits == 0 && text[0] != '-' && text[0] != '*' && text[0] != '+':
		return 0
	}
	mark++
	switch {
	case mark == len(text) && within, mark < len(text) && !isBlank(text[mark]):
		return 0
	}
	start := c.col
	c.skip(c.width())
	for range mark {
		c.step()
	}
	// More than four columns of space are the indentation of code within the item.
	gap := c.width()
	if gap == 0 || gap > 4 {
		gap = 1
	}
	c.skip(gap)
	indent := c.col - start
	if mark == len(text) {
		indent++
	}
	return indent
}

package markdown

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lectern-project/lectern/internal/sentence"
)

// breakPoint is a place where a chunk may end.
type breakPoint struct {
	at   int     // bytes
	char int     // code points
	cost float64 // of ending a chunk here
}

// What it costs to end a chunk at a place, from the best place to the worst.
const (
	beforeSection  = 0
	beforeHeading  = 3 // of level 3 and below
	betweenBlocks  = 10
	betweenItems   = 14
	withinItem     = 20
	afterSentence  = 30
	afterLead      = 45 // between "as follows:" and what follows
	afterLine      = 60 // of code or of a table
	afterWord      = 120
	betweenLetters = 200
	afterHeading   = 300
)

// nearby is how close, in code points, break points need not lie to each other.
const nearby = 40

// breakPoints returns the places where the blocks from first up to last may be cut, their start
// and end among them. What fits into a chunk, of code, tables and list items, is not cut; nothing
// between two points is longer than MaxChunk.
func (c *chunker) breakPoints(first, last int) []breakPoint {
	points := []breakPoint{{at: c.blocks[first].start, char: c.chars[first]}}
	for i := first; i < last; {
		if i > first {
			points = append(points, breakPoint{c.blocks[i].start, c.chars[i], c.blockCost(i)})
		}
		next := i + 1
		if c.blocks[i].item {
			if end := c.itemEnd(i, last); c.chars[end]-c.chars[i] <= MaxChunk {
				i = end
				continue
			}
		}
		points = c.within(points, i)
		i = next
	}
	points = append(points, breakPoint{at: c.blocks[last-1].end, char: c.chars[last]})
	return thin(points)
}

// itemEnd returns the first block after the list item that block i starts.
func (c *chunker) itemEnd(i, last int) int {
	depth := c.blocks[i].depth
	for j := i + 1; j < last; j++ {
		if b := c.blocks[j]; b.depth < depth || b.depth == depth && b.item {
			return j
		}
	}
	return last
}

// blockCost is the cost of a cut before block i.
func (c *chunker) blockCost(i int) float64 {
	b, before := c.blocks[i], c.blocks[i-1]
	lead := strings.TrimRight(c.text[before.start:before.end], " \t\n")
	switch {
	case before.kind == headingBlock:
		return afterHeading
	case c.startsSection(i):
		return beforeSection
	case b.kind == headingBlock && b.depth == 0:
		return beforeHeading
	case before.kind == paragraphBlock && strings.HasSuffix(lead, ":"):
		return afterLead
	case b.item && before.depth >= b.depth:
		return betweenItems
	case b.depth > 0 && before.depth > 0:
		return withinItem
	}
	return betweenBlocks
}

// within adds the places where block i itself may be cut.
func (c *chunker) within(points []breakPoint, i int) []breakPoint {
	b := c.blocks[i]
	text := c.text[b.start:b.end]
	p := piece{text: text, at: b.start, char: c.chars[i]}
	fits := c.chars[i+1]-c.chars[i] <= MaxChunk
	if b.kind == paragraphBlock {
		return p.bySentence(points)
	}
	if !fits {
		return p.byLine(points)
	}
	return points
}

// piece is a part of the text with its place in it.
type piece struct {
	text     string
	at, char int
}

// cutAt calls cut for the parts of the piece that end at the given offsets, and appends a point
// after each part but the last.
func (p piece) cutAt(points []breakPoint, ends []int, cost float64) []breakPoint {
	start, char := 0, p.char
	for _, end := range ends {
		part := p.text[start:end]
		size := utf8.RuneCountInString(part)
		if size > MaxChunk {
			points = piece{part, p.at + start, char}.byWord(points)
		}
		start, char = end, char+size
		if end < len(p.text) {
			points = append(points, breakPoint{p.at + end, char, cost})
		}
	}
	return points
}

func (p piece) bySentence(points []breakPoint) []breakPoint {
	var ends []int
	for _, s := range sentence.Spans(p.text) {
		ends = append(ends, s.End)
	}
	return p.cutAt(points, ends, afterSentence)
}

func (p piece) byLine(points []breakPoint) []breakPoint {
	var ends []int
	for at := 0; at < len(p.text); {
		if n := strings.IndexByte(p.text[at:], '\n'); n >= 0 {
			at += n + 1
		} else {
			at = len(p.text)
		}
		ends = append(ends, at)
	}
	return p.cutAt(points, ends, afterLine)
}

// byWord adds points after white space and, where there is none for long, anywhere but before a
// mark that belongs to the letter before it.
func (p piece) byWord(points []breakPoint) []breakPoint {
	char, last := p.char, p.char
	spaced := false
	for at, r := range p.text {
		space := unicode.IsSpace(r)
		switch {
		case at == 0 || char-last < nearby:
		case spaced && !space:
			points = append(points, breakPoint{p.at + at, char, afterWord})
			last = char
		case char-last >= MaxChunk/8 && !space && !unicode.In(r, unicode.M, unicode.Cf):
			points = append(points, breakPoint{p.at + at, char, betweenLetters})
			last = char
		}
		spaced = space
		char++
	}
	return points
}

// thin leaves out points that lie close to a better one, so that there are few to choose from.
func thin(points []breakPoint) []breakPoint {
	kept := points[:1]
	for i := 1; i < len(points); i++ {
		p, last := points[i], &kept[len(kept)-1]
		final := i == len(points)-1
		if len(kept) > 1 && p.char-last.char < nearby {
			if p.cost < last.cost && !final && p.char-kept[len(kept)-2].char <= MaxChunk {
				*last = p
				continue
			}
			if !final && p.cost >= last.cost && points[i+1].char-last.char <= MaxChunk {
				continue
			}
		}
		kept = append(kept, p)
	}
	return kept
}

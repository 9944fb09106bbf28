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
	// size is char, less what white space before the point has over maxSpace: a chunk that ends
	// here counts as no longer for it.
	size int
}

// maxSpace is how much white space at its end counts for the size of a chunk.
const maxSpace = 40

// What it costs to end a chunk at a place, from the best place to the worst.
const (
	beforeSection  = 0
	beforeHeading  = 3 // of level 3 and below
	betweenBlocks  = 10
	betweenItems   = 14
	withinItem     = 20
	afterSentence  = 30
	afterLead      = 45 // between "as follows:" and what follows
	afterGap       = 50 // a blank line in code
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
	points := []breakPoint{c.point(first, 0)}
	for i := first; i < last; {
		if i > first {
			points = append(points, c.point(i, c.blockCost(i)))
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
	return thin(c.withContent(points))
}

// point returns the point before block i.
func (c *chunker) point(i int, cost float64) breakPoint {
	return breakPoint{at: c.blocks[i].start, char: c.chars[i], size: c.chars[i], cost: cost}
}

// withContent sets the sizes of the points, and joins those that have only white space between
// them.
func (c *chunker) withContent(points []breakPoint) []breakPoint {
	kept := points[:1]
	for _, p := range points[1:] {
		last := kept[len(kept)-1]
		text := c.text[last.at:p.at]
		content := strings.TrimRightFunc(text, unicode.IsSpace)
		space := utf8.RuneCountInString(text[len(content):])
		p.size = p.char - max(0, space-maxSpace)
		if content != "" {
			kept = append(kept, p)
		} else if len(kept) > 1 {
			p.cost, p.size = min(p.cost, last.cost), min(p.size, last.size+maxSpace)
			kept[len(kept)-1] = p
		}
	}
	return kept
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

// bySentence adds points after the sentences, and within those that are too long.
func (p piece) bySentence(points []breakPoint) []breakPoint {
	char := p.char
	for _, s := range sentence.Spans(p.text) {
		part := piece{p.text[s.Start:s.End], p.at + s.Start, char}
		points, char = part.ifLong(points)
		if s.End < len(p.text) {
			points = append(points, breakPoint{at: p.at + s.End, char: char, cost: afterSentence})
		}
	}
	return points
}

// byLine adds points after the lines, and within those that are too long.
func (p piece) byLine(points []breakPoint) []breakPoint {
	start, char := 0, p.char
	for text := range strings.Lines(p.text) {
		part := piece{text, p.at + start, char}
		points, char = part.ifLong(points)
		start += len(text)
		cost := float64(afterLine)
		if strings.TrimSpace(text) == "" {
			cost = afterGap
		}
		if start < len(p.text) {
			points = append(points, breakPoint{at: p.at + start, char: char, cost: cost})
		}
	}
	return points
}

// ifLong adds points within the piece if it is too long for a chunk, and returns the number of code
// points before its end.
func (p piece) ifLong(points []breakPoint) ([]breakPoint, int) {
	size := utf8.RuneCountInString(p.text)
	if size > MaxChunk {
		points = p.byWord(points)
	}
	return points, p.char + size
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
			points = append(points, breakPoint{at: p.at + at, char: char, cost: afterWord})
			last = char
		case char-last >= MaxChunk/8 && !space && !unicode.In(r, unicode.M, unicode.Cf),
			char-last >= MaxChunk/2 && !space:
			points = append(points, breakPoint{at: p.at + at, char: char, cost: betweenLetters})
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
			if p.cost < last.cost && !final && p.size-kept[len(kept)-2].char <= MaxChunk {
				*last = p
				continue
			}
			if !final && p.cost >= last.cost && points[i+1].size-last.char <= MaxChunk {
				continue
			}
		}
		kept = append(kept, p)
	}
	return kept
}

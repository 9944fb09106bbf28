package markdown

import (
	"sort"
	"unicode/utf8"

	"github.com/lectern-project/lectern/internal/book"
)

// Sizes of chunks and sections, in code points.
const (
	// MinChunk and MaxChunk are the sizes that chunks have where the text allows it. MaxChunk is
	// only passed by white space at the end; a section that is shorter than MinChunk is a chunk of
	// its own.
	MinChunk = 900
	MaxChunk = 1400
	// tinySection is the size below which a section is joined with its neighbour.
	tinySection = 450
)

// Chunks cuts Text into chunks: they tile it without gap or overlap, white space between two
// belongs to the earlier one. The chunks have no ChunkID yet. A page without content has none.
func (p *Page) Chunks() []book.Chunk {
	if p.Text == "" {
		return nil
	}
	c := chunker{text: p.Text, blocks: p.blocks}
	c.countChars()
	governing := outline{page: p}
	var chunks []book.Chunk
	for _, unit := range c.units() {
		points := c.breakPoints(unit[0], unit[1])
		from := points[0]
		for _, to := range choose(points) {
			chunk := book.Chunk{
				Index:     len(chunks),
				CharStart: from.char,
				CharEnd:   to.char,
				Text:      p.Text[from.at:to.at],
			}
			chunk.HeadingPath, chunk.Anchor = governing.at(from.at)
			chunk.Anchors = p.anchors(from.char, to.char)
			chunks = append(chunks, chunk)
			from = to
		}
	}
	return chunks
}

// anchors returns those of the headings that start after from and before to, in code points.
func (p *Page) anchors(from, to int) []book.Anchor {
	var anchors []book.Anchor
	first := sort.Search(len(p.Headings), func(i int) bool { return p.Headings[i].Start > from })
	for _, h := range p.Headings[first:] {
		if h.Start >= to {
			break
		}
		if h.Anchor != "" {
			anchors = append(anchors, book.Anchor{Start: h.Start, ID: h.Anchor})
		}
	}
	return anchors
}

// chunker finds where a text may be cut.
type chunker struct {
	text   string
	blocks []block
	chars  []int // block -> code points before it; one more for the end
}

func (c *chunker) countChars() {
	c.chars = make([]int, 1, len(c.blocks)+1)
	for i, b := range c.blocks {
		c.chars = append(c.chars, c.chars[i]+utf8.RuneCountInString(c.text[b.start:b.end]))
	}
}

// units returns the ranges of blocks that are cut on their own: the sections of level 1 and 2, tiny
// ones joined with the next or, at the end, with the one before.
func (c *chunker) units() [][2]int {
	var units [][2]int
	start := 0
	for i := 1; i <= len(c.blocks); i++ {
		if i == len(c.blocks) || c.startsSection(i) && c.chars[i]-c.chars[start] >= tinySection {
			units = append(units, [2]int{start, i})
			start = i
		}
	}
	if n := len(units); n > 1 && c.chars[units[n-1][1]]-c.chars[units[n-1][0]] < tinySection {
		units[n-2][1] = units[n-1][1]
		units = units[:n-1]
	}
	return units
}

func (c *chunker) startsSection(i int) bool {
	b := c.blocks[i]
	return b.kind == headingBlock && b.level <= 2 && b.depth == 0
}

// choose returns the ends of the chunks that cost least, for all break points of a unit, its start
// and end among them: the cost of a chunk is that of its size and of the point where it ends.
func choose(points []breakPoint) []breakPoint {
	cost := make([]float64, len(points))
	from := make([]int, len(points))
	first := 0
	for i := 1; i < len(points); i++ {
		for first < i-1 && points[i].size-points[first].char > MaxChunk {
			first++
		}
		for j := first; j < i; j++ {
			total := cost[j] + sizeCost(points[i].size-points[j].char) + points[i].cost
			if j == first || total < cost[i] {
				cost[i], from[i] = total, j
			}
		}
	}
	var ends []breakPoint
	for i := len(points) - 1; i > 0; i = from[i] {
		ends = append(ends, points[i])
	}
	for i, j := 0, len(ends)-1; i < j; i, j = i+1, j-1 {
		ends[i], ends[j] = ends[j], ends[i]
	}
	return ends
}

// sizeCost weighs the size of a chunk against the places where it may end (see breakPoint): to miss
// MinChunk by a tenth is as bad as to end within a paragraph rather than after it, and to miss it
// by far is worse than anything. Squares make a remainder share the lack with its neighbours.
func sizeCost(size int) float64 {
	const middle = (MinChunk + MaxChunk) / 2
	if size < MinChunk {
		lack := float64(MinChunk-size) / MinChunk
		return 10 + 1000*lack*lack
	}
	off := float64(size-middle) / (MaxChunk - middle)
	return 5 * off * off
}

// outline walks through the headings of a page.
type outline struct {
	page    *Page
	block   int
	heading int
	path    []Heading
}

// at returns the heading path and the anchor that hold at a byte offset; offsets must rise from
// call to call. Headings within quotes and lists govern nothing.
func (o *outline) at(offset int) (path []string, anchor string) {
	for ; o.block < len(o.page.blocks) && o.page.blocks[o.block].start <= offset; o.block++ {
		b := o.page.blocks[o.block]
		if b.kind != headingBlock {
			continue
		}
		h := o.page.Headings[o.heading]
		o.heading++
		if b.depth > 0 {
			continue
		}
		for len(o.path) > 0 && o.path[len(o.path)-1].Level >= h.Level {
			o.path = o.path[:len(o.path)-1]
		}
		o.path = append(o.path, h)
	}
	for _, h := range o.path {
		if h.Text != "" {
			path = append(path, h.Text)
		}
		if h.Anchor != "" {
			anchor = h.Anchor
		}
	}
	return path, anchor
}

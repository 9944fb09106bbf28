package markdown

import (
	"bytes"
	"sort"
)

// finder finds the next of some strings in a text that is read from left to right, with small
// steps back. It remembers what it found, so that all searches for a string together read the text
// about once.
type finder struct {
	src   []byte
	known map[string]found
}

// found says that the next of a string, looked for from one offset on, is at another; the text's
// end stands for nowhere.
type found struct{ from, at int }

// find returns the offset of the next s at or after i, or -1.
func (f *finder) find(s string, i int) int {
	if i > len(f.src) {
		return -1
	}
	if f.known == nil {
		f.known = map[string]found{}
	}
	known, ok := f.known[s]
	switch {
	case !ok || i > known.at:
		known = found{i, f.index(s, i, len(f.src))}
	case i < known.from:
		if n := f.index(s, i, min(len(f.src), known.from+len(s)-1)); n < known.from {
			return n
		}
		known.from = i
	}
	f.known[s] = known
	if known.at == len(f.src) {
		return -1
	}
	return known.at
}

// index returns where s is between i and limit, or limit.
func (f *finder) index(s string, i, limit int) int {
	if n := bytes.Index(f.src[i:limit], []byte(s)); n >= 0 {
		return i + n
	}
	return limit
}

// codeSpanFinder finds the ends of code spans: a span ends at the next run of backticks as long as
// its first, within its paragraph.
type codeSpanFinder struct {
	src  []byte
	end  int           // of the paragraph
	runs map[int][]int // length -> offsets of the paragraph's runs so long; nil until needed
}

// limit says where the paragraph ends that is read next.
func (f *codeSpanFinder) limit(end int) {
	if f.end != end {
		f.end, f.runs = end, nil
	}
}

// skip returns the offset after the code span that starts at i, or after the run of backticks at i
// when that starts none.
func (f *codeSpanFinder) skip(i int) int {
	if f.runs == nil {
		f.runs = map[int][]int{}
		for at := i; at < f.end; at++ {
			if n := backticks(f.src[at:f.end]); n > 0 {
				f.runs[n] = append(f.runs[n], at)
				at += n
			}
		}
	}
	length := backticks(f.src[i:f.end])
	offsets := f.runs[length]
	if next := sort.SearchInts(offsets, i+length); next < len(offsets) {
		return offsets[next] + length
	}
	return i + length
}

func backticks(b []byte) int {
	n := 0
	for n < len(b) && b[n] == '`' {
		n++
	}
	return n
}

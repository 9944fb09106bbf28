package exact

import (
	"maps"
	"runtime"
)

// postings are the points whose sparse vector holds one index.
type postings struct {
	list []posting
	live int // those in list whose point is not removed
}

type posting struct {
	slot   uint32
	weight float32
}

// loadPostings turns the records of all slots (nil for none) into lists by index. Millions of
// look-ups that miss the cache would take most of the time of opening a file, so the range of
// indices is cut into parts, each with a table that stays in the cache; every core does some.
func loadPostings(records [][]byte) map[uint32]*postings {
	const (
		parts   = 16
		perPart = 1 << 32 / parts
	)
	workers := runtime.GOMAXPROCS(0)
	loaded := make([]map[uint32]*postings, parts)
	parallel(workers, func(worker int) {
		l := postingsLoader{entries: make([]entry, len(records))}
		for at, value := range records {
			if value != nil {
				r, _ := parseRecord(value)
				l.entries[at] = r.firstEntry()
			}
		}
		for part := parts * worker / workers; part < parts*(worker+1)/workers; part++ {
			low := uint32(part * perPart)
			loaded[part] = l.load(low, low+(perPart-1))
		}
	})
	size := 0
	for _, part := range loaded {
		size += len(part)
	}
	terms := make(map[uint32]*postings, size)
	for _, part := range loaded {
		maps.Copy(terms, part)
	}
	return terms
}

// postingsLoader walks over the sparse vectors of all slots at once.
type postingsLoader struct {
	entries []entry // where it stands, by slot
	found   []foundPosting
}

type foundPosting struct {
	in *postings
	posting
}

// load returns the postings of the indices from low to high, which are above those of the calls
// before.
func (l *postingsLoader) load(low, high uint32) map[uint32]*postings {
	terms := make(map[uint32]*postings)
	l.found = l.found[:0]
	for at := range l.entries {
		e := &l.entries[at]
		for e.valid && e.index < low {
			e.next()
		}
		for ; e.valid && e.index <= high; e.next() {
			p := terms[e.index]
			if p == nil {
				p = new(postings)
				terms[e.index] = p
			}
			p.live++
			l.found = append(l.found, foundPosting{p, posting{uint32(at), e.value}})
		}
	}
	for _, f := range l.found {
		if f.in.list == nil {
			f.in.list = make([]posting, 0, f.in.live)
		}
		f.in.list = append(f.in.list, f.posting)
	}
	return terms
}

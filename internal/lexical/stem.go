package lexical

import (
	"strings"
	"sync/atomic"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
	"github.com/twmb/murmur3"
)

// Hash returns the index of a stem in a sparse vector: the absolute value of MurmurHash3
// (x86, 32 bits, seed 0) read as a signed number, as FastEmbed's BM25 model computes it.
func Hash(stem string) uint32 {
	h := int32(murmur3.StringSum32(stem)) //nolint:gosec // the wrap-around is the definition
	if h < 0 {
		return uint32(-int64(h))
	}
	return uint32(h)
}

// wordForm is what is known of one folded word.
type wordForm struct {
	folded string
	stem   string
	id     uint32
	stop   bool
}

// cacheSize is a power of two. Most of a text is a few thousand words, so a small table without
// chains answers nearly all lookups; it never grows, whatever is ingested.
const cacheSize = 1 << 15

var (
	cache    [cacheSize]atomic.Pointer[wordForm]
	surfaces [cacheSize]atomic.Pointer[surfaceForm]
)

// surfaceForm is what is known of a word as it is written.
type surfaceForm struct {
	surface string
	form    *wordForm
}

// lookup folds and stems the surface form of a word. It reports false when nothing is left.
func (t *tokenizer) lookup(surface string) (*wordForm, bool) {
	if isASCII(surface) || len(surface) > maxSurfaceBytes {
		return t.fold(surface)
	}
	// Folding other scripts costs far more than a look into a second table.
	slot := &surfaces[slotOf(surface)]
	if f := slot.Load(); f != nil && f.surface == surface {
		return f.form, true
	}
	w, ok := t.fold(surface)
	if ok {
		slot.Store(&surfaceForm{strings.Clone(surface), w})
	}
	return w, ok
}

// fold is lookup by the folded form.
func (t *tokenizer) fold(surface string) (*wordForm, bool) {
	t.buf = fold(t.buf[:0], surface)
	if len(t.buf) == 0 {
		return nil, false
	}
	slot := &cache[slotOf(t.buf)]
	if w := slot.Load(); w != nil && w.folded == string(t.buf) {
		return w, true
	}
	w := newWordForm(string(t.buf))
	slot.Store(w)
	return w, true
}

func newWordForm(folded string) *wordForm {
	stem := folded
	if isStemmable(folded) {
		env := snowballstem.NewEnv(folded)
		english.Stem(env)
		if s := strings.Trim(env.Current(), "'"); s != "" {
			stem = s
		}
	}
	return &wordForm{folded: folded, stem: stem, id: Hash(stem), stop: StopWord(folded)}
}

// isStemmable reports whether the English stemmer is meant for the word: letters, perhaps with
// apostrophes.
func isStemmable(folded string) bool {
	for i := range len(folded) {
		if c := folded[i]; (c < 'a' || c > 'z') && c != '\'' {
			return false
		}
	}
	return true
}

// slotOf is FNV-1a, folded to the size of the cache.
func slotOf[T string | []byte](word T) uint32 {
	h := uint32(2166136261)
	for i := range len(word) {
		h = (h ^ uint32(word[i])) * 16777619
	}
	return (h ^ h>>15) % cacheSize
}

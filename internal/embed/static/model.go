package static

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"unicode/utf8"

	"github.com/lectern-project/lectern/internal/book"
)

const (
	magic         = "LECTSE01"
	formatVersion = 1
	formatFlags   = 7
	headerSize    = 40
	maxDims       = 1 << 14
	maxPieces     = 1 << 20
	maxTokens     = 1 << 16
	maxWordRunes  = 1 << 10
)

// model reads the rows of the table straight from the bytes of the file; decoded are only the
// places of the vocabulary's words.
type model struct {
	dims      int
	maxTokens int
	maxRunes  int // of a word
	scales    []byte
	rows      []byte
	vocab     vocabulary
}

// newModel reads data, which must not change afterwards. The error is Internal and says what is
// wrong with the file.
func newModel(data []byte) (*model, error) {
	if len(data) < headerSize || string(data[:8]) != magic {
		return nil, damaged("it does not begin like a model file")
	}
	field := func(offset int) uint64 { return uint64(binary.LittleEndian.Uint32(data[offset:])) }
	dims, n, vocabSize := field(12), field(16), field(32)
	body := data[headerSize:]
	rowsAt := (vocabSize + 3) &^ 3 // headerSize is a multiple of 4 too
	switch {
	case field(8) != formatVersion || field(28) != formatFlags:
		return nil, damaged("its version or flags are not those this program reads")
	case uint64(crc32.ChecksumIEEE(body)) != field(36):
		return nil, damaged("its checksum is wrong")
	case dims == 0 || dims > maxDims || n > maxPieces:
		return nil, damaged("its dimensions are out of range")
	case field(20) > maxTokens || field(24) > maxWordRunes:
		return nil, damaged("its limits are out of range")
	case uint64(len(body)) != rowsAt+n*(4+dims):
		return nil, damaged("it is too short or too long")
	}
	m := &model{
		dims:      int(dims),
		maxTokens: int(field(20)),
		maxRunes:  int(field(24)),
		scales:    body[rowsAt : rowsAt+4*n],
		rows:      body[rowsAt+4*n:],
	}
	for id := range int(n) {
		// Sums of rows must stay finite.
		if s := m.scale(uint32(id)); !(s >= 0 && s <= 1e6) {
			return nil, damaged("a scale is out of range")
		}
	}
	var err error
	m.vocab, err = newVocabulary(body[:vocabSize], int(n))
	return m, err
}

func damaged(what string) error {
	return book.Errorf(book.Internal,
		"the built-in embedding model is damaged: %s; reinstall lectern", what)
}

func (m *model) scale(id uint32) float32 {
	return math.Float32frombits(binary.LittleEndian.Uint32(m.scales[4*id:]))
}

// vector returns the sum of the rows of ids, scaled to length 1, or nil when there is none.
func (m *model) vector(ids []uint32) []float32 {
	sum := make([]float32, m.dims)
	for _, id := range ids {
		scale := m.scale(id)
		row := m.rows[int(id)*m.dims:][:len(sum)]
		for d, v := range row {
			// The conversion keeps platforms from fusing the two operations, so that all of them
			// compute the same vector.
			sum[d] += float32(scale * float32(int8(v)))
		}
	}
	var square float64
	for _, v := range sum {
		square += float64(v) * float64(v)
	}
	if square == 0 {
		return nil
	}
	length := math.Sqrt(square)
	for d, v := range sum {
		sum[d] = float32(float64(v) / length)
	}
	return sum
}

// vocabulary finds the id of a piece. It is a hash table with linear probing over the words as
// they stand in the file.
type vocabulary struct {
	words []byte
	ends  []uint32 // of each id's word in words; it begins after its length byte
	slots []slot   // a power of two, at most half full
}

type slot struct {
	hash uint32
	next uint32 // id + 1; 0 for an empty slot
}

func newVocabulary(words []byte, n int) (vocabulary, error) {
	size := 2
	for size < 2*n {
		size *= 2
	}
	v := vocabulary{words: words, ends: make([]uint32, n), slots: make([]slot, size)}
	at := 0
	for id := range n {
		if at >= len(words) || at+1+int(words[at]) > len(words) {
			return vocabulary{}, damaged("its vocabulary ends early")
		}
		word := words[at+1 : at+1+int(words[at])]
		at += 1 + len(word)
		v.ends[id] = uint32(at)
		if len(word) == 0 {
			continue
		}
		if !utf8.Valid(word) {
			return vocabulary{}, damaged("its vocabulary is not UTF-8")
		}
		hash := hashStart
		for _, b := range word {
			hash = hashNext(hash, b)
		}
		i := v.place(hash, "", word)
		if v.slots[i].next != 0 {
			return vocabulary{}, damaged("its vocabulary holds a piece twice")
		}
		v.slots[i] = slot{hash, uint32(id) + 1}
	}
	if at != len(words) {
		return vocabulary{}, damaged("its vocabulary is too long")
	}
	return v, nil
}

// place returns the slot of prefix+word, or the empty slot where it would go.
func (v *vocabulary) place(hash uint32, prefix string, word []byte) uint32 {
	mask := uint32(len(v.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		s := v.slots[i]
		if s.next == 0 {
			return i
		}
		if s.hash != hash {
			continue
		}
		end := v.ends[s.next-1]
		length := uint32(len(prefix) + len(word))
		if end <= length || uint32(v.words[end-length-1]) != length {
			continue
		}
		found := v.words[end-length : end]
		if string(found[:len(prefix)]) == prefix && string(found[len(prefix):]) == string(word) {
			return i
		}
	}
}

// find returns the id of prefix+word, whose hash is given.
func (v *vocabulary) find(hash uint32, prefix string, word []byte) (id uint32, ok bool) {
	s := v.slots[v.place(hash, prefix, word)]
	return s.next - 1, s.next != 0
}

// FNV-1a, 32 bits: the hash of a word's every prefix comes out on the way to its own.
const hashStart uint32 = 2166136261

func hashNext(hash uint32, b byte) uint32 { return (hash ^ uint32(b)) * 16777619 }

package embedtest

import (
	"context"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"unicode"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/embed"
)

// Fault is a way in which an embedder breaks its contract.
type Fault int

// The faults. Each spoils the last vector of a call or their number.
const (
	NoFault         Fault = iota
	MissingVector         // one vector fewer than texts
	SurplusVector         // one vector more
	WrongDimensions       // one number too few
	NaNVector             // NaN among the numbers
	InfiniteVector        // +Inf among the numbers
	ZeroVector            // zeros where nil belongs
)

// Fake is an embedder without a model: every word has a random direction that depends on nothing
// but its lower-case letters, and a text is the sum of its words. So texts that share words are
// near each other, and a text without letters and digits has no vector. It keeps the contract
// until it is told to misbehave. It is safe for concurrent use.
type Fake struct {
	space book.Space

	mu    sync.Mutex
	fault Fault
	err   error
	texts int
}

var _ embed.Embedder = (*Fake)(nil)

// NewFake returns a Fake of this many dimensions, two at least.
func NewFake(dimensions int) *Fake {
	return &Fake{space: book.Space{
		Provider:       "fake",
		Model:          "words",
		Dimensions:     dimensions,
		PrefixVersion:  1,
		LexicalVersion: 1,
		DenseWeight:    0.5,
	}}
}

// Misbehave makes every later call break the contract in this way; NoFault ends it.
func (f *Fake) Misbehave(fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = fault
}

// Fail makes every later call return err; nil ends it.
func (f *Fake) Fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

// Texts returns how many texts EmbedDocuments was given so far, those of failed calls included.
func (f *Fake) Texts() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.texts
}

// Space implements [embed.Embedder].
func (f *Fake) Space() book.Space { return f.space }

// EmbedDocuments implements [embed.Embedder].
func (f *Fake) EmbedDocuments(ctx context.Context, texts []embed.Text) ([][]float32, error) {
	fault, err := f.count(len(texts))
	if err != nil {
		return nil, err
	}
	vectors := make([][]float32, len(texts))
	for i, t := range texts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		all := t.Title + "\n" + strings.Join(t.HeadingPath, "\n") + "\n" + t.Text
		vectors[i] = f.vector(all)
	}
	return f.spoil(vectors, fault), nil
}

// EmbedQuery implements [embed.Embedder]. A fault in the number of vectors does not show here.
func (f *Fake) EmbedQuery(ctx context.Context, question string) ([]float32, error) {
	fault, err := f.count(0)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if fault == MissingVector || fault == SurplusVector {
		fault = NoFault
	}
	return f.spoil([][]float32{f.vector(question)}, fault)[0], nil
}

func (f *Fake) count(texts int) (Fault, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.texts += texts
	return f.fault, f.err
}

func (f *Fake) vector(text string) []float32 {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	sum := make([]float64, f.space.Dimensions)
	for _, word := range words {
		hash := fnv.New64a()
		hash.Write([]byte(word))
		random := rand.New(rand.NewPCG(hash.Sum64(), 0))
		for d := range sum {
			sum[d] += random.NormFloat64()
		}
	}
	var square float64
	for _, v := range sum {
		square += v * v
	}
	if square == 0 {
		return nil
	}
	vector := make([]float32, len(sum))
	for d, v := range sum {
		vector[d] = float32(v / math.Sqrt(square))
	}
	return vector
}

func (f *Fake) spoil(vectors [][]float32, fault Fault) [][]float32 {
	if len(vectors) == 0 {
		return vectors
	}
	last := len(vectors) - 1
	bad := make([]float32, f.space.Dimensions)
	switch fault {
	case MissingVector:
		return vectors[:last]
	case SurplusVector:
		bad[0] = 1
		return append(vectors, bad)
	case WrongDimensions:
		bad = bad[1:]
		bad[0] = 1
	case NaNVector:
		bad[0] = float32(math.NaN())
	case InfiniteVector:
		bad[0] = float32(math.Inf(1))
	case ZeroVector:
	default:
		return vectors
	}
	vectors[last] = bad
	return vectors
}

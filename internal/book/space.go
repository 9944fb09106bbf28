package book

import (
	"fmt"
	"regexp"
	"strings"
)

// Space is an embedding space: vectors of two spaces are never compared. Each has a collection in
// the vector index, a fusion weight and vector ids of its own.
type Space struct {
	Provider       string // "static", "gemini", "openai"
	Model          string
	Dimensions     int
	PrefixVersion  int // of what is put in front of a text before it is embedded
	LexicalVersion int // of stems, weights and hashes of the sparse vectors
	// DenseWeight is the dense leg's share of the fused score, 0 to 1. It is a setting of the
	// space and no part of its identity.
	DenseWeight float64
}

var notInName = regexp.MustCompile(`[^a-z0-9]+`)

// ID is the space's name, the same for the same provider, model, dimensions and versions. It fits
// a collection's name.
func (s Space) ID() string {
	model := strings.Trim(notInName.ReplaceAllString(strings.ToLower(s.Model), "-"), "-")
	return fmt.Sprintf("%s-%s-%d-p%d-l%d", s.Provider, model, s.Dimensions,
		s.PrefixVersion, s.LexicalVersion)
}

// SparseVector maps term hashes to weights. Indices ascend and are distinct; Values are finite and
// as many.
type SparseVector struct {
	Indices []uint32
	Values  []float32
}

package backup

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

// check returns what a store or an index would refuse of the document; dimensions are those of its
// dense vectors.
func (d document) check(dimensions int) error {
	if err := book.ValidateDocID(d.DocID); err != nil {
		return err
	}
	if d.Visibility != book.Public && d.Visibility != book.Private {
		return fmt.Errorf("visibility %q", d.Visibility)
	}
	if _, err := d.cut(); err != nil {
		return err
	}
	seen := map[uuid.UUID]bool{uuid.Nil: true}
	for i, c := range d.Chunks {
		if seen[c.ChunkID] {
			return fmt.Errorf("chunk %d has no id of its own", i)
		}
		seen[c.ChunkID] = true
		if c.Vectors == nil {
			continue
		}
		if err := c.Vectors.check(dimensions); err != nil {
			return fmt.Errorf("chunk %d: %w", i, err)
		}
	}
	return nil
}

// cut returns the texts of the chunks, which follow one another.
func (d document) cut() ([]string, error) {
	texts := make([]string, len(d.Chunks))
	at, offset := 0, 0 // code points and bytes
	for i, c := range d.Chunks {
		var ends [2]int
		for n, to := range [2]int{c.CharStart, c.CharEnd} {
			for at < to && offset < len(d.Text) {
				_, size := utf8.DecodeRuneInString(d.Text[offset:])
				at, offset = at+1, offset+size
			}
			if at != to {
				return nil, fmt.Errorf("chunk %d is not within the text, behind the one before it", i)
			}
			ends[n] = offset
		}
		texts[i] = d.Text[ends[0]:ends[1]]
	}
	return texts, nil
}

func (v vectors) check(dimensions int) error {
	if len(v.Dense)%4 != 0 || len(v.Indices)%4 != 0 || len(v.Indices) != len(v.Values) {
		return errors.New("vectors of uneven length")
	}
	p := v.point()
	if p.Dense != nil && len(p.Dense) != dimensions {
		return fmt.Errorf("%d dimensions", len(p.Dense))
	}
	var square float64
	for _, x := range p.Dense {
		square += float64(x) * float64(x)
	}
	if math.IsNaN(square) || math.IsInf(square, 0) || (p.Dense != nil && square == 0) {
		return errors.New("a vector without a direction")
	}
	for i, x := range p.Sparse.Values {
		if i > 0 && p.Sparse.Indices[i] <= p.Sparse.Indices[i-1] ||
			math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return errors.New("an unusable sparse vector")
		}
	}
	return nil
}

func (a account) check() error {
	if a.ID == uuid.Nil || a.Username == "" || !slices.Contains(book.Roles(), a.Role) {
		return errors.New("an account without id, name or role")
	}
	return nil
}

// check sees to it that messages take turns, the user first, and only answers have feedback.
func (c conversation) check() error {
	if c.ID == uuid.Nil {
		return errors.New("a conversation without id")
	}
	for i, m := range c.Messages {
		role := []book.MessageRole{book.FromUser, book.FromAssistant}[i%2]
		rated := m.Rating == 1 || m.Rating == -1
		switch {
		case m.ID == uuid.Nil || m.Role != role:
			return errors.New("a message without id, or out of turn")
		case rated == m.RatedAt.IsZero(), !rated && m.Rating != 0, rated && role == book.FromUser:
			return errors.New("a message with feedback that cannot be")
		}
	}
	return nil
}

func (k key) check() error {
	if k.ID == uuid.Nil || len(k.Hash) == 0 || !slices.Contains(book.Permissions(), k.Permission) {
		return errors.New("an API key without id, hash or permission")
	}
	return nil
}

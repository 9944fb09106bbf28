package exact

import (
	"bytes"
	"cmp"
	"math"
	"slices"

	"github.com/google/uuid"
)

// best keeps the limit best of what is added: highest score first, then lowest id.
type best struct {
	ids   []uuid.UUID
	limit int
	found []scored
	floor float32 // nothing below it can be among the best
}

type scored struct {
	slot  uint32
	score float32
}

func (c *collection) newBest(limit int) *best {
	return &best{ids: c.ids, limit: min(limit, len(c.slots)), floor: float32(math.Inf(-1))}
}

func (b *best) add(slot uint32, score float32) {
	if score < b.floor {
		return
	}
	b.found = append(b.found, scored{slot, score})
	if len(b.found) >= 2*b.limit+64 {
		b.trim()
		b.floor = b.found[b.limit-1].score
	}
}

// trim sorts and cuts off what is beyond the limit.
func (b *best) trim() {
	slices.SortFunc(b.found, func(x, y scored) int {
		if c := cmp.Compare(y.score, x.score); c != 0 {
			return c
		}
		return bytes.Compare(b.ids[x.slot][:], b.ids[y.slot][:])
	})
	b.found = b.found[:min(b.limit, len(b.found))]
}

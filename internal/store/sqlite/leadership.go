package sqlite

import (
	"context"
	"sync"
)

// leaders holds what is led in this process, by file and name. No other process has the file: the
// data directory belongs to one.
var leaders sync.Map

type leader struct{ path, name string }

// Lead implements store.Leadership.
func (s *Store) Lead(
	ctx context.Context, name string, f func(ctx context.Context) error,
) (led bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, s.translate(ctx, err)
	}
	key := leader{s.path, name}
	if _, taken := leaders.LoadOrStore(key, nil); taken {
		return false, nil
	}
	defer leaders.Delete(key)
	return true, f(ctx)
}

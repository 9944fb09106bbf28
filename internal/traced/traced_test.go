package traced_test

import (
	"context"
	"testing"

	"github.com/lectern-project/lectern/internal/traced"
	"github.com/lectern-project/lectern/internal/vector"
)

type named struct{ vector.Index }

func (named) PointAlias(context.Context, string) error { return nil }

// TestIndexKeepsItsAlias: the alias of an index follows the active space also where calls are traced.
func TestIndexKeepsItsAlias(t *testing.T) {
	type aliased interface {
		PointAlias(ctx context.Context, spaceID string) error
	}
	if _, ok := traced.Index(named{}, "x").(aliased); !ok {
		t.Error("the alias is lost")
	}
	if _, ok := traced.Index(struct{ vector.Index }{}, "x").(aliased); ok {
		t.Error("there is an alias where there was none")
	}
}

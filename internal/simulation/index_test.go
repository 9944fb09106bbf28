package simulation

import (
	"context"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/vector"
)

// gatedIndex is the vector index as an actor sees it.
type gatedIndex struct {
	*actor
	vector.Index // for Ping and Close, which nobody calls
}

func (x gatedIndex) Ensure(ctx context.Context, s book.Space) error {
	return do(ctx, x.actor, "index.Ensure", setup, func(ctx context.Context) error {
		return x.Index.Ensure(ctx, s)
	})
}

func (x gatedIndex) Drop(ctx context.Context, id string) error {
	return do(ctx, x.actor, "index.Drop", drop, func(ctx context.Context) error {
		return x.Index.Drop(ctx, id)
	})
}

func (x gatedIndex) Collections(ctx context.Context) ([]string, error) {
	return fetch(ctx, x.actor, "index.Collections", read, x.Index.Collections)
}

func (x gatedIndex) Upsert(ctx context.Context, id string, points []vector.Point) error {
	return x.call(ctx, "index.Upsert", upsert, func(ctx context.Context, share int) error {
		return x.Index.Upsert(ctx, id, points[:(len(points)*share+99)/100])
	})
}

func (x gatedIndex) Delete(ctx context.Context, id string, ids []uuid.UUID) error {
	return do(ctx, x.actor, "index.Delete", remove, func(ctx context.Context) error {
		return x.Index.Delete(ctx, id, ids)
	})
}

func (x gatedIndex) Search(
	ctx context.Context, id string, q vector.Query,
) (vector.Hits, error) {
	return fetch(ctx, x.actor, "index.Search", read, func(ctx context.Context) (vector.Hits, error) {
		return x.Index.Search(ctx, id, q)
	})
}

func (x gatedIndex) Fetch(
	ctx context.Context, id string, ids []uuid.UUID,
) ([]vector.Point, error) {
	return fetch(ctx, x.actor, "index.Fetch", read, func(ctx context.Context) ([]vector.Point, error) {
		return x.Index.Fetch(ctx, id, ids)
	})
}

func (x gatedIndex) Scan(
	ctx context.Context, id string, after uuid.UUID, limit int,
) ([]vector.Ref, error) {
	return fetch(ctx, x.actor, "index.Scan", read, func(ctx context.Context) ([]vector.Ref, error) {
		return x.Index.Scan(ctx, id, after, limit)
	})
}

func (x gatedIndex) Count(ctx context.Context, id string) (int, error) {
	return fetch(ctx, x.actor, "index.Count", read, func(ctx context.Context) (int, error) {
		return x.Index.Count(ctx, id)
	})
}

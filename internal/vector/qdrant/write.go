package qdrant

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"
	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc"

	"github.com/lectern-project/lectern/internal/vector"
)

const (
	upsertBatch = 128
	deleteBatch = 1000
	// streams is how many batches of one Upsert are on their way at once.
	streams = 2
)

// Upsert implements [vector.Index]. A failed one may leave any of its batches written.
func (x *Index) Upsert(ctx context.Context, spaceID string, points []vector.Point) error {
	dims, err := x.dims(ctx, spaceID)
	if err != nil {
		return err
	}
	for _, p := range points {
		if err := vector.CheckPoint(p, dims); err != nil {
			return err
		}
	}
	mayLand, err := inParallel(slices.Collect(slices.Chunk(points, upsertBatch)),
		func(batch []vector.Point) (bool, error) { return x.upsertBatch(ctx, spaceID, batch) })
	if err == nil && mayLand {
		return vector.ErrLate
	}
	if err == nil {
		return nil
	}
	failed := x.explain(ctx, spaceID, err)
	if mayLand {
		failed.Err = errors.Join(vector.ErrMayLand, failed.Err)
	}
	return failed
}

// inParallel calls write for each batch, streams at a time, until one fails; those on their way
// then go on, since a write that is broken off may still land. mayLand is that of any of them.
func inParallel(
	batches [][]vector.Point, write func([]vector.Point) (mayLand bool, err error),
) (mayLand bool, err error) {
	var (
		next  atomic.Int64
		mu    sync.Mutex // guards what is returned
		group sync.WaitGroup
	)
	failed := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return err != nil
	}
	for range min(streams, len(batches)) {
		group.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(batches)) && !failed(); i = next.Add(1) - 1 {
				late, failure := write(batches[i])
				mu.Lock()
				mayLand = mayLand || late
				if err == nil {
					err = failure
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return mayLand, err
}

func (x *Index) upsertBatch(
	ctx context.Context, spaceID string, points []vector.Point,
) (mayLand bool, err error) {
	batch := make([]*qdrant.PointStruct, len(points))
	for i, p := range points {
		batch[i] = pointStruct(p)
	}
	return try(ctx, writing, func(ctx context.Context, opt grpc.CallOption) error {
		return completed(x.client.GetPointsClient().Upsert(ctx, &qdrant.UpsertPoints{
			CollectionName: x.collection(spaceID), Wait: new(true), Points: batch,
		}, opt))
	})
}

// completed turns an answer that does not say that the write is done into an error.
func completed(done *qdrant.PointsOperationResponse, err error) error {
	if err == nil && done.GetResult().GetStatus() != qdrant.UpdateStatus_Completed {
		return errWaitTimeout
	}
	return err
}

// Delete implements [vector.Index].
func (x *Index) Delete(ctx context.Context, spaceID string, ids []uuid.UUID) error {
	if _, err := x.dims(ctx, spaceID); err != nil {
		return err
	}
	for batch := range slices.Chunk(ids, deleteBatch) {
		err := x.read(ctx, writing, spaceID, func(ctx context.Context, opt grpc.CallOption) error {
			return completed(x.client.GetPointsClient().Delete(ctx, &qdrant.DeletePoints{
				CollectionName: x.collection(spaceID), Wait: new(true),
				Points: qdrant.NewPointsSelectorIDs(pointIDs(batch)),
			}, opt))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

package qdrant

import (
	"bytes"
	"context"
	"slices"

	"github.com/google/uuid"
	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc"

	"github.com/lectern-project/lectern/internal/vector"
)

// Answers with vectors stay below some 4 MB at 3,000 dimensions.
const (
	fetchBatch = 128
	scanPage   = 256
)

// Fetch implements [vector.Index].
func (x *Index) Fetch(
	ctx context.Context, spaceID string, ids []uuid.UUID,
) (points []vector.Point, err error) {
	if _, err := x.dims(ctx, spaceID); err != nil {
		return nil, err
	}
	for batch := range slices.Chunk(ids, fetchBatch) {
		var got *qdrant.GetResponse
		err := x.read(ctx, reading, spaceID, func(ctx context.Context, opt grpc.CallOption) error {
			got, err = x.client.GetPointsClient().Get(ctx, &qdrant.GetPoints{
				CollectionName: x.collection(spaceID), Ids: pointIDs(batch),
				WithPayload: qdrant.NewWithPayload(true), WithVectors: qdrant.NewWithVectors(true),
			}, opt)
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, one := range got.GetResult() {
			if p, ok := foundPoint(one); ok {
				points = append(points, p)
			}
		}
	}
	return points, nil
}

// Scan implements [vector.Index]. The server's order of UUIDs is that of their bytes.
func (x *Index) Scan(
	ctx context.Context, spaceID string, after uuid.UUID, limit int,
) (refs []vector.Ref, err error) {
	if err := vector.CheckLimit(limit); err != nil {
		return nil, err
	}
	for len(refs) < limit {
		size := min(scanPage, limit-len(refs))
		page, err := x.scanPage(ctx, spaceID, after, size)
		if err != nil {
			return nil, err
		}
		refs = append(refs, page...)
		if len(page) < size {
			break
		}
		after = page[size-1].ID
	}
	return refs, nil
}

// scanPage asks for one point more than size, since the server begins with after itself.
func (x *Index) scanPage(
	ctx context.Context, spaceID string, after uuid.UUID, size int,
) (refs []vector.Ref, err error) {
	var got *qdrant.ScrollResponse
	err = x.read(ctx, reading, spaceID, func(ctx context.Context, opt grpc.CallOption) error {
		got, err = x.client.GetPointsClient().Scroll(ctx, &qdrant.ScrollPoints{
			CollectionName: x.collection(spaceID),
			Offset:         qdrant.NewIDUUID(after.String()),
			Limit:          new(uint32(size + 1)),
			WithPayload:    qdrant.NewWithPayload(true),
			WithVectors:    qdrant.NewWithVectorsInclude(denseName),
		}, opt)
		return err
	})
	for _, one := range got.GetResult() {
		if p, ok := foundPoint(one); ok && bytes.Compare(p.ID[:], after[:]) > 0 {
			refs = append(refs, vector.Ref{
				ID: p.ID, DocID: p.DocID, ChunkID: p.ChunkID, Scope: p.Scope,
				Dimensions: len(p.Dense),
			})
		}
	}
	return refs[:min(size, len(refs))], err
}

// Count implements [vector.Index].
func (x *Index) Count(ctx context.Context, spaceID string) (n int, err error) {
	err = x.read(ctx, reading, spaceID, func(ctx context.Context, opt grpc.CallOption) error {
		got, err := x.client.GetPointsClient().Count(ctx, &qdrant.CountPoints{
			CollectionName: x.collection(spaceID), Exact: new(true),
		}, opt)
		n = int(got.GetResult().GetCount())
		return err
	})
	return n, err
}

// read makes a call that leaves nothing to worry about where it fails.
func (x *Index) read(ctx context.Context, p patience, spaceID string, call request) error {
	_, err := try(ctx, p, call)
	return x.failure(ctx, spaceID, err)
}

package qdrant

import (
	"context"

	"github.com/google/uuid"
	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc"

	"github.com/lectern-project/lectern/internal/vector"
)

// oversampling is how many times Limit candidates are found by int8 and then scored exactly.
const oversampling = 3

// search is Search of a server that does not rest.
func (x *Index) search(
	ctx context.Context, spaceID string, q vector.Query,
) (hits vector.Hits, err error) {
	dims, err := x.dims(ctx, spaceID)
	if err != nil {
		return hits, err
	}
	if err := vector.CheckQuery(q, dims); err != nil {
		return hits, err
	}
	legs, into := x.legs(spaceID, q, &hits)
	if len(legs) == 0 {
		return hits, nil
	}
	var got *qdrant.QueryBatchResponse
	err = x.read(ctx, searching, spaceID, func(ctx context.Context, opt grpc.CallOption) error {
		got, err = x.client.GetPointsClient().QueryBatch(ctx, &qdrant.QueryBatchPoints{
			CollectionName: x.collection(spaceID), QueryPoints: legs,
		}, opt)
		return err
	})
	if err != nil {
		return hits, err
	}
	for i, leg := range got.GetResult()[:min(len(legs), len(got.GetResult()))] {
		*into[i] = hitsOf(leg.GetResult())
	}
	hits.Sparse = positive(hits.Sparse)
	return hits, nil
}

// legs returns the queries to send, and where the hits of each belong. None where nothing can be
// found.
func (x *Index) legs(
	spaceID string, q vector.Query, hits *vector.Hits,
) (legs []*qdrant.QueryPoints, into []*[]vector.Hit) {
	if len(q.Scopes) == 0 || q.DocIDs != nil && len(q.DocIDs) == 0 {
		return nil, nil
	}
	filter := filterOf(q)
	leg := func(name string, query *qdrant.Query, params *qdrant.SearchParams) {
		legs = append(legs, &qdrant.QueryPoints{
			CollectionName: x.collection(spaceID),
			Query:          query,
			Using:          &name,
			Filter:         filter,
			Params:         params,
			Limit:          new(uint64(q.Limit)),
			WithPayload:    qdrant.NewWithPayloadInclude(docIDKey, chunkIDKey),
			WithVectors:    qdrant.NewWithVectors(false),
		})
	}
	if len(q.Dense) > 0 {
		leg(denseName, qdrant.NewQueryDense(vector.Unit(q.Dense)), &qdrant.SearchParams{
			Quantization: &qdrant.QuantizationSearchParams{
				Rescore: new(true), Oversampling: new(float64(oversampling)),
			},
		})
		into = append(into, &hits.Dense)
	}
	if len(q.Sparse.Indices) > 0 {
		leg(sparseName, qdrant.NewQuerySparse(q.Sparse.Indices, q.Sparse.Values), nil)
		into = append(into, &hits.Sparse)
	}
	return legs, into
}

func filterOf(q vector.Query) *qdrant.Filter {
	scopes := make([]string, len(q.Scopes))
	for i, scope := range q.Scopes {
		scopes[i] = string(scope)
	}
	filter := &qdrant.Filter{Must: []*qdrant.Condition{
		qdrant.NewMatchKeywords(scopeKey, scopes...),
	}}
	if q.DocIDs != nil {
		filter.Must = append(filter.Must, qdrant.NewMatchKeywords(docIDKey, q.DocIDs...))
	}
	return filter
}

func hitsOf(points []*qdrant.ScoredPoint) []vector.Hit {
	hits := make([]vector.Hit, 0, len(points))
	for _, p := range points {
		id, err := uuid.Parse(p.GetId().GetUuid())
		if err != nil {
			continue // not ours
		}
		chunkID, _ := uuid.Parse(p.GetPayload()[chunkIDKey].GetStringValue())
		hits = append(hits, vector.Hit{
			ID: id, DocID: p.GetPayload()[docIDKey].GetStringValue(), ChunkID: chunkID,
			Score: float64(p.GetScore()),
		})
	}
	return hits
}

// positive cuts off the hits without a score: with a filter, the server may return points that
// share no term with the query.
func positive(hits []vector.Hit) []vector.Hit {
	for i, h := range hits {
		if h.Score <= 0 {
			return hits[:i]
		}
	}
	return hits
}

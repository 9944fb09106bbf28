package qdrant

import (
	"github.com/google/uuid"
	"github.com/qdrant/go-client/qdrant"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/vector"
)

func pointIDs(ids []uuid.UUID) []*qdrant.PointId {
	named := make([]*qdrant.PointId, len(ids))
	for i, id := range ids {
		named[i] = qdrant.NewIDUUID(id.String())
	}
	return named
}

// pointStruct is p as it is sent. The server scales vectors to length 1 too, but not tiny ones.
func pointStruct(p vector.Point) *qdrant.PointStruct {
	vectors := make(map[string]*qdrant.Vector, 2)
	if len(p.Dense) > 0 {
		vectors[denseName] = qdrant.NewVectorDense(vector.Unit(p.Dense))
	}
	if len(p.Sparse.Indices) > 0 {
		vectors[sparseName] = qdrant.NewVectorSparse(p.Sparse.Indices, p.Sparse.Values)
	}
	return &qdrant.PointStruct{
		Id:      qdrant.NewIDUUID(p.ID.String()),
		Vectors: qdrant.NewVectorsMap(vectors),
		Payload: map[string]*qdrant.Value{
			docIDKey:   qdrant.NewValueString(p.DocID),
			chunkIDKey: qdrant.NewValueString(p.ChunkID.String()),
			scopeKey:   qdrant.NewValueString(string(p.Scope)),
		},
	}
}

// foundPoint reads p; ok is false for a point with a number for an id, which is not ours. A chunk
// id that is none becomes zero, so that an audit sees the contradiction.
func foundPoint(got *qdrant.RetrievedPoint) (p vector.Point, ok bool) {
	id, err := uuid.Parse(got.GetId().GetUuid())
	if err != nil {
		return p, false
	}
	chunkID, _ := uuid.Parse(got.GetPayload()[chunkIDKey].GetStringValue())
	vectors := got.GetVectors().GetVectors().GetVectors()
	return vector.Point{
		ID:      id,
		DocID:   got.GetPayload()[docIDKey].GetStringValue(),
		ChunkID: chunkID,
		Scope:   book.Scope(got.GetPayload()[scopeKey].GetStringValue()),
		Dense:   denseOf(vectors[denseName]),
		Sparse:  sparseOf(vectors[sparseName]),
	}, true
}

// denseOf and sparseOf read both forms that servers answer in.
func denseOf(v *qdrant.VectorOutput) []float32 {
	if dense := v.GetDense().GetData(); dense != nil {
		return dense
	}
	return v.GetData() //nolint:staticcheck // the only form of some versions
}

func sparseOf(v *qdrant.VectorOutput) book.SparseVector {
	if sparse := v.GetSparse(); sparse != nil {
		return book.SparseVector{Indices: sparse.GetIndices(), Values: sparse.GetValues()}
	}
	return book.SparseVector{
		Indices: v.GetIndices().GetData(), //nolint:staticcheck // the only form of some versions
		Values:  v.GetData(),              //nolint:staticcheck // the only form of some versions
	}
}

package qdrant

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/vector"
)

// The names of the vectors and the payload, all of it.
const (
	denseName  = "dense"
	sparseName = "bm25"

	docIDKey   = "doc_id"
	chunkIDKey = "chunk_id"
	scopeKey   = "scope"
)

// maxDimensions is the server's limit.
const maxDimensions = 1 << 16

// separator stands between the alias and the id of the space, which holds no underscore.
const separator = "__"

// collection is the name of a space's collection.
func (x *Index) collection(spaceID string) string { return x.alias + separator + spaceID }

// Ensure implements [vector.Index]. A collection is a Conflict too if its dense vectors are not
// compared by cosine, if it lacks the sparse vector or that one's IDF, and, where there is none yet,
// if the alias is another database's. One that says of no database whose it is becomes this one's.
func (x *Index) Ensure(ctx context.Context, space book.Space) error {
	id := space.ID()
	if space.Dimensions < 1 || space.Dimensions > maxDimensions {
		return book.Errorf(book.Invalid, "the embedding space %s has %d dimensions; it must have 1 "+
			"to %d", id, space.Dimensions, maxDimensions)
	}
	info, err := x.info(ctx, x.collection(id))
	if codeOf(err) == codes.NotFound {
		if err := x.checkAlias(ctx); err != nil {
			return err
		}
		if err = x.create(ctx, space); err == nil || codeOf(err) == codes.AlreadyExists {
			info, err = x.info(ctx, x.collection(id)) // as it is, whoever was first
		}
	}
	if err != nil {
		return x.failure(ctx, id, err)
	}
	dims, err := x.inspect(id, info)
	if err == nil && dims != space.Dimensions {
		err = x.contradiction(id, fmt.Sprintf("has %d dimensions, not %d", dims, space.Dimensions))
	}
	if err != nil {
		return err
	}
	if ownerOf(info) == "" && x.database != uuid.Nil {
		if err := x.adopt(ctx, id); err != nil {
			return err
		}
	}
	if err := x.indexPayload(ctx, id, info); err != nil {
		return x.failure(ctx, id, err)
	}
	x.dimensions.Store(id, dims)
	return nil
}

// info describes the collection of this name or alias. It returns the server's error.
func (x *Index) info(ctx context.Context, name string) (info *qdrant.CollectionInfo, err error) {
	_, err = try(ctx, reading, func(ctx context.Context, opt grpc.CallOption) error {
		got, err := x.client.GetCollectionsClient().Get(ctx,
			&qdrant.GetCollectionInfoRequest{CollectionName: name}, opt)
		info = got.GetResult()
		return err
	})
	return info, err
}

// create returns the server's error. AlreadyExists may mean that an earlier attempt did it.
func (x *Index) create(ctx context.Context, space book.Space) error {
	dense := &qdrant.VectorParams{
		Size: uint64(space.Dimensions), Distance: qdrant.Distance_Cosine,
		// The fields that replace these are unknown to servers before 1.19.
		OnDisk: new(true), //nolint:staticcheck // see above
		QuantizationConfig: qdrant.NewQuantizationScalar(&qdrant.ScalarQuantization{
			Type:      qdrant.QuantizationType_Int8,
			AlwaysRam: new(true), //nolint:staticcheck // see above
		}),
	}
	sparse := &qdrant.SparseVectorParams{Modifier: new(qdrant.Modifier_Idf)}
	_, err := try(ctx, writing, func(ctx context.Context, opt grpc.CallOption) error {
		_, err := x.client.GetCollectionsClient().Create(ctx, &qdrant.CreateCollection{
			CollectionName: x.collection(space.ID()),
			VectorsConfig: qdrant.NewVectorsConfigMap(
				map[string]*qdrant.VectorParams{denseName: dense}),
			SparseVectorsConfig: qdrant.NewSparseVectorsConfig(
				map[string]*qdrant.SparseVectorParams{sparseName: sparse}),
			Metadata: x.metadata(),
		}, opt)
		return err
	})
	return err
}

// inspect returns the dimensions of a collection, or the Conflict if it is not of our making.
func (x *Index) inspect(spaceID string, info *qdrant.CollectionInfo) (dims int, err error) {
	if x.foreign(info) {
		return 0, x.refuseForeign(x.collection(spaceID))
	}
	params := info.GetConfig().GetParams()
	dense := params.GetVectorsConfig().GetParamsMap().GetMap()[denseName]
	sparse := params.GetSparseVectorsConfig().GetMap()[sparseName]
	var what string
	switch {
	case dense == nil:
		what = "has no dense vector " + denseName
	case dense.GetDistance() != qdrant.Distance_Cosine:
		what = "compares its dense vectors by " + dense.GetDistance().String() + ", not by cosine"
	case sparse == nil:
		what = "has no sparse vector " + sparseName
	case sparse.GetModifier() != qdrant.Modifier_Idf:
		what = "does not weigh the terms of " + sparseName + " by IDF"
	default:
		return int(dense.GetSize()), nil
	}
	return 0, x.contradiction(spaceID, what)
}

func (x *Index) contradiction(spaceID, what string) error {
	return book.Errorf(book.Conflict, "the collection %q of Qdrant at %s %s; it belongs to other "+
		"data: choose another name with --collection, or move it away", x.collection(spaceID), x.address, what)
}

// indexPayload makes the indexes of the keys that searches filter by, where they are missing.
func (x *Index) indexPayload(
	ctx context.Context, spaceID string, info *qdrant.CollectionInfo,
) error {
	for key, tenant := range map[string]bool{docIDKey: false, scopeKey: true} {
		there := info.GetPayloadSchema()[key]
		if there.GetDataType() == qdrant.PayloadSchemaType_Keyword {
			continue
		}
		_, err := try(ctx, writing, func(ctx context.Context, opt grpc.CallOption) error {
			done, err := x.client.GetPointsClient().CreateFieldIndex(ctx,
				&qdrant.CreateFieldIndexCollection{
					CollectionName: x.collection(spaceID),
					Wait:           new(true),
					FieldName:      key,
					FieldType:      new(qdrant.FieldType_FieldTypeKeyword),
					FieldIndexParams: qdrant.NewPayloadIndexParamsKeyword(
						&qdrant.KeywordIndexParams{IsTenant: new(tenant)}),
				}, opt)
			return completed(done, err)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// dims returns the dimensions of a space's collection. Only the first call about a collection
// asks the server.
func (x *Index) dims(ctx context.Context, spaceID string) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if known, ok := x.dimensions.Load(spaceID); ok {
		return known.(int), nil //nolint:forcetypeassert // only ints are stored
	}
	info, err := x.info(ctx, x.collection(spaceID))
	if err != nil {
		return 0, x.failure(ctx, spaceID, err)
	}
	dims, err := x.inspect(spaceID, info)
	if err == nil {
		x.dimensions.Store(spaceID, dims)
	}
	return dims, err
}

// Drop implements [vector.Index].
func (x *Index) Drop(ctx context.Context, spaceID string) error {
	info, err := x.info(ctx, x.collection(spaceID))
	switch {
	case codeOf(err) == codes.NotFound:
		x.dimensions.Delete(spaceID)
		return nil
	case err != nil:
		return x.failure(ctx, spaceID, err)
	case x.foreign(info):
		return x.refuseForeign(x.collection(spaceID))
	}
	late, err := try(ctx, writing, func(ctx context.Context, opt grpc.CallOption) error {
		_, err := x.client.GetCollectionsClient().Delete(ctx,
			&qdrant.DeleteCollection{CollectionName: x.collection(spaceID)}, opt)
		return err
	})
	x.dimensions.Delete(spaceID)
	switch {
	case err != nil && codeOf(err) != codes.NotFound:
		return x.failure(ctx, spaceID, err)
	case late:
		return vector.ErrLate
	}
	return nil
}

// PointAlias makes the alias name the collection of the space, in one step, also if it named
// another. It is for people and tools that look into the server: no call of this package reads
// through the alias. NotFound for an unknown collection, Conflict if a collection has the alias's
// name, or it names a collection of another database.
func (x *Index) PointAlias(ctx context.Context, spaceID string) error {
	if err := x.checkAlias(ctx); err != nil {
		return err
	}
	return x.read(ctx, writing, spaceID, func(ctx context.Context, opt grpc.CallOption) error {
		_, err := x.client.GetCollectionsClient().UpdateAliases(ctx, &qdrant.ChangeAliases{
			Actions: []*qdrant.AliasOperations{
				qdrant.NewAliasCreate(x.alias, x.collection(spaceID)),
			},
		}, opt)
		return err
	})
}

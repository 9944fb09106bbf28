package qdrant

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/lectern-project/lectern/internal/book"
)

// databaseKey is where a collection's metadata say which database refers to its points. Two under one
// alias would each take the other's points for stray.
const databaseKey = "lectern_database"

// metadata are those of a collection of this database.
func (x *Index) metadata() map[string]*qdrant.Value {
	if x.database == uuid.Nil {
		return nil
	}
	return map[string]*qdrant.Value{databaseKey: qdrant.NewValueString(x.database.String())}
}

// ownerOf returns the database of a collection, or nothing if it was made before collections said so.
func ownerOf(info *qdrant.CollectionInfo) string {
	return info.GetConfig().GetMetadata()[databaseKey].GetStringValue()
}

// foreign reports whether a collection is another database's.
func (x *Index) foreign(info *qdrant.CollectionInfo) bool {
	owner := ownerOf(info)
	return x.database != uuid.Nil && owner != "" && owner != x.database.String()
}

func (x *Index) refuseForeign(collection string) error {
	return book.Errorf(book.Conflict, "the collection %q of Qdrant at %s belongs to another database "+
		"of Lectern; choose another name than %q with --collection, or, if that database is gone for "+
		"good, delete the collection in Qdrant", collection, x.address, x.alias)
}

// adopt makes a collection that says of no database whose it is this one's. It may turn out that
// another was faster.
func (x *Index) adopt(ctx context.Context, spaceID string) error {
	_, err := try(ctx, writing, func(ctx context.Context, opt grpc.CallOption) error {
		_, err := x.client.GetCollectionsClient().Update(ctx, &qdrant.UpdateCollection{
			CollectionName: x.collection(spaceID), Metadata: x.metadata(),
		}, opt)
		return err
	})
	if err != nil {
		return x.failure(ctx, spaceID, err)
	}
	info, err := x.info(ctx, x.collection(spaceID))
	if err != nil {
		return x.failure(ctx, spaceID, err)
	}
	if x.foreign(info) {
		return x.refuseForeign(x.collection(spaceID))
	}
	return nil
}

// checkAlias returns a Conflict if the alias names a collection of another database.
func (x *Index) checkAlias(ctx context.Context) error {
	info, err := x.info(ctx, x.alias)
	switch {
	case codeOf(err) == codes.NotFound:
		return nil
	case err != nil:
		return x.failure(ctx, "", err)
	case x.foreign(info):
		return x.refuseForeign(x.alias)
	}
	return nil
}

// Collections implements [vector.Index]. One that says of no database whose it is is left out.
func (x *Index) Collections(ctx context.Context) ([]string, error) {
	var names *qdrant.ListCollectionsResponse
	err := x.read(ctx, reading, "", func(ctx context.Context, opt grpc.CallOption) (err error) {
		names, err = x.client.GetCollectionsClient().List(ctx, &qdrant.ListCollectionsRequest{}, opt)
		return err
	})
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, c := range names.GetCollections() {
		id, ours := strings.CutPrefix(c.GetName(), x.collection(""))
		if !ours || strings.Contains(id, separator) { // of an alias that begins like ours
			continue
		}
		info, err := x.info(ctx, c.GetName())
		if codeOf(err) == codes.NotFound {
			continue
		}
		if err != nil {
			return nil, x.failure(ctx, id, err)
		}
		if ownerOf(info) != "" && !x.foreign(info) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids, nil
}

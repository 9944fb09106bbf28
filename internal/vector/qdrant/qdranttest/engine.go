package qdranttest

import (
	"maps"
	"strings"

	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// engine is all that the server holds. It is what its journal says: each change is the request
// that made it.
type engine struct {
	collections map[string]*collection
	aliases     map[string]string
}

func newEngine() *engine {
	return &engine{make(map[string]*collection), make(map[string]string)}
}

// find returns a collection by its name or alias.
func (e *engine) find(name string) (*collection, error) {
	if target, ok := e.aliases[name]; ok {
		name = target
	}
	c, ok := e.collections[name]
	if !ok {
		return nil, status.Errorf(codes.NotFound, "Not found: Collection `%s` doesn't exist!", name)
	}
	return c, nil
}

// apply makes a change that was checked. What cannot be applied any more, because its collection
// is gone, is left out.
func (e *engine) apply(change proto.Message) {
	switch r := change.(type) {
	case *qdrant.CreateCollection:
		e.collections[r.GetCollectionName()] = newCollection(r)
	case *qdrant.UpdateCollection:
		if c, err := e.find(r.GetCollectionName()); err == nil {
			merged := maps.Clone(r.GetMetadata())
			for key, value := range c.metadata {
				if _, replaced := merged[key]; !replaced {
					merged[key] = value
				}
			}
			c.metadata = merged
		}
	case *qdrant.DeleteCollection:
		e.drop(r.GetCollectionName())
	case *qdrant.ChangeAliases:
		for _, action := range r.GetActions() {
			create := action.GetCreateAlias()
			e.aliases[create.GetAliasName()] = create.GetCollectionName()
		}
	case *qdrant.CreateFieldIndexCollection:
		if c, err := e.find(r.GetCollectionName()); err == nil {
			c.index[r.GetFieldName()] = r
		}
	case *qdrant.UpsertPoints:
		c, err := e.find(r.GetCollectionName())
		if points, wrong := readPoints(r.GetPoints()); err == nil && wrong == nil {
			c.upsert(points)
		}
	case *qdrant.DeletePoints:
		if c, err := e.find(r.GetCollectionName()); err == nil {
			for _, id := range r.GetPoints().GetPoints().GetIds() {
				if id, err := readID(id); err == nil {
					c.remove(id)
				}
			}
		}
	}
}

func (e *engine) drop(name string) {
	delete(e.collections, name)
	for alias, target := range e.aliases {
		if target == name {
			delete(e.aliases, alias)
		}
	}
}

// maxSize is the largest dense vector.
const maxSize = 65536

func (e *engine) checkCreate(r *qdrant.CreateCollection, anyDistance bool) error {
	name := r.GetCollectionName()
	if name == "" || len(name) > 255 || strings.ContainsAny(name, "<>:\"/\\|?*\x00\x1f") {
		return invalid("Validation error: collection_name: invalid name %q", name)
	}
	if e.collections[name] != nil || e.aliases[name] != "" {
		return status.Errorf(codes.AlreadyExists, "Wrong input: Collection `%s` already exists!",
			name)
	}
	if r.GetVectorsConfig().GetParams() != nil {
		return unknown("collections with a vector that has no name")
	}
	for _, v := range r.GetVectorsConfig().GetParamsMap().GetMap() {
		if v.GetSize() < 1 || v.GetSize() > maxSize {
			return invalid("Validation error: size: must be from 1 to %d", maxSize)
		}
		if v.GetDistance() != qdrant.Distance_Cosine && !anyDistance {
			return unknown("a distance other than cosine")
		}
	}
	return nil
}

func (e *engine) checkUpdate(r *qdrant.UpdateCollection) error {
	others := &qdrant.UpdateCollection{
		CollectionName: r.GetCollectionName(), Metadata: r.GetMetadata(),
	}
	if len(r.GetMetadata()) == 0 || !proto.Equal(r, others) {
		return unknown("changes of a collection other than of its metadata")
	}
	for _, value := range r.GetMetadata() {
		if _, null := value.GetKind().(*qdrant.Value_NullValue); null {
			return unknown("removal of metadata")
		}
	}
	_, err := e.find(r.GetCollectionName())
	return err
}

func (e *engine) checkAliases(r *qdrant.ChangeAliases) error {
	for _, action := range r.GetActions() {
		create := action.GetCreateAlias()
		if create == nil {
			return unknown("changes of aliases other than to create one")
		}
		if e.collections[create.GetCollectionName()] == nil {
			return status.Errorf(codes.NotFound, "Not found: Collection `%s` doesn't exist!",
				create.GetCollectionName())
		}
		if e.collections[create.GetAliasName()] != nil {
			return status.Errorf(codes.AlreadyExists,
				"Wrong input: Collection `%s` already exists!", create.GetAliasName())
		}
	}
	return nil
}

package qdranttest

import (
	"context"

	"github.com/qdrant/go-client/qdrant"
)

type healthService struct {
	qdrant.UnimplementedQdrantServer
}

func (healthService) HealthCheck(
	context.Context, *qdrant.HealthCheckRequest,
) (*qdrant.HealthCheckReply, error) {
	return &qdrant.HealthCheckReply{Title: "qdranttest", Version: "1.19.0"}, nil
}

type collectionsService struct {
	qdrant.UnimplementedCollectionsServer
	*Server
}

func (s collectionsService) Create(
	_ context.Context, r *qdrant.CreateCollection,
) (*qdrant.CollectionOperationResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.engine.checkCreate(r, s.options.AnyDistance); err != nil {
		return nil, err
	}
	return &qdrant.CollectionOperationResponse{Result: true}, s.change(r)
}

// Update merges metadata into those of the collection.
func (s collectionsService) Update(
	_ context.Context, r *qdrant.UpdateCollection,
) (*qdrant.CollectionOperationResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.engine.checkUpdate(r); err != nil {
		return nil, err
	}
	return &qdrant.CollectionOperationResponse{Result: true}, s.change(r)
}

// Delete says false for a collection that is not there; it is no error.
func (s collectionsService) Delete(
	_ context.Context, r *qdrant.DeleteCollection,
) (*qdrant.CollectionOperationResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.engine.collections[r.GetCollectionName()] == nil {
		return &qdrant.CollectionOperationResponse{}, nil
	}
	return &qdrant.CollectionOperationResponse{Result: true}, s.change(r)
}

func (s collectionsService) UpdateAliases(
	_ context.Context, r *qdrant.ChangeAliases,
) (*qdrant.CollectionOperationResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.engine.checkAliases(r); err != nil {
		return nil, err
	}
	return &qdrant.CollectionOperationResponse{Result: true}, s.change(r)
}

func (s collectionsService) ListAliases(
	context.Context, *qdrant.ListAliasesRequest,
) (*qdrant.ListAliasesResponse, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	answer := &qdrant.ListAliasesResponse{}
	for alias, name := range s.engine.aliases {
		answer.Aliases = append(answer.Aliases,
			&qdrant.AliasDescription{AliasName: alias, CollectionName: name})
	}
	return answer, nil
}

func (s collectionsService) List(
	context.Context, *qdrant.ListCollectionsRequest,
) (*qdrant.ListCollectionsResponse, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	answer := &qdrant.ListCollectionsResponse{}
	for name := range s.engine.collections {
		answer.Collections = append(answer.Collections, &qdrant.CollectionDescription{Name: name})
	}
	return answer, nil
}

func (s collectionsService) CollectionExists(
	_ context.Context, r *qdrant.CollectionExistsRequest,
) (*qdrant.CollectionExistsResponse, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, err := s.engine.find(r.GetCollectionName())
	return &qdrant.CollectionExistsResponse{
		Result: &qdrant.CollectionExists{Exists: err == nil},
	}, nil
}

func (s collectionsService) Get(
	_ context.Context, r *qdrant.GetCollectionInfoRequest,
) (*qdrant.GetCollectionInfoResponse, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c, err := s.engine.find(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	schema := make(map[string]*qdrant.PayloadSchemaInfo)
	for key, index := range c.index {
		schema[key] = &qdrant.PayloadSchemaInfo{
			DataType: qdrant.PayloadSchemaType_Keyword, Params: index.GetFieldIndexParams(),
		}
	}
	return &qdrant.GetCollectionInfoResponse{Result: &qdrant.CollectionInfo{
		Status:      qdrant.CollectionStatus_Green,
		PointsCount: new(uint64(len(c.points))),
		Config: &qdrant.CollectionConfig{
			Params: &qdrant.CollectionParams{
				VectorsConfig:       c.config.GetVectorsConfig(),
				SparseVectorsConfig: c.config.GetSparseVectorsConfig(),
			},
			QuantizationConfig: c.config.GetQuantizationConfig(),
			Metadata:           c.metadata,
		},
		PayloadSchema: schema,
	}}, nil
}

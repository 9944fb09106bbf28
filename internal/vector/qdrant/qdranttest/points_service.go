package qdranttest

import (
	"context"
	"slices"

	"github.com/qdrant/go-client/qdrant"
)

type pointsService struct {
	qdrant.UnimplementedPointsServer
	*Server
}

// Upsert with wait=false acknowledges whatever the engine then drops.
func (s pointsService) Upsert(
	_ context.Context, r *qdrant.UpsertPoints,
) (*qdrant.PointsOperationResponse, error) {
	points, err := readPoints(r.GetPoints())
	if err != nil {
		return nil, err
	}
	if r.GetUpdateFilter() != nil || r.GetUpdateMode() != qdrant.UpdateMode_Upsert {
		return nil, unknown("conditional upserts")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.engine.find(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	now, later, refused := c.splitRefused(r, points)
	if refused == nil && s.options.Forgetful {
		return done(r.GetWait(), nil)
	}
	if refused == nil {
		return done(r.GetWait(), s.change(r))
	}
	if err := s.change(now); err != nil {
		return nil, err
	}
	if err := s.journal.add(later); err != nil { // applied when it is read again
		return nil, err
	}
	if !r.GetWait() {
		refused = nil
	}
	return done(r.GetWait(), refused)
}

func done(wait bool, err error) (*qdrant.PointsOperationResponse, error) {
	if err != nil {
		return nil, err
	}
	how := qdrant.UpdateStatus_Acknowledged
	if wait {
		how = qdrant.UpdateStatus_Completed
	}
	return &qdrant.PointsOperationResponse{Result: &qdrant.UpdateResult{Status: how}}, nil
}

func (s pointsService) Delete(
	_ context.Context, r *qdrant.DeletePoints,
) (*qdrant.PointsOperationResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.engine.find(r.GetCollectionName()); err != nil {
		return nil, err
	}
	ids, ok := r.GetPoints().GetPointsSelectorOneOf().(*qdrant.PointsSelector_Points)
	if !ok {
		return nil, unknown("to delete by a filter")
	}
	for _, id := range ids.Points.GetIds() {
		if _, err := readID(id); err != nil {
			return nil, err
		}
	}
	return done(r.GetWait(), s.change(r))
}

func (s pointsService) CreateFieldIndex(
	_ context.Context, r *qdrant.CreateFieldIndexCollection,
) (*qdrant.PointsOperationResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.engine.find(r.GetCollectionName()); err != nil {
		return nil, err
	}
	switch {
	case r.GetFieldName() == "":
		return nil, invalid("Validation error: field_name must not be empty")
	case r.GetFieldType() != qdrant.FieldType_FieldTypeKeyword || r.FieldType == nil:
		return nil, unknown("indexes other than for keywords")
	}
	return done(r.GetWait(), s.change(r))
}

func (s pointsService) Query(
	_ context.Context, r *qdrant.QueryPoints,
) (*qdrant.QueryResponse, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	result, err := s.answer(r.GetCollectionName(), r)
	return &qdrant.QueryResponse{Result: result}, err
}

// QueryBatch answers all or none.
func (s pointsService) QueryBatch(
	_ context.Context, r *qdrant.QueryBatchPoints,
) (*qdrant.QueryBatchResponse, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	answer := &qdrant.QueryBatchResponse{}
	for _, q := range r.GetQueryPoints() {
		result, err := s.answer(r.GetCollectionName(), q)
		if err != nil {
			return nil, err
		}
		answer.Result = append(answer.Result, &qdrant.BatchResult{Result: result})
	}
	return answer, nil
}

func (s pointsService) answer(name string, q *qdrant.QueryPoints) ([]*qdrant.ScoredPoint, error) {
	c, err := s.engine.find(name)
	if err != nil {
		return nil, err
	}
	found, err := c.query(q, !s.options.Lenient)
	if err != nil {
		return nil, err
	}
	result := make([]*qdrant.ScoredPoint, len(found))
	for i, f := range found {
		vectors, err := c.selectVectors(f.point, q.GetWithVectors())
		if err != nil {
			return nil, err
		}
		result[i] = &qdrant.ScoredPoint{
			Id: f.point.id.proto(), Score: f.score,
			Payload: selectPayload(f.point, q.GetWithPayload()), Vectors: vectors,
		}
	}
	return result, nil
}

// Get answers in any order, with repeats once and without what is missing.
func (s pointsService) Get(_ context.Context, r *qdrant.GetPoints) (*qdrant.GetResponse, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c, err := s.engine.find(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	asked := make(map[pointID]bool)
	for _, id := range r.GetIds() {
		read, err := readID(id)
		if err != nil {
			return nil, err
		}
		asked[read] = true
	}
	answer := &qdrant.GetResponse{}
	payload := r.GetWithPayload()
	if payload == nil {
		payload = qdrant.NewWithPayload(true)
	}
	for id := range asked { // in random order
		if p := c.points[id]; p != nil {
			one, err := c.retrieve(p, payload, r.GetWithVectors())
			if err != nil {
				return nil, err
			}
			answer.Result = append(answer.Result, one)
		}
	}
	return answer, nil
}

func (s pointsService) Scroll(
	_ context.Context, r *qdrant.ScrollPoints,
) (*qdrant.ScrollResponse, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c, err := s.engine.find(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	ids, err := c.scroll(r, !s.options.Lenient)
	if err != nil {
		return nil, err
	}
	limit := defaultLimit
	if r.Limit != nil {
		limit = int(r.GetLimit())
	}
	answer := &qdrant.ScrollResponse{}
	if len(ids) > limit {
		answer.NextPageOffset = ids[limit].proto()
		ids = ids[:limit]
	}
	payload := r.GetWithPayload()
	if payload == nil {
		payload = qdrant.NewWithPayload(true)
	}
	for _, id := range ids {
		one, err := c.retrieve(c.points[id], payload, r.GetWithVectors())
		if err != nil {
			return nil, err
		}
		answer.Result = append(answer.Result, one)
	}
	return answer, nil
}

// scroll returns the ids from the offset on that pass the filter.
func (c *collection) scroll(r *qdrant.ScrollPoints, strict bool) ([]pointID, error) {
	if r.GetOrderBy() != nil {
		return nil, unknown("order_by")
	}
	if r.Limit != nil && r.GetLimit() == 0 {
		return nil, invalid("Validation error: limit: value 0 invalid, must be 1 or larger")
	}
	if err := c.checkFilter(r.GetFilter(), strict); err != nil {
		return nil, err
	}
	var from pointID
	if r.GetOffset() != nil {
		var err error
		if from, err = readID(r.GetOffset()); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(c.sortedIDs(), func(id pointID) bool {
		return compareIDs(id, from) < 0 || !c.points[id].passes(r.GetFilter())
	}), nil
}

func (s pointsService) Count(
	_ context.Context, r *qdrant.CountPoints,
) (*qdrant.CountResponse, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c, err := s.engine.find(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	if err := c.checkFilter(r.GetFilter(), !s.options.Lenient); err != nil {
		return nil, err
	}
	n := uint64(0)
	for _, p := range c.points {
		if p.passes(r.GetFilter()) {
			n++
		}
	}
	if r.Exact != nil && !r.GetExact() {
		n += n/10 + 1 // an estimate
	}
	return &qdrant.CountResponse{Result: &qdrant.CountResult{Count: n}}, nil
}

package qdranttest

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/qdrant/go-client/qdrant"
)

// readArgs are the arguments of all that reads.
type readArgs struct {
	Query     goldenVector
	Using     *string
	Limit     *uint64
	Offset    json.RawMessage
	Threshold *number `json:"score_threshold"`
	Filter    *goldenFilter
	IDs       []rawID
	Payload   json.RawMessage `json:"with_payload"`
	Vector    json.RawMessage `json:"with_vector"`
	Params    struct {
		Exact        *bool
		Quantization *struct {
			Ignore, Rescore *bool
			Oversampling    *float64
		}
	}
}

type goldenFilter struct {
	Must    []goldenCondition
	Should  []goldenCondition
	MustNot []goldenCondition `json:"must_not"`
}

type goldenCondition struct {
	Key   string
	Match *struct {
		Value *string
		Any   []string
	}
}

func (f *goldenFilter) proto() *qdrant.Filter {
	if f == nil {
		return nil
	}
	many := func(list []goldenCondition) (conditions []*qdrant.Condition) {
		for _, c := range list {
			switch {
			case c.Match == nil:
				conditions = append(conditions, &qdrant.Condition{
					ConditionOneOf: &qdrant.Condition_Field{
						Field: &qdrant.FieldCondition{Key: c.Key},
					},
				})
			case c.Match.Value != nil:
				conditions = append(conditions, qdrant.NewMatchKeyword(c.Key, *c.Match.Value))
			default:
				conditions = append(conditions, qdrant.NewMatchKeywords(c.Key, c.Match.Any...))
			}
		}
		return conditions
	}
	return &qdrant.Filter{Must: many(f.Must), Should: many(f.Should), MustNot: many(f.MustNot)}
}

func payloadSelector(t *testing.T, data json.RawMessage) *qdrant.WithPayloadSelector {
	switch {
	case len(data) == 0:
		return nil
	case data[0] == 't', data[0] == 'f':
		return qdrant.NewWithPayload(data[0] == 't')
	case data[0] == '[':
		var fields []string
		decode(t, data, &fields)
		return qdrant.NewWithPayloadInclude(fields...)
	}
	var by struct{ Include, Exclude []string }
	decode(t, data, &by)
	if by.Include != nil {
		return qdrant.NewWithPayloadInclude(by.Include...)
	}
	return qdrant.NewWithPayloadExclude(by.Exclude...)
}

func vectorSelector(t *testing.T, data json.RawMessage) *qdrant.WithVectorsSelector {
	switch {
	case len(data) == 0:
		return nil
	case data[0] == '[':
		var names []string
		decode(t, data, &names)
		return qdrant.NewWithVectorsInclude(names...)
	}
	return qdrant.NewWithVectors(data[0] == 't')
}

func (a readArgs) query(t *testing.T) *qdrant.QueryPoints {
	q := &qdrant.QueryPoints{
		CollectionName: goldenCollection, Using: a.Using, Limit: a.Limit,
		ScoreThreshold: (*float32)(a.Threshold), Filter: a.Filter.proto(),
		WithPayload: payloadSelector(t, a.Payload), WithVectors: vectorSelector(t, a.Vector),
		Query: qdrant.NewQueryDense(a.Query.values()),
	}
	if a.Query.sparse {
		q.Query = qdrant.NewQuerySparse(a.Query.Indices, a.Query.values())
	}
	if len(a.Offset) > 0 && string(a.Offset) != "null" {
		var offset uint64
		decode(t, a.Offset, &offset)
		q.Offset = &offset
	}
	q.Params = &qdrant.SearchParams{Exact: a.Params.Exact}
	if how := a.Params.Quantization; how != nil {
		q.Params.Quantization = &qdrant.QuantizationSearchParams{
			Ignore: how.Ignore, Rescore: how.Rescore, Oversampling: how.Oversampling,
		}
	}
	return q
}

func (p *player) query(ctx context.Context, t *testing.T, s step) error {
	var args readArgs
	decode(t, s.Args, &args)
	got, err := p.client.Query(ctx, args.query(t))
	if err != nil || refused(s) {
		return err
	}
	if len(got) != len(s.Expect.Points) {
		t.Errorf("%d points, want %d", len(got), len(s.Expect.Points))
		return nil
	}
	seen := make(map[string]bool)
	for i, g := range got {
		want := s.Expect.Points[i]
		id := text(g.GetId())
		if !near(g.GetScore(), float32(want.Score)) {
			t.Errorf("place %d has score %v, want %v", i, g.GetScore(), want.Score)
		}
		if seen[id] || !slices.Contains(tied(s.Expect.Points, i), id) {
			t.Errorf("place %d is %s, want one of %s", i, id, tied(s.Expect.Points, i))
		}
		seen[id] = true
		if args.Vector != nil || args.Payload != nil {
			comparePoint(t, want, g.GetPayload(), g.GetVectors())
		}
	}
	return nil
}

// tied are the ids that may stand at place i: those of all points with its score.
func tied(points []goldenPoint, i int) (ids []string) {
	for _, p := range points {
		if math.Abs(float64(p.Score)-float64(points[i].Score)) <= 2e-5 || p.Score == points[i].Score {
			if p.OneOf == nil {
				ids = append(ids, text(p.ID.proto()))
			}
			for _, id := range p.OneOf {
				ids = append(ids, text(id.proto()))
			}
		}
	}
	return ids
}

// comparePoint compares what was asked for: nothing where the recording has nothing.
func comparePoint(
	t *testing.T, want goldenPoint, payload map[string]*qdrant.Value, vectors *qdrant.VectorsOutput,
) {
	t.Helper()
	for key, value := range want.Payload {
		if text, ok := value.(string); ok && payload[key].GetStringValue() != text {
			t.Errorf("%s is %v, want %q", key, payload[key], text)
		}
	}
	if len(payload) != len(want.Payload) {
		t.Errorf("payload %v, want %v", payload, want.Payload)
	}
	got := make(map[string]goldenVector)
	for name, v := range vectors.GetVectors().GetVectors() {
		got[name] = readOutput(v)
	}
	same := cmp.Options{
		cmp.Comparer(func(a, b number) bool { return near(float32(a), float32(b)) }),
		cmp.AllowUnexported(goldenVector{}), cmpopts.EquateEmpty(),
	}
	if diff := cmp.Diff(want.Vector, got, same); diff != "" {
		t.Errorf("vectors of %s: %s", want.ID, diff)
	}
}

func readOutput(v *qdrant.VectorOutput) (read goldenVector) {
	values := v.GetDense().GetData()
	switch {
	case v.GetSparse() != nil:
		read.sparse, read.Indices, values = true, v.GetSparse().GetIndices(), v.GetSparse().GetValues()
	case v.GetIndices() != nil: //nolint:staticcheck // the stand-in answers in both forms
		read.sparse, read.Indices = true, v.GetIndices().GetData() //nolint:staticcheck // as above
		values = v.GetData()                                       //nolint:staticcheck // as above
	case v.GetDense() == nil:
		values = v.GetData() //nolint:staticcheck // as above
	}
	for _, x := range values {
		read.Values = append(read.Values, number(x))
	}
	return read
}

func (p *player) scroll(ctx context.Context, t *testing.T, s step) error {
	var args readArgs
	decode(t, s.Args, &args)
	request := &qdrant.ScrollPoints{
		CollectionName: goldenCollection, Filter: args.Filter.proto(),
		WithPayload: payloadSelector(t, args.Payload), WithVectors: vectorSelector(t, args.Vector),
	}
	if args.Limit != nil {
		request.Limit = new(uint32(*args.Limit))
	}
	if args.Offset != nil {
		var offset rawID
		decode(t, args.Offset, &offset)
		request.Offset = offset.proto()
	}
	got, next, err := p.client.ScrollAndOffset(ctx, request)
	if err != nil || refused(s) {
		return err
	}
	var want rawID
	decode(t, s.Expect.Next, &want)
	if (next == nil) != (want == "null") || next != nil && text(next) != text(want.proto()) {
		t.Errorf("next is %v, want %s", next, want)
	}
	if len(got) != len(s.Expect.Points) {
		t.Fatalf("%d points, want %d", len(got), len(s.Expect.Points))
	}
	for i, g := range got {
		if id := text(s.Expect.Points[i].ID.proto()); text(g.GetId()) != id {
			t.Errorf("place %d is %s, want %s", i, text(g.GetId()), id)
		}
		comparePoint(t, s.Expect.Points[i], g.GetPayload(), g.GetVectors())
	}
	return nil
}

func (p *player) retrieve(ctx context.Context, t *testing.T, s step) error {
	var args readArgs
	decode(t, s.Args, &args)
	got, err := p.client.Get(ctx, &qdrant.GetPoints{
		CollectionName: goldenCollection, Ids: protos(args.IDs),
		WithPayload: payloadSelector(t, args.Payload), WithVectors: vectorSelector(t, args.Vector),
	})
	if err != nil {
		return err
	}
	if len(got) != len(s.Expect.Points) {
		t.Fatalf("%d points, want %d", len(got), len(s.Expect.Points))
	}
	for _, want := range s.Expect.Points {
		i := slices.IndexFunc(got, func(g *qdrant.RetrievedPoint) bool {
			return text(g.GetId()) == text(want.ID.proto())
		})
		if i < 0 {
			t.Errorf("%s is missing", want.ID)
			continue
		}
		comparePoint(t, want, got[i].GetPayload(), got[i].GetVectors())
	}
	return nil
}

func (p *player) count(ctx context.Context, t *testing.T, s step) error {
	var args readArgs
	decode(t, s.Args, &args)
	got, err := p.client.Count(ctx, &qdrant.CountPoints{
		CollectionName: goldenCollection, Filter: args.Filter.proto(), Exact: new(true),
	})
	if err == nil && got != s.Expect.Count {
		t.Errorf("%d points, want %d", got, s.Expect.Count)
	}
	return err
}

// match asks in the three ways that the recording agreed on: scroll, count, search.
func (p *player) match(ctx context.Context, t *testing.T, s step) error {
	var args readArgs
	decode(t, s.Args, &args)
	var want, got []string
	for _, id := range s.Expect.IDs {
		want = append(want, text(id.proto()))
	}
	found, err := p.client.Scroll(ctx, &qdrant.ScrollPoints{
		CollectionName: goldenCollection, Filter: args.Filter.proto(), Limit: new(uint32(100)),
	})
	for _, g := range found {
		got = append(got, text(g.GetId()))
	}
	if err != nil {
		return err
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("scroll: %s", diff)
	}
	return p.count(ctx, t, s)
}

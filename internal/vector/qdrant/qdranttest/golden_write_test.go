package qdranttest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/qdrant/go-client/qdrant"
)

// rawID is an id as JSON writes it: a number, or a string in quotation marks.
type rawID string

func (id *rawID) UnmarshalJSON(data []byte) error {
	*id = rawID(data)
	return nil
}

func (id rawID) proto() *qdrant.PointId {
	if number, err := strconv.ParseUint(string(id), 10, 64); err == nil {
		return qdrant.NewIDNum(number)
	}
	return qdrant.NewIDUUID(strings.Trim(string(id), `"`))
}

// text is the canonical form of an id.
func text(id *qdrant.PointId) string {
	if parsed, err := uuid.Parse(id.GetUuid()); err == nil {
		return parsed.String()
	}
	return fmt.Sprint(id.GetNum(), id.GetUuid())
}

func protos(ids []rawID) []*qdrant.PointId {
	list := make([]*qdrant.PointId, len(ids))
	for i, id := range ids {
		list[i] = id.proto()
	}
	return list
}

// goldenVector is dense or sparse.
type goldenVector struct {
	Values  []number `json:"values"`
	Indices []uint32 `json:"indices"`
	sparse  bool
}

func (v *goldenVector) UnmarshalJSON(data []byte) error {
	if data[0] == '[' {
		return json.Unmarshal(data, &v.Values)
	}
	type plain goldenVector
	v.sparse = true
	err := json.Unmarshal(data, (*plain)(v))
	v.sparse = true
	return err
}

func (v goldenVector) values() []float32 {
	list := make([]float32, len(v.Values))
	for i, n := range v.Values {
		list[i] = float32(n)
	}
	return list
}

func (v goldenVector) proto() *qdrant.Vector {
	if v.sparse {
		return qdrant.NewVectorSparse(v.Indices, v.values())
	}
	return qdrant.NewVectorDense(v.values())
}

func (p goldenPoint) proto() *qdrant.PointStruct {
	vectors := make(map[string]*qdrant.Vector)
	for name, v := range p.Vector {
		vectors[name] = v.proto()
	}
	return &qdrant.PointStruct{
		Id: p.ID.proto(), Vectors: qdrant.NewVectorsMap(vectors),
		Payload: qdrant.NewValueMap(wholeNumbers(p.Payload)),
	}
}

// wholeNumbers makes integers of the floats that JSON reads.
func wholeNumbers(payload map[string]any) map[string]any {
	whole := maps.Clone(payload)
	for key, value := range whole {
		if number, ok := value.(float64); ok && number == float64(int64(number)) {
			whole[key] = int64(number)
		}
	}
	return whole
}

func (p *player) upsert(ctx context.Context, t *testing.T, s step) error {
	var args struct {
		Points   []goldenPoint
		From     string `json:"points_from"`
		OneByOne bool   `json:"one_by_one"`
	}
	decode(t, s.Args, &args)
	points := args.Points
	if args.From != "" {
		points = p.golden.PointSets[args.From]
	}
	size := max(1, len(points))
	if args.OneByOne {
		size = 1
	}
	for len(points) > 0 {
		n := min(size, len(points))
		request := &qdrant.UpsertPoints{CollectionName: goldenCollection, Wait: new(true)}
		for _, point := range points[:n] {
			if s.Name == "load" {
				point.dropDuplicates()
			}
			request.Points = append(request.Points, point.proto())
		}
		if _, err := p.client.Upsert(ctx, request); err != nil {
			return err
		}
		points = points[n:]
	}
	return nil
}

// dropDuplicates: one scenario begins with an index twice, which the server refuses.
func (p goldenPoint) dropDuplicates() {
	v := p.Vector["bm25"]
	if len(v.Indices) == 2 && v.Indices[0] == v.Indices[1] {
		v.Indices, v.Values = v.Indices[:1], v.Values[:1]
		p.Vector["bm25"] = v
	}
}

func (p *player) delete(ctx context.Context, ids []rawID) error {
	_, err := p.client.Delete(ctx, &qdrant.DeletePoints{
		CollectionName: goldenCollection, Wait: new(true),
		Points: qdrant.NewPointsSelectorIDs(protos(ids)),
	})
	return err
}

// behind makes those changes of points that Lectern never asks for, so that what follows them can
// be compared.
func (p *player) behind(t *testing.T, s step) error {
	var args struct {
		IDs     []rawID
		Vectors []string
		Points  []goldenPoint
	}
	decode(t, s.Args, &args)
	c := p.server.engine.collections[goldenCollection]
	change := func(id rawID, how func(p *point)) {
		read, err := readID(id.proto())
		if err != nil {
			t.Fatal(err)
		}
		changed := *c.points[read]
		changed.vectors = maps.Clone(changed.vectors)
		how(&changed)
		c.put(&changed)
	}
	switch s.Op {
	case "set_payload": // the payload itself is not compared
		for _, id := range args.IDs {
			change(id, func(*point) {})
		}
	case "update_vectors":
		for _, one := range args.Points {
			change(one.ID, func(p *point) {
				for name, v := range one.Vector {
					p.vectors[name] = readVector(v.proto())
				}
			})
		}
	case "delete_vectors": // its slot goes on counting
		for _, id := range args.IDs {
			read, err := readID(id.proto())
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range args.Vectors {
				delete(c.points[read].vectors, name)
			}
		}
	default:
		t.Fatalf("nobody plays %s", s.Op)
	}
	return nil
}

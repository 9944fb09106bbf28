package qdranttest

import (
	"math/rand/v2"

	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/protobuf/proto"
)

// readPoint reads and checks what the server's request validation checks.
func readPoint(sent *qdrant.PointStruct) (*point, error) {
	id, err := readID(sent.GetId())
	if err != nil {
		return nil, err
	}
	p := &point{id: id, payload: sent.GetPayload(), vectors: make(map[string]stored)}
	switch vectors := sent.GetVectors().GetVectorsOptions().(type) {
	case *qdrant.Vectors_Vectors:
		for name, v := range vectors.Vectors.GetVectors() {
			p.vectors[name] = readVector(v)
		}
	case *qdrant.Vectors_Vector:
		p.vectors[""] = readVector(vectors.Vector)
	}
	for _, v := range p.vectors {
		if err := v.checkRequest(); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func readPoints(sent []*qdrant.PointStruct) ([]*point, error) {
	points := make([]*point, len(sent))
	for i, one := range sent {
		var err error
		if points[i], err = readPoint(one); err != nil {
			return nil, err
		}
	}
	return points, nil
}

// checkVector refuses what the engine does. NaN, infinity and zeros pass, as in the real one.
func (c *collection) checkVector(name string, v stored) error {
	dense, sparse := c.dense[name], c.sparse[name]
	switch {
	case dense == nil && sparse == nil:
		return invalid("Wrong input: Not existing vector name error: %s", name)
	case v.sparse != (sparse != nil):
		return invalid("Wrong input: Wrong usage of sparse vectors")
	case dense != nil && uint64(len(v.values)) != dense.GetSize():
		return invalid("Wrong input: Vector dimension error: expected dim: %d, got %d",
			dense.GetSize(), len(v.values))
	}
	return nil
}

func (c *collection) checkPoint(p *point) error {
	for name, v := range p.vectors {
		if err := c.checkVector(name, v); err != nil {
			return err
		}
	}
	return nil
}

// upsert writes points as they come; the last of an id wins. Points must have been checked.
func (c *collection) upsert(points []*point) {
	for _, p := range points {
		for name, v := range p.vectors {
			if v.sparse {
				p.vectors[name] = v.sorted()
			} else {
				p.vectors[name] = stored{values: normalised(v.values)}
			}
		}
		c.put(p)
	}
}

// splitRefused is what becomes of an upsert with a point that the engine refuses: some of the
// others are written now, some when the server starts again, some never. err is nil where nothing
// is refused.
func (c *collection) splitRefused(
	request *qdrant.UpsertPoints, points []*point,
) (now, later *qdrant.UpsertPoints, err error) {
	now = proto.CloneOf(request)
	later = proto.CloneOf(request)
	now.Points, later.Points = nil, nil
	for i, p := range points {
		if refused := c.checkPoint(p); refused != nil {
			err = refused
			continue
		}
		switch rand.IntN(3) {
		case 0:
			now.Points = append(now.Points, request.GetPoints()[i])
		case 1:
			later.Points = append(later.Points, request.GetPoints()[i])
		}
	}
	return now, later, err
}

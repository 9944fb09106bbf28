package qdranttest

import (
	"maps"
	"slices"

	"github.com/qdrant/go-client/qdrant"
)

func (c *collection) retrieve(
	p *point, payload *qdrant.WithPayloadSelector, vectors *qdrant.WithVectorsSelector,
) (*qdrant.RetrievedPoint, error) {
	selected, err := c.selectVectors(p, vectors)
	if err != nil {
		return nil, err
	}
	return &qdrant.RetrievedPoint{
		Id: p.id.proto(), Payload: selectPayload(p, payload), Vectors: selected,
	}, nil
}

func selectPayload(p *point, selector *qdrant.WithPayloadSelector) map[string]*qdrant.Value {
	switch by := selector.GetSelectorOptions().(type) {
	case *qdrant.WithPayloadSelector_Enable:
		if by.Enable {
			return p.payload
		}
	case *qdrant.WithPayloadSelector_Include:
		kept := maps.Clone(p.payload)
		maps.DeleteFunc(kept, func(key string, _ *qdrant.Value) bool {
			return !slices.Contains(by.Include.GetFields(), key)
		})
		return kept
	case *qdrant.WithPayloadSelector_Exclude:
		kept := maps.Clone(p.payload)
		maps.DeleteFunc(kept, func(key string, _ *qdrant.Value) bool {
			return slices.Contains(by.Exclude.GetFields(), key)
		})
		return kept
	}
	return nil
}

// selectVectors returns nil where none are asked for.
func (c *collection) selectVectors(
	p *point, selector *qdrant.WithVectorsSelector,
) (*qdrant.VectorsOutput, error) {
	names := slices.Collect(maps.Keys(p.vectors))
	switch by := selector.GetSelectorOptions().(type) {
	case *qdrant.WithVectorsSelector_Enable:
		if !by.Enable {
			return nil, nil
		}
	case *qdrant.WithVectorsSelector_Include:
		if names = by.Include.GetNames(); len(names) == 0 {
			return nil, invalid("Validation error: names must not be empty")
		}
	default:
		return nil, nil
	}
	selected := make(map[string]*qdrant.VectorOutput)
	for _, name := range names {
		if c.dense[name] == nil && c.sparse[name] == nil {
			return nil, invalid("Wrong input: Not existing vector name error: %s", name)
		}
		if v, ok := p.vectors[name]; ok {
			selected[name] = v.output()
		}
	}
	return &qdrant.VectorsOutput{VectorsOptions: &qdrant.VectorsOutput_Vectors{
		Vectors: &qdrant.NamedVectorsOutput{Vectors: selected},
	}}, nil
}

package qdranttest

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// The recorded answers of the real engine; the format is described where the file is made.
type golden struct {
	PointSets map[string][]goldenPoint `json:"point_sets"`
	Scenarios []scenario               `json:"scenarios"`
}

type scenario struct {
	Name   string `json:"scenario"`
	Config struct {
		Vectors map[string]struct{ Size uint64 } `json:"vectors"`
		Sparse  map[string]struct {
			Modifier string `json:"modifier"`
		} `json:"sparse_vectors"`
		Quantization any `json:"quantization"`
	} `json:"config"`
	Steps []step `json:"steps"`
}

type step struct {
	Name    string          `json:"step"`
	Op      string          `json:"op"`
	Args    json.RawMessage `json:"args"`
	Expect  expectation     `json:"expect"`
	Binding bool            `json:"binding"`
}

type expectation struct {
	Points    []goldenPoint   `json:"points"`
	Next      json.RawMessage `json:"next"`
	IDs       []rawID         `json:"ids"`
	Count     uint64          `json:"count"`
	Optimized bool            `json:"optimized"`
	Error     any             `json:"error"`
}

type goldenPoint struct {
	ID      rawID                   `json:"id"`
	OneOf   []rawID                 `json:"one_of"`
	Score   number                  `json:"score"`
	Vector  map[string]goldenVector `json:"vector"`
	Payload map[string]any          `json:"payload"`
}

// TestGolden plays every step that Lectern's kinds of calls touch, over gRPC, and compares.
func TestGolden(t *testing.T) {
	data, err := os.ReadFile("testdata/qdrant-golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(data, &g); err != nil {
		t.Fatal(err)
	}
	played, queries, left := 0, 0, make(map[string]int)
	for _, s := range g.Scenarios {
		t.Run(s.Name, func(t *testing.T) {
			p := newPlayer(t, g, s)
			for _, step := range s.Steps {
				if why := p.leftOut(step); why != "" {
					left[why]++
					continue
				}
				played++
				if step.Op == "query" {
					queries++
				}
				t.Run(step.Name, func(t *testing.T) { p.play(t, step) })
			}
		})
	}
	t.Logf("%d steps compared, %d of them queries; left out:", played, queries)
	for why, n := range left {
		t.Logf("%4d: %s", n, why)
	}
	if played != 415 || queries != 196 {
		t.Errorf("%d steps and %d queries were compared, not 415 and 196", played, queries)
	}
}

// player is one scenario under way.
type player struct {
	golden golden
	server *Server
	client *qdrant.Client
	int8   bool // after the optimiser, dense scores are those of int8
	over   string
}

const goldenCollection = "golden"

func newPlayer(t *testing.T, g golden, s scenario) *player {
	server := Start(t, Options{Lenient: true})
	host, port, _ := strings.Cut(server.Address(), ":")
	config := &qdrant.Config{Host: host, SkipCompatibilityCheck: true, PoolSize: 1}
	fmt.Sscan(port, &config.Port)
	client, err := qdrant.NewClient(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	create := &qdrant.CreateCollection{CollectionName: goldenCollection}
	dense := make(map[string]*qdrant.VectorParams)
	for name, v := range s.Config.Vectors {
		dense[name] = &qdrant.VectorParams{Size: v.Size, Distance: qdrant.Distance_Cosine}
	}
	create.VectorsConfig = qdrant.NewVectorsConfigMap(dense)
	sparse := make(map[string]*qdrant.SparseVectorParams)
	for name, v := range s.Config.Sparse {
		sparse[name] = &qdrant.SparseVectorParams{}
		if v.Modifier == "idf" {
			sparse[name].Modifier = new(qdrant.Modifier_Idf)
		}
	}
	create.SparseVectorsConfig = qdrant.NewSparseVectorsConfig(sparse)
	if s.Config.Quantization != nil {
		create.QuantizationConfig = qdrant.NewQuantizationScalar(&qdrant.ScalarQuantization{})
	}
	if err := client.CreateCollection(t.Context(), create); err != nil {
		t.Fatal(err)
	}
	return &player{golden: g, server: server, client: client}
}

// leftOut says why a step is not played; "" for most.
func (p *player) leftOut(s step) string {
	args := string(s.Args)
	has := func(parts ...string) bool {
		return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(args, part) })
	}
	switch s.Op {
	case "facet":
		return "facets: Lectern counts in the relational store"
	case "delete_index":
		return "indexes are never deleted"
	case "set_payload", "overwrite_payload", "delete_payload", "clear_payload":
		if s.Name == "set_payload merges" {
			p.over = "points never change: the rest of the scenario is about that"
		}
	}
	switch {
	case p.over != "":
		return p.over
	case s.Binding || strings.HasPrefix(s.Name, "index -1") || strings.HasPrefix(s.Name, "index 2^32"),
		strings.HasPrefix(s.Name, "id -1"), strings.HasPrefix(s.Name, "id 1.5"),
		strings.HasPrefix(s.Name, "id 1844674407370955161") && strings.HasSuffix(s.Name, "6"):
		return "refused by the recorder's language: no request can say it"
	case has(`"prefetch"`, `"rrf"`, `"dbsf"`):
		return "prefetch and fusion: Lectern fuses the legs itself"
	case has(`"idf"`):
		return "params.idf: Lectern's counts are of the whole collection"
	case has(`"except"`, `"text"`, `"min_should"`, `"is_empty"`, `"is_null"`, `"has_id"`,
		`"has_vector"`, `"must": [{"should"`, `"must_not": [{"must"`, `"value": 5`, `"value": true`,
		`"any": [5]`, `"a[b"`, `integer`):
		return "filters other than on keywords"
	case s.Op == "delete_vectors" && strings.Contains(s.Name, "unknown name"):
		return "vectors of points are never deleted"
	case s.Name == "stored: duplicate index", s.Name == "found: duplicate index":
		return "follows a step that the server refuses and the engine alone does not"
	case p.int8 && s.Op == "query" && !has(`"ignore": true`, `"exact": true`) &&
		!has(`"rescore": true, "oversampling"`):
		return "scored on int8, which is only imitated"
	}
	return ""
}

// refused tells whether the server's request validation refuses what the engine alone takes.
func refused(s step) bool {
	return strings.Contains(s.Name, "duplicate index") || s.Name == "limit 0" ||
		s.Name == "field without condition" || strings.Contains(string(s.Args), `"with_vector": []`) ||
		strings.Contains(string(s.Args), `"limit": 0`)
}

func (p *player) play(t *testing.T, s step) {
	t.Helper()
	err := p.request(t, s)
	want := codes.OK
	if s.Expect.Error != nil || refused(s) {
		want = codes.InvalidArgument
	}
	if status.Code(err) != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func (p *player) request(t *testing.T, s step) error {
	ctx := t.Context()
	switch s.Op {
	case "upsert":
		return p.upsert(ctx, t, s)
	case "delete":
		var args struct{ IDs []rawID }
		decode(t, s.Args, &args)
		return p.delete(ctx, args.IDs)
	case "create_index":
		var args struct{ Key, Field string }
		decode(t, s.Args, &args)
		_, err := p.client.CreateFieldIndex(ctx, &qdrant.CreateFieldIndexCollection{
			CollectionName: goldenCollection, Wait: new(true), FieldName: args.Key + args.Field,
			FieldType: new(qdrant.FieldType_FieldTypeKeyword),
		})
		return err
	case "optimize":
		if s.Expect.Optimized {
			p.server.Optimize(goldenCollection)
			p.int8 = p.server.engine.collections[goldenCollection].quantises("dense")
		}
		return nil
	case "reopen":
		p.server.engine.collections[goldenCollection].reload()
		return nil
	case "query":
		return p.query(ctx, t, s)
	case "scroll":
		return p.scroll(ctx, t, s)
	case "retrieve":
		return p.retrieve(ctx, t, s)
	case "count":
		return p.count(ctx, t, s)
	case "match":
		return p.match(ctx, t, s)
	}
	return p.behind(t, s)
}

func decode(t *testing.T, data json.RawMessage, into any) {
	t.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
}

// number is a float32, or the name of one that JSON cannot write.
type number float32

func (n *number) UnmarshalJSON(data []byte) error {
	switch string(data) {
	case `"NaN"`:
		*n = number(math.NaN())
	case `"+Inf"`:
		*n = number(math.Inf(1))
	case `"-Inf"`:
		*n = number(math.Inf(-1))
	default:
		return json.Unmarshal(data, (*float32)(n))
	}
	return nil
}

// near compares at 1e-5.
func near(a, b float32) bool {
	x, y := float64(a), float64(b)
	return x == y || math.IsNaN(x) && math.IsNaN(y) || math.Abs(x-y) <= 1e-5*max(1, math.Abs(y))
}

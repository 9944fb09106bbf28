package qdranttest

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

func dial(t *testing.T, server *Server) *qdrant.GrpcClient {
	t.Helper()
	conn, err := grpc.NewClient(server.Address(),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return qdrant.NewGrpcClientFromConn(conn)
}

func createC() *qdrant.CreateCollection {
	return &qdrant.CreateCollection{
		CollectionName: "c",
		VectorsConfig: qdrant.NewVectorsConfigMap(map[string]*qdrant.VectorParams{
			"dense": {Size: 2, Distance: qdrant.Distance_Cosine},
		}),
		SparseVectorsConfig: qdrant.NewSparseVectorsConfig(map[string]*qdrant.SparseVectorParams{
			"bm25": {Modifier: new(qdrant.Modifier_Idf)},
		}),
	}
}

func upsertOf(name string, points ...*qdrant.PointStruct) *qdrant.UpsertPoints {
	return &qdrant.UpsertPoints{CollectionName: name, Wait: new(true), Points: points}
}

func pointOf(id string, vectors map[string]*qdrant.Vector) *qdrant.PointStruct {
	return &qdrant.PointStruct{Id: qdrant.NewIDUUID(id), Vectors: qdrant.NewVectorsMap(vectors)}
}

type vectors = map[string]*qdrant.Vector

// TestStrict: the codes of what the real server refuses.
func TestStrict(t *testing.T) {
	server := Start(t, Options{})
	client := dial(t, server)
	ctx, id := t.Context(), uuid.NewString()
	collections, points := client.Collections(), client.Points()
	if _, err := collections.Create(ctx, createC()); err != nil {
		t.Fatal(err)
	}
	query := func(change func(q *qdrant.QueryPoints)) error {
		q := &qdrant.QueryPoints{
			CollectionName: "c", Using: new("dense"), Query: qdrant.NewQuery(1, 0),
		}
		change(q)
		_, err := points.QueryBatch(ctx, &qdrant.QueryBatchPoints{
			CollectionName: q.GetCollectionName(), QueryPoints: []*qdrant.QueryPoints{q},
		})
		return err
	}
	upsert := func(name string, v vectors) error {
		_, err := points.Upsert(ctx, upsertOf(name, pointOf(id, v)))
		return err
	}
	dense := func(values ...float32) vectors { return vectors{"dense": qdrant.NewVector(values...)} }
	sparse := func(indices []uint32, values ...float32) vectors {
		return vectors{"bm25": qdrant.NewVectorSparse(indices, values)}
	}
	onScope := &qdrant.Filter{Must: []*qdrant.Condition{qdrant.NewMatch("scope", "public")}}
	for name, c := range map[string]struct {
		want codes.Code
		call func() error
	}{
		"a collection twice": {codes.AlreadyExists, func() error {
			_, err := collections.Create(ctx, createC())
			return err
		}},
		"an unknown collection": {codes.NotFound, func() error {
			_, err := collections.Get(ctx, &qdrant.GetCollectionInfoRequest{CollectionName: "x"})
			return err
		}},
		"an alias for nothing": {codes.NotFound, func() error {
			_, err := collections.UpdateAliases(ctx, &qdrant.ChangeAliases{
				Actions: []*qdrant.AliasOperations{qdrant.NewAliasCreate("a", "x")},
			})
			return err
		}},
		"an alias named like a collection": {codes.AlreadyExists, func() error {
			_, err := collections.UpdateAliases(ctx, &qdrant.ChangeAliases{
				Actions: []*qdrant.AliasOperations{qdrant.NewAliasCreate("c", "c")},
			})
			return err
		}},
		"upsert, unknown collection": {codes.NotFound, func() error { return upsert("x", dense(1, 0)) }},
		"upsert, dimension": {
			codes.InvalidArgument, func() error { return upsert("c", dense(1, 0, 0)) },
		},
		"upsert, unknown vector": {codes.InvalidArgument, func() error {
			return upsert("c", vectors{"other": qdrant.NewVector(1, 0)})
		}},
		"upsert, an index twice": {codes.InvalidArgument, func() error {
			return upsert("c", sparse([]uint32{3, 3}, 1, 1))
		}},
		"upsert, a value too few": {codes.InvalidArgument, func() error {
			return upsert("c", sparse([]uint32{3, 4}, 1))
		}},
		"upsert, no id": {codes.InvalidArgument, func() error {
			_, err := points.Upsert(ctx, upsertOf("c", &qdrant.PointStruct{}))
			return err
		}},
		"query, limit 0": {codes.InvalidArgument, func() error {
			return query(func(q *qdrant.QueryPoints) { q.Limit = new(uint64(0)) })
		}},
		"query, a key without index": {codes.InvalidArgument, func() error {
			return query(func(q *qdrant.QueryPoints) { q.Filter = onScope })
		}},
		"query, unknown vector": {codes.InvalidArgument, func() error {
			return query(func(q *qdrant.QueryPoints) { q.Using = new("other") })
		}},
		"query, oversampling below 1": {codes.InvalidArgument, func() error {
			return query(func(q *qdrant.QueryPoints) {
				q.Params = &qdrant.SearchParams{
					Quantization: &qdrant.QuantizationSearchParams{Oversampling: new(0.5)},
				}
			})
		}},
		"scroll, limit 0": {codes.InvalidArgument, func() error {
			_, err := points.Scroll(ctx, &qdrant.ScrollPoints{CollectionName: "c", Limit: new(uint32(0))})
			return err
		}},
		"what it does not know": {codes.Unimplemented, func() error {
			_, err := points.Facet(ctx, &qdrant.FacetCounts{CollectionName: "c", Key: "doc_id"})
			return err
		}},
	} {
		if err := c.call(); status.Code(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if _, err := collections.Delete(ctx, &qdrant.DeleteCollection{CollectionName: "x"}); err != nil {
		t.Errorf("to delete a collection that is not there: %v", err)
	}
	done, err := points.Upsert(ctx, &qdrant.UpsertPoints{
		CollectionName: "c", Points: []*qdrant.PointStruct{pointOf(id, dense(1, 0, 0))},
	})
	if err != nil || done.GetResult().GetStatus() != qdrant.UpdateStatus_Acknowledged {
		t.Errorf("a wrong dimension without wait: %v, %v; want it acknowledged", done, err)
	}
	n, err := points.Count(ctx, &qdrant.CountPoints{CollectionName: "c", Exact: new(true)})
	if err != nil || n.GetResult().GetCount() != 0 {
		t.Errorf("%v, %v; want it dropped", n, err)
	}
}

func TestKeys(t *testing.T) {
	server := Start(t, Options{APIKey: "key", ReadOnlyKey: "read"})
	client := dial(t, server)
	for key, want := range map[string][2]codes.Code{ // of a read and a write
		"":      {codes.Unauthenticated, codes.Unauthenticated},
		"wrong": {codes.Unauthenticated, codes.Unauthenticated},
		"read":  {codes.OK, codes.PermissionDenied},
		"key":   {codes.OK, codes.OK},
	} {
		ctx := t.Context()
		if key != "" {
			ctx = metadata.AppendToOutgoingContext(ctx, "api-key", key)
		}
		_, read := client.Collections().List(ctx, &qdrant.ListCollectionsRequest{})
		_, write := client.Collections().Create(ctx, createC())
		if got := [2]codes.Code{status.Code(read), status.Code(write)}; got != want {
			t.Errorf("key %q: %v, want %v", key, got, want)
		}
		if _, err := client.Qdrant().HealthCheck(ctx, &qdrant.HealthCheckRequest{}); err != nil {
			t.Errorf("key %q: the health check needs none: %v", key, err)
		}
	}
}

// TestTiesAreShuffled: the same query, the same scores, another order.
func TestTiesAreShuffled(t *testing.T) {
	client := dial(t, Start(t, Options{}))
	ctx := t.Context()
	if _, err := client.Collections().Create(ctx, createC()); err != nil {
		t.Fatal(err)
	}
	request := upsertOf("c")
	for range 20 {
		request.Points = append(request.Points,
			pointOf(uuid.NewString(), vectors{"dense": qdrant.NewVector(1, 0)}))
	}
	if _, err := client.Points().Upsert(ctx, request); err != nil {
		t.Fatal(err)
	}
	order := func() (ids []string) {
		got, err := client.Points().Query(ctx, &qdrant.QueryPoints{
			CollectionName: "c", Using: new("dense"), Query: qdrant.NewQuery(1, 0),
		})
		if err != nil || len(got.GetResult()) != 10 {
			t.Fatal(got, err)
		}
		for _, p := range got.GetResult() {
			ids = append(ids, p.GetId().GetUuid())
		}
		return ids
	}
	first := order()
	for range 10 {
		if !slices.Equal(first, order()) {
			return
		}
	}
	t.Error("ties come in the same order each time")
}

// TestFile: what is in the file is there when it is opened again; what was written in part is not.
func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	server, err := New(Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	service := pointsService{Server: server}
	if _, err := (collectionsService{Server: server}).Create(t.Context(), createC()); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		request := upsertOf("c", pointOf(uuid.NewString(), vectors{"dense": qdrant.NewVector(1, 0)}))
		if _, err := service.Upsert(t.Context(), request); err != nil {
			t.Fatal(err)
		}
	}
	if err := server.journal.file.Truncate(server.journal.end(4) - 1); err != nil {
		t.Fatal(err)
	}
	for _, want := range []uint64{2, 3} { // and what is written then can be read again
		server.Close()
		if server, err = New(Options{Path: path}); err != nil {
			t.Fatal(err)
		}
		service = pointsService{Server: server}
		if n := countC(t, service); n != want {
			t.Errorf("%d points, want %d", n, want)
		}
		request := upsertOf("c", pointOf(uuid.NewString(), vectors{"dense": qdrant.NewVector(1, 0)}))
		if _, err := service.Upsert(t.Context(), request); err != nil {
			t.Fatal(err)
		}
	}
	server.Close()
}

func countC(t *testing.T, service pointsService) uint64 {
	t.Helper()
	n, err := service.Count(context.Background(),
		&qdrant.CountPoints{CollectionName: "c", Exact: new(true)})
	if err != nil {
		t.Fatal(err)
	}
	return n.GetResult().GetCount()
}

// TestRandomFaults: the same seed gives the same faults, and none of them keeps a caller waiting.
func TestRandomFaults(t *testing.T) {
	list := func(share float64, seed uint64) string {
		next, text := RandomFaults(share, seed), &strings.Builder{}
		for range 200 {
			text.WriteString(string(next()) + ";")
		}
		return text.String()
	}
	one := list(0.5, 1)
	if one != list(0.5, 1) || one == list(0.5, 2) || strings.Count(list(0, 1), ";") != 200 ||
		len(list(0, 1)) != 200 {
		t.Error("faults are not those of the seed and the share")
	}
	for _, slow := range []Fault{Hang, TimeOut, Late} {
		if slices.Contains(strings.Split(one, ";"), string(slow)) {
			t.Errorf("%s is among them", slow)
		}
	}
}

package qdrant

import (
	"context"
	"math/rand/v2"
	"net"
	"testing"

	"github.com/google/uuid"
	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/vector"
)

// ready answers every search with the same 100 hits of each leg.
type ready struct {
	qdrant.UnimplementedPointsServer
	answer *qdrant.QueryBatchResponse
}

func (r ready) QueryBatch(
	context.Context, *qdrant.QueryBatchPoints,
) (*qdrant.QueryBatchResponse, error) {
	return r.answer, nil
}

func readyAnswer() *qdrant.QueryBatchResponse {
	answer := &qdrant.QueryBatchResponse{}
	for range 2 {
		leg := &qdrant.BatchResult{}
		for range 100 {
			leg.Result = append(leg.Result, &qdrant.ScoredPoint{
				Id: qdrant.NewIDUUID(book.NewVectorID().String()), Score: 0.5,
				Payload: map[string]*qdrant.Value{
					docIDKey:   qdrant.NewValueString("module1/what-is-physical-ai"),
					chunkIDKey: qdrant.NewValueString(uuid.NewString()),
				},
			})
		}
		answer.Result = append(answer.Result, leg)
	}
	return answer
}

func benchQuery() vector.Query {
	q := vector.Query{Scopes: []book.Scope{book.ScopePublic}, Limit: 100}
	for range 768 {
		q.Dense = append(q.Dense, float32(rand.NormFloat64()))
	}
	for i := range uint32(8) {
		q.Sparse.Indices = append(q.Sparse.Indices, i*1000)
		q.Sparse.Values = append(q.Sparse.Values, 1)
	}
	return q
}

func benchmarkSearch(b *testing.B, config Config) {
	x, err := Open(config)
	if err != nil {
		b.Fatal(err)
	}
	defer x.Close()
	x.dimensions.Store("bench", 768)
	q := benchQuery()
	b.ReportAllocs()
	for b.Loop() {
		hits, err := x.Search(b.Context(), "bench", q)
		if err != nil || len(hits.Dense) != 100 || len(hits.Sparse) != 100 {
			b.Fatal(len(hits.Dense), len(hits.Sparse), err)
		}
	}
}

// BenchmarkSearch is our own share of a search: all but the network and the server. The request is
// written and the answer read as on the wire.
func BenchmarkSearch(b *testing.B) {
	answer, err := proto.Marshal(readyAnswer())
	if err != nil {
		b.Fatal(err)
	}
	benchmarkSearch(b, Config{
		URL: "localhost", Interceptors: []grpc.UnaryClientInterceptor{
			func(_ context.Context, _ string, request, reply any, _ *grpc.ClientConn,
				_ grpc.UnaryInvoker, _ ...grpc.CallOption,
			) error {
				if _, err := proto.Marshal(request.(proto.Message)); err != nil {
					return err
				}
				return proto.Unmarshal(answer, reply.(proto.Message))
			},
		},
	})
}

// BenchmarkSearchLoopback adds the network of this machine and a server that answers at once; its
// reading and writing count too.
func BenchmarkSearchLoopback(b *testing.B) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := grpc.NewServer()
	qdrant.RegisterPointsServer(server, ready{answer: readyAnswer()})
	go func() { _ = server.Serve(l) }()
	defer server.Stop()
	benchmarkSearch(b, Config{URL: l.Addr().String()})
}

// BenchmarkUpsert is our own share of writing 128 points of 768 dimensions and 60 terms.
func BenchmarkUpsert(b *testing.B) {
	x, err := Open(Config{
		URL: "localhost", Interceptors: []grpc.UnaryClientInterceptor{
			func(_ context.Context, _ string, request, reply any, _ *grpc.ClientConn,
				_ grpc.UnaryInvoker, _ ...grpc.CallOption,
			) error {
				reply.(*qdrant.PointsOperationResponse).Result = &qdrant.UpdateResult{
					Status: qdrant.UpdateStatus_Completed,
				}
				_, err := proto.Marshal(request.(proto.Message))
				return err
			},
		},
	})
	if err != nil {
		b.Fatal(err)
	}
	defer x.Close()
	x.dimensions.Store("bench", 768)
	points := testPoints(upsertBatch)
	for i := range points {
		points[i].Dense = benchQuery().Dense
		points[i].Sparse = book.SparseVector{}
		for term := range uint32(60) {
			points[i].Sparse.Indices = append(points[i].Sparse.Indices, term*7919)
			points[i].Sparse.Values = append(points[i].Sparse.Values, 1.5)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := x.Upsert(b.Context(), "bench", points); err != nil {
			b.Fatal(err)
		}
	}
}

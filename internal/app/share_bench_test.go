package app

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/lectern-project/lectern/internal/embed"
	"github.com/lectern-project/lectern/internal/embed/static"
	"github.com/lectern-project/lectern/internal/lexical"
	"github.com/lectern-project/lectern/internal/retrieve"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
	"github.com/lectern-project/lectern/internal/vector/qdrant"
	"github.com/lectern-project/lectern/internal/vector/qdrant/qdranttest"
)

// BenchmarkOwnShare measures Lectern's own share of a search in full mode: from the request to the
// JSON of its answer, without the time for which PostgreSQL was waited. Qdrant's answers are those of
// the stand-in, recorded: they are decoded as those from the network, and take no other time.
// Embedding the question is part of the share. It also reports the processors' time for a search,
// which does not depend on what else the machine does; that of PostgreSQL is not in it, that of the
// relay is.
func BenchmarkOwnShare(b *testing.B) {
	b.Run("made-up", func(b *testing.B) {
		folder := b.TempDir()
		newMadeUpBook().write(b, folder, 200, 50)
		m := newMadeUpBook()
		questions := make([]string, 100)
		for i := range questions {
			questions[i] = m.question()
		}
		benchmarkShare(b, folder, questions)
	})
	b.Run("rust-book", func(b *testing.B) {
		var questions []string
		for _, q := range benchQuestions {
			if !strings.ContainsAny(q, `"\`) {
				questions = append(questions, q)
			}
		}
		benchmarkShare(b, corpus(b, "rust-book"), questions)
	})
}

func benchmarkShare(b *testing.B, folder string, questions []string) {
	relay, databaseURL := relayTo(b, pgtest.Migrated(b))
	f := openFull(b, databaseURL, qdranttest.Options{})
	syncBench(b, f.App, folder)
	f.answerAtOnce(b)
	for _, q := range questions { // records, and prepares statements
		f.ask(b, "/api/search", q)
	}
	relay.take()
	var own []time.Duration
	before := processorTime()
	for b.Loop() {
		start := time.Now()
		f.ask(b, "/api/search", questions[len(own)%len(questions)])
		took := time.Since(start)
		trips, waited := relay.take()
		if trips != 1 {
			b.Fatalf("%d round trips to PostgreSQL", trips)
		}
		own = append(own, took-waited)
	}
	b.ReportMetric(milliseconds(processorTime()-before)/float64(b.N), "cpu-ms/search")
	reportPercentiles(b, own, "own-")
}

// answerAtOnce lets searches see recorded answers of the index.
func (f *fullMode) answerAtOnce(b *testing.B) {
	b.Helper()
	var recorded sync.Map
	index, err := qdrant.Open(qdrant.Config{
		URL: f.vectors.Address(), Alias: "bench",
		Interceptors: []grpc.UnaryClientInterceptor{func(
			ctx context.Context, method string, request, reply any, c *grpc.ClientConn,
			invoke grpc.UnaryInvoker, options ...grpc.CallOption,
		) error {
			sent, err := proto.MarshalOptions{Deterministic: true}.Marshal(request.(proto.Message))
			if err != nil {
				return err
			}
			if answer, ok := recorded.Load(string(sent)); ok {
				return proto.Unmarshal(answer.([]byte), reply.(proto.Message))
			}
			if err := invoke(ctx, method, request, reply, c, options...); err != nil {
				return err
			}
			answer, err := proto.Marshal(reply.(proto.Message))
			recorded.Store(string(sent), answer)
			return err
		}},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { index.Close() })
	embedder, err := static.New(lexical.Version, static.PrefixOnce)
	if err != nil {
		b.Fatal(err)
	}
	f.Retrieve = retrieve.New(f.Store, index, embed.NewSet(embedder))
	if f.handler, err = f.App.handler(slog.New(slog.DiscardHandler)); err != nil {
		b.Fatal(err)
	}
}

// processorTime is what this process has used so far, on all processors.
func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

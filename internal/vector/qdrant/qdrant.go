// Package qdrant keeps the points of the vector index in a Qdrant server, over gRPC.
//
// Each embedding space has a collection of its own, named alias__space. Points carry the payload
// doc_id, chunk_id and scope, a dense vector "dense" and a sparse vector "bm25". A collection's metadata
// say which database refers to its points. Nothing of ours
// reads through the alias; it is for people and tools.
//
// A failed call is tried again here and nowhere else: the client's and gRPC's own retries are off.
package qdrant

import (
	"context"
	"crypto/tls"
	"sync"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/google/uuid"
	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/vector"
)

// Config says where the server is.
type Config struct {
	// URL is host, host:port or http(s)://host:port, of the gRPC port: 6334 where it is left out.
	// https means TLS.
	URL string
	// APIKey, if not empty, is sent with each request. It is never part of an error.
	APIKey string
	// Alias names the book: the alias, and the first part of the collections' names.
	Alias string
	// Database is the identity of the relational store that refers to the points. Collections carry
	// it, and those of another are refused. Without one, nobody asks whose a collection is.
	Database uuid.UUID
	// Interceptors run around each attempt of a call, the first outermost.
	Interceptors []grpc.UnaryClientInterceptor
	// Handshake, if not nil, is told of each TLS handshake with the server, once its certificate was
	// found good.
	Handshake func(tls.ConnectionState)
}

// DefaultAlias is the alias where Config has none.
const DefaultAlias = "robotics_book"

// maxMessage is the longest answer in bytes that is accepted: far above a page of Scan or Fetch.
const maxMessage = 64 << 20

// Index is a connection to the server. It is safe for concurrent use.
type Index struct {
	client   *qdrant.Client
	address  string
	apiKey   string
	alias    string
	database uuid.UUID
	breaker  circuitbreaker.CircuitBreaker[any] // of searches

	// dimensions are those of collections that were seen, by space id. They never change: a
	// space's id contains them.
	dimensions sync.Map
}

var _ vector.Index = (*Index)(nil)

// Open returns an index. It does not connect: the server may be down and come up later. Invalid
// for a URL or a key that cannot be used.
func Open(config Config) (*Index, error) { return open(config) }

func open(config Config, options ...grpc.DialOption) (*Index, error) {
	at, err := config.parse()
	if err != nil {
		return nil, err
	}
	client, err := qdrant.NewClient(&qdrant.Config{
		Host: at.host, Port: at.port, UseTLS: at.tls, APIKey: config.APIKey,
		PoolSize: 1, SkipCompatibilityCheck: true, TLSConfig: tlsConfig(config),
		GrpcOptions: append(dialOptions(config), options...),
	})
	if err != nil {
		return nil, book.Wrap(book.Invalid, err, "Qdrant at %s cannot be used; check its URL", at)
	}
	x := &Index{
		client: client, address: at.String(), apiKey: config.APIKey, alias: config.Alias,
		database: config.Database, breaker: newBreaker(),
	}
	if x.alias == "" {
		x.alias = DefaultAlias
	}
	return x, nil
}

// Check returns an Invalid error for a URL or a key that Open cannot use. It connects to nothing.
func (c Config) Check() error {
	_, err := c.parse()
	return err
}

func (c Config) parse() (address, error) {
	at, err := parseURL(c.URL)
	if err == nil && !printable(c.APIKey) {
		err = book.Errorf(book.Invalid, "the API key of Qdrant holds characters that no header can; "+
			"look for a line end or a quotation mark that does not belong to it")
	}
	return at, err
}

func tlsConfig(config Config) *tls.Config {
	c := &tls.Config{MinVersion: tls.VersionTLS13}
	if config.Handshake != nil {
		c.VerifyConnection = func(s tls.ConnectionState) error { config.Handshake(s); return nil }
	}
	return c
}

func dialOptions(config Config) []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithChainUnaryInterceptor(config.Interceptors...),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage)),
		// A server that is back is found within two seconds, not within two minutes.
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff: backoff.Config{
				BaseDelay: firstPause, Multiplier: 2, Jitter: 0.2, MaxDelay: longestPause,
			},
			MinConnectTimeout: searching.attempt,
		}),
		grpc.WithDisableServiceConfig(), // which could ask gRPC to retry, by DNS
	}
}

// Ping implements [vector.Index]. It asks about a collection, since the server's health check
// answers whatever the key is.
func (x *Index) Ping(ctx context.Context) error {
	return x.read(ctx, searching, "", func(ctx context.Context, opt grpc.CallOption) error {
		_, err := x.client.GetCollectionsClient().CollectionExists(ctx,
			&qdrant.CollectionExistsRequest{CollectionName: x.alias}, opt)
		return err
	})
}

// Close implements [vector.Index].
func (x *Index) Close() error { return x.client.Close() }

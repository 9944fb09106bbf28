// Package postgres implements the relational store in PostgreSQL 13 or newer, for the full mode.
//
// Any number of processes may use one database. A write locks the document that it changes, then
// rows of the ledger in the order of their ids; one that meets a deadlock all the same starts over.
// Leases and watches run on the clock of the database. What a method acknowledged is as durable as
// the server's fsync and synchronous_commit say. Statements are generated into postgresdb from the
// files in queries; the ones over search terms, which sqlc cannot express, are in search.go.
package postgres

import (
	"context"
	"crypto/tls"
	"net"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pressly/goose/v3"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/postgres/postgresdb"
)

// Store is a relational store in one database. Make it with Open.
type Store struct {
	name string // of the database, for messages: host, port and name, no credentials
	pool *pgxpool.Pool
	read *postgresdb.Queries
	// config makes connections that are not of the pool.
	config *pgx.ConnConfig
	ranks  atomic.Pointer[[]float32] // see positionRanks

	mostCandidates int
}

var _ store.Store = (*Store)(nil)

// Option changes how a Store works.
type Option func(*pgxpool.Config)

// WithTracer has tracer told of each statement of the pool.
func WithTracer(tracer pgx.QueryTracer) Option {
	return func(c *pgxpool.Config) { c.ConnConfig.Tracer = tracer }
}

// WithHandshake has seen told of each TLS handshake with the server, once its certificate was found
// good.
func WithHandshake(seen func(tls.ConnectionState)) Option {
	return func(c *pgxpool.Config) {
		configs := []*tls.Config{c.ConnConfig.TLSConfig}
		for _, other := range c.ConnConfig.Fallbacks {
			configs = append(configs, other.TLSConfig)
		}
		for _, t := range configs {
			if t != nil {
				t.VerifyConnection = func(s tls.ConnectionState) error { seen(s); return nil }
			}
		}
	}
}

// Open connects to the database at databaseURL, a URL or a keyword/value string as libpq takes it;
// pool_max_conns in it sets how many connections are kept at most. The schema must be the one that
// this program knows: see Migrate. Errors: Invalid for an unusable URL; Conflict when the schema is
// older, newer, dirty or not ours, or the database is not in UTF-8; Unavailable when the database
// cannot be reached.
func Open(ctx context.Context, databaseURL string, options ...Option) (*Store, error) {
	config, err := parse(databaseURL)
	if err != nil {
		return nil, err
	}
	s := &Store{
		name: nameOf(config.ConnConfig), config: config.ConnConfig, mostCandidates: mostCandidates,
	}
	config.AfterConnect = useUTC
	for _, option := range options {
		option(config)
	}
	if s.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, s.translate(ctx, err)
	}
	s.read = postgresdb.New(s.pool)
	if err := s.check(ctx, config); err != nil {
		s.pool.Close()
		return nil, s.translate(ctx, err)
	}
	return s, nil
}

// CheckURL returns an Invalid error for a URL that Open cannot use. It connects to nothing.
func CheckURL(databaseURL string) error {
	_, err := parse(databaseURL)
	return err
}

// connectTimeout is how long a server may take to accept a connection, unless connect_timeout in the
// URL says otherwise.
const connectTimeout = 10 * time.Second

func parse(databaseURL string) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(databaseURL)
	if err != nil {
		// The cause is left out: it quotes the URL, and a password may be in it.
		return nil, book.Errorf(book.Invalid, "the URL of the database cannot be used; "+
			"it looks like postgres://user:password@host:5432/name")
	}
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = connectTimeout
	}
	return config, nil
}

func nameOf(c *pgx.ConnConfig) string {
	host := net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port)))
	return host + "/" + url.PathEscape(c.Database)
}

// useUTC makes times come back in UTC, whatever the zone of this machine.
func useUTC(_ context.Context, conn *pgx.Conn) error {
	conn.TypeMap().RegisterType(&pgtype.Type{
		Name: "timestamptz", OID: pgtype.TimestamptzOID,
		Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
	return nil
}

// check refuses a database that cannot be used as it is.
func (s *Store) check(ctx context.Context, config *pgxpool.Config) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	encoding := conn.Conn().PgConn().ParameterStatus("server_encoding")
	conn.Release()
	if encoding != "UTF8" {
		return book.Errorf(book.Conflict, "database %s is encoded in %s; create one with "+
			"ENCODING 'UTF8'", s.name, encoding)
	}
	return provide(ctx, config.ConnConfig, func(_ *goose.Provider, s store.Schema) error {
		return s.Check()
	})
}

// Identity implements store.Store.
func (s *Store) Identity(ctx context.Context) (uuid.UUID, error) {
	id, err := s.read.Identity(ctx)
	return id, s.translate(ctx, err)
}

// Ping returns nil when the database answers.
func (s *Store) Ping(ctx context.Context) error {
	return s.translate(ctx, s.pool.Ping(ctx))
}

// Close waits until connections are given back, and closes them.
func (s *Store) Close() error {
	s.pool.Close()
	return nil
}

package qdrant

import (
	"os"
	"testing"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/vector"
	"github.com/lectern-project/lectern/internal/vector/qdrant/qdranttest"
	"github.com/lectern-project/lectern/internal/vector/vectortest"
)

// testDatabase is the database of the indexes that openAt opens.
var testDatabase = uuid.New()

// openAt opens the index at a server; its collections are test__*.
func openAt(t testing.TB, url, key string) *Index { return openFor(t, url, key, testDatabase) }

func openFor(t testing.TB, url, key string, database uuid.UUID) *Index {
	t.Helper()
	x, err := Open(Config{URL: url, APIKey: key, Alias: "test", Database: database})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestContract(t *testing.T) {
	vectortest.Run(t, func(t testing.TB) vectortest.Open {
		server := qdranttest.Start(t, qdranttest.Options{})
		return func(t testing.TB) vector.Index { return openAt(t, server.Address(), "") }
	}, vectortest.IDFCountsDeleted)
}

// TestContractRealServer runs the same suite over a real server, and leaves nothing behind there.
func TestContractRealServer(t *testing.T) {
	url, key := os.Getenv("LECTERN_TEST_QDRANT_URL"), os.Getenv("LECTERN_TEST_QDRANT_API_KEY")
	if url == "" {
		t.Skip("LECTERN_TEST_QDRANT_URL names no server")
	}
	vectortest.Run(t, func(t testing.TB) vectortest.Open {
		return func(t testing.TB) vector.Index { return openAt(t, url, key) }
	}, vectortest.IDFCountsDeleted)
}

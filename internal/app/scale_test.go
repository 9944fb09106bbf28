package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
	"github.com/lectern-project/lectern/internal/vector/qdrant/qdranttest"
)

// chunksOf100KB is how many sections of a made-up page make 100 KB.
const chunksOf100KB = 85

// BenchmarkScale has another process ingest a folder of LECTERN_SCALE made-up documents of 100 KB and
// watches its memory, in embedded mode and in full mode over a stand-in for Qdrant that keeps
// nothing; then it searches what was ingested in embedded mode. `make bench-scale` runs it.
func BenchmarkScale(b *testing.B) {
	documents, _ := strconv.Atoi(os.Getenv("LECTERN_SCALE"))
	if documents == 0 {
		b.Skip("LECTERN_SCALE says how many documents")
	}
	folder := shared(b, "folder")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		b.Fatal(err)
	}
	newMadeUpBook().write(b, folder, documents, chunksOf100KB)
	vectors := qdranttest.Start(b, qdranttest.Options{Forgetful: true})
	database := pgtest.Migrated(b)
	report(b, "full", ingestWatched(b, folder,
		"LECTERN_DATABASE_URL="+database, "LECTERN_QDRANT_URL="+vectors.Address(),
		"LECTERN_SIGNING_KEY="+strings.Repeat("random-k", config.MinSigningKey/8)))
	b.Logf("fsync %s, synchronous_commit %s, the database has %s",
		valueOf(b, database, "SHOW fsync"), valueOf(b, database, "SHOW synchronous_commit"),
		valueOf(b, database, "SELECT pg_size_pretty(pg_database_size(current_database()))"))

	dir := shared(b, "scale")
	found := ingestWatched(b, folder, "LECTERN_DATA_DIR="+dir)
	for _, name := range []string{databaseFile, vectorsFile} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			b.Fatal(err)
		}
		found[name+"-B/chunk"] = float64(info.Size()) / found["chunks"]
	}
	report(b, "embedded", found)
	b.Run("search", func(b *testing.B) { searchDir(b, dir) })
}

// report reports what was measured once.
func report(b *testing.B, name string, measured map[string]float64) {
	b.Run(name, func(b *testing.B) {
		for unit, value := range measured {
			b.ReportMetric(value, unit)
		}
		b.ReportMetric(0, "ns/op")
	})
}

// ingestWatched runs `lectern ingest` and reports its speed, its time on the processors and its
// memory: at a quarter, half, three quarters and the end of the time, and the most there was.
func ingestWatched(
	b *testing.B, folder string, environment ...string,
) (measured map[string]float64) {
	b.Helper()
	cmd := exec.Command(binary(b), "ingest", "--json", folder)
	cmd.Env = append(os.Environ(), environment...)
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	start := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- cmd.Wait() }()
	var memory []float64
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for running := true; running; {
		select {
		case <-tick.C:
			if now, ok := memoryMB(cmd.Process.Pid, "VmRSS:"); ok {
				memory = append(memory, now)
			}
		case err := <-ended:
			if err != nil {
				b.Fatalf("%v\n%s", err, log.Bytes())
			}
			running = false
		}
	}
	took := time.Since(start).Seconds()
	var summary struct{ Documents, Chunks struct{ Added int } }
	if err := json.Unmarshal(out.Bytes(), &summary); err != nil {
		b.Fatalf("%v\n%s", err, out.Bytes())
	}
	cpu := (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	measured = map[string]float64{
		"s": took, "cpu-s": cpu, "documents": float64(summary.Documents.Added),
		"chunks": float64(summary.Chunks.Added), "MB-most": slices.Max(memory),
	}
	for _, percent := range []int{25, 50, 75, 99} {
		measured[fmt.Sprintf("MB-at-%d%%", percent)] = memory[len(memory)*percent/100]
	}
	return measured
}

// valueOf returns the one value that a statement has.
func valueOf(b *testing.B, databaseURL, statement string) (value string) {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), databaseURL)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close(b.Context())
	if err := conn.QueryRow(b.Context(), statement).Scan(&value); err != nil {
		b.Fatal(err)
	}
	return value
}

package app

import (
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lectern-project/lectern/internal/retrieve"
)

// dataDirOf returns a data directory with this many chunks, which another process has filled.
func dataDirOf(b *testing.B, chunks int) string {
	b.Helper()
	dir := shared(b, strconv.Itoa(chunks))
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	folder := b.TempDir()
	newMadeUpBook().write(b, folder, chunks/50, 50)
	start := time.Now()
	lectern(b, "--data-dir", dir, "ingest", "--json", folder)
	b.Logf("%d chunks ingested in %v", chunks, time.Since(start))
	return dir
}

// BenchmarkSearch opens data directories of several sizes and searches them, one question after
// the other, both legs, with the passages from the database. It reports percentiles, the time to
// open, and the resident memory of this process, which did not do the ingesting. It comes last:
// Open tunes the collector of the process by the size of the index.
func BenchmarkSearch(b *testing.B) {
	for _, chunks := range []int{1_000, 10_000, 100_000} {
		b.Run(strconv.Itoa(chunks), func(b *testing.B) { searchDir(b, dataDirOf(b, chunks)) })
	}
}

func searchDir(b *testing.B, dir string) {
	b.Helper()
	debug.FreeOSMemory()
	start := time.Now()
	a := openBench(b, dir)
	defer a.Close()
	opened := time.Since(start)
	m := newMadeUpBook()
	var took []time.Duration
	for b.Loop() {
		question := m.question()
		start := time.Now()
		found, err := a.Retrieve.Search(b.Context(), retrieve.Request{Question: question})
		took = append(took, time.Since(start))
		if err != nil || len(found.Passages) == 0 || len(found.Degraded) > 0 {
			b.Fatal(len(found.Passages), found.Degraded, err)
		}
	}
	reportPercentiles(b, took, "")
	b.ReportMetric(opened.Seconds(), "open-s")
	if megabytes, ok := memoryMB(os.Getpid(), "VmRSS:"); ok {
		b.ReportMetric(megabytes, "resident-MB")
	}
}

// reportPercentiles reports p50 and p95 in milliseconds.
func reportPercentiles(b *testing.B, took []time.Duration, of string) {
	b.Helper()
	slices.Sort(took)
	for _, percent := range []int{50, 95} {
		at := took[len(took)*percent/100]
		b.ReportMetric(float64(at.Microseconds())/1000, fmt.Sprintf("%sp%d-ms", of, percent))
	}
}

// memoryMB is the resident memory of a process at present (VmRSS:) or at its highest (VmHWM:), where
// it can be read.
func memoryMB(process int, field string) (megabytes float64, ok bool) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", process))
	if err != nil {
		return 0, false
	}
	_, rest, _ := strings.Cut(string(status), field)
	if fields := strings.Fields(rest); len(fields) > 0 {
		kb, err := strconv.Atoi(fields[0])
		return float64(kb) / 1000, err == nil
	}
	return 0, false
}

package app

import (
	"bytes"
	"log/slog"
	"math"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lectern-project/lectern/internal/config"
)

// TestManySignInsAtOnce: fifty people who sign in at the same moment wait, and are let in.
func TestManySignInsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := passwords(config.Config{}, nil)
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				leave, err := gate.Enter(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				time.Sleep(60 * time.Millisecond) // about what a hash takes
				leave()
			})
		}
		all.Wait()
	})
}

// TestBoundMemory: a bound is told of, and none is not told of as one.
func TestBoundMemory(t *testing.T) {
	t.Setenv("GOMEMLIMIT", "set, so that no container's is looked for")
	before := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(before)
	for limit, want := range map[int64]string{math.MaxInt64: "", 1 << 40: "bytes=1099511627776"} {
		debug.SetMemoryLimit(limit)
		var out bytes.Buffer
		boundMemory(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})))
		if got := out.String(); !strings.Contains(got, want) || (want == "") != (got == "") {
			t.Errorf("with the limit %d: %q", limit, got)
		}
	}
}

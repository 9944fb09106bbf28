//go:build failpoints

// Package failpoint marks the places between two steps of a protocol where a test may stop the
// process.
package failpoint

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// Variable is the environment variable that arms failpoints: a comma-separated list of
// "name=n" entries; the process kills itself with SIGKILL at the n-th hit (from 1) of name. The
// name "*" counts the hits of all failpoints together.
const Variable = "LECTERN_FAILPOINTS"

var (
	mu    sync.Mutex
	armed = parse(os.Getenv(Variable))
)

// Hit marks a place by name, and ends the process there if the test has said so.
func Hit(name string) {
	mu.Lock()
	defer mu.Unlock()
	for _, key := range [...]string{name, "*"} {
		n, ok := armed[key]
		if !ok {
			continue
		}
		if n == 1 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // the signal is on its way
		}
		armed[key] = n - 1
	}
}

func parse(list string) map[string]int {
	counts := map[string]int{}
	for entry := range strings.SplitSeq(list, ",") {
		name, count, ok := strings.Cut(entry, "=")
		if n, err := strconv.Atoi(count); ok && err == nil && n > 0 {
			counts[name] = n
		}
	}
	return counts
}

//go:build failpoints

package failpoint

import (
	"os"
	"strings"
	"time"
)

// DurationVariable is the environment variable that changes durations: a comma-separated list of
// "name=duration" entries.
const DurationVariable = "LECTERN_DURATIONS"

// Duration returns what the test wants of a duration, or else d.
func Duration(name string, d time.Duration) time.Duration {
	for entry := range strings.SplitSeq(os.Getenv(DurationVariable), ",") {
		key, value, _ := strings.Cut(entry, "=")
		if wanted, err := time.ParseDuration(value); key == name && err == nil {
			return wanted
		}
	}
	return d
}

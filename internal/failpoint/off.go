//go:build !failpoints

// Package failpoint marks the places between two steps of a protocol where a test may stop the
// process. Without the build tag "failpoints" a mark costs nothing.
package failpoint

import "time"

// Hit marks a place by name.
func Hit(string) {}

// Duration is a duration that a test may change by name.
func Duration(_ string, d time.Duration) time.Duration { return d }

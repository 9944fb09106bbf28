//go:build !failpoints

// Package failpoint marks the places between two steps of a protocol where a test may stop the
// process. Without the build tag "failpoints" a mark costs nothing.
package failpoint

// Hit marks a place by name.
func Hit(string) {}

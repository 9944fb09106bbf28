package geminiapi

import (
	"testing"
	"time"
)

func TestMidnightPacific(t *testing.T) {
	for now, want := range map[string]string{
		"2026-11-27T07:59:59Z": "2026-11-27T08:00:00Z",
		"2026-11-27T08:00:00Z": "2026-11-28T08:00:00Z",
		"2026-07-01T12:00:00Z": "2026-07-02T07:00:00Z",
		"2026-11-01T07:30:00Z": "2026-11-02T08:00:00Z", // the day has 25 hours
		"2026-03-08T09:30:00Z": "2026-03-09T07:00:00Z", // the day has 23 hours
	} {
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		if got := midnightPacific(at).UTC().Format(time.RFC3339); got != want {
			t.Errorf("after %s: %s, want %s", now, got, want)
		}
	}
}

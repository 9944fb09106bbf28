package simulation

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lectern-project/lectern/internal/store/memory"
)

// rules are the rules of the protocol that TestRules takes out, one at a time, and within how many
// schedules that must show. What each says stands in package memory, or in open_test.go.
var rules = []struct {
	rule   memory.Rule
	within int
}{
	{memory.Flip, 2000},
	// For these two a drain must sleep for a day between two certain calls, while another drain
	// settles the same row and a late write lands.
	{memory.Seq, 20_000},
	{memory.GlobalSeq, 20_000},
	{memory.Watch, 2000},
	{slow, 2000},
	{memory.Rev, 2000},
	{memory.RevGlobal, 2000},
	{memory.Old, 2000},
	{memory.Scope, 2000},
	{memory.Space, 2000},
	{memory.Switch, 2000},
	{views, 2000},
}

// TestRules sees the simulation find each rule that is missing. With -v it shows the shortest schedule
// that breaks something, and prints the table of docs/consistency.md.
func TestRules(t *testing.T) {
	var table strings.Builder
	for _, r := range rules {
		t.Run(string(r.rule), func(t *testing.T) {
			found := runMany(t, 1, r.within, without(r.rule)).failed
			if found == nil {
				t.Fatalf("not missed in %d schedules", r.within)
			}
			if testing.Verbose() {
				shortest := shrink(t, found.schedule, without(r.rule))
				t.Log(shortest.report())
				fmt.Fprintf(&table, "| `%s` | %d | %s | %d |\n", r.rule, found.seed, shortest.violation,
					shortest.calls)
			}
		})
	}
	t.Log("\n" + table.String())
}

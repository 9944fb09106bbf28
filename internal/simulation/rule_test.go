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
	plan   func(seed uint64) schedule
	within int
}{
	{memory.Flip, newSchedule, 2000},
	// For these two a drain must sleep for a day between two certain calls, while another drain
	// settles the same row and a late write lands.
	{memory.Seq, harshSchedule, 20_000},
	{memory.GlobalSeq, harshSchedule, 20_000},
	{memory.Watch, newSchedule, 2000},
	{slow, newSchedule, 2000},
	{memory.Rev, newSchedule, 2000},
	{memory.RevGlobal, newSchedule, 2000},
	{memory.Old, newSchedule, 2000},
	{memory.Scope, newSchedule, 2000},
	{memory.Space, newSchedule, 2000},
	{memory.Switch, newSchedule, 2000},
	{views, newSchedule, 2000},
}

// TestRules sees the simulation find each rule that is missing. With -v it shows the shortest schedule
// that breaks something, and prints the table of docs/consistency.md.
func TestRules(t *testing.T) {
	var table strings.Builder
	for _, r := range rules {
		t.Run(string(r.rule), func(t *testing.T) {
			found := runMany(t, r.plan, r.within, without(r.rule)).failed
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

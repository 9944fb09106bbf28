package matrix

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// row is a fault and the operations that it can hit.
type row struct {
	name  string
	hits  []operation
	fault fault
}

var rows = []row{
	{"killed between two steps", operations, killed},
	{"PostgreSQL down", operations, databaseDownAt},
	{"PostgreSQL slow", operations, databaseSlow},
	{"PostgreSQL's answer lost", operations, databaseAnswerLost},
	{"PostgreSQL's disk full", operations, databaseDiskFull},
	{"PostgreSQL refuses a table", operations, databaseFull},
	{"Qdrant down", operations, indexDownAt},
	{"Qdrant slow", operations, indexSlow},
	{"Qdrant slow, then down", operations, indexSlowThenDown},
	{"Qdrant times out after it applied", operations, indexTimesOut},
	{"Qdrant's answer lost", operations, indexAnswerLost},
	{"Qdrant's disk full", operations, indexFull},
	{"Qdrant restored from an older snapshot", operations, indexRestored},
	{"delivered twice", operations, indexTwice},
	{"delivered again after the answer", operations, indexAgain},
	{"two replicas on one document", operations, overtakenBy(other)},
	{"a delete meanwhile", operations, overtakenBy(deleting)},
	{
		"a scope change meanwhile",
		[]operation{ingesting, reingesting, deleting, reembedding},
		overtakenBy(rescoping),
	},
	{"stopped past its lease", operations, past},
	{"clocks an hour apart", operations, hourApart},
	{"the disk of embedded mode full", operations, diskFull},
	{"unusable vectors", []operation{ingesting, reingesting, reembedding}, embedderBreaks},
}

func TestMatrix(t *testing.T) {
	for _, r := range rows {
		for _, op := range r.hits {
			t.Run(r.name+"/"+op.name, func(t *testing.T) {
				t.Parallel()
				r.fault.hits(t, op)
			})
		}
	}
}

// TestMatrixIsDocumented compares the rows with the table that says what they are.
func TestMatrixIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../../docs/consistency.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "| fault | hits | what happens |\n| --- | --- | --- |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	var documented, tested []string
	for line := range strings.Lines(table) {
		cells := strings.Split(line, " | ")
		documented = append(documented, strings.TrimPrefix(cells[0], "| ")+": "+cells[1])
	}
	for _, r := range rows {
		var names []string
		for _, op := range r.hits {
			names = append(names, op.name)
		}
		tested = append(tested, r.name+": "+strings.Join(names, ", "))
	}
	if diff := cmp.Diff(tested, documented); diff != "" {
		t.Errorf("docs/consistency.md (-tested +documented):\n%s", diff)
	}
}

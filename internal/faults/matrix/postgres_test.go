package matrix

import (
	"strings"
	"time"

	"github.com/lectern-project/lectern/internal/book"
)

// patience is how long a message is held up that nobody stops waiting for.
const patience = 200 * time.Millisecond

var (
	databaseDownAt = fault{
		sampled: inPostgres,
		plan: func(a *attempt) plan {
			return plan{at: inPostgres, before: func() { a.refuse(inPostgres, true) }}
		},
		mend: func(a *attempt) { a.refuse(inPostgres, false) },
	}

	// databaseSlow holds a message up until the caller has given up, and then passes it on.
	databaseSlow = fault{
		sampled: inPostgres,
		plan: func(a *attempt) plan {
			a.landed = make(chan struct{})
			return plan{
				at: inPostgres,
				before: func() {
					a.run.cancel()
					select {
					case <-a.run.done:
					case <-time.After(patience): // what is done for order's sake goes on
					}
				},
				after: func() bool {
					close(a.landed)
					return false
				},
			}
		},
		mend: func(a *attempt) {
			if a.run.ctx.Err() != nil {
				<-a.landed
			}
		},
	}

	// databaseAnswerLost breaks the connection off before an answer, also that to a COMMIT.
	databaseAnswerLost = fault{
		sampled: inPostgres,
		plan: func(*attempt) plan {
			return plan{at: inPostgres, after: func() bool { return false }}
		},
	}

	// databaseFull refuses every change of one table, as a full disk does.
	databaseFull = fault{
		begin: func(a *attempt) bool {
			if a.number > len(tables) {
				return false
			}
			a.execute(`CREATE OR REPLACE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
				$$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100'; END $$`)
			a.execute(`CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE OR DELETE ON ` +
				tables[a.number-1] + ` EXECUTE FUNCTION full_disk()`)
			return true
		},
		mend: func(a *attempt) {
			a.execute(`DROP TRIGGER full_disk ON ` + tables[a.number-1])
			err := a.run.err
			if err != nil && (book.CodeOf(err) != book.Unavailable ||
				!strings.Contains(book.MessageOf(err), "full disk")) {
				a.errorf("a full disk at %s: %v", tables[a.number-1], err)
			}
		},
	}
)

// tables are those that writers change.
var tables = []string{
	"vector_ledger", "documents", "document_texts", "chunks", "chunk_vectors", "scope_changes",
	"embedding_spaces",
}

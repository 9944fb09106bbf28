package matrix

import (
	"context"

	"github.com/lectern-project/lectern/internal/vector/qdrant/qdranttest"
)

var (
	// indexRestored loses all that the operation wrote to Qdrant from its number-th write on.
	indexRestored = fault{
		begin: func(a *attempt) bool {
			a.writes = a.qdrant.Writes() + a.number - 1
			return true
		},
		meanwhile: func(a *attempt) {
			<-a.run.done
			a.ok(a.run.err)
			a.page.now(a.op.apply(a.op.before))
		},
		mend: func(a *attempt) {
			if a.writes >= a.qdrant.Writes() {
				a.over = true
				return
			}
			a.weather.now(fair, indexDown, indexLost)
			a.ok(a.qdrant.Restart(a.writes))
			a.refuse(inQdrant, false) // waits until all have noticed
			a.weather.now(indexLost)
			found := a.repair()
			a.weather.now(fair)
			switch {
			case found == 0 && a.op.name == reembedding.name && a.number > 1:
				a.over = true // what was lost is the drop of the old collection, which no space has
			case found == 0:
				a.errorf("nobody noticed that Qdrant is older")
			}
		},
	}

	// indexAgain gets a call again when it was answered and the document is gone.
	indexAgain = fault{
		sampled: inQdrant,
		plan: func(a *attempt) plan {
			return plan{
				at: inQdrant, fault: qdranttest.Duplicate,
				call: func(ctx context.Context, method string, send func(context.Context) error) error {
					a.wrote = method == "Points/Upsert"
					return send(ctx)
				},
			}
		},
		after: func(a *attempt) {
			a.remove()
			a.settle(nil)
			a.qdrant.Deliver()
			if found := a.repair(); (found > 0) != a.wrote {
				a.errorf("%d points astray after a write that came again: %t", found, a.wrote)
			}
		},
	}
)

// repair mends what an audit finds and returns how much that was.
func (a *attempt) repair() (found int) {
	a.t.Helper()
	ctx := context.Background()
	report, err := a.home.reconcile.Audit(ctx, 0)
	a.ok(err)
	_, err = a.home.reconcile.Repair(ctx, report)
	a.ok(err)
	a.agree()
	return report.Missing + report.Stray + report.Mismatched
}

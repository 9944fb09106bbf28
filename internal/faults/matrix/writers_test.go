package matrix

import (
	"context"
	"time"
)

// overtakenBy lets another replica run an operation on the same page while the writer is stopped
// before a step. Both must succeed.
func overtakenBy(second operation) fault {
	return stoppedWhile(func(a *attempt) error {
		return second.run(context.Background(), a.home, a.page)
	}, second.apply)
}

// past lets a writer wake after its lease, when others have taken care of what it left.
var past = stoppedWhile(func(a *attempt) error {
	a.advance(time.Hour)
	_, err := a.home.reconcile.Drain(context.Background())
	return err
}, same)

// hourApart lets the clocks of the replicas be an hour behind the database's, and an hour before it,
// while a replica drains beside a stopped writer, whose lease has not ended.
var hourApart = func() fault {
	f := stoppedWhile(func(a *attempt) error {
		done, err := a.home.reconcile.Drain(context.Background())
		if done.Expired > 0 {
			a.errorf("a lease ended for clocks that are an hour apart")
		}
		return err
	}, same)
	f.begin = func(a *attempt) bool {
		a.setClock([]time.Duration{time.Hour, -time.Hour}[a.number%2])
		return true
	}
	return f
}()

func same(s state) state { return s }

// stoppedWhile stops the writer before a step until second, which does apply to the page, has ended,
// or waits for the writer.
func stoppedWhile(second func(a *attempt) error, apply func(state) state) fault {
	return fault{
		sampled: inPostgres,
		plan: func(a *attempt) plan {
			a.held, a.released = make(chan struct{}), make(chan struct{})
			return plan{before: func() {
				close(a.held)
				<-a.released
			}}
		},
		meanwhile: func(a *attempt) {
			s := a.op.before
			first := a.op.apply
			a.page.now(s, first(s), apply(s), apply(first(s)), first(apply(s)))
			select {
			case <-a.run.done:
			case <-a.held:
			}
			done := make(chan struct{})
			var err error
			go func() {
				defer close(done)
				err = second(a)
			}()
			a.untilDoneOrStuck(done)
			close(a.released)
			<-done
			a.ok(err)
			<-a.run.done
			a.ok(a.run.err)
			a.page.now(apply(first(s)), first(apply(s)))
		},
	}
}

// untilDoneOrStuck waits until done or until somebody waits for a lock of the database.
func (w *world) untilDoneOrStuck(done chan struct{}) {
	w.t.Helper()
	for {
		select {
		case <-done:
			return
		case <-time.After(5 * time.Millisecond):
		}
		if query[bool](w, `SELECT EXISTS (SELECT FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock')`) {
			return
		}
	}
}

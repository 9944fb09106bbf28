package app

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/reconcile"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/postgres"
	"github.com/lectern-project/lectern/internal/store/sqlite"
	"github.com/lectern-project/lectern/internal/telemetry"
	"github.com/lectern-project/lectern/internal/usage"
)

// Defaults of App.often and App.seldom.
const (
	askOften  = 10 * time.Second
	askSeldom = time.Minute
)

// sources are where metrics are read that others count.
func (a *App) sources() []telemetry.Source {
	return []telemetry.Source{
		a.machineSource(), a.folderSource(), a.databaseSource(), a.poolSource(), a.indexSource(),
		a.ledgerSource(), a.reconcileSource(), a.modelSource(), a.usageSource(), a.budgetSource(),
		a.keySource(), a.certificateSource(),
	}
}

// notOpenYet is the source of a server that waits for its database.
func notOpenYet() telemetry.Source {
	return telemetry.Source{
		Metrics: []telemetry.Metric{telemetry.DatabaseUp},
		Read: func(_ context.Context, emit telemetry.Emit) error {
			emit(telemetry.DatabaseUp, 0)
			return nil
		},
	}
}

// up is a source of one metric that says whether a store answers.
func (a *App) up(m telemetry.Metric, ping func(context.Context) error) telemetry.Source {
	return telemetry.Source{
		Metrics: []telemetry.Metric{m}, Every: a.often,
		Read: func(ctx context.Context, emit telemetry.Emit) error {
			emit(m, number(ping(ctx) == nil))
			return nil
		},
	}
}

func (a *App) databaseSource() telemetry.Source { return a.up(telemetry.DatabaseUp, a.Store.Ping) }

func (a *App) indexSource() telemetry.Source { return a.up(telemetry.IndexUp, a.Index.Ping) }

func (a *App) ledgerSource() telemetry.Source {
	return telemetry.Source{
		Metrics: []telemetry.Metric{telemetry.LedgerRows, telemetry.LedgerAge}, Every: a.often,
		Read: func(ctx context.Context, emit telemetry.Emit) error {
			l, err := a.Store.LedgerStats(ctx)
			if err != nil {
				return err
			}
			emit(telemetry.LedgerRows, float64(l.Writing), "writing")
			emit(telemetry.LedgerRows, float64(l.Due), "due")
			emit(telemetry.LedgerRows, float64(l.Watched), "watched")
			emit(telemetry.LedgerAge, l.Oldest.Seconds())
			return nil
		},
	}
}

func (a *App) poolSource() telemetry.Source {
	return telemetry.Source{
		Metrics: []telemetry.Metric{
			telemetry.PoolConnections, telemetry.PoolMax, telemetry.PoolWaits, telemetry.PoolWaited,
		},
		Read: func(_ context.Context, emit telemetry.Emit) error {
			for _, p := range a.pools() {
				emit(telemetry.PoolConnections, float64(p.InUse), p.Name, "in_use")
				emit(telemetry.PoolConnections, float64(p.Idle), p.Name, "idle")
				emit(telemetry.PoolMax, float64(p.Max), p.Name)
				emit(telemetry.PoolWaits, float64(p.Waits), p.Name)
				emit(telemetry.PoolWaited, p.Waited.Seconds(), p.Name)
			}
			return nil
		},
	}
}

// poolsOf describes the connections of a store.
func poolsOf(s store.Store) func() []store.Pool {
	switch s := s.(type) {
	case *postgres.Store:
		return s.Pools
	case *sqlite.Store:
		return s.Pools
	}
	return func() []store.Pool { return nil }
}

func (a *App) reconcileSource() telemetry.Source {
	return telemetry.Source{
		Metrics: []telemetry.Metric{
			telemetry.ReconcileRuns, telemetry.ReconcileSuccess, telemetry.ReconcileDuration,
			telemetry.ReconcilePoints, telemetry.AuditFindings,
		},
		Read: func(_ context.Context, emit telemetry.Emit) error {
			s := a.Reconcile.Stats()
			for work, runs := range map[string]reconcile.Runs{"drain": s.Drain, "audit": s.Audit} {
				emit(telemetry.ReconcileRuns, float64(runs.Succeeded), work, "succeeded")
				emit(telemetry.ReconcileRuns, float64(runs.Failed), work, "failed")
				emit(telemetry.ReconcileSuccess, telemetry.Seconds(runs.LastSuccess), work)
				emit(telemetry.ReconcileDuration, runs.LastDuration.Seconds(), work)
			}
			for action, n := range map[string]int64{
				"expired": s.Expired, "settled": s.Settled, "rewritten": s.Rewritten, "backfilled": s.Backfilled,
			} {
				emit(telemetry.ReconcilePoints, float64(n), action)
			}
			f := s.Findings
			for kind, n := range map[string]int64{
				"missing": f.Missing, "stray": f.Stray, "mismatched": f.Mismatched,
				"conflicting": f.Conflicting, "orphaned": f.Orphaned,
			} {
				emit(telemetry.AuditFindings, float64(n), kind)
			}
			return nil
		},
	}
}

func (a *App) modelSource() telemetry.Source {
	return telemetry.Source{
		Metrics: []telemetry.Metric{
			telemetry.ModelAttempts, telemetry.ModelRetries, telemetry.ModelFallbacks,
			telemetry.ModelMismatches, telemetry.ModelBreaker,
		},
		Read: func(_ context.Context, emit telemetry.Emit) error {
			all := a.Models.Stats()
			for i, s := range all {
				emit(telemetry.ModelAttempts, float64(s.Answers), s.Model, "answer")
				for _, class := range llm.Classes() {
					emit(telemetry.ModelAttempts, float64(s.Failures[class]), s.Model, string(class))
				}
				emit(telemetry.ModelRetries, float64(s.Retries), s.Model)
				emit(telemetry.ModelMismatches, float64(s.Mismatches), s.Model)
				for _, next := range all[i+1:] {
					emit(telemetry.ModelFallbacks, float64(s.Fallbacks[next.Model]), s.Model, next.Model)
				}
				for _, state := range []llm.BreakerState{llm.StateClosed, llm.StateOpen, llm.StateHalfOpen} {
					emit(telemetry.ModelBreaker, number(s.Breaker == state), s.Model, string(state))
				}
			}
			return nil
		},
	}
}

func (a *App) usageSource() telemetry.Source {
	return telemetry.Source{
		Metrics: []telemetry.Metric{
			telemetry.ModelTokensCounted, telemetry.ModelCost, telemetry.BudgetRefused, telemetry.UsageLost,
		},
		Read: func(_ context.Context, emit telemetry.Emit) error {
			c := a.Usage.Counts()
			for _, m := range c.Models {
				emit(telemetry.ModelTokensCounted, float64(m.InputTokens), m.Model, "input")
				emit(telemetry.ModelTokensCounted, float64(m.OutputTokens), m.Model, "output")
				emit(telemetry.ModelCost, m.Cost, m.Model)
			}
			for _, budget := range []string{usage.User, usage.Anonymous, usage.Service} {
				emit(telemetry.BudgetRefused, float64(c.Refused[budget]), budget)
			}
			emit(telemetry.UsageLost, float64(c.Lost))
			return nil
		},
	}
}

func (a *App) budgetSource() telemetry.Source {
	return telemetry.Source{
		Metrics: []telemetry.Metric{telemetry.BudgetSpent}, Every: a.often,
		Read: func(ctx context.Context, emit telemetry.Emit) error {
			shares, err := a.Usage.Spent(ctx)
			for _, s := range shares {
				emit(telemetry.BudgetSpent, s.Spent, s.Budget, s.Of)
			}
			return err
		},
	}
}

// keySource tells when the next API key expires.
func (a *App) keySource() telemetry.Source {
	return telemetry.Source{
		Metrics: []telemetry.Metric{telemetry.KeyExpiry}, Every: a.seldom,
		Read: func(ctx context.Context, emit telemetry.Emit) error {
			const page = 1000
			var soonest time.Time
			for after := uuid.Nil; ; {
				keys, err := a.Store.ListKeys(ctx, uuid.Nil, after, page)
				if err != nil {
					return err
				}
				for _, k := range keys {
					if k.RevokedAt.IsZero() && k.ExpiresAt.After(time.Now()) &&
						(soonest.IsZero() || k.ExpiresAt.Before(soonest)) {
						soonest = k.ExpiresAt
					}
				}
				if len(keys) < page {
					break
				}
				after = keys[len(keys)-1].ID
			}
			if !soonest.IsZero() {
				emit(telemetry.KeyExpiry, telemetry.Seconds(soonest))
			}
			return nil
		},
	}
}

func (a *App) folderSource() telemetry.Source {
	return telemetry.Source{
		Metrics: []telemetry.Metric{
			telemetry.FolderRun, telemetry.FolderSuccess, telemetry.FolderFailed,
		},
		Read: func(_ context.Context, emit telemetry.Emit) error {
			if s := a.inStep.Load(); s != nil {
				emit(telemetry.FolderRun, telemetry.Seconds(s.run))
				emit(telemetry.FolderSuccess, telemetry.Seconds(s.succeeded))
				emit(telemetry.FolderFailed, float64(s.failed))
			}
			return nil
		},
	}
}

// machineSource tells what the process may still take of the machine.
func (a *App) machineSource() telemetry.Source {
	return telemetry.Source{
		Metrics: []telemetry.Metric{telemetry.DiskFree, telemetry.DiskSize},
		Read: func(_ context.Context, emit telemetry.Emit) error {
			if a.Config.DataDir == "" {
				return nil
			}
			free, size, err := diskSpace(a.Config.DataDir)
			if err != nil {
				return err
			}
			emit(telemetry.DiskFree, float64(free))
			emit(telemetry.DiskSize, float64(size))
			return nil
		},
	}
}

func number(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

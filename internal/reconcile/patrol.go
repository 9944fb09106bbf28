package reconcile

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/lectern-project/lectern/internal/store"
)

// AuditPart is the audit in the background: it goes on where the last one of this process ended, for
// a million rows or points or a minute, looks again at what it found when the longest write has
// ended, and reports the spaces with findings and, where it begins at the first, the collections that
// belong to none, without totals. Where somebody else is auditing it does nothing. The
// place is kept in memory: a process that begins to lead begins at the first space.
func (r *Reconciler) AuditPart(ctx context.Context) (found Report, err error) {
	start := time.Now()
	led, err := r.store.Lead(ctx, "audit", func(ctx context.Context) (err error) {
		found, err = r.auditPart(ctx, r.ingest.LongestWrite())
		return err
	})
	if led || err != nil {
		r.counters.audit.ended(start, err)
	}
	return found, err
}

func (r *Reconciler) auditPart(
	ctx context.Context, wait time.Duration,
) (found Report, err error) {
	r.mu.Lock()
	at := r.at
	r.mu.Unlock()
	var orphans []string
	if at == (place{}) {
		if orphans, err = r.orphans(ctx); err != nil {
			return Report{}, err
		}
	}
	suspects, at, err := r.walk(ctx, at, newBudget())
	if err != nil {
		return Report{}, err
	}
	found.Spaces, found.Orphans, err = r.confirm(ctx, suspects, orphans, wait)
	if err != nil {
		return Report{}, err
	}
	r.mu.Lock()
	r.at = at
	r.mu.Unlock()
	found.Spaces = slices.DeleteFunc(found.Spaces, func(s SpaceReport) bool { return s.Clean() })
	r.counters.find(found)
	return found, nil
}

// walk looks at pages from a place on, until the last space has ended or the budget, and returns where
// to go on.
func (r *Reconciler) walk(
	ctx context.Context, at place, b *budget,
) (suspects []SpaceReport, next place, err error) {
	spaces, err := r.store.ListSpaces(ctx)
	if err != nil {
		return nil, at, err
	}
	for _, s := range spaces {
		if s.State == store.SpaceRetired || strings.Compare(s.ID(), at.spaceID) < 0 {
			continue
		}
		if s.ID() != at.spaceID {
			at = newPlace(s)
		}
		suspect := SpaceReport{SpaceStatus: s}
		for at.phase != ended {
			if !b.take() {
				return append(suspects, suspect), at, nil
			}
			if err := r.auditPage(ctx, s, &at, &suspect.Findings); err != nil {
				return nil, at, err
			}
		}
		suspects = append(suspects, suspect)
	}
	return suspects, place{}, nil
}

package telemetry

import "github.com/lectern-project/lectern/internal/book"

// SignedIn counts a sign-in by how it ended.
func (r *Recorder) SignedIn(err error) {
	if r == nil {
		return
	}
	outcome := "failed"
	switch book.CodeOf(err) {
	case "":
		outcome = "succeeded"
	case book.Unauthenticated:
		outcome = "refused"
	case book.RateLimited:
		outcome = "throttled"
	}
	r.signIns.WithLabelValues(outcome).Inc()
}

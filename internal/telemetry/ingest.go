package telemetry

import "github.com/lectern-project/lectern/internal/book"

// Ingested counts a document by what was done ("created", "updated", "unchanged", "deleted"), its
// chunks, and the bytes of its text.
func (r *Recorder) Ingested(outcome string, embedded, kept, removed, bytes int) {
	if r == nil {
		return
	}
	r.documents.WithLabelValues(outcome).Inc()
	r.chunks.WithLabelValues("embedded").Add(float64(embedded))
	r.chunks.WithLabelValues("kept").Add(float64(kept))
	r.chunks.WithLabelValues("removed").Add(float64(removed))
	r.textBytes.Add(float64(bytes))
}

// IngestFailed counts a document that could not be ingested.
func (r *Recorder) IngestFailed(err error) {
	if r != nil {
		r.ingestFailures.WithLabelValues(string(book.CodeOf(err))).Inc()
	}
}

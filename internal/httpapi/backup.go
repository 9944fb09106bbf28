package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/lectern-project/lectern/internal/book"
)

const archiveType = "application/zstd"

// archiveStall is how long a client may take until it reads on.
const archiveStall = time.Minute

// backup streams an archive. What fails before its first byte is a problem; what fails later breaks
// the connection off, so that nobody takes a part for the whole.
func (s *server) backup(ctx context.Context, _ *nothing) (*huma.StreamResponse, error) {
	err := s.Accounts.Record(ctx, caller(ctx), book.BookBackup, book.Target{Kind: book.TargetBook}, "")
	if err != nil { // the archive holds password hashes: nobody takes it unseen
		return nil, err
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		_, w := humago.Unwrap(c)
		archive := &archiveWriter{w: w, control: http.NewResponseController(w)}
		err := s.Backup(c.Context(), archive)
		switch {
		case err == nil:
		case !archive.started:
			s.problem(c.Context(), err).write(w)
		default:
			s.Log.Log(c.Context(), slog.LevelError, "a backup broke off",
				"request_id", requestIDOf(c.Context()), "error", err)
			panic(http.ErrAbortHandler)
		}
	}}, nil
}

// archiveWriter begins the response with the first byte, and gives each write its own time.
type archiveWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
	started bool
}

func (a *archiveWriter) Write(p []byte) (int, error) {
	if !a.started {
		a.started = true
		a.w.Header().Set("Content-Type", archiveType)
		a.w.Header().Set("Content-Disposition", `attachment; filename="lectern.tar.zst"`)
		a.w.WriteHeader(http.StatusOK)
	}
	// In one process there is no connection, and so no deadline.
	_ = a.control.SetWriteDeadline(time.Now().Add(archiveStall))
	return a.w.Write(p)
}

package httpapi

import (
	"context"
	"io"
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
	return s.download(archiveType, "lectern.tar.zst", s.Backup), nil
}

// exportMe streams what is kept of the caller, as backup does.
func (s *server) exportMe(context.Context, *nothing) (*huma.StreamResponse, error) {
	return s.download(jsonType, "account.json", func(ctx context.Context, w io.Writer) error {
		return s.Accounts.ExportMe(ctx, caller(ctx), w)
	}), nil
}

// download streams a file that write writes.
func (s *server) download(
	contentType, name string, write func(context.Context, io.Writer) error,
) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(c huma.Context) {
		_, w := humago.Unwrap(c)
		file := &fileWriter{
			w: w, control: http.NewResponseController(w), contentType: contentType, name: name,
		}
		err := write(c.Context(), file)
		switch {
		case err == nil:
		case !file.started:
			s.problem(c.Context(), err).write(w)
		default:
			s.Log.ErrorContext(c.Context(), "a download broke off", "file", name, "error", err)
			panic(http.ErrAbortHandler)
		}
	}}
}

// fileWriter begins the response with the first byte, and gives each write its own time.
type fileWriter struct {
	w                 http.ResponseWriter
	control           *http.ResponseController
	contentType, name string
	started           bool
}

func (a *fileWriter) Write(p []byte) (int, error) {
	if !a.started {
		a.started = true
		a.w.Header().Set("Content-Type", a.contentType)
		a.w.Header().Set("Content-Disposition", `attachment; filename="`+a.name+`"`)
		a.w.WriteHeader(http.StatusOK)
	}
	// In one process there is no connection, and so no deadline.
	_ = a.control.SetWriteDeadline(time.Now().Add(archiveStall))
	return a.w.Write(p)
}

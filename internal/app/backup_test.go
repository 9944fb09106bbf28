package app

import (
	"bytes"
	"testing"

	"github.com/lectern-project/lectern/internal/book"
)

// blockedWriter does not take anything until it is told to.
type blockedWriter struct {
	asked, open chan struct{}
	bytes.Buffer
}

func (w *blockedWriter) Write(p []byte) (int, error) {
	select {
	case w.asked <- struct{}{}:
	default:
	}
	<-w.open
	return w.Buffer.Write(p)
}

// TestOneBackupAtATime: a second one is refused while the first is written, and not afterwards.
func TestOneBackupAtATime(t *testing.T) {
	a := open(t, t.TempDir())
	w := &blockedWriter{asked: make(chan struct{}, 1), open: make(chan struct{})}
	first := make(chan error, 1)
	go func() { first <- a.backUp(t.Context(), w) }()
	<-w.asked
	var second bytes.Buffer
	if err := a.backUp(t.Context(), &second); book.CodeOf(err) != book.Conflict || second.Len() > 0 {
		t.Errorf("a second backup: %v, %d bytes", err, second.Len())
	}
	close(w.open)
	if err := <-first; err != nil || w.Len() == 0 {
		t.Errorf("the first backup: %v, %d bytes", err, w.Len())
	}
	if err := a.backUp(t.Context(), &second); err != nil || second.Len() == 0 {
		t.Errorf("after it: %v, %d bytes", err, second.Len())
	}
}

package httpapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
)

// backUp writes what an archive begins with, until it fails.
func (l *library) backUp(_ context.Context, w io.Writer) error {
	if l.fail != nil {
		return l.fail
	}
	_, err := io.WriteString(w, "an archive")
	return err
}

func TestBackup(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	got := f.call(t, "admin", "GET", "/api/backup", "")
	wantStatus(t, got, http.StatusOK)
	if string(got.body) != "an archive" || got.header.Get("Content-Type") != archiveType {
		t.Errorf("%q of type %q", got.body, got.header.Get("Content-Type"))
	}
	f.library.fail = book.Errorf(book.Unavailable, "the index is down")
	got = f.call(t, "admin", "GET", "/api/backup", "")
	wantStatus(t, got, http.StatusServiceUnavailable)
}

// TestBackupThatBreaksOff: what has begun to come must not end as if it were whole.
func TestBackupThatBreaksOff(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	f.deps.Backup = func(_ context.Context, w io.Writer) error {
		_, _ = w.Write(make([]byte, 100_000))
		return errors.New("the index went away")
	}
	f.serve(t)
	r := request(t, "GET", f.url+"/api/backup", "")
	r.Header.Set("Authorization", "Bearer "+f.keys["admin"])
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if n, err := io.Copy(io.Discard, response.Body); err == nil {
		t.Errorf("%d bytes, and then an end as if nothing had happened", n)
	}
}

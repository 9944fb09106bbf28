package httpapi

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
)

func TestAuditLog(t *testing.T) {
	for name, open := range installations {
		t.Run(name, func(t *testing.T) { testAuditLog(t, newRealFixture(t, open)) })
	}
}

func testAuditLog(t *testing.T, f *fixture) {
	t.Helper()
	const page = "# Servo motors\n\nA servo motor turns a joint of the robot to an exact angle.\n"
	f.put(t, "editor", "robots/servo", page, "")
	f.put(t, "editor", "robots/servo", page, "") // unchanged: nothing happened
	wantStatus(t, f.call(t, "editor", "PATCH", "/api/documents/robots%2Fservo",
		`{"visibility":"private"}`), 200)
	wantStatus(t, f.call(t, "other", "DELETE", "/api/documents/robots%2Fservo", ""), 404)
	wantStatus(t, f.call(t, "admin", "DELETE", "/api/documents/robots%2Fservo", ""), 204)
	wantStatus(t, f.call(t, "admin", "GET", "/api/backup", ""), 200)

	got := f.auditLog(t, "?target=robots/servo")
	var lines []string
	for _, e := range got.Items {
		lines = append(lines, strings.Join(
			[]string{e.Actor, string(e.Action), string(e.TargetKind), e.Detail, e.Address}, " "))
		if e.At.IsZero() || e.ActorID == nil || *e.ActorID == uuid.Nil || e.TargetID != "robots/servo" {
			t.Errorf("event %+v", e)
		}
	}
	want := []string{
		"admin document.delete document  127.0.0.1",
		"editor document.update document visibility private 127.0.0.1",
		"editor document.ingest document  127.0.0.1",
	}
	if strings.Join(lines, "\n") != strings.Join(want, "\n") {
		t.Errorf("the log says\n%s", strings.Join(lines, "\n"))
	}
	if e := f.auditLog(t, "?limit=1").Items[0]; e.Action != book.BookBackup || e.Actor != "admin" {
		t.Errorf("the newest event is %+v", e)
	}

	// Page by page it is the same.
	whole := f.auditLog(t, "?action=key")
	var paged []Event
	query := "?action=key&limit=1"
	for {
		page := f.auditLog(t, query)
		paged = append(paged, page.Items...)
		if page.NextCursor == nil {
			break
		}
		query = "?action=key&limit=1&cursor=" + url.QueryEscape(*page.NextCursor)
	}
	if len(paged) != len(whole.Items) || len(paged) != len(f.keys) {
		t.Errorf("%d pages, %d events, want %d", len(paged), len(whole.Items), len(f.keys))
	}
	for _, secret := range f.keys {
		body := f.call(t, "admin", "GET", "/api/audit?limit=200", "").body
		if strings.Contains(string(body), secret) {
			t.Error("the log holds a key")
		}
	}
}

func (f *fixture) auditLog(t *testing.T, query string) EventList {
	t.Helper()
	var list EventList
	f.call(t, "admin", "GET", "/api/audit"+query, "").decode(t, &list)
	return list
}

func TestAuditLogRefuses(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	for _, query := range []string{
		"?cursor=x", "?cursor=bm9uZQ", "?actor=%00", "?target=%ff", "?limit=0", "?limit=201", "?limit=",
	} {
		wantStatus(t, f.call(t, "admin", "GET", "/api/audit"+query, ""), 422)
	}
}

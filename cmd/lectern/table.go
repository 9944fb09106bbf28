package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
)

// timeFormat is how people are shown a time; JSON has RFC 3339.
const timeFormat = "2006-01-02 15:04"

// table lines up columns on stdout.
type table struct{ w *tabwriter.Writer }

// table starts a table; without a header it has only rows.
func (s *session) table(header ...any) table {
	t := table{tabwriter.NewWriter(s.stdout, 0, 0, 2, ' ', 0)}
	if len(header) > 0 {
		t.row(header...)
	}
	return t
}

func (t table) row(cells ...any) {
	texts := make([]string, len(cells))
	for i, cell := range cells {
		texts[i] = strings.ReplaceAll(printable(fmt.Sprint(cell)), "\n", " ")
	}
	_, _ = fmt.Fprintln(t.w, strings.Join(texts, "\t"))
}

// flush prints the table, and says what kept it from being printed.
func (t table) flush() error { return t.w.Flush() }

// timeOrDash shows a time, or a dash for none.
func timeOrDash(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format(timeFormat)
}

// timeIfAny is timeOrDash for what JSON has as null.
func timeIfAny(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return timeOrDash(*t)
}

// timeOrNull is a time for JSON, null for none.
func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

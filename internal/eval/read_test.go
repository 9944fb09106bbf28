package eval

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/book"
)

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadQrels(t *testing.T) {
	want := map[string]map[string]int{"q1": {"a": 1, "b": 2}, "q 2": {"a": 0}}
	const rows = "q1\ta\t1\r\nq1\tb\t2\n\nq 2\ta\t0"
	for _, text := range []string{rows, "query-id\tcorpus-id\tscore\n" + rows} {
		got, err := readQrels(file(t, text))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
	for _, text := range []string{
		"", "query-id\tcorpus-id\tscore\n", "q1 a 1", "q1\ta\t1\nq1\tb\thigh", "q1\t0\ta\t1",
	} {
		if _, err := readQrels(file(t, text)); book.CodeOf(err) != book.Invalid {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestReadQueries(t *testing.T) {
	got, err := readQueries(file(t, `{"_id":"1","text":"What?"}`+"\n\n"+
		`{"_id":"2","text":"Why?","metadata":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"1": "What?", "2": "Why?"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, text := range []string{
		"{", `{"_id":"1"}`, `{"text":"What?"}`, `[1]`, `{"_id":"1","text":"  "}`,
	} {
		_, err := readQueries(file(t, "{\"_id\":\"0\",\"text\":\"x\"}\n"+text))
		if book.CodeOf(err) != book.Invalid || !strings.Contains(book.MessageOf(err), ":2 ") {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := readQueries("nowhere.jsonl"); book.CodeOf(err) != book.Invalid {
		t.Errorf("a file that is not there: %v", err)
	}
}

func FuzzReadQrels(f *testing.F) {
	f.Add("query-id\tcorpus-id\tscore\nq\td\t1\n")
	f.Fuzz(func(t *testing.T, text string) {
		judged, err := readQrels(file(t, text))
		if (err == nil) == (len(judged) == 0) {
			t.Errorf("%d questions and the error %v", len(judged), err)
		}
	})
}

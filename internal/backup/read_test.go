package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/lectern-project/lectern/internal/book"
)

func write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// entry is one entry of an archive.
type entry struct{ name, body string }

// sample is the archive of a small book.
func sample(t *testing.T) []byte {
	t.Helper()
	p := embedded(t, 8)
	p.fill()
	archive, err := p.archive()
	p.ok(err)
	data, err := io.ReadAll(archive)
	p.ok(err)
	return data
}

// unpack returns an archive's entries.
func unpack(t testing.TB, data []byte) (entries []entry) {
	t.Helper()
	zip, err := zstd.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer zip.Close()
	archive := tar.NewReader(zip)
	for {
		header, err := archive.Next()
		if err == io.EOF {
			return entries
		}
		body, errRead := io.ReadAll(archive)
		if err := errors.Join(err, errRead); err != nil {
			t.Fatal(err)
		}
		entries = append(entries, entry{header.Name, string(body)})
	}
}

// pack makes an archive of entries, with whatever end they have.
func pack(t testing.TB, entries []entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := newWriter(&b, time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		header := &tar.Header{Name: e.name, Size: int64(len(e.body)), Mode: 0o600}
		_ = w.tar.WriteHeader(header)
		_, _ = io.WriteString(w.tar, e.body)
	}
	if err := errors.Join(w.tar.Close(), w.zip.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// seal gives entries an end that fits them, though what they say is wrong.
func seal(t testing.TB, entries []entry, summary Summary) []byte {
	t.Helper()
	w, err := newWriter(io.Discard, time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		sum(w.digest, e.name, []byte(e.body))
	}
	last := fmt.Sprintf(`{"documents":%d,"chunks":%d,"accounts":%d,"keys":%d,"conversations":%d,`+
		`"vectors":%d,"vectors_missing":%d,"sha256":"%x"}`, summary.Documents, summary.Chunks,
		summary.Accounts, summary.Keys, summary.Conversations, summary.Vectors, summary.Missing, w.digest.Sum(nil))
	return pack(t, append(append([]entry{}, entries...), entry{endName, last}))
}

func check(data []byte) (Summary, error) {
	return read(context.Background(), "it", bytes.NewReader(data), counting(noProgress))
}

func TestRefusedArchives(t *testing.T) {
	whole := sample(t)
	summary, err := check(whole)
	if err != nil {
		t.Fatal(err)
	}
	entries := unpack(t, whole)
	body := entries[:len(entries)-1]
	if got, err := check(seal(t, body, summary)); err != nil || got != summary {
		t.Fatalf("an archive that was packed again: %v, %+v", err, got)
	}
	changed := func(old, with string) []byte {
		edited := append([]entry{}, body...)
		n := 0
		for i := range edited {
			n += strings.Count(edited[i].body, old)
			edited[i].body = strings.Replace(edited[i].body, old, with, 1)
		}
		if n == 0 {
			t.Fatalf("there is no %q to change", old)
		}
		return seal(t, edited, summary)
	}
	order := append([]entry{}, body...)
	order[1], order[len(order)-1] = order[len(order)-1], order[1]
	with := func(name, text string) []entry {
		return append(append([]entry{}, body...), entry{name, text})
	}
	edited := append([]entry{}, entries...) // with the end of what was there
	last := &edited[len(body)-1].body
	*last = strings.Replace(*last, "fox", "fix", 1)
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/2] ^= 4
	fewer := summary
	fewer.Keys--
	foreign := pack(t, []entry{{"notes.txt", "hello"}})
	for name, c := range map[string]struct {
		data []byte
		word string
	}{
		"empty":                {nil, "no archive"},
		"text":                 {[]byte("# A page\n\nof text"), "no archive"},
		"another tar":          {foreign, "no archive"},
		"another zstd":         {compressed(t, strings.Repeat("words ", 1000)), "no archive"},
		"newer":                {changed(`"version":2`, `"version":3,"more":[]`), "newer version"},
		"cut":                  {whole[:len(whole)/2], "not complete"},
		"cut at the end":       {whole[:len(whole)-1], "not complete"},
		"without its end":      {pack(t, body), "not complete"},
		"flipped":              {flipped, "damaged"},
		"followed":             {append(bytes.Clone(whole), whole...), "damaged"},
		"followed by junk":     {append(bytes.Clone(whole), "junk"...), "damaged"},
		"end twice":            {pack(t, append(entries, entries[len(entries)-1])), "damaged"},
		"order":                {seal(t, order, summary), "damaged"},
		"counts":               {seal(t, body, fewer), "damaged"},
		"a document less":      {seal(t, body[:len(body)-1], summary), "damaged"},
		"checksum":             {pack(t, edited), "damaged"},
		"messages out of turn": {changed(`"role":"assistant"`, `"role":"user"`), "damaged"},
		"an unknown rating":    {changed(`"rating":-1`, `"rating":2`), "damaged"},
		"an unknown field":     {changed(`"source":`, `"sauce":1,"source":`), "damaged"},
		"an unknown entry":     {seal(t, with("more/1.json", "{}"), summary), "damaged"},
		"no JSON":              {changed(`"source":`, `"source"`), "damaged"},
		"cut JSON":             {seal(t, with("documents/9.json", `{"doc_id":`), summary), "damaged"},
		"a bad doc_id":         {changed(`"doc_id":"old"`, `"doc_id":"../old"`), "damaged"},
		"a bad span":           {changed(`"char_start":0,`, `"char_start":-1,`), "damaged"},
		"a long span":          {changed(`"char_end":`, `"char_end":9999999`), "damaged"},
		"a bad visibility":     {changed(`"visibility":"public"`, `"visibility":"all"`), "damaged"},
		"a short vector":       {changed(`"dense":"`, `"dense":"AAAAAAAA`), "damaged"},
		"a bad role":           {changed(`"role":"editor"`, `"role":"owner"`), "damaged"},
		"revisions":            {changed(`"revision":`, `"revision":-`), "damaged"},
	} {
		_, err := check(c.data)
		if book.CodeOf(err) != book.Invalid || !strings.Contains(book.MessageOf(err), c.word) {
			t.Errorf("%s: %v, want %q", name, err, c.word)
		}
	}
}

func compressed(t *testing.T, text string) []byte {
	t.Helper()
	zip, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return zip.EncodeAll([]byte(text), nil)
}

// TestEveryDamage flips each byte and cuts at each length: only the whole archive is accepted.
func TestEveryDamage(t *testing.T) {
	p := embedded(t, 8)
	archive, err := p.archive()
	p.ok(err)
	whole, err := io.ReadAll(archive)
	p.ok(err)
	want, err := check(whole)
	p.ok(err)
	for i := range whole {
		if _, err := check(whole[:i]); err == nil {
			t.Errorf("the first %d of %d bytes pass for an archive", i, len(whole))
		}
		flipped := bytes.Clone(whole)
		flipped[i] ^= 1
		if got, err := check(flipped); err == nil && got != want {
			t.Errorf("byte %d flipped: %+v passes for %+v", i, got, want)
		}
	}
}

// FuzzRead: whatever a file holds, reading it ends with an answer, and what is accepted can be
// restored and written again.
func FuzzRead(f *testing.F) {
	manifest := `{"format":"lectern backup","version":1,"created_at":"2026-01-01T00:00:00Z",` +
		`"space":{"id":"x","provider":"p","model":"m","dimensions":1,"prefix_version":1,` +
		`"lexical_version":1,"dense_weight":1},"documents":1}`
	one := `{"doc_id":"d","owner_id":"11111111-1111-4111-8111-111111111111","visibility":` +
		`"public","revision":1,"text":"aü","chunks":[{"chunk_id":` +
		`"11111111-1111-4111-8111-111111111112","char_start":0,"char_end":2,"vectors":` +
		`{"dense":"AACAPw==","indices":"AQAAAA==","values":"AACAPw=="}}]}`
	f.Add(manifest, `[]`, one, 1, 1)
	f.Add(manifest, `[{"id":"11111111-1111-4111-8111-111111111111","username":"u","role":"admin"}]`,
		one, 0, 0)
	f.Add(`{}`, `null`, `{"chunks":[{"char_end":-1}]}`, 3, 9)
	f.Fuzz(func(t *testing.T, manifest, accounts, page string, chunks, flip int) {
		data := seal(t, []entry{
			{manifestName, manifest},
			{accountsName + "/1.json", accounts},
			{documentName + "/1.json", page},
		}, Summary{Documents: 1, Chunks: chunks, Vectors: chunks})
		if flip > 0 {
			data[flip%len(data)] ^= byte(flip)
		}
		v := counting(noProgress)
		v.document = func(d document) error {
			whole, points := d.whole()
			if len(whole.Chunks) != len(d.Chunks) || len(points) > len(d.Chunks) {
				t.Errorf("%d chunks of %d, %d points", len(whole.Chunks), len(d.Chunks), len(points))
			}
			return nil
		}
		_, err := read(t.Context(), "it", bytes.NewReader(data), v)
		if err != nil && book.CodeOf(err) != book.Invalid {
			t.Errorf("%v", err)
		}
	})
}

func TestReadFiles(t *testing.T) {
	dir := t.TempDir()
	p := embedded(t, 8)
	_, err := p.restore(filepath.Join(dir, "none"))
	refused(t, err, book.Invalid, "none", "not there")
	write(t, filepath.Join(dir, "notes.md"), []byte("# Notes\n"))
	_, err = p.restore(filepath.Join(dir, "notes.md"))
	refused(t, err, book.Invalid, "notes.md", "no archive")
}

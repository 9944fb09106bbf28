package static

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/embed"
	"github.com/lectern-project/lectern/internal/embed/embedtest"
)

func open(t testing.TB) embed.Embedder { return openPrefix(t, PrefixOnce) }

func openPrefix(t testing.TB, version int) embed.Embedder {
	t.Helper()
	e, err := New(1, version)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestContract(t *testing.T) { embedtest.Run(t, open) }

func TestContractPrefixTwice(t *testing.T) {
	embedtest.Run(t, func(t testing.TB) embed.Embedder { return openPrefix(t, PrefixTwice) })
}

func TestUnknownPrefixVersion(t *testing.T) {
	for _, version := range []int{0, 3} {
		if _, err := New(1, version); book.CodeOf(err) != book.Internal {
			t.Errorf("prefix version %d: %v", version, err)
		}
	}
}

func TestSpace(t *testing.T) {
	want := book.Space{
		Provider: "static", Model: "lectern-static-en", Dimensions: 256,
		PrefixVersion: 1, LexicalVersion: 1, DenseWeight: 0.2,
	}
	if diff := cmp.Diff(want, open(t).Space()); diff != "" {
		t.Error(diff)
	}
}

type golden struct {
	Text   string    `json:"text"`
	IDs    []uint32  `json:"ids"`
	Vector []float64 `json:"vector"`
}

func readGolden(t testing.TB) []golden {
	t.Helper()
	f, err := os.Open("testdata/golden.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var lines []golden
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		var g golden
		if err := json.Unmarshal(in.Bytes(), &g); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, g)
	}
	if err := in.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestGoldenVectors(t *testing.T) {
	m, err := newModel(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := readGolden(t)
	if len(lines) != 70 {
		t.Fatalf("%d golden lines, want 70", len(lines))
	}
	unknown := 0
	for _, g := range lines {
		ids := m.tokenize(g.Text)
		if !slices.Equal(ids, g.IDs) {
			t.Errorf("ids of %.60q: %s", g.Text, cmp.Diff(g.IDs, ids))
			continue
		}
		vector := m.vector(ids)
		if len(g.IDs) == 0 {
			unknown++
			if vector != nil {
				t.Errorf("%q has no known piece but a vector", g.Text)
			}
			continue
		}
		for d, want := range g.Vector {
			if got := float64(vector[d]); math.Abs(got-want) > 2e-6 {
				t.Errorf("vector of %.60q [%d] = %v, want %v", g.Text, d, got, want)
				break
			}
		}
	}
	if unknown == 0 {
		t.Error("no golden text without a known piece")
	}
}

// Joining is part of the space: chunks embedded another way need another prefix version.
func TestDocumentHasTitleAndHeadings(t *testing.T) {
	for version, want := range map[int]string{
		PrefixOnce:  "Robots\nArms > Grip\n\nSoft fingers.",
		PrefixTwice: "Robots\nArms\nGrip\nRobots\nArms\nGrip\n\nSoft fingers.",
	} {
		e := openPrefix(t, version)
		got, err := e.EmbedDocuments(t.Context(), []embed.Text{
			{Title: "Robots", HeadingPath: []string{"Arms", "Grip"}, Text: "Soft fingers."},
		})
		if err != nil {
			t.Fatal(err)
		}
		question, err := e.EmbedQuery(t.Context(), want)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(question, got[0]); diff != "" {
			t.Errorf("prefix version %d: %s", version, diff)
		}
	}
}

func TestTokenizerEdges(t *testing.T) {
	m, err := newModel(file)
	if err != nil {
		t.Fatal(err)
	}
	same := map[string]string{
		"Café\u200b CAFE\u0301 na\u00efve":         "cafe cafe naive",
		"a\x00b\ufffdc\xffd\x7f":                   "abcd",
		"中文b":                                      "中 文 b",
		"one\u00a0two\u3000three\u2028four\u0085":  "one two three four",
		"\u212a\u212b":                             "ka", // Kelvin and Angstrom sign
		"x\u037ey":                                 "x;y",
		"can\u2019t\u2014stop":                     "can \u2019 t \u2014 stop",
		strings.Repeat("\u0301", 200) + "e":        "e",
		"ok " + strings.Repeat("a", 101) + " done": "ok done",
	}
	for text, plain := range same {
		if diff := cmp.Diff(m.tokenize(plain), m.tokenize(text)); diff != "" {
			t.Errorf("%q and %q differ: %s", text, plain, diff)
		}
	}
	if n := len(m.tokenize(strings.Repeat("a", 100))); n == 0 {
		t.Error("a word of 100 characters is unknown")
	}
	if n := len(m.tokenize(strings.Repeat("word ", 1000))); n != 512 {
		t.Errorf("%d pieces count, want 512", n)
	}
}

// A text that ends at the limit in the middle of a word keeps the first pieces of that word.
func TestLimitCutsWords(t *testing.T) {
	m, err := newModel(file)
	if err != nil {
		t.Fatal(err)
	}
	const word = "embeddings" // em ##bed ##ding ##s
	pieces := m.tokenize(word)
	if len(pieces) < 3 {
		t.Fatalf("%q has %d pieces; the test needs 3", word, len(pieces))
	}
	ids := m.tokenize(strings.Repeat("a ", 510) + word)
	if diff := cmp.Diff(pieces[:2], ids[510:]); diff != "" {
		t.Error(diff)
	}
}

// countdown is a context that ends after it was asked a number of times.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

func TestEmbedDocumentsStopsEarly(t *testing.T) {
	ctx := &countdown{context.Background(), 3}
	vectors, err := open(t).EmbedDocuments(ctx, make([]embed.Text, 1000))
	if book.CodeOf(err) != book.Canceled || vectors != nil {
		t.Errorf("got %d vectors, %v; want none and canceled", len(vectors), err)
	}
	if ctx.left < -2 {
		t.Errorf("it went on for %d texts", -ctx.left)
	}
}

func TestDamagedModel(t *testing.T) {
	flip := func(at int) []byte {
		data := slices.Clone(file)
		data[at] ^= 1
		return data
	}
	for name, data := range map[string][]byte{
		"empty":            nil,
		"a header alone":   file[:headerSize],
		"cut short":        file[:len(file)-1],
		"too long":         append(slices.Clone(file), 0),
		"magic":            flip(0),
		"version":          flip(8),
		"dimensions":       flip(12),
		"number of ids":    flip(16),
		"flags":            flip(28),
		"vocabulary size":  flip(32),
		"checksum":         flip(36),
		"a byte of a word": flip(5000),
		"a byte of a row":  flip(len(file) - 1),
	} {
		if _, err := newModel(data); book.CodeOf(err) != book.Internal {
			t.Errorf("%s: got %v, want an internal error", name, err)
		}
	}
}

// tinyModel is a valid file of 5 ids and 2 dimensions.
func tinyModel(words []string, scales []float32) []byte {
	var vocab []byte
	for _, w := range words {
		vocab = append(append(vocab, byte(len(w))), w...)
	}
	data := append([]byte(magic), make([]byte, headerSize-8)...)
	header := []uint32{1, 2, uint32(len(words)), 512, 100, 7, uint32(len(vocab))}
	for i, v := range header {
		binary.LittleEndian.PutUint32(data[8+4*i:], v)
	}
	data = append(data, vocab...)
	for len(data)%4 != 0 {
		data = append(data, 0)
	}
	for _, s := range scales {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(s))
	}
	for i := range 2 * len(words) {
		data = append(data, byte(i))
	}
	return seal(data)
}

// seal puts the right checksum into data.
func seal(data []byte) []byte {
	if len(data) >= headerSize {
		binary.LittleEndian.PutUint32(data[36:], crc32.ChecksumIEEE(data[headerSize:]))
	}
	return data
}

func TestModelWithRightChecksum(t *testing.T) {
	words := []string{"", "a", "##b", "é", "c"}
	scales := []float32{0, 1, 1, 1, 1}
	if _, err := newModel(tinyModel(words, scales)); err != nil {
		t.Fatalf("a valid model is refused: %v", err)
	}
	nan := float32(math.NaN())
	for name, data := range map[string][]byte{
		"piece twice":    tinyModel([]string{"", "a", "##b", "a", "c"}, scales),
		"not UTF-8":      tinyModel([]string{"", "a", "##b", "\xff", "c"}, scales),
		"NaN scale":      tinyModel(words, []float32{0, 1, nan, 1, 1}),
		"negative scale": tinyModel(words, []float32{0, 1, -1, 1, 1}),
		"missing scale":  tinyModel(words, scales[1:]),
	} {
		if _, err := newModel(data); book.CodeOf(err) != book.Internal {
			t.Errorf("%s: got %v, want an internal error", name, err)
		}
	}
}

package simulation

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/lectern-project/lectern/internal/book"
)

// schedule says who does what, and in what order things happen.
type schedule struct {
	seed uint64
	plan []part
	// steps were decided by the scheduler. A schedule that was not run yet has none, and gets them
	// from its seed; one that has them repeats them.
	steps []step
	// harsh says that calls fail, clocks leap and actors sleep more than in most schedules.
	harsh bool
}

// part is what one actor does, and the process in which it lives.
type part struct {
	name    string
	process int
	script  []op
}

// processes is how many there are over the same stores. Each has a clock of its own.
const processes = 2

// op is something that an actor wants done.
type op struct {
	kind       string
	doc        string
	version    int             // of the text to ingest
	visibility book.Visibility // to ingest with, or to change to
	dropOld    bool            // after moving the book to another space
}

func (o op) String() string {
	words := []string{o.kind}
	if o.doc != "" {
		words = append(words, o.doc)
	}
	if o.version > 0 {
		words = append(words, fmt.Sprintf("version %d", o.version))
	}
	if o.visibility != "" {
		words = append(words, string(o.visibility))
	}
	if o.dropOld {
		words = append(words, "and drop the old space")
	}
	return strings.Join(words, " ")
}

// docs are the documents: few, so that actors meet.
var docs = []string{"a", "b"}

// newSchedule makes a plan: two writers or three, two drains, a backfill or a repair, two readers.
func newSchedule(seed uint64) schedule {
	p := planner{rand.New(rand.NewPCG(seed, 0))}
	s := schedule{seed: seed}
	add := func(name string, script []op) {
		s.plan = append(s.plan, part{name, len(s.plan) % processes, script})
	}
	for i, script := range p.writers() {
		add(fmt.Sprintf("writer%d", i+1), script)
	}
	for i := range 2 {
		add(fmt.Sprintf("drain%d", i+1), slices.Repeat([]op{{kind: "drain"}}, 2+p.IntN(3)))
	}
	if p.IntN(2) == 0 {
		add("repair", []op{{kind: "audit and repair"}})
	} else {
		add("backfill", p.moves())
	}
	add("reader1", p.searches("search as nobody"))
	add("reader2", p.searches("search as owner"))
	return s
}

// harshSchedule is newSchedule for what hardly ever happens otherwise.
func harshSchedule(seed uint64) schedule {
	s := newSchedule(seed)
	s.harsh = true
	return s
}

// TestPlans: each plan has what a schedule is to have.
func TestPlans(t *testing.T) {
	for seed := range uint64(2000) {
		actors, ops, last := map[string]int{}, map[string]int{}, map[string]op{}
		for _, p := range newSchedule(seed).plan {
			actors[strings.TrimRight(p.name, "0123456789")]++
			for _, o := range p.script {
				ops[o.kind]++
				if last[p.name].kind == "delete" && o.kind == "ingest" && last[p.name].doc == o.doc {
					ops["delete and create again"]++
				}
				last[p.name] = o
			}
		}
		if actors["writer"] < 2 || actors["drain"] != 2 || actors["reader"] != 2 ||
			actors["repair"]+actors["backfill"] != 1 || ops["update"] < 2 ||
			ops["delete and create again"] < 1 {
			t.Fatalf("seed %d: %v, %v", seed, actors, ops)
		}
	}
}

// planner makes scripts by a seed.
type planner struct{ *rand.Rand }

// writers makes scripts, in all of which together are two changes of scope at least, and a document
// that is deleted and created again.
func (p planner) writers() [][]op {
	scripts := make([][]op, 2+p.IntN(2))
	for i := range scripts {
		scripts[i] = p.ingest(p.doc())
	}
	give := func(ops []op) {
		i := p.IntN(len(scripts))
		scripts[i] = append(scripts[i], ops...)
	}
	give(p.again())
	give(p.update(book.Private))
	give(p.update(book.Public))
	for range 2 + p.IntN(4) {
		switch n := p.IntN(10); {
		case n < 5:
			give(p.ingest(p.doc()))
		case n < 7:
			give(p.update([]book.Visibility{book.Public, book.Private}[p.IntN(2)]))
		case n < 8:
			give([]op{{kind: "give away", doc: p.doc()}})
		default:
			give(p.again())
		}
	}
	return scripts
}

func (p planner) doc() string { return docs[p.IntN(len(docs))] }

func (p planner) ingest(doc string) []op {
	o := op{kind: "ingest", doc: doc, version: 1 + p.IntN(versions)}
	if p.IntN(5) == 0 {
		o.visibility = book.Private
	}
	return []op{o}
}

func (p planner) update(v book.Visibility) []op {
	return []op{{kind: "update", doc: p.doc(), visibility: v}}
}

// again deletes a document and creates it anew.
func (p planner) again() []op {
	doc := p.doc()
	return append([]op{{kind: "delete", doc: doc}}, p.ingest(doc)...)
}

// moves makes the script of who moves the book to another embedding space, and perhaps back.
func (p planner) moves() []op {
	script := slices.Repeat([]op{{kind: "reembed"}}, 1+p.IntN(3))
	for i := range script {
		script[i].dropOld = p.IntN(2) == 0
	}
	return script
}

// searches makes a reader's script. Some questions come with words that the reader has marked.
func (p planner) searches(kind string) []op {
	script := slices.Repeat([]op{{kind: kind}}, 1+p.IntN(3))
	for i := range script {
		if p.IntN(4) == 0 {
			script[i].doc, script[i].version = p.doc(), 1+p.IntN(versions)
		}
	}
	return script
}

// versions is how many texts a document may have.
const versions = 4

// texts are the texts by document and version.
var texts = func() map[string]map[int]string {
	all := map[string]map[int]string{}
	for _, doc := range docs {
		all[doc] = map[int]string{}
		for version := 1; version <= versions; version++ {
			all[doc][version] = makeText(doc, version)
		}
	}
	return all
}()

// makeText returns a page of two or three sections that are chunks of their own: one that no other
// version has, one that it shares with every other version, and for some a last one. Whatever is
// asked about robots finds them all.
func makeText(doc string, version int) string {
	keys := []string{doc + []string{"one", "two", "three", "four"}[version-1], shared(doc, version)}
	if version > 2 {
		keys = append(keys, doc+"last")
	}
	text := "# Page " + doc + "\n"
	for _, key := range keys {
		text += "\n## About " + key + "\n\n"
		for line := 'a'; line < 'm'; line++ {
			text += fmt.Sprintf("Robots %s%c walk around in the %s%c of it. ", key, line, key, line)
		}
		text += "\n"
	}
	return text
}

// shared is the word of the section that every other version has.
func shared(doc string, version int) string {
	return doc + []string{"even", "odd"}[version%2]
}

// marked returns words of a version's second section, as a reader may mark them.
func marked(doc string, version int) string { return shared(doc, version) + "d walk around" }

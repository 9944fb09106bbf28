package simulation

import (
	"context"
	"fmt"
	"sync"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/vector"
)

// oracle knows what must hold. It hears of everything that happens to a document, looks at both
// stores after each step that may have changed something, and remembers every version that was ever
// live, so that it can tell whether an answer may be.
type oracle struct {
	*simulation
	mu sync.Mutex

	step     int
	now      picture
	happened []event // since it looked last
	versions map[string]map[int64]*version
	acks     []*ingestAck
	searches []*search // under way
	answers  []*search // finished, not judged yet
	broken   string
}

// picture is what both stores hold.
type picture struct {
	active     store.ActiveSpace
	documents  map[string]book.Document
	references map[string]map[uuid.UUID]store.Reference // by space
	points     map[string]map[uuid.UUID]vector.Ref      // by space
}

func newOracle(s *simulation) *oracle {
	return &oracle{simulation: s, versions: map[string]map[int64]*version{}}
}

// failf notes what is broken. The first counts.
func (o *oracle) failf(format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.breakf(format, args...)
}

func (o *oracle) breakf(format string, args ...any) {
	if o.broken == "" {
		o.broken = fmt.Sprintf(format, args...)
	}
}

func (o *oracle) violation() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.broken
}

// count counts what happens, for the report.
func (o *oracle) count(what string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.counts[what]++
}

// start takes what is there at the beginning for granted.
func (o *oracle) start(ctx context.Context) {
	for _, doc := range docs {
		d, text, err := o.stores.relational.Text(ctx, doc, book.View{All: true})
		if err != nil {
			o.failf("at the start: %v", err)
			return
		}
		o.wrote(d, text, true)
	}
	o.look(ctx, true)
}

// look checks, after a step, what the step may have broken: the stores, if it may have changed
// them, and the answers and acknowledgements that were given.
func (o *oracle) look(ctx context.Context, wrote bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if wrote {
		o.step++
		before := o.now
		var err error
		if o.now, err = o.stores.picture(ctx); err != nil {
			o.breakf("the stores cannot be read: %v", err)
			return
		}
		for _, doc := range docs {
			o.checkDocument(ctx, doc, before)
		}
		o.happened = nil
		o.checkStores(ctx)
		for _, s := range o.searches {
			o.narrow(s)
		}
	}
	for _, s := range o.answers {
		o.judge(s)
	}
	o.answers = nil
	for _, ack := range o.acks {
		o.checkAck(ack)
	}
	o.acks = nil
}

// picture reads both stores.
func (s stores) picture(ctx context.Context) (p picture, err error) {
	const all = 10_000
	p.documents = map[string]book.Document{}
	p.references = map[string]map[uuid.UUID]store.Reference{}
	p.points = map[string]map[uuid.UUID]vector.Ref{}
	if p.active, err = s.relational.ActiveSpace(ctx); err != nil {
		return p, err
	}
	everything := store.DocumentQuery{View: book.View{All: true}, Limit: all}
	found, err := s.relational.ListDocuments(ctx, everything)
	if err != nil {
		return p, err
	}
	for _, d := range found {
		p.documents[d.DocID] = d
	}
	for _, e := range embedders {
		id := e.Space().ID()
		references, err := s.relational.ListReferences(ctx, id, uuid.Nil, all)
		if err != nil {
			return p, err
		}
		p.references[id] = map[uuid.UUID]store.Reference{}
		for _, r := range references {
			p.references[id][r.VectorID] = r
		}
		refs, err := s.index.Scan(ctx, id, uuid.Nil, all)
		if err != nil && book.CodeOf(err) != book.NotFound { // no collection yet
			return p, err
		}
		p.points[id] = map[uuid.UUID]vector.Ref{}
		for _, r := range refs {
			p.points[id][r.ID] = r
		}
	}
	return p, nil
}

// checkStores checks the first two sentences: nothing is missing, nothing is astray.
func (o *oracle) checkStores(ctx context.Context) {
	unembedded, err := o.stores.relational.ListUnembedded(ctx, o.now.active.ID(), uuid.Nil, 1)
	if err != nil {
		o.breakf("the stores cannot be read: %v", err)
	}
	for _, b := range unembedded {
		o.breakf("missing: a chunk of %q has no point in the active space", b.DocID)
	}
	for space, references := range o.now.references {
		for id, r := range references {
			p, there := o.now.points[space][id]
			switch {
			case !there:
				o.breakf("missing: %q refers to a point that is not in the index", r.DocID)
			case p.ChunkID != r.ChunkID || p.DocID != r.DocID || p.Scope != r.Scope:
				o.breakf("the point of a chunk of %q says %q, %q", r.DocID, p.DocID, p.Scope)
			}
		}
		o.checkStrays(ctx, space)
	}
}

func (o *oracle) checkStrays(ctx context.Context, space string) {
	var unreferred []uuid.UUID
	for id := range o.now.points[space] {
		if _, ok := o.now.references[space][id]; !ok {
			unreferred = append(unreferred, id)
		}
	}
	if len(unreferred) == 0 {
		return
	}
	states, err := o.stores.relational.LedgerStates(ctx, unreferred)
	if err != nil {
		o.breakf("the stores cannot be read: %v", err)
		return
	}
	for _, id := range unreferred {
		if states[id] == "" {
			o.breakf("astray: a point of %q, neither referred to nor on the ledger",
				o.now.points[space][id].DocID)
		}
	}
}

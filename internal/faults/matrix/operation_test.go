package matrix

import (
	"context"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/store"
)

// operation is what a fault hits.
type operation struct {
	name   string
	stride int   // from one of the messages of a sample to the next, below 10 for few calls of Qdrant
	before state // of the page that it is for
	// apply is what it makes of a page.
	apply func(state) state
	// run does it. A document that is not there, or not any more, is no error.
	run func(ctx context.Context, r *replica, p *page) error
	// ended, if not nil, looks at what there must be when it has succeeded at last.
	ended func(a *attempt)
}

var (
	ingesting   = putting("ingest", 6, absent, 1)
	reingesting = putting("re-ingest", 9, state{edition: 1}, 2)
	// other is what another replica writes.
	other = putting("another edition", 1, state{edition: 1}, 4)

	deleting = operation{
		name: "delete", stride: 4, before: state{edition: 1},
		apply: func(state) state { return absent },
		run: func(ctx context.Context, r *replica, p *page) error {
			return unlessAbsent(r.ingest.Delete(ctx, p.docID, writer))
		},
	}
	rescoping = operation{
		name: "scope change", stride: 9, before: state{edition: 1},
		apply: func(s state) state { return state{edition: s.edition, private: s != absent} },
		run: func(ctx context.Context, r *replica, p *page) error {
			return unlessAbsent(r.hide(ctx, p))
		},
	}
)

// operations are all of them.
var operations = []operation{ingesting, reingesting, deleting, rescoping, reembedding}

// putting is a write of an edition, which leaves open who may read it.
func putting(name string, stride int, before state, edition int) operation {
	return operation{
		name: name, stride: stride, before: before,
		apply: func(s state) state { return state{edition: edition, private: s.private} },
		run:   func(ctx context.Context, r *replica, p *page) error { return r.put(ctx, p, edition) },
	}
}

func (r *replica) put(ctx context.Context, p *page, edition int) error {
	_, err := r.ingest.Ingest(ctx, ingest.Request{
		OwnerID: writer, DocID: p.docID, Text: p.text(edition),
	})
	return err
}

func (r *replica) hide(ctx context.Context, p *page) error {
	private := book.Private
	_, err := r.ingest.Update(ctx, p.docID, writer, store.DocumentChange{Visibility: &private})
	return err
}

func unlessAbsent(err error) error {
	if book.CodeOf(err) == book.NotFound {
		return nil
	}
	return err
}

package simulation

import (
	"context"
	"slices"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/retrieve"
	"github.com/lectern-project/lectern/internal/store"
)

// search is a question of a reader.
type search struct {
	view book.View
	from int
	// sure are the documents that could be found at every moment since: each version was visible and
	// had a point in the active space whose scope the reader may search.
	sure   map[string]bool
	result retrieve.Result
}

func (o *oracle) beginSearch(view book.View) *search {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := &search{view: view, from: o.step, sure: map[string]bool{}}
	for doc := range o.now.documents {
		s.sure[doc] = o.now.findable(doc, view)
	}
	o.searches = append(o.searches, s)
	return s
}

func (o *oracle) endSearch(s *search, result retrieve.Result, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err != nil {
		o.counts["searches that failed"]++
		return
	}
	s.result = result
	o.answers = append(o.answers, s)
}

// narrow takes out of what a search must find what could not be found after the last step. Where
// several calls happened in it, what lay between them is unknown.
func (o *oracle) narrow(s *search) {
	for doc := range s.sure {
		s.sure[doc] = s.sure[doc] && o.now.findable(doc, s.view)
	}
	if o.stores.together > 1 {
		for _, e := range o.happened {
			if e.kind != "write" {
				s.sure[e.DocID] = false
			}
		}
	}
}

// findable reports whether a search in this view finds the document.
func (p picture) findable(doc string, view book.View) bool {
	d, ok := p.documents[doc]
	if !ok || !visible(d, view) {
		return false
	}
	space := p.active.ID()
	for id, r := range p.references[space] {
		if r.DocID == doc && slices.Contains(view.Scopes(), p.points[space][id].Scope) {
			return true
		}
	}
	return false
}

func visible(d book.Document, view book.View) bool {
	return d.Visibility == book.Public || d.OwnerID == view.UserID
}

// judge checks the other two sentences for one answer: it never mixes two versions of a document and
// has no hole where one would have been found all the while, and it holds nothing that was not
// live, or not for this reader's eyes.
func (o *oracle) judge(s *search) {
	o.searches = slices.DeleteFunc(o.searches, func(other *search) bool { return other == s })
	o.counts[kindOf(s.result)]++
	seen := map[string]int64{}
	for _, p := range s.result.Passages {
		if other, ok := seen[p.DocID]; ok && other != p.Revision {
			o.breakf("mixed: the revisions %d and %d of %q are in one answer", other, p.Revision,
				p.DocID)
		}
		seen[p.DocID] = p.Revision
		o.judgePassage(s, p)
		for _, part := range p.Parts {
			o.judgePassage(s, part)
		}
	}
	for doc, sure := range s.sure {
		if _, found := seen[doc]; sure && !found && !slices.Contains(s.result.Degraded,
			retrieve.DegradedIndexLag) {
			o.breakf("a hole: %q was there all the while, and is not in the answer", doc)
		}
	}
}

func (o *oracle) judgePassage(s *search, p book.Passage) {
	v := o.versions[p.DocID][p.Revision]
	switch {
	case v == nil || v.until != 0 && v.until < s.from:
		o.breakf("gone: revision %d of %q is in an answer, and was replaced before the search began",
			p.Revision, p.DocID)
	case !visible(v.Document, s.view):
		o.breakf("private: %q is in an answer to somebody who may not see it", p.DocID)
	case p.CharEnd > len(v.text) || v.text[p.CharStart:p.CharEnd] != p.Text:
		o.breakf("mixed: a passage of %q is not of its revision %d", p.DocID, p.Revision)
	}
}

func kindOf(r retrieve.Result) string {
	if len(r.Degraded) > 0 {
		return "searches without: " + r.Degraded[0]
	}
	return "searches that were whole"
}

// agrees checks that nothing is left to settle or to mend.
func (o *oracle) agrees(ctx context.Context, svc services) {
	s := o.stores.relational
	stats, err := s.LedgerStats(ctx)
	if err != nil || stats != (store.LedgerStats{}) {
		o.failf("the ledger is not empty at the end: %+v, %v", stats, err)
	}
	report, err := svc.reconcile.Audit(ctx, 0)
	if err != nil || !report.Clean() || report.Vectors != report.Chunks {
		o.failf("the audit finds at the end: %+v, %v", report, err)
	}
	for _, doc := range docs {
		d, there := o.now.documents[doc]
		found, err := svc.retrieve.Search(ctx, retrieve.Request{
			Question: "Which robots walk around?", TopK: retrieve.MaxTopK,
			View: book.View{UserID: d.OwnerID},
		})
		is := slices.ContainsFunc(found.Passages, func(p book.Passage) bool { return p.DocID == doc })
		if err != nil || is != there || len(found.Degraded) > 0 {
			o.failf("at the end %q is found: %v, is there: %v; degraded %v, %v", doc, is, there,
				found.Degraded, err)
		}
	}
}

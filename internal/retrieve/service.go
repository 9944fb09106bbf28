// Package retrieve finds the passages that a question is about, and judges whether they are evidence
// enough for an answer. A question's way: its vectors, both legs of the index in one round trip,
// fusion, one query that turns hits into passages the reader may see, near-duplicates out, neighbours
// joined.
package retrieve

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/embed"
	"github.com/lectern-project/lectern/internal/lexical"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/telemetry"
	"github.com/lectern-project/lectern/internal/vector"
)

// legLimit is how many hits of each leg are fused.
const legLimit = 100

// likelyEnough times TopK candidates leave TopK passages unless many are near-duplicates.
const likelyEnough = 3

// maxLooks is how often a search is made, each time twice as wide, when documents are ingested
// again between its two round trips.
const maxLooks = 4

// Store is what searching needs of the relational store.
type Store interface {
	store.Documents
	store.Passages
	store.Spaces
}

// Service searches. It is safe for concurrent use.
type Service struct {
	store     Store
	index     vector.Index
	embedders embed.Set
	// Telemetry records stages; nil records none. It must be set before the first search.
	Telemetry *telemetry.Recorder
	// active is the active space when it was last read, nil before: a search then needs one round
	// trip less. That it is still the active one is known from what Resolve returns.
	active atomic.Pointer[store.ActiveSpace]
}

// New returns a Service over these stores.
func New(s Store, index vector.Index, embedders embed.Set) *Service {
	return &Service{store: s, index: index, embedders: embedders}
}

// Search returns at most TopK passages for a question. Errors: Invalid and TooLarge for the request,
// NotFound when the selection names a document or a chapter that is not in view, Unavailable when the relational
// store is down. A vector index or an embedder that is down is no error, but named in
// Degraded.
func (s *Service) Search(ctx context.Context, r Request) (_ Result, err error) {
	ctx, end := s.Telemetry.Stage(ctx, telemetry.Search)
	defer end(&err)
	start := time.Now()
	r, err = r.Normalize()
	if err != nil {
		return Result{}, err
	}
	run := search{Service: s, request: r, dead: map[uuid.UUID]bool{}}
	if run.result.Passages, err = run.passages(ctx); err != nil {
		return Result{}, err
	}
	if run.blind {
		run.degraded(DegradedEmbedder)
	}
	run.result.Located = run.marked != nil
	run.result.Timings.TotalMS = milliseconds(start)
	s.Telemetry.Searched(run.result.Degraded)
	if run.result.Degraded == nil {
		run.result.Degraded = []string{}
	}
	return run.result, nil
}

// Legs searches one space, active or not, and returns each leg's own list and the fused one, as
// chunks before near-duplicates are removed and neighbours joined, best first. It is for measuring.
func (s *Service) Legs(
	ctx context.Context, space book.Space, r Request,
) (dense, sparse, fused []Candidate, err error) {
	r, err = r.Normalize()
	if err != nil {
		return nil, nil, nil, err
	}
	run := search{Service: s, request: r}
	run.ask(ctx, space)
	run.query.Limit = legLimit
	hits, err := s.index.Search(ctx, space.ID(), run.query)
	if err != nil {
		return nil, nil, nil, err
	}
	return Fuse(vector.Hits{Dense: hits.Dense}, 1), Fuse(vector.Hits{Sparse: hits.Sparse}, 0),
		Fuse(hits, space.DenseWeight), nil
}

// search is one search under way.
type search struct {
	*Service
	request Request
	docIDs  []string // nil: all
	// marked are passages around the words that the reader selected.
	marked []book.Passage
	// dead are hits that were found to have no live chunk.
	dead map[uuid.UUID]bool
	// query is the question as the space spaceID asks it.
	query   vector.Query
	spaceID string
	// active is the active space as this search has read it, or nil.
	active *store.ActiveSpace
	// blind says that there was no embedder for query.
	blind  bool
	result Result
}

// passages finds and assembles the passages.
func (s *search) passages(ctx context.Context) ([]book.Passage, error) {
	if err := s.restrict(ctx); err != nil {
		return nil, err
	}
	if s.docIDs != nil && len(s.docIDs) == 0 {
		return nil, nil
	}
	if err := s.locate(ctx); err != nil {
		return nil, err
	}
	for look := 1; ; look++ {
		passages, again, err := s.look(ctx, legLimit<<(look-1))
		if err != nil || !again {
			return passages, err
		}
		if look == maxLooks {
			s.degraded(DegradedIndexLag)
			return passages, nil
		}
	}
}

// look searches once: space, embedder and weight are of one read, so a look is never of two spaces.
// A space that was left since it was read finds nothing, also when it is active again, since Resolve
// does not resolve its points; so whatever finds nothing reads the active space anew.
// again says that documents or the space have changed meanwhile so that something may have been
// missed.
func (s *search) look(
	ctx context.Context, limit int,
) (passages []book.Passage, again bool, err error) {
	space, err := s.space(ctx)
	if book.CodeOf(err) == book.NotFound {
		return nil, false, nil // nothing was ever ingested
	}
	if err != nil {
		return nil, false, err
	}
	s.ask(ctx, space.Space)
	s.query.Limit = limit
	hits, err := s.askIndex(ctx, space.ID())
	if err != nil {
		return s.lookElsewhere(ctx, space, err)
	}
	candidates := Fuse(hits, space.DenseWeight)
	if len(candidates) == 0 {
		again, err := s.left(ctx, space)
		return nil, again, err
	}
	passages, whole, err := s.load(ctx, space, candidates)
	if err != nil {
		return nil, false, err
	}
	passages, mixed := dropOlder(passages)
	if mixed { // the marked words were located in a version that has been replaced
		err = s.locate(ctx)
	}
	return passages, mixed || !whole, err
}

// lookElsewhere is what to do without an answer of the index: look again in the space that is active
// by now, or search the relational store.
func (s *search) lookElsewhere(
	ctx context.Context, space store.ActiveSpace, failed error,
) (passages []book.Passage, again bool, err error) {
	if ctx.Err() != nil {
		return nil, false, ctx.Err()
	}
	if book.CodeOf(failed) == book.NotFound { // the collection was dropped, or lost
		if again, err := s.left(ctx, space); again || err != nil {
			return nil, again, err
		}
	}
	passages, err = s.searchWithoutIndex(ctx)
	return passages, false, err
}

// space returns the active space as this search has read it, or else as it was last read by any.
func (s *search) space(ctx context.Context) (store.ActiveSpace, error) {
	if s.active != nil {
		return *s.active, nil
	}
	if space := s.Service.active.Load(); space != nil {
		return *space, nil
	}
	return s.readSpace(ctx)
}

func (s *search) readSpace(ctx context.Context) (store.ActiveSpace, error) {
	space, err := s.store.ActiveSpace(ctx)
	if err == nil {
		s.active = &space
		s.Service.active.Store(&space)
	}
	return space, err
}

// left reads the active space anew and reports whether the look was of another one, or may have been
// of this one before it became active again, when it lacked points.
func (s *search) left(ctx context.Context, space store.ActiveSpace) (bool, error) {
	active, err := s.readSpace(ctx)
	return err == nil && active.Activation != space.Activation, err
}

// ask makes both vectors of the question for a space, unless they are made. Words that the reader
// marked are asked for too: "what does this mean?" says little by itself.
func (s *search) ask(ctx context.Context, space book.Space) {
	if s.spaceID == space.ID() {
		return
	}
	start := time.Now()
	var err error
	ctx, end := s.Telemetry.Stage(ctx, telemetry.EmbedQuery)
	defer end(&err)
	question := s.request.question()
	indices, values := lexical.QueryWeights(question)
	s.spaceID = space.ID()
	s.query = vector.Query{
		Sparse: book.SparseVector{Indices: indices, Values: values},
		Scopes: s.request.View.Scopes(), DocIDs: s.docIDs,
	}
	var embedder embed.Embedder
	embedder, err = s.embedders.For(space)
	if err == nil {
		s.query.Dense, err = embedder.EmbedQuery(ctx, question)
	}
	s.blind = err != nil
	s.result.Timings.EmbedMS += milliseconds(start)
}

func (s *search) askIndex(ctx context.Context, spaceID string) (hits vector.Hits, err error) {
	ctx, end := s.Telemetry.Stage(ctx, telemetry.SearchLegs)
	defer end(&err)
	start := time.Now()
	defer func() { s.result.Timings.IndexMS += milliseconds(start) }()
	hits, err = s.index.Search(ctx, spaceID, s.query)
	s.Telemetry.Found(telemetry.Dense, len(hits.Dense))
	s.Telemetry.Found(telemetry.Sparse, len(hits.Sparse))
	s.Telemetry.LegTook(telemetry.Dense, hits.DenseTook)
	s.Telemetry.LegTook(telemetry.Sparse, hits.SparseTook)
	return hits, err
}

// load turns candidates into passages. The first few are nearly always enough; where near-duplicates
// leave too few, all are asked for, together: two queries could see two revisions of a document.
// whole is false when one of the first TopK has no live chunk and was not known for that before the
// index was asked: then its document may have been ingested again in between, and the new version
// missed; see settled.
func (s *search) load(
	ctx context.Context, space store.ActiveSpace, candidates []Candidate,
) (passages []book.Passage, whole bool, err error) {
	ctx, end := s.Telemetry.Stage(ctx, telemetry.Load)
	defer end(&err)
	start := time.Now()
	defer func() { s.result.Timings.LoadMS += milliseconds(start) }()
	asked := candidates[:min(likelyEnough*s.request.TopK, len(candidates))]
	passages, missing, err := s.resolve(ctx, space, asked)
	if err == nil && len(asked) < len(candidates) && chunksIn(passages) < s.request.TopK {
		asked = candidates
		passages, missing, err = s.resolve(ctx, space, asked)
	}
	if err != nil {
		return nil, false, err
	}
	if len(missing) == len(asked) { // perhaps for no other reason than the space
		if left, err := s.left(ctx, space); left || err != nil {
			return passages, false, err
		}
	}
	whole = true
	for _, m := range missing {
		if m.rank < s.request.TopK && whole {
			whole, err = s.settled(ctx, m, passages)
		}
		s.dead[m.id] = true
	}
	return passages, whole, err
}

// settled reports whether nothing was missed although m has no live chunk. What has been known to be
// dead was replaced, if at all, by points that the index held when it was asked; but what was not
// live yet may have come to life since and have been replaced. So the document must be there
// with another chunk, or not be there.
func (s *search) settled(
	ctx context.Context, m missing, passages []book.Passage,
) (bool, error) {
	if !s.dead[m.id] {
		return false, nil
	}
	if slices.ContainsFunc(passages, func(p book.Passage) bool { return p.DocID == m.docID }) {
		return true, nil
	}
	_, err := s.store.Document(ctx, m.docID, s.request.View)
	if book.CodeOf(err) == book.NotFound {
		return true, nil
	}
	return false, err
}

// missing is a candidate without a live chunk. rank is the number of live ones before it.
type missing struct {
	id    uuid.UUID
	docID string
	rank  int
}

// resolve assembles the passages of candidates, as one query sees them.
func (s *search) resolve(
	ctx context.Context, space store.ActiveSpace, candidates []Candidate,
) (passages []book.Passage, gone []missing, err error) {
	ids := make([]uuid.UUID, len(candidates))
	for i, c := range candidates {
		ids[i] = c.ID
	}
	live, err := s.store.Resolve(ctx, space, ids, s.request.View)
	if err != nil {
		return nil, nil, err
	}
	var ranked []book.Passage
	for _, c := range candidates {
		p, ok := live[c.ID]
		if !ok {
			gone = append(gone, missing{c.ID, c.DocID, len(ranked)})
			continue
		}
		p.Score = c.Score
		p.Scores = book.LegScores{Dense: c.Dense, Sparse: c.Sparse}
		ranked = append(ranked, p)
	}
	return assemble(ranked, s.marked, s.request.TopK), gone, nil
}

// searchWithoutIndex searches the relational store by words alone.
func (s *search) searchWithoutIndex(ctx context.Context) (passages []book.Passage, err error) {
	s.degraded(DegradedIndex)
	ctx, end := s.Telemetry.Stage(ctx, telemetry.SearchWords)
	defer end(&err)
	start := time.Now()
	defer func() { s.result.Timings.LoadMS += milliseconds(start) }()
	indices, _ := lexical.QueryWeights(s.request.question())
	ranked, err := s.store.SearchTerms(ctx, indices, s.request.View, s.docIDs, legLimit)
	s.Telemetry.Found(telemetry.Words, len(ranked))
	for i := range ranked {
		if score := ranked[i].Scores.Sparse; score != nil {
			ranked[i].Score = *score / *ranked[0].Scores.Sparse
		}
	}
	passages, _ = dropOlder(assemble(ranked, s.marked, s.request.TopK))
	return passages, err
}

func (s *search) degraded(part string) {
	if !slices.Contains(s.result.Degraded, part) {
		s.result.Degraded = append(s.result.Degraded, part)
	}
}

func milliseconds(since time.Time) float64 {
	return float64(time.Since(since).Microseconds()) / 1000
}

package app

import (
	"cmp"
	"context"
	"time"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/embed"
	"github.com/lectern-project/lectern/internal/embed/gemini"
	"github.com/lectern-project/lectern/internal/embed/openai"
	"github.com/lectern-project/lectern/internal/embed/static"
	"github.com/lectern-project/lectern/internal/lexical"
)

// cachedQuestions is how many vectors of questions are remembered: 12 MB of the longest.
const cachedQuestions = 1000

// builtIn are the embedders that need nothing, by the name that the setting embedder gives them. The
// first is what a new book gets without that setting.
var builtIn = []struct {
	name   string
	prefix int
}{
	{"static", static.PrefixOnce},
	{"static-2", static.PrefixTwice},
}

// openEmbedders opens the built-in embedders and the one that the configuration names, and returns
// the space of that.
func (a *App) openEmbedders(c config.Config) (chosen book.Space, err error) {
	a.embedders = embed.Set{}
	a.questions = embed.NewCache(cachedQuestions)
	for i, e := range builtIn {
		embedder, err := static.New(lexical.Version, e.prefix)
		if err != nil {
			return book.Space{}, err
		}
		space := embedder.Space()
		a.embedders[space.ID()] = embedder
		if e.name == c.Embedder || (i == 0 && c.Embedder == "") {
			chosen = space
		}
	}
	if chosen.Provider != "" {
		return chosen, nil
	}
	return a.openRemote(book.Space{
		Provider: c.Embedder, Model: c.EmbeddingModel, Dimensions: c.EmbeddingDimensions,
	})
}

// openRemote opens the embedder of a space of a remote model, and returns its space with what was
// left open filled in.
func (a *App) openRemote(space book.Space) (book.Space, error) {
	if err := a.Config.CheckServed(space.Provider, space.Model, time.Now()); err != nil {
		return book.Space{}, err
	}
	embedder, err := newRemote(a.Config, space)
	if err != nil {
		return book.Space{}, err
	}
	if embedder == nil {
		_, err := a.embedders.For(space)
		return space, err
	}
	space = embedder.Space()
	a.embedders[space.ID()] = a.questions.Wrap(observeEmbedder(embedder, a.Telemetry))
	return space, nil
}

// newRemote returns the embedder of a space, or nil for a provider that it does not know. It calls
// nobody.
func newRemote(c config.Config, space book.Space) (embed.Embedder, error) {
	var embedder embed.Embedder
	var err error
	switch space.Provider {
	case config.Gemini:
		embedder, err = gemini.New(gemini.Config{
			BaseURL: c.GeminiBaseURL, APIKey: c.GeminiAPIKey,
			Model: space.Model, Dimensions: space.Dimensions,
		}, lexical.Version)
	case config.OpenAI:
		base, key := c.EmbeddingBaseURL, c.EmbeddingAPIKey
		if base == "" { // another server is not shown the key of the chat's
			base, key = c.OpenAIBaseURL, cmp.Or(key, c.OpenAIAPIKey)
		}
		embedder, err = openai.New(openai.Config{
			BaseURL: base, APIKey: key, Model: space.Model, Dimensions: space.Dimensions,
		}, lexical.Version)
	}
	if err != nil {
		return nil, err
	}
	return embedder, nil
}

// openSpace makes the configured space that of a new book. Of one that is there it refreshes the
// weight, and warns when the configuration names another. The spaces that the book has say
// themselves which model they need.
func (a *App) openSpace(ctx context.Context, chosen book.Space) error {
	active, err := a.Store.EnsureSpace(ctx, chosen)
	if err != nil {
		return err
	}
	spaces, err := a.Store.ListSpaces(ctx)
	if err != nil {
		return err
	}
	for _, s := range spaces {
		if _, err := a.embedders.For(s.Space); err != nil {
			_, _ = a.openRemote(s.Space) // checkSpace says what the active one lacks
		}
	}
	named := chosen
	if a.Config.Embedder == "" {
		named = active
	}
	a.weigh(named)
	if embedder, err := a.embedders.For(active); err == nil {
		if active, err = a.Store.EnsureSpace(ctx, embedder.Space()); err != nil {
			return err
		}
	}
	if a.Config.Embedder != "" && active.ID() != chosen.ID() {
		a.Log.WarnContext(ctx, "the book is embedded with another model than the configuration names; "+
			"`lectern reembed` moves it", "active", active.ID(), "configured", chosen.ID())
	}
	a.target = a.embedders[chosen.ID()].Space()
	return nil
}

// weigh gives a space the fusion weight of the configuration, if that has one.
func (a *App) weigh(space book.Space) {
	if embedder, ok := a.embedders[space.ID()]; ok && a.Config.DenseWeight > 0 {
		a.embedders[space.ID()] = weighed{embedder, a.Config.DenseWeight}
	}
}

// weighed is an embedder whose space has another fusion weight.
type weighed struct {
	embed.Embedder

	weight float64
}

// Space implements [embed.Embedder].
func (w weighed) Space() book.Space {
	space := w.Embedder.Space()
	space.DenseWeight = w.weight
	return space
}

// checkSpace refuses an active space without an embedder, or with a collection that is not its own,
// and an index that is another book's.
// One that is absent is made, as soon as the index is up.
func (a *App) checkSpace(ctx context.Context) error {
	active, err := a.Store.ActiveSpace(ctx)
	if err != nil {
		return err
	}
	if _, missing := a.embedders.For(active.Space); missing != nil {
		if _, err := a.openRemote(active.Space); err != nil && book.CodeOf(err) != book.CodeOf(missing) {
			return book.Errorf(book.CodeOf(err), "the documents are embedded with %s. %s", active.ID(),
				book.MessageOf(err))
		}
		return missing
	}
	if err := a.checkOwnIndex(ctx, active.Space); err != nil {
		return err
	}
	brief, cancel := a.whileStarting(ctx)
	defer cancel()
	err = a.ensureIndex(brief)
	if isDown(err) && ctx.Err() == nil {
		a.Log.WarnContext(ctx, "the vector index is down; searches do without it until it is back", "error", err)
		return nil
	}
	return err
}

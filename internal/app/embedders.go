package app

import (
	"context"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/embed"
	"github.com/lectern-project/lectern/internal/embed/static"
	"github.com/lectern-project/lectern/internal/lexical"
)

// embedders are those that this program has, by the name that the setting embedder gives them. The
// first is what a new book gets without that setting.
var embedders = []struct {
	name string
	open func() (embed.Embedder, error)
}{
	{"static", func() (embed.Embedder, error) {
		return static.New(lexical.Version, static.PrefixOnce)
	}},
	{"static-2", func() (embed.Embedder, error) {
		return static.New(lexical.Version, static.PrefixTwice)
	}},
}

// openEmbedders returns all embedders, and the space of the one that the configuration names.
func openEmbedders(c config.Config) (set embed.Set, chosen book.Space, err error) {
	set = embed.Set{}
	for i, e := range embedders {
		embedder, err := e.open()
		if err != nil {
			return nil, book.Space{}, err
		}
		space := embedder.Space()
		set[space.ID()] = embedder
		if e.name == c.Embedder || (i == 0 && c.Embedder == "") {
			chosen = space
		}
	}
	return set, chosen, nil
}

// openSpace makes the configured space that of a new book. Of one that is there it refreshes the
// weight, and warns when the configuration names another.
func (a *App) openSpace(ctx context.Context, chosen book.Space) error {
	active, err := a.Store.EnsureSpace(ctx, chosen)
	if err != nil {
		return err
	}
	if embedder, err := a.embedders.For(active); err == nil {
		if active, err = a.Store.EnsureSpace(ctx, embedder.Space()); err != nil {
			return err
		}
	}
	if a.Config.Embedder != "" && active.ID() != chosen.ID() {
		a.Log.Warn("the book is embedded with another model than the configuration names; "+
			"`lectern reembed` moves it", "active", active.ID(), "configured", chosen.ID())
	}
	a.target = chosen
	return nil
}

// checkSpace refuses an active space without an embedder, or with a collection that is not its own.
// One that is absent is made, as soon as the index is up.
func (a *App) checkSpace(ctx context.Context) error {
	active, err := a.Store.ActiveSpace(ctx)
	if err != nil {
		return err
	}
	if _, err := a.embedders.For(active); err != nil {
		return err
	}
	err = a.ensureIndex(ctx)
	if isDown(err) {
		a.Log.Warn("the vector index is down; searches do without it until it is back", "error", err)
		return nil
	}
	return err
}

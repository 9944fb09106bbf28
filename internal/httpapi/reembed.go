package httpapi

import (
	"context"

	"github.com/lectern-project/lectern/internal/book"
)

// Reembedder moves the book to another embedding space while it is served.
type Reembedder interface {
	// StartReembed begins a move and returns at once. NotFound when there is no such space, Conflict
	// while another move is running.
	StartReembed(ctx context.Context, r ReembedRequest) (Reembedding, error)
	// ReembedStatus returns how far the move is that this server runs, or ran last.
	ReembedStatus() Reembedding
}

// ReembedRequest says where to move the book.
type ReembedRequest struct {
	To      string      `json:"to,omitempty" maxLength:"200" example:"static-lectern-static-en-256-p2-l2" doc:"The embedding space; by default that of the configured embedder."`
	Rate    wholeNumber `json:"rate,omitempty" minimum:"0" maximum:"1000000" example:"200" doc:"The most chunks to embed a second; 0 for as many as can be."`
	DropOld bool        `json:"drop_old,omitempty" example:"false" doc:"Drop all other embedding spaces afterwards."`
}

// The states of a move.
const (
	ReembedIdle    = "idle"
	ReembedRunning = "running"
	ReembedDone    = "done"
	ReembedFailed  = "failed"
)

// Reembedding says how far a move is.
type Reembedding struct {
	State   string   `json:"state" enum:"idle,running,done,failed" doc:"idle: this server has moved nothing since it started."`
	From    string   `json:"from" doc:"The space that was active; empty until the move has ended."`
	To      string   `json:"to" doc:"The space that the book moves to."`
	Done    int      `json:"done" doc:"Chunks that were embedded."`
	Total   int      `json:"total" doc:"Chunks that are to be embedded, as far as is known."`
	Dropped []string `json:"dropped" doc:"Spaces that were dropped."`
	Error   string   `json:"error" doc:"What went wrong; empty unless it failed."`
}

type (
	reembedInput  struct{ Body ReembedRequest }
	reembedOutput struct{ Body Reembedding }
)

func (s *server) startReembed(ctx context.Context, in *reembedInput) (*reembedOutput, error) {
	target := book.Target{Kind: book.TargetBook}
	err := s.Accounts.Record(ctx, caller(ctx), book.BookReembed, target, in.Body.To)
	if err != nil {
		return nil, err
	}
	status, err := s.Reembed.StartReembed(ctx, in.Body)
	return &reembedOutput{Body: status}, err
}

func (s *server) getReembed(context.Context, *nothing) (*reembedOutput, error) {
	return &reembedOutput{Body: s.Reembed.ReembedStatus()}, nil
}

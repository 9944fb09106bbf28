package client

import (
	"context"
	"net/http"

	"github.com/lectern-project/lectern/internal/answer"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/retrieve"
)

// Question is the body of a search or a query. Selection is nil, the words that the reader marked,
// or an object that says where to look.
type Question struct {
	Question  string `json:"question"`
	TopK      int    `json:"top_k,omitempty"`
	Selection any    `json:"selection,omitempty"`
	// Conversation is what was asked before a query, oldest first; a search has none.
	Conversation []answer.Turn `json:"conversation,omitempty"`
}

// Found is the answer to a search.
type Found struct {
	Passages []book.Passage   `json:"passages"`
	Degraded []string         `json:"degraded"`
	Timings  retrieve.Timings `json:"timings"`
}

// Search finds passages.
func (c *Client) Search(ctx context.Context, q Question) (Found, error) {
	var found Found
	err := c.call(ctx, http.MethodPost, "/api/search", q, &found)
	return found, err
}

// Ask answers a question.
func (c *Client) Ask(ctx context.Context, q Question) (answer.Answer, error) {
	var a answer.Answer
	err := c.call(ctx, http.MethodPost, "/api/query", q, &a)
	return a, err
}

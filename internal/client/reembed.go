package client

import (
	"context"
	"net/http"
)

// Move says where the server is to move the book; an empty To is the configured embedder's space.
type Move struct {
	To      string `json:"to,omitempty"`
	Rate    int    `json:"rate,omitempty"`
	DropOld bool   `json:"drop_old,omitempty"`
}

// The states of a move that is under way or has succeeded.
const (
	MoveRunning = "running"
	MoveDone    = "done"
)

// Moving says how far a move is.
type Moving struct {
	State   string   `json:"state"`
	From    string   `json:"from"`
	To      string   `json:"to"`
	Done    int      `json:"done"`
	Total   int      `json:"total"`
	Dropped []string `json:"dropped"`
	Error   string   `json:"error"`
}

// StartReembed lets the server move the book to another embedding space.
func (c *Client) StartReembed(ctx context.Context, m Move) (Moving, error) {
	var moving Moving
	err := c.call(ctx, http.MethodPost, "/api/reembed", m, &moving)
	return moving, err
}

// Reembedding returns how far the server's move is.
func (c *Client) Reembedding(ctx context.Context) (Moving, error) {
	var moving Moving
	err := c.call(ctx, http.MethodGet, "/api/reembed", nil, &moving)
	return moving, err
}

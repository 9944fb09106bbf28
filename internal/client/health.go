package client

import (
	"context"
	"net/http"
)

// Health is nil when the server is there, whatever of its parts is down.
func (c *Client) Health(ctx context.Context) error {
	return c.call(ctx, http.MethodGet, "/api/health", nil, nil)
}

// Ready is nil when all parts of the server work; Unavailable names those that do not.
func (c *Client) Ready(ctx context.Context) error {
	return c.call(ctx, http.MethodGet, "/api/ready", nil, nil)
}

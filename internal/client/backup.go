package client

import (
	"context"
	"io"
	"net/http"
)

// Backup returns an archive of the book as it comes, which the caller closes. A part of an archive
// looks like one until its end is missing: who reads it must check it.
func (c *Client) Backup(ctx context.Context) (io.ReadCloser, error) {
	response, err := c.send(ctx, http.MethodGet, "/api/backup", nil)
	if err != nil {
		return nil, err
	}
	return response.Body, nil
}

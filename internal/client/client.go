// Package client talks to Lectern's HTTP API: the command line's one way to documents, searches
// and answers, whether a server is far away or the same process.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lectern-project/lectern/internal/book"
)

// pageSize is how many items are asked for at once.
const pageSize = 200

// maxBody bounds what is read of a response.
const maxBody = 256 << 20

// Client calls one server. It is safe for concurrent use.
type Client struct {
	base string
	name string // the base as messages show it
	key  string
	http *http.Client
}

// New returns a Client of the server at base, such as "http://127.0.0.1:8080". key is an API key
// or an access token; empty for an anonymous reader. Invalid when base is no http(s) address.
func New(base, key string, transport http.RoundTripper) (*Client, error) {
	u, err := url.Parse(base)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, book.Errorf(book.Invalid, "the server %q is no address; give it as "+
			"http://HOST:PORT or https://HOST", Shown(base))
	}
	return &Client{
		base: strings.TrimRight(base, "/"), name: strings.TrimRight(Shown(base), "/"), key: key,
		http: &http.Client{Transport: transport},
	}, nil
}

// credentials are the user and the password in an address, well-formed or not.
var credentials = regexp.MustCompile(`^([^:/]*://)?.*@`)

// Shown is the address of a server as it may be shown: without the user and the password in it.
func Shown(base string) string {
	if u, err := url.Parse(base); err == nil && u.Host != "" {
		u.User = nil
		return u.String()
	}
	return credentials.ReplaceAllString(base, "$1")
}

// call sends body, if not nil, as JSON and decodes the answer into out, if not nil.
func (c *Client) call(ctx context.Context, method, path string, body, out any) error {
	response, err := c.send(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxBody)).Decode(out); err != nil {
		return c.unreachable(ctx, err)
	}
	return nil
}

// A request that the server refuses because there were too many is sent again when the server says
// so, unless that is long from now, and a bounded number of times.
const (
	maxTries    = 10
	longestWait = time.Minute
)

// send returns a response of success, whose body the caller closes, or an error.
func (c *Client) send(
	ctx context.Context, method, path string, body any,
) (*http.Response, error) {
	for try := 1; ; try++ {
		response, err := c.sendOnce(ctx, method, path, body)
		limited, ok := errors.AsType[*book.Error](err)
		if !ok || limited.Code != book.RateLimited || try == maxTries ||
			limited.RetryAfter <= 0 || limited.RetryAfter > longestWait {
			return response, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(limited.RetryAfter):
		}
	}
}

func (c *Client) sendOnce(
	ctx context.Context, method, path string, body any,
) (*http.Response, error) {
	var payload io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return nil, book.Wrap(book.Invalid, err, "the request cannot be written as JSON")
		}
		payload = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, payload)
	if err != nil {
		return nil, book.Wrap(book.Invalid, err, "the request cannot be sent")
	}
	request.Header.Set("Accept", "application/json")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.key != "" {
		request.Header.Set("Authorization", "Bearer "+c.key)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	if response.StatusCode >= 300 {
		defer func() { _ = response.Body.Close() }()
		return nil, c.failure(response)
	}
	return response, nil
}

func (c *Client) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return book.Wrap(book.Unavailable, err, "the server %s cannot be reached, or broke off; is "+
		"it running?", c.name)
}

// problem is an RFC 9457 body as Lectern sends it.
type problem struct {
	Title  string    `json:"title"`
	Detail string    `json:"detail"`
	Code   book.Code `json:"code"`
	Errors []struct {
		Location string `json:"location"`
		Message  string `json:"message"`
	} `json:"errors"`
	Parts map[string]string `json:"parts"`
}

// failure turns an error response into the error that the server had.
func (c *Client) failure(response *http.Response) error {
	var p problem
	err := json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(&p)
	if err != nil || p.Code == "" {
		return book.Errorf(book.Unavailable, "%s answered %s without saying why; is it a Lectern "+
			"server?", c.name, response.Status)
	}
	e := &book.Error{Code: p.Code, Message: p.message()}
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil {
		e.RetryAfter = time.Duration(seconds) * time.Second
	}
	return e
}

// message is what a person is shown: what is wrong with each part of the request where that is
// known, else the detail.
func (p problem) message() string {
	var parts []string
	for _, e := range p.Errors {
		parts = append(parts, strings.TrimPrefix(e.Location, "body.")+": "+e.Message)
	}
	switch {
	case len(parts) > 0:
		return "the request was refused: " + strings.Join(parts, "; ")
	case len(p.Parts) > 0:
		return "not ready: " + strings.Join(p.states(), ", ")
	case p.Detail != "":
		return p.Detail
	}
	return p.Title
}

// states are the parts that do not work.
func (p problem) states() []string {
	var states []string
	for part, state := range p.Parts {
		if state != "ok" {
			states = append(states, "the "+part+" is "+state)
		}
	}
	slices.Sort(states)
	return states
}

// each calls f for each item of a list, in order, reading page by page.
func each[T any](
	ctx context.Context, c *Client, address string, query url.Values, f func(T) error,
) error {
	query.Set("limit", strconv.Itoa(pageSize))
	for {
		var page struct {
			Items      []T    `json:"items"`
			NextCursor string `json:"next_cursor"`
		}
		err := c.call(ctx, http.MethodGet, address+"?"+query.Encode(), nil, &page)
		if err != nil {
			return err
		}
		for _, item := range page.Items {
			if err := f(item); err != nil {
				return err
			}
		}
		if page.NextCursor == "" {
			return nil
		}
		query.Set("cursor", page.NextCursor)
	}
}

// path fills escaped segments into the format of a path.
func path(format string, segments ...string) string {
	escaped := make([]any, len(segments))
	for i, s := range segments {
		escaped[i] = url.PathEscape(s)
	}
	return fmt.Sprintf(format, escaped...)
}

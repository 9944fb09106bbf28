package httpapi

import (
	"encoding/json"
	"errors"
	"maps"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/lectern-project/lectern/internal/book"
)

const problemType = "application/problem+json"

// statusCanceled is for requests whose client went away before the answer: nobody reads it but the
// log. (nginx's number; none is registered.)
const statusCanceled = 499

// statuses is the one table from our codes to HTTP.
var statuses = map[book.Code]int{
	book.Invalid:         http.StatusUnprocessableEntity,
	book.TooLarge:        http.StatusRequestEntityTooLarge,
	book.Unauthenticated: http.StatusUnauthorized,
	book.Forbidden:       http.StatusForbidden,
	book.NotFound:        http.StatusNotFound,
	book.Conflict:        http.StatusConflict,
	book.RateLimited:     http.StatusTooManyRequests,
	book.Unavailable:     http.StatusServiceUnavailable,
	book.Deadline:        http.StatusGatewayTimeout,
	book.Canceled:        statusCanceled,
	book.Internal:        http.StatusInternalServerError,
}

// codeOfStatus gives the code of a failure that HTTP itself found, such as 405.
func codeOfStatus(status int) book.Code {
	for code, s := range statuses {
		if s == status {
			return code
		}
	}
	switch {
	case status == http.StatusRequestTimeout:
		return book.Deadline
	case status >= 500:
		return book.Internal
	}
	return book.Invalid
}

// Problem is the body of every error: an RFC 9457 problem with our code in it.
type Problem struct {
	Type   string       `json:"type" example:"about:blank" doc:"Always about:blank: title says what status says."`
	Title  string       `json:"title" example:"Not Found" doc:"The status in words."`
	Status int          `json:"status" example:"404" doc:"The HTTP status."`
	Detail string       `json:"detail" example:"there is no document \"module1/intro\"" doc:"What is wrong here, and what to do about it."`
	Code   book.Code    `json:"code" example:"not_found" doc:"What kind of failure this is; more stable than detail."`
	Errors []FieldError `json:"errors,omitempty" doc:"What is wrong with each part of the request, where that is known."`
	// Parts is set by readiness alone.
	Parts map[string]string `json:"parts,omitempty" doc:"For /api/ready: the state of each part."`

	retryAfter time.Duration
	endSession bool // the browser's session is over
}

// FieldError says what is wrong with one part of a request. It never repeats the value, which may
// be a secret.
type FieldError struct {
	Location string `json:"location" example:"body.top_k" doc:"The part: body, path or query, then the names that lead to it."`
	Message  string `json:"message" example:"expected number >= 1" doc:"What is wrong with it."`
}

// newProblem is the problem that err is to a client. Its cause is not in it.
func newProblem(err error) *Problem {
	code := book.CodeOf(err)
	p := problemOfStatus(statuses[code], book.MessageOf(err))
	p.Code = code
	if e, ok := errors.AsType[*book.Error](err); ok {
		p.retryAfter = e.RetryAfter
	}
	if n, ok := errors.AsType[*notReady](err); ok {
		p.Parts = n.parts
	}
	_, p.endSession = errors.AsType[*endedSession](err)
	return p
}

func problemOfStatus(status int, detail string) *Problem {
	title := http.StatusText(status)
	if status == statusCanceled {
		title = "Client Closed Request"
	}
	return &Problem{
		Type: "about:blank", Title: title, Status: status, Detail: detail,
		Code: codeOfStatus(status),
	}
}

// Bounds of what is said about a bad request, which may be bad in as many places as it has bytes.
const (
	maxFieldErrors = 20
	maxErrorText   = 200
)

// newValidationProblem is the problem that huma found with a request.
func newValidationProblem(status int, msg string, errs []error) *Problem {
	p := problemOfStatus(status, msg)
	if len(errs) > 0 {
		p.Detail = "the request is not what this operation takes; errors says where"
	}
	for _, err := range errs {
		detail, ok := err.(huma.ErrorDetailer)
		if !ok || len(p.Errors) == maxFieldErrors {
			continue
		}
		d := detail.ErrorDetail()
		p.Errors = append(p.Errors, FieldError{
			Location: shorten(d.Location), Message: shorten(d.Message),
		})
	}
	return p
}

func shorten(text string) string {
	if len(text) <= maxErrorText {
		return text
	}
	return strings.ToValidUTF8(text[:maxErrorText], "") + "..."
}

// Error implements error.
func (p *Problem) Error() string { return p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return problemType }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="lectern"`)
	}
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(p.retryAfter.Seconds()))))
	}
	if p.endSession {
		ended := endedCookie()
		h.Set("Set-Cookie", ended.String())
	}
	return h
}

// write answers with the problem.
func (p *Problem) write(w http.ResponseWriter) {
	h := w.Header()
	maps.Copy(h, p.GetHeaders())
	h.Set("Content-Type", problemType)
	h.Set("Cache-Control", "no-store")
	h.Del("Content-Length")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // An error means that the client is gone.
}

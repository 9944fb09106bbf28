package httpapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

// The headers of requests that happen once, however often they are sent: the IETF draft "The
// Idempotency-Key HTTP Header Field", draft-ietf-httpapi-idempotency-key-header.
const (
	idempotencyKey      = "Idempotency-Key"
	idempotencyReplayed = "Idempotency-Replayed"

	maxIdempotencyKey = 255 // bytes
)

const (
	// claimLease is longer than a request may take.
	claimLease = slowRoute + time.Minute
	// stillRunning is when to look again for the answer of a request that is running.
	stillRunning = time.Second
	// finishTime is how long storing an answer may take; the request's own time may be over.
	finishTime = 5 * time.Second
)

// once gives a request with a key the answer that it got before, if it did, and else remembers the
// answer that it gets. It stands behind guard: the caller is known and the body is read.
func (s *server) once(c huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(c)
	ctx := c.Context()
	key, err := keyOf(r)
	if key == "" && err == nil {
		next(c)
		return
	}
	if err == nil {
		err = auth.Require(caller(ctx), book.Reader) // a key belongs to an account
	}
	if err != nil {
		s.problem(ctx, err).write(w)
		return
	}
	claim, answer, err := s.begin(ctx, key, r)
	switch {
	case err != nil:
		s.problem(ctx, err).write(w)
	case answer != nil:
		w.Header().Set(idempotencyReplayed, "true")
		writeAnswer(w, *answer)
	default:
		s.runOnce(c, claim, next)
	}
}

// keyOf returns the request's key, "" without one. The draft wants it in quotes, which few clients
// send: both are taken, for the same key.
func keyOf(r *http.Request) (string, error) {
	values := r.Header.Values(idempotencyKey)
	if len(values) == 0 {
		return "", nil
	}
	key := values[0]
	if len(key) >= 2 && key[0] == '"' && key[len(key)-1] == '"' {
		key = key[1 : len(key)-1]
	}
	hidden := func(r rune) bool { return r <= ' ' || r > '~' }
	if len(values) > 1 || key == "" || len(key) > maxIdempotencyKey ||
		strings.ContainsFunc(key, hidden) {
		return "", book.Errorf(book.Invalid, "%s must be given once, with 1 to %d visible ASCII "+
			"characters, such as a random UUID", idempotencyKey, maxIdempotencyKey)
	}
	return key, nil
}

func (s *server) begin(
	ctx context.Context, key string, r *http.Request,
) (uuid.UUID, *store.Answer, error) {
	fingerprint, err := fingerprintOf(r)
	if err != nil {
		return uuid.Nil, nil, err
	}
	claim, answer, err := s.Requests.BeginRequest(ctx, caller(ctx).UserID, key, fingerprint, claimLease)
	if book.CodeOf(err) == book.Conflict {
		err = &book.Error{
			Code: book.Conflict, Message: book.MessageOf(err), RetryAfter: stillRunning, Err: err,
		}
	}
	return claim, answer, callerGone(err)
}

// fingerprintOf is the same for requests that are the same: method, address and body.
func fingerprintOf(r *http.Request) ([]byte, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, book.Wrap(book.Invalid, err, "the body broke off")
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	hash := sha256.New()
	hash.Write([]byte(r.Method + " " + r.URL.RequestURI() + "\n"))
	hash.Write(body)
	return hash.Sum(nil), nil
}

// runOnce runs the handler, stores its answer, and only then sends it.
func (s *server) runOnce(c huma.Context, claim uuid.UUID, next func(huma.Context)) {
	r, w := humago.Unwrap(c)
	ctx := c.Context()
	recorded := &recorder{header: w.Header()}
	stored := false
	defer func() {
		if !stored { // also when the handler panics
			ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
			defer cancel()
			s.logFailure(ctx, s.Requests.AbandonRequest(ending, claim))
		}
	}()
	next(humago.NewContext(c.Operation(), r.WithContext(ctx), recorded))
	if lasting(recorded.answer.Status) {
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
		defer cancel()
		err := s.Requests.FinishRequest(ending, claim, recorded.answer)
		s.logFailure(ctx, err)
		stored = err == nil
	}
	writeAnswer(w, recorded.answer)
}

func (s *server) logFailure(ctx context.Context, err error) {
	if err != nil {
		s.Log.WarnContext(ctx, "an answer was not remembered", "error", err)
	}
}

// lasting reports whether the same request would get the same answer another time.
func lasting(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooManyRequests, statusCanceled:
		return false
	}
	return status < 500
}

// writeAnswer sends an answer. Its type follows from its status.
func writeAnswer(w http.ResponseWriter, a store.Answer) {
	switch {
	case a.Status >= 400:
		w.Header().Set("Content-Type", problemType)
	case len(a.Body) > 0:
		w.Header().Set("Content-Type", jsonType)
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // An error means that the client is gone.
}

// recorder keeps an answer back.
type recorder struct {
	header http.Header
	answer store.Answer
}

// Header implements http.ResponseWriter.
func (w *recorder) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter.
func (w *recorder) WriteHeader(status int) {
	if w.answer.Status == 0 {
		w.answer.Status = status
	}
}

// Write implements http.ResponseWriter.
func (w *recorder) Write(data []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	w.answer.Body = append(w.answer.Body, data...)
	return len(data), nil
}

// rememberAnswers makes an operation one that takes a key.
func (s *server) rememberAnswers(op *huma.Operation) {
	shortest, longest := 1, maxIdempotencyKey
	op.Middlewares = append(op.Middlewares, s.once)
	op.Errors = append(op.Errors, http.StatusConflict, http.StatusUnprocessableEntity)
	op.Parameters = append(op.Parameters, &huma.Param{
		Name: idempotencyKey, In: "header",
		Description: "A random name for this request, such as a UUID. Sent again with the same " +
			"key within a day, the same request gets the same answer and happens once. 409 while " +
			"it is running, 422 when the key was used for another request.",
		Schema: &huma.Schema{
			Type: huma.TypeString, MinLength: &shortest, MaxLength: &longest, Pattern: "^[!-~]+$",
		},
	})
}

// describeReplays says of operations that take a key how an answer that is given again is marked.
func describeReplays(paths node) {
	for path := range paths {
		for method := range paths.at(path) {
			operation := paths.at(path, method)
			parameters, _ := operation["parameters"].([]any)
			for _, p := range parameters {
				if p, ok := p.(map[string]any); ok && p["name"] == idempotencyKey {
					describeReplay(operation.at("responses"))
				}
			}
		}
	}
}

func describeReplay(responses node) {
	for status := range maps.Clone(responses) {
		if strings.HasPrefix(status, "2") {
			responses.at(status, "headers")[idempotencyReplayed] = node{
				"description": "true when the request had this answer before.",
				"schema":      node{"type": "string", "enum": []string{"true"}},
			}
		}
	}
}

package httpapi

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/netip"
	"regexp"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/telemetry"
	"github.com/lectern-project/lectern/internal/tracing"
)

// writeTimeout bounds a whole exchange: longer than any route may take after the longest wait for
// its body.
var writeTimeout = readTimeout(ingestBody) + slowRoute + time.Minute

// outer is around everything: it names each request, bounds and logs it, turns panics and the plain
// text errors of net/http into problems, and sets the headers that every response has.
type outer struct {
	next    http.Handler
	proxies Proxies
	log     *slog.Logger
	warned  sync.Once // of a proxy that is not trusted

	logQuestions bool
	telemetry    *telemetry.Recorder
	tracing      *tracing.Tracing
	stopping     <-chan struct{} // see Deps
}

// ServeHTTP implements http.Handler.
func (o *outer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := requestID(r)
	e := &exchange{start: time.Now(), client: o.proxies.client(r)}
	counted := o.telemetry
	if !e.client.IsValid() { // a call within the process, and no reader's
		counted = nil
	}
	ended := counted.Request()
	ctx, span := o.tracing.Request(r)
	r = r.WithContext(withExchange(telemetry.WithRequestID(ctx, id), e))
	o.warnOfProxy(r, e.client)
	res := &response{ResponseWriter: w, request: r}
	setHeaders(w.Header(), r, id)
	if isClosed(o.stopping) { // Whoever keeps connections would send the next request to nobody.
		w.Header().Set("Connection", "close")
	}
	_ = http.NewResponseController(w).SetWriteDeadline(e.start.Add(writeTimeout))
	defer func() {
		fault := recover()
		if fault != nil && fault != http.ErrAbortHandler {
			e.code = book.Internal
			o.log.ErrorContext(r.Context(), "panic", "panic", faultText(fault),
				"stack", string(debug.Stack()))
			if res.status == 0 {
				problemOfStatus(http.StatusInternalServerError,
					"something went wrong on our side; the log says what").write(res)
				fault = nil
			}
		}
		if fault == nil && res.status == 0 { // which net/http answers so
			res.status = http.StatusOK
		}
		ended(r.Pattern, r.Method, res.status)
		o.logRequest(r, res, e)
		endSpan(span, r, res, e, id)
		if fault != nil { // Half an answer must not look like a whole one.
			panic(http.ErrAbortHandler)
		}
	}()
	o.next.ServeHTTP(res, r)
}

// warnOfProxy says once that clients may be hidden behind a proxy that is not configured: they share
// its limits then.
func (o *outer) warnOfProxy(r *http.Request, client netip.Addr) {
	if len(o.proxies.trusted) == 0 && client.IsValid() &&
		(r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "") {
		o.warned.Do(func() {
			o.log.WarnContext(r.Context(), "a request came through a proxy that is not trusted, so its clients count as "+
				"one; name the proxy with --trusted-proxies", "proxy", addressText(client))
		})
	}
}

func setHeaders(h http.Header, r *http.Request, id string) {
	h.Set("X-Request-Id", id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	if strings.HasPrefix(r.URL.Path, "/api/") {
		h.Set("Cache-Control", "no-store")
	}
}

var requestIDs = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// requestID is the one that a proxy gave, if it can stand in a log, or a new one.
func requestID(r *http.Request) string {
	if id := r.Header.Get("X-Request-Id"); requestIDs.MatchString(id) {
		return id
	}
	return rand.Text()
}

// response watches what is answered. An error that is no problem yet becomes one: those are
// net/http's own, such as 404 and 405, and the pages'.
type response struct {
	http.ResponseWriter
	request *http.Request
	status  int
	bytes   int64
	replace bool // the body is ours already
}

// Unwrap lets http.ResponseController find the writer's other methods.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (w *response) WriteHeader(status int) {
	if w.status != 0 {
		return
	}
	h := w.Header()
	switch {
	case status < 400:
		drain(w.ResponseWriter, w.request)
	case w.request.Method == http.MethodOptions && status == http.StatusMethodNotAllowed:
		h.Set("Allow", h.Get("Allow")+", OPTIONS")
		h.Del("Content-Type")
		w.replace, status = true, http.StatusNoContent
	case h.Get("Content-Type") != problemType:
		problemOfStatus(status, w.explain(status)).write(w)
		w.replace = true
		return
	default:
		drain(w.ResponseWriter, w.request)
	}
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *response) Write(data []byte) (int, error) {
	if w.replace {
		return len(data), nil
	}
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	n, err := w.ResponseWriter.Write(data)
	w.bytes += int64(n)
	return n, err
}

func (w *response) explain(status int) string {
	path := w.request.URL.EscapedPath()
	switch {
	case status == http.StatusNotFound && strings.HasPrefix(path, "/api/documents/"):
		return "there is nothing at this address; in a path a doc_id is one segment, so write its " +
			"\"/\" as %2F, or ask for /api/documents?doc_id="
	case status == http.StatusNotFound && strings.HasPrefix(path, "/api/"):
		return "there is nothing at this address; /api/docs lists what there is"
	case status == http.StatusNotFound: // Perhaps somebody followed a citation.
		return "there is nothing at this address; /api/docs lists what there is. If this is a page " +
			"of the book, ingest it with --base-url, which says where its site is"
	case status == http.StatusMethodNotAllowed:
		return "this address does not take " + w.request.Method + ", only " +
			w.Header().Get("Allow")
	}
	return "the request cannot be served: " + strings.ToLower(http.StatusText(status))
}

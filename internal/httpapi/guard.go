package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
)

// access says who may use a route.
type access int

const (
	anyone  access = iota // whoever it is; credentials are not looked at
	readers               // whoever may read: everybody, or everybody with an account
	members               // everybody with an account
	editors
	admins
)

// check returns nil when p may use a route.
func (s *server) check(a access, p book.Principal) error {
	switch a {
	case anyone:
		return nil
	case readers:
		return s.Access.MayRead(p)
	case members:
		return auth.Require(p, book.Reader)
	case editors:
		return auth.MayIngest(p)
	case admins:
		return auth.Require(p, book.Admin)
	}
	return book.Errorf(book.Internal, "a route without a rule")
}

// How long a request may take once it is read.
const (
	fastRoute = 30 * time.Second
	slowRoute = 2 * time.Minute // ingests, and answers of language models
	longRoute = 24 * time.Hour  // backups: a client that stops reading is cut off much earlier
)

// guard stands before a route's handler: it finds out who asks, refuses who may not, reads the
// body, lets in as many as can be served and bounds the time. Nothing of the body is read for somebody who may not send it.
func (s *server) guard(route route) func(huma.Context, func(huma.Context)) {
	return func(c huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(c)
		if s.Waiting != nil && route.quota != uncounted {
			newProblem(s.Waiting).write(w)
			return
		}
		// Under overload most time would else be spent on those who are refused. Nor is it logged twice.
		if err := s.gate(c.Context(), route).Full(); err != nil {
			newProblem(err).write(w)
			return
		}
		credential, err := credentialOf(r, route)
		var principal book.Principal
		if err == nil {
			principal, err = s.principal(c.Context(), route.access, credential)
		}
		// A bad credential is nobody's, and counts to the address.
		if refused := s.count(c.Context(), w, route.quota, principal); refused != nil {
			err = refused
		}
		if err == nil {
			err = s.check(route.access, principal)
		}
		if err == nil {
			err = checkParameters(c.Operation(), r.URL.Query())
		}
		if err != nil {
			s.problem(c.Context(), err).write(w)
			return
		}
		if route.body > 0 {
			if problem := readBody(w, r, route.bodyType(), route.body); problem != nil {
				problem.write(w)
				return
			}
		}
		leave, err := s.enter(c.Context(), route)
		if err != nil {
			s.problem(c.Context(), err).write(w)
			return
		}
		defer leave()
		c = released{c, leave}
		ctx, cancel := context.WithTimeout(c.Context(), route.timeout())
		defer cancel()
		ctx = auth.WithAddress(ctx, addressText(exchangeOf(ctx).client))
		if credential.session != (session{}) {
			ctx = withSession(ctx, credential.session)
		}
		next(huma.WithContext(c, WithPrincipal(ctx, principal)))
	}
}

// checkParameters returns Invalid for a number or a boolean of the query that is there and empty:
// huma takes it for one that was left out.
func checkParameters(op *huma.Operation, query url.Values) error {
	for _, p := range op.Parameters {
		if p.In == "query" && p.Schema.Type != huma.TypeString && slices.Contains(query[p.Name], "") {
			return book.Errorf(book.Invalid, "the parameter %s is empty; give it a value, or leave it out",
				p.Name)
		}
	}
	return nil
}

// credential is what a request says about who sends it.
type credential struct {
	header  string  // Authorization
	session session // of the cookie, where that counts
}

// credentialOf returns the header or, without one, the session of the cookie. Forbidden when a page of
// another origin would use a session, or begin one as somebody else.
func credentialOf(r *http.Request, route route) (credential, error) {
	header := r.Header.Get("Authorization")
	carried, ok := sessionIn(r)
	switch {
	case route.session:
		return credential{session: carried}, fromOwnPage(r)
	case ok && header == "" && route.access != anyone:
		return credential{session: carried}, fromOwnPage(r)
	}
	return credential{header: header}, nil
}

// principal returns who presents the credential. One that is not good is an error even where none is
// needed: its sender believes to be somebody.
func (s *server) principal(
	ctx context.Context, a access, c credential,
) (book.Principal, error) {
	switch {
	case a == anyone:
		return caller(ctx), nil
	case c.session != (session{}):
		return s.Accounts.Authenticate(ctx, c.session.access)
	case c.header == "":
		return caller(ctx), nil
	}
	scheme, bearer, _ := strings.Cut(c.header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return book.Principal{}, book.Errorf(book.Unauthenticated,
			"send \"Authorization: Bearer\" with an access token or an API key")
	}
	return s.Accounts.Authenticate(ctx, strings.TrimSpace(bearer))
}

// callerGone turns what a store says that found no account of the caller's into Unauthenticated. A token
// may outlive its account by the seconds for which another server remembers that.
func callerGone(err error) error {
	if book.CodeOf(err) == book.NotFound {
		return book.Wrap(book.Unauthenticated, err, "the account has been deleted")
	}
	return err
}

// problem is what a client is told about err. What the client is not told goes to the log.
func (s *server) problem(ctx context.Context, err error) *Problem {
	if why, ok := errors.AsType[*book.Error](context.Cause(ctx)); ok && book.CodeOf(err) == book.Canceled {
		err = why // nobody went away: the server ends what is under way
	}
	p := newProblem(err)
	level := slog.LevelDebug
	if p.Code == book.Internal || p.Code == book.Unavailable && !errors.As(err, new(*notReady)) {
		level = slog.LevelError
	}
	exchangeOf(ctx).code = p.Code
	s.Log.Log(ctx, level, "request failed", "code", p.Code, "error", err)
	return p
}

type principalKey struct{}

// WithPrincipal returns a context whose requests, when they carry no credential, are made by p. It
// is for callers in the same process; nothing that comes over the network can set it.
func WithPrincipal(ctx context.Context, p book.Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// caller is who makes the request.
func caller(ctx context.Context) book.Principal {
	p, _ := ctx.Value(principalKey{}).(book.Principal)
	return p
}

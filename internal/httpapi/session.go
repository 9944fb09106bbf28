package httpapi

import (
	"context"
	"net/http"
	"strings"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
)

// sessionCookie is the cookie that holds a browser's session: the refresh token, a dot, the access
// token. The prefix makes browsers keep it only from a page of https or of this machine, and send it
// to this host alone; no other host can set it.
const sessionCookie = "__Host-lectern"

// session is what the cookie of a browser holds.
type session struct{ refresh, access string }

// sessionIn returns the session that a request carries, if it carries one.
func sessionIn(r *http.Request) (session, bool) {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return session{}, false
	}
	refresh, access, _ := strings.Cut(c.Value, ".")
	return session{refresh, access}, true
}

// newCookie makes a browser carry these tokens. It outlives its access token, so that a stale one is
// refused rather than taken for nobody.
func newCookie(t auth.Tokens) http.Cookie {
	c := cookie(t.Refresh + "." + t.Access)
	c.MaxAge = int(auth.RefreshLifetime.Seconds())
	return c
}

// endedCookie makes a browser forget its session.
func endedCookie() http.Cookie {
	c := cookie("")
	c.MaxAge = -1
	return c
}

func cookie(value string) http.Cookie {
	return http.Cookie{
		Name: sessionCookie, Value: value, Path: "/",
		Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}
}

// otherOrigins finds requests that a page of another origin made a browser send.
var otherOrigins = http.NewCrossOriginProtection()

// fromOwnPage returns Forbidden for such a request, whatever its method: a cookie is taken from the
// pages of this server alone.
func fromOwnPage(r *http.Request) error {
	asked := *r
	asked.Method = http.MethodPost // safe methods are not looked at
	if err := otherOrigins.Check(&asked); err != nil {
		return book.Wrap(book.Forbidden, err, "a page of another origin may not use a session of "+
			"this server; send an access token or an API key")
	}
	return nil
}

// endedSession is the failure of a session that is over, whose cookie goes.
type endedSession struct{ error }

// Unwrap returns the failure.
func (e *endedSession) Unwrap() error { return e.error }

// Session is whom the pages are shown to, and what they may offer.
type Session struct {
	Account      *Account              `json:"account" doc:"Who is signed in; null for nobody."`
	Access       auth.Access           `json:"access" enum:"public,login" doc:"Who may read: everybody, or accounts."`
	Registration auth.RegistrationMode `json:"registration" enum:"open,invitation,closed" doc:"Who may register: everybody, whoever was invited, or nobody."`
	SendsMail    bool                  `json:"sends_mail" doc:"Links for a new password go out by mail; otherwise an administrator passes them on."`
}

type (
	sessionOutput struct {
		SetCookie []http.Cookie `header:"Set-Cookie" doc:"The session, which scripts cannot read."`
		Body      Session
	}
	sessionEnded struct {
		SetCookie []http.Cookie `header:"Set-Cookie" doc:"Makes the browser forget its session, if it has one."`
	}
)

func (s *server) getSession(ctx context.Context, _ *nothing) (*sessionOutput, error) {
	carried, ok := sessionOf(ctx)
	if !ok {
		return s.sessionFor(nil), nil
	}
	account, err := s.accountOfToken(ctx, carried.access)
	if err != nil {
		return nil, err
	}
	return s.sessionFor(account), nil
}

func (s *server) beginSession(ctx context.Context, in *loginInput) (*sessionOutput, error) {
	return s.carry(ctx)(s.Accounts.Login(ctx, in.Body.Login, in.Body.Password))
}

func (s *server) renewSession(ctx context.Context, _ *nothing) (*sessionOutput, error) {
	carried, ok := sessionOf(ctx)
	if !ok {
		return nil, book.Errorf(book.Unauthenticated, "there is no session; sign in")
	}
	tokens, err := s.Accounts.Refresh(ctx, carried.refresh)
	if book.CodeOf(err) == book.Unauthenticated {
		return nil, &endedSession{err}
	}
	return s.carry(ctx)(tokens, err)
}

func (s *server) endSession(ctx context.Context, _ *nothing) (*sessionEnded, error) {
	if carried, ok := sessionOf(ctx); ok {
		if err := s.Accounts.Logout(ctx, carried.refresh); err != nil {
			return nil, err
		}
	}
	return &sessionEnded{[]http.Cookie{endedCookie()}}, nil
}

// carry makes the answer that gives a browser its session's next tokens.
func (s *server) carry(ctx context.Context) func(auth.Tokens, error) (*sessionOutput, error) {
	return func(tokens auth.Tokens, err error) (*sessionOutput, error) {
		if err != nil {
			return nil, err
		}
		account, err := s.accountOfToken(ctx, tokens.Access)
		if err != nil {
			return nil, err
		}
		out := s.sessionFor(account)
		out.SetCookie = []http.Cookie{newCookie(tokens)}
		return out, nil
	}
}

func (s *server) accountOfToken(ctx context.Context, access string) (*Account, error) {
	p, err := s.Accounts.Authenticate(ctx, access)
	if err != nil {
		return nil, err
	}
	user, err := s.Accounts.Me(ctx, p)
	if err != nil {
		return nil, err
	}
	account := accountOf(user)
	return &account, nil
}

func (s *server) sessionFor(account *Account) *sessionOutput {
	return &sessionOutput{Body: Session{
		Account: account, Access: s.Access, Registration: s.Accounts.Registration(),
		SendsMail: s.Accounts.SendsMail(),
	}}
}

// endedWith ends the browser's session together with what the request did, if it came by one.
func endedWith(ctx context.Context) []http.Cookie {
	if _, ok := sessionOf(ctx); ok {
		return []http.Cookie{endedCookie()}
	}
	return nil
}

type sessionKey struct{}

func withSession(ctx context.Context, s session) context.Context {
	return context.WithValue(ctx, sessionKey{}, s)
}

// sessionOf is the session that the caller presents; none when the request carries another
// credential.
func sessionOf(ctx context.Context) (session, bool) {
	s, ok := ctx.Value(sessionKey{}).(session)
	return s, ok
}

package httpapi

import (
	"context"
	"net/http"
	"net/url"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
)

// RegisterRequest asks for an account.
type RegisterRequest struct {
	Username string `json:"username" minLength:"3" maxLength:"64" pattern:"^[A-Za-z0-9][A-Za-z0-9._-]*$" example:"ada" doc:"ASCII letters, digits, dot, underscore and hyphen, beginning with a letter or digit. Case is kept, but two names that differ only in case are the same."`
	Email    string `json:"email" minLength:"3" maxLength:"254" example:"ada@example.org" doc:"An e-mail address, which can be used to sign in."`
	Password string `json:"password" minLength:"8" maxLength:"128" example:"correct horse battery" doc:"8 to 128 characters of any kind, but none of the passwords that are guessed first."`

	Invitation *string `json:"invitation,omitempty" minLength:"1" maxLength:"128" example:"q0kJ...Zs" doc:"The secret of an invitation. It says the account's role, and may be needed to register."`
}

// LoginRequest signs in.
type LoginRequest struct {
	Login    string `json:"login" minLength:"1" maxLength:"254" example:"ada" doc:"User name or e-mail address."`
	Password string `json:"password" minLength:"1" maxLength:"1024" example:"correct horse battery" doc:"The account's password."`
}

// RefreshRequest names a session.
type RefreshRequest struct {
	RefreshToken string `json:"refresh_token" minLength:"1" maxLength:"512" example:"q0kJ...Zs" doc:"The last refresh token that was given."`
}

// Tokens is what a sign-in gives.
type Tokens struct {
	AccessToken  string `json:"access_token" doc:"Send it as \"Authorization: Bearer ...\"."`
	RefreshToken string `json:"refresh_token" doc:"Good for one refresh, which gives the next one."`
	TokenType    string `json:"token_type" example:"bearer" doc:"Always bearer."`
	ExpiresIn    int    `json:"expires_in" example:"900" doc:"Seconds until the access token ends."`
}

type (
	registerInput struct{ Body RegisterRequest }
	loginInput    struct{ Body LoginRequest }
	refreshInput  struct{ Body RefreshRequest }
	tokenInput    struct {
		RawBody []byte `contentType:"application/x-www-form-urlencoded"`
	}
	tokensOutput   struct{ Body Tokens }
	nothing        struct{}
	accountCreated struct {
		Status int
		Body   Account
	}
)

func (s *server) createAccount(ctx context.Context, in *registerInput) (*accountCreated, error) {
	registration := auth.Registration{
		Username: in.Body.Username, Email: in.Body.Email, Password: in.Body.Password,
	}
	if in.Body.Invitation != nil {
		registration.Invitation = *in.Body.Invitation
	}
	user, err := s.Accounts.Register(ctx, registration)
	if err != nil {
		return nil, err
	}
	return &accountCreated{Status: http.StatusCreated, Body: accountOf(user)}, nil
}

func (s *server) login(ctx context.Context, in *loginInput) (*tokensOutput, error) {
	return tokensOf(s.Accounts.Login(ctx, in.Body.Login, in.Body.Password))
}

// token is the password grant of OAuth 2.0 (RFC 6749, section 4.3), for tools that speak it.
func (s *server) token(ctx context.Context, in *tokenInput) (*tokensOutput, error) {
	form, err := url.ParseQuery(string(in.RawBody))
	if err != nil {
		return nil, book.Errorf(book.Invalid, "the body is not a form")
	}
	for _, name := range []string{"grant_type", "username", "password"} {
		if len(form[name]) != 1 || form.Get(name) == "" || !isText(form.Get(name)) {
			return nil, book.Errorf(book.Invalid, "the form needs the field %s once, as UTF-8", name)
		}
	}
	if form.Get("grant_type") != "password" {
		return nil, book.Errorf(book.Invalid, "the only grant_type here is password")
	}
	return tokensOf(s.Accounts.Login(ctx, form.Get("username"), form.Get("password")))
}

func (s *server) refresh(ctx context.Context, in *refreshInput) (*tokensOutput, error) {
	return tokensOf(s.Accounts.Refresh(ctx, in.Body.RefreshToken))
}

func (s *server) logout(ctx context.Context, in *refreshInput) (*nothing, error) {
	return nil, s.Accounts.Logout(ctx, in.Body.RefreshToken)
}

func (s *server) logoutAll(ctx context.Context, _ *nothing) (*sessionEnded, error) {
	return &sessionEnded{endedWith(ctx)}, s.Accounts.LogoutAll(ctx, caller(ctx))
}

func tokensOf(t auth.Tokens, err error) (*tokensOutput, error) {
	if err != nil {
		return nil, err
	}
	return &tokensOutput{Body: shownTokens(t)}, nil
}

func shownTokens(t auth.Tokens) Tokens {
	return Tokens{
		AccessToken: t.Access, RefreshToken: t.Refresh, TokenType: "bearer",
		ExpiresIn: int(t.ExpiresIn.Seconds()),
	}
}

package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"
)

// ResetRequest asks for a link to choose another password.
type ResetRequest struct {
	Login string `json:"login" minLength:"1" maxLength:"254" example:"ada" doc:"User name or e-mail address."`
}

// ResetStarted is the answer to every ResetRequest, whether there is such an account or not.
type ResetStarted struct {
	Delivery string `json:"delivery" enum:"mail,administrator" example:"mail" doc:"mail: if there is such an account, a link goes to its address. administrator: this server sends no mail; an administrator makes the link."`
}

// ResetConfirmRequest chooses another password.
type ResetConfirmRequest struct {
	Token    string `json:"token" minLength:"1" maxLength:"128" example:"q0kJ...Zs" doc:"What follows the # in the link."`
	Password string `json:"password" minLength:"8" maxLength:"128" example:"violet tractor seldom hums" doc:"The new password: 8 to 128 characters of any kind, but none of the passwords that are guessed first."`
}

// ResetLink is a link that gives an account another password, for the administrator who passes it on.
type ResetLink struct {
	Username  string    `json:"username" example:"ada" doc:"The account."`
	Token     string    `json:"token" example:"q0kJ...Zs" doc:"What the link carries; shown only now."`
	URL       string    `json:"url" example:"https://ask.example.org/reset#q0kJ...Zs" doc:"The link; without the server's address, where --public-url does not say it."`
	ExpiresAt time.Time `json:"expires_at" doc:"Until then it is good, once."`
}

type (
	resetInput        struct{ Body ResetRequest }
	resetConfirmInput struct{ Body ResetConfirmRequest }
	resetOutput       struct {
		Status int
		Body   ResetStarted
	}
	resetLinkOutput struct {
		Status int
		Body   ResetLink
	}
)

func (s *server) requestReset(ctx context.Context, in *resetInput) (*resetOutput, error) {
	if err := s.Accounts.RequestReset(ctx, in.Body.Login); err != nil {
		return nil, err
	}
	out := &resetOutput{Status: http.StatusAccepted, Body: ResetStarted{Delivery: "administrator"}}
	if s.Accounts.SendsMail() {
		out.Body.Delivery = "mail"
	}
	return out, nil
}

func (s *server) confirmReset(ctx context.Context, in *resetConfirmInput) (*nothing, error) {
	return nil, s.Accounts.ConfirmReset(ctx, in.Body.Token, in.Body.Password)
}

func (s *server) createReset(ctx context.Context, in *UserPath) (*resetLinkOutput, error) {
	user, err := s.namedUser(ctx, in)
	if err != nil {
		return nil, err
	}
	link, err := s.Accounts.CreateReset(ctx, caller(ctx), user.Username)
	if err != nil {
		return nil, err
	}
	return &resetLinkOutput{Status: http.StatusCreated, Body: ResetLink{
		Username: user.Username, Token: link.Secret, URL: link.URL,
		ExpiresAt: link.ExpiresAt.UTC(),
	}}, nil
}

// idOf reads an id of a path, which huma has checked.
func idOf(text string) uuid.UUID {
	id, _ := uuid.Parse(text)
	return id
}

package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
)

// Account is an account as its owner sees it.
type Account struct {
	ID        uuid.UUID `json:"id" format:"uuid" doc:"Never changes."`
	Username  string    `json:"username" example:"ada" doc:"As it was chosen."`
	Email     string    `json:"email" example:"ada@example.org" doc:"Empty for an account without one."`
	Role      book.Role `json:"role" enum:"reader,editor,admin" example:"reader" doc:"reader asks; editor also ingests; admin also manages."`
	CreatedAt time.Time `json:"created_at" doc:"When the account was made."`
	UpdatedAt time.Time `json:"updated_at" doc:"When it was last changed."`
}

// AccountUpdateRequest changes an account. What is left out, or null, stays.
type AccountUpdateRequest struct {
	Username *string `json:"username,omitempty" minLength:"3" maxLength:"64" pattern:"^[A-Za-z0-9][A-Za-z0-9._-]*$" example:"ada" doc:"The new user name."`
	Email    *string `json:"email,omitempty" minLength:"3" maxLength:"254" example:"ada@example.org" doc:"The new e-mail address."`
	Password *string `json:"password,omitempty" minLength:"1" maxLength:"1024" example:"correct horse battery" doc:"The account's password; needed for another e-mail address."`
}

// PasswordChangeRequest gives the own account another password.
type PasswordChangeRequest struct {
	CurrentPassword string `json:"current_password" minLength:"1" maxLength:"1024" example:"correct horse battery" doc:"The password until now."`
	NewPassword     string `json:"new_password" minLength:"8" maxLength:"128" example:"violet tractor seldom hums" doc:"8 to 128 characters of any kind, but none of the passwords that are guessed first."`
}

type (
	accountUpdateInput  struct{ Body AccountUpdateRequest }
	passwordChangeInput struct{ Body PasswordChangeRequest }
	accountOutput       struct{ Body Account }
	passwordChanged     struct {
		Status    int
		SetCookie []http.Cookie `header:"Set-Cookie" doc:"The next session of a browser."`
		Body      *Tokens
	}
)

func (s *server) getMe(ctx context.Context, _ *nothing) (*accountOutput, error) {
	user, err := s.Accounts.Me(ctx, caller(ctx))
	return &accountOutput{Body: accountOf(user)}, err
}

func (s *server) updateMe(ctx context.Context, in *accountUpdateInput) (*accountOutput, error) {
	user, err := s.Accounts.UpdateMe(ctx, caller(ctx), auth.AccountChange(in.Body))
	return &accountOutput{Body: accountOf(user)}, err
}

// changePassword gives the next tokens as the caller carries them: scripts of a page see none.
func (s *server) changePassword(
	ctx context.Context, in *passwordChangeInput,
) (*passwordChanged, error) {
	tokens, err := s.Accounts.ChangePassword(
		ctx, caller(ctx), in.Body.CurrentPassword, in.Body.NewPassword)
	if err != nil {
		return nil, err
	}
	if _, ok := sessionOf(ctx); ok {
		return &passwordChanged{
			Status: http.StatusNoContent, SetCookie: []http.Cookie{newCookie(tokens)},
		}, nil
	}
	body := shownTokens(tokens)
	return &passwordChanged{Status: http.StatusOK, Body: &body}, nil
}

func accountOf(u book.User) Account {
	return Account{
		ID: u.ID, Username: u.Username, Email: u.Email, Role: u.Role,
		CreatedAt: u.CreatedAt.UTC(), UpdatedAt: u.UpdatedAt.UTC(),
	}
}

package httpapi

import (
	"context"
	"net/http"
	"strings"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
)

// ManagedAccount is an account as administrators see it.
type ManagedAccount struct {
	Account
	Disabled    bool `json:"disabled" doc:"Nobody gets in: it cannot sign in, and its tokens and keys are worthless."`
	HasPassword bool `json:"has_password" doc:"Somebody can sign in to it; otherwise only its keys are good."`
}

// AccountList is one page of accounts.
type AccountList struct {
	Items      []ManagedAccount `json:"items" doc:"By user name."`
	NextCursor *string          `json:"next_cursor" doc:"For the next page; null on the last."`
}

// ManagedAccountRequest changes an account. What is left out, or null, stays.
type ManagedAccountRequest struct {
	Username *string    `json:"username,omitempty" minLength:"3" maxLength:"64" pattern:"^[A-Za-z0-9][A-Za-z0-9._-]*$" example:"ada" doc:"The new user name."`
	Email    *string    `json:"email,omitempty" minLength:"3" maxLength:"254" example:"ada@example.org" doc:"The new e-mail address."`
	Role     *book.Role `json:"role,omitempty" enum:"reader,editor,admin" example:"editor" doc:"The new role, from the account's next request on."`
	Disabled *bool      `json:"disabled,omitempty" example:"true" doc:"Shuts the account out, or lets it in again. Its documents stay."`
	SignOut  *bool      `json:"sign_out,omitempty" example:"true" doc:"Ends all sessions of the account."`
}

// DeletionRequest deletes an account and says what becomes of its documents.
type DeletionRequest struct {
	Documents  string  `json:"documents" enum:"delete,hand_over" example:"hand_over" doc:"What becomes of the account's documents."`
	HandOverTo *string `json:"hand_over_to,omitempty" minLength:"1" maxLength:"254" example:"grace" doc:"User name or e-mail address of the editor or administrator who gets them; needed to hand them over."`
}

// OwnDeletionRequest deletes the own account.
type OwnDeletionRequest struct {
	Password   *string `json:"password,omitempty" minLength:"1" maxLength:"1024" example:"correct horse battery" doc:"The account's password, if it has one."`
	Documents  string  `json:"documents" enum:"delete,hand_over" example:"delete" doc:"What becomes of the account's documents."`
	HandOverTo *string `json:"hand_over_to,omitempty" minLength:"1" maxLength:"254" example:"grace" doc:"User name or e-mail address of the editor or administrator who gets them; needed to hand them over."`
}

// UserPath names an account; exported for the reason that PageQuery is.
type UserPath struct {
	ID string `path:"user_id" format:"uuid" doc:"The account's id."`
}

type (
	usersInput      struct{ PageQuery }
	usersOutput     struct{ Body AccountList }
	userOutput      struct{ Body ManagedAccount }
	userUpdateInput struct {
		UserPath
		Body ManagedAccountRequest
	}
	userDeleteInput struct {
		UserPath
		Body DeletionRequest
	}
	meDeleteInput struct{ Body OwnDeletionRequest }
	accepted      struct{ Status int }
	meDeleted     struct {
		Status    int
		SetCookie []http.Cookie `header:"Set-Cookie" doc:"Makes the browser forget its session, if it has one."`
	}
)

func (s *server) listUsers(ctx context.Context, in *usersInput) (*usersOutput, error) {
	after, err := in.after()
	if err != nil {
		return nil, err
	}
	users, err := s.Accounts.ListUsers(ctx, caller(ctx), after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	page, more := cutPage(users, in.Limit)
	list := AccountList{Items: make([]ManagedAccount, len(page))}
	for i, u := range page {
		list.Items[i] = managedAccountOf(u)
		list.NextCursor = nextCursor(more, strings.ToLower(u.Username))
	}
	return &usersOutput{Body: list}, nil
}

// namedUser is the account of a path.
func (s *server) namedUser(ctx context.Context, in *UserPath) (book.User, error) {
	return s.Accounts.User(ctx, caller(ctx), idOf(in.ID))
}

func (s *server) getUser(ctx context.Context, in *UserPath) (*userOutput, error) {
	user, err := s.namedUser(ctx, in)
	return &userOutput{Body: managedAccountOf(user)}, err
}

func (s *server) updateUser(ctx context.Context, in *userUpdateInput) (*userOutput, error) {
	b := in.Body
	user, err := s.Accounts.UpdateUser(ctx, caller(ctx), idOf(in.ID), auth.UserChange{
		Username: b.Username, Email: b.Email, Role: b.Role, Disabled: b.Disabled,
		SignOut: b.SignOut != nil && *b.SignOut,
	})
	return &userOutput{Body: managedAccountOf(user)}, err
}

func (s *server) deleteUser(ctx context.Context, in *userDeleteInput) (*accepted, error) {
	user, err := s.namedUser(ctx, &in.UserPath)
	if err != nil {
		return nil, err
	}
	request, err := deletion(in.Body.Documents, in.Body.HandOverTo)
	if err != nil {
		return nil, err
	}
	err = s.Accounts.DeleteUser(ctx, caller(ctx), user.Username, request)
	return &accepted{Status: http.StatusAccepted}, err
}

func (s *server) deleteMe(ctx context.Context, in *meDeleteInput) (*meDeleted, error) {
	request, err := deletion(in.Body.Documents, in.Body.HandOverTo)
	if err != nil {
		return nil, err
	}
	if in.Body.Password != nil {
		request.Password = *in.Body.Password
	}
	err = s.Accounts.DeleteMe(ctx, caller(ctx), request)
	return &meDeleted{http.StatusAccepted, endedWith(ctx)}, err
}

func deletion(documents string, heir *string) (auth.DeletionRequest, error) {
	request := auth.DeletionRequest{DeleteDocuments: documents == "delete"}
	if request.DeleteDocuments == (heir != nil) {
		return request, book.Errorf(book.Invalid, "hand_over_to goes with documents \"hand_over\", "+
			"and only with it")
	}
	if heir != nil {
		request.Heir = *heir
	}
	return request, nil
}

func managedAccountOf(u book.User) ManagedAccount {
	return ManagedAccount{
		Account: accountOf(u), Disabled: u.Disabled, HasPassword: u.PasswordHash != "",
	}
}

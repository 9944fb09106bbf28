package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
)

// Invitation is an open invitation.
type Invitation struct {
	ID        uuid.UUID `json:"id" format:"uuid" doc:"Never changes."`
	Email     string    `json:"email" example:"ada@example.org" doc:"Address that the account must have; empty for any."`
	Role      book.Role `json:"role" enum:"reader,editor,admin" example:"reader" doc:"Role of the account."`
	CreatedAt time.Time `json:"created_at" doc:"When it was made."`
	ExpiresAt time.Time `json:"expires_at" doc:"Until then it is good, once."`
}

// NewInvitation is an invitation with its secret.
type NewInvitation struct {
	Invitation
	Token  string `json:"token" example:"q0kJ...Zs" doc:"What registration takes as invitation; shown only now."`
	URL    string `json:"url" example:"https://ask.example.org/join#q0kJ...Zs" doc:"The link to pass on; without the server's address, where --public-url does not say it."`
	Mailed bool   `json:"mailed" doc:"It went to the address by mail."`
}

// InvitationList is one page of invitations.
type InvitationList struct {
	Items      []Invitation `json:"items" doc:"The oldest first."`
	NextCursor *string      `json:"next_cursor" doc:"For the next page; null on the last."`
}

// InvitationRequest invites somebody.
type InvitationRequest struct {
	Email         *string      `json:"email,omitempty" minLength:"3" maxLength:"254" example:"ada@example.org" doc:"Address that the account must have. The link goes there, if the server sends mail."`
	Role          *book.Role   `json:"role,omitempty" enum:"reader,editor,admin" example:"editor" doc:"Role of the account; reader by default."`
	ExpiresInDays *wholeNumber `json:"expires_in_days,omitempty" minimum:"1" maximum:"90" example:"7" doc:"For how long it is good; 7 days by default."`
}

// InvitationPath names an invitation; exported for the reason that PageQuery is.
type InvitationPath struct {
	ID string `path:"invitation_id" format:"uuid" doc:"The invitation's id."`
}

type (
	invitationInput     struct{ Body InvitationRequest }
	invitationsInput    struct{ PageQuery }
	invitationsOutput   struct{ Body InvitationList }
	newInvitationOutput struct {
		Status int
		Body   NewInvitation
	}
)

func (s *server) listInvitations(
	ctx context.Context, in *invitationsInput,
) (*invitationsOutput, error) {
	after, err := in.afterID()
	if err != nil {
		return nil, err
	}
	links, err := s.Accounts.ListInvitations(ctx, caller(ctx), after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	page, more := cutPage(links, in.Limit)
	list := InvitationList{Items: make([]Invitation, len(page))}
	for i, l := range page {
		list.Items[i] = invitationOf(l)
		list.NextCursor = nextCursor(more, l.ID.String())
	}
	return &invitationsOutput{Body: list}, nil
}

func (s *server) invite(ctx context.Context, in *invitationInput) (*newInvitationOutput, error) {
	request := auth.InvitationRequest{Role: book.Reader}
	if in.Body.Email != nil {
		request.Email = *in.Body.Email
	}
	if in.Body.Role != nil {
		request.Role = *in.Body.Role
	}
	if in.Body.ExpiresInDays != nil {
		request.Lifetime = time.Duration(*in.Body.ExpiresInDays) * 24 * time.Hour
	}
	link, err := s.Accounts.Invite(ctx, caller(ctx), request)
	if err != nil {
		return nil, err
	}
	return &newInvitationOutput{Status: http.StatusCreated, Body: NewInvitation{
		Invitation: invitationOf(link.Link), Token: link.Secret, URL: link.URL, Mailed: link.Mailed,
	}}, nil
}

func (s *server) revokeInvitation(ctx context.Context, in *InvitationPath) (*nothing, error) {
	return nil, s.Accounts.RevokeInvitation(ctx, caller(ctx), idOf(in.ID))
}

func invitationOf(l book.Link) Invitation {
	return Invitation{
		ID: l.ID, Email: l.Email, Role: l.Role, CreatedAt: l.CreatedAt.UTC(),
		ExpiresAt: l.ExpiresAt.UTC(),
	}
}

package auth

import (
	"context"
	"fmt"

	"github.com/lectern-project/lectern/internal/book"
)

// notify tells the address that an account had, where mail can be sent, that the account has another
// address or password now: whoever did not do that learns of it. Nobody waits for the mail, and it may
// be lost.
func (s *Service) notify(ctx context.Context, old, now book.User) {
	var what string
	switch {
	case s.mailer == nil || old.Email == "":
		return
	case old.Email != now.Email:
		what = "another e-mail address"
	case old.PasswordHash != now.PasswordHash:
		what = "another password"
	default:
		return
	}
	select {
	case s.notices <- struct{}{}:
	default:
		s.log.WarnContext(ctx, "too many mails are under way, so one was not sent",
			"subject", noticeSubject)
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), mailTimeout)
	s.background.Go(func() {
		defer func() { <-s.notices }()
		defer cancel()
		s.mail(ctx, Mail{
			To: old.Email, Subject: noticeSubject,
			Text: fmt.Sprintf("The account %s has %s.\n\nIf that was not you, ask an administrator for "+
				"help.\n", now.Username, what),
		})
	})
}

const noticeSubject = "Your account was changed"

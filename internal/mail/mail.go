// Package mail sends mail over SMTP.
package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/netip"
	"net/textproto"
	"net/url"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
)

// timeout bounds the exchange with the server.
const timeout = 30 * time.Second

// Sender sends mail from one address over one server.
type Sender struct {
	from    string
	options []gomail.Option
	host    string
}

// New returns a Sender for an address such as smtp://USER:PASSWORD@HOST:587. smtps:// speaks TLS from
// the start. smtp:// takes it up (STARTTLS) and sends nothing without, but to a server on this machine
// or with ?tls=off. Invalid for another address, and for a sender that is no e-mail address.
func New(address, from string) (*Sender, error) { return newSender(address, from, nil) }

// newSender trusts the authorities of trust, if it is not nil.
func newSender(address, from string, trust *tls.Config) (*Sender, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || (u.Scheme != "smtp" && u.Scheme != "smtps") {
		return nil, book.Errorf(book.Invalid, "smtp-url must look like "+
			"smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST:465")
	}
	if err := gomail.NewMsg().From(from); err != nil {
		return nil, book.Wrap(book.Invalid, err, "mail-from must be an e-mail address")
	}
	s := &Sender{from: from, host: u.Hostname()}
	s.options = append(s.options, gomail.WithTimeout(timeout))
	switch {
	case u.Scheme == "smtps":
		s.options = append(s.options, gomail.WithSSL())
	case u.Query().Get("tls") == "off" || isLoopback(u.Hostname()):
		s.options = append(s.options, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	default:
		s.options = append(s.options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if trust != nil {
		s.options = append(s.options, gomail.WithTLSConfig(trust))
	}
	if u.Port() != "" {
		port, err := strconv.Atoi(u.Port())
		if err != nil || port > 65535 {
			return nil, book.Errorf(book.Invalid, "smtp-url has no port between 1 and 65535")
		}
		s.options = append(s.options, gomail.WithPort(port))
	}
	if password, ok := u.User.Password(); ok {
		s.options = append(s.options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	}
	_, err = gomail.NewClient(s.host, s.options...)
	if err != nil {
		return nil, book.Wrap(book.Invalid, err, "smtp-url cannot be used")
	}
	return s, nil
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// Send implements auth.Mailer: it returns when the server has taken the message. Invalid for an
// address that mail cannot have, Unavailable when the server cannot be reached or refuses.
func (s *Sender) Send(ctx context.Context, m auth.Mail) error {
	message := gomail.NewMsg()
	if err := message.From(s.from); err != nil {
		return book.Wrap(book.Invalid, err, "the sender is no e-mail address")
	}
	if err := message.To(m.To); err != nil {
		return book.Wrap(book.Invalid, err, "the recipient is no e-mail address")
	}
	message.Subject(m.Subject)
	message.SetMessageID()
	message.SetDate()
	message.SetBodyString(gomail.TypeTextPlain, m.Text)
	client, err := gomail.NewClient(s.host, s.options...)
	if err != nil {
		return book.Wrap(book.Internal, err, "mail cannot be sent")
	}
	if err := client.DialAndSendWithContext(ctx, message); err != nil {
		return book.Wrap(book.Unavailable, causeOf(err), "the mail server %s did not take the message",
			s.host)
	}
	return nil
}

// causeOf is err for the log, without the words of the server and the recipient's address, which they
// repeat. SMTP's codes say enough: https://datatracker.ietf.org/doc/html/rfc5321#section-4.2.3
func causeOf(err error) error {
	if failed, ok := errors.AsType[*gomail.SendError](err); ok {
		return fmt.Errorf("%s: code %d %s", failed.Reason, failed.ErrorCode(), failed.EnhancedStatusCode())
	}
	if answer, ok := errors.AsType[*textproto.Error](err); ok {
		return fmt.Errorf("the server answers with code %d", answer.Code)
	}
	return err
}

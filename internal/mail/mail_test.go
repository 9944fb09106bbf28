package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
)

// server is an SMTP server in this process.
type server struct {
	address string
	trust   *tls.Config // with the authority of its certificate

	mu       sync.Mutex
	received []string // messages
	to       []string
	overTLS  bool
	refuse   bool
}

func serve(t *testing.T, withTLS bool) *server {
	t.Helper()
	s := &server{}
	served := smtp.NewServer(s)
	served.Domain = "localhost"
	served.AllowInsecureAuth = true
	if withTLS {
		certificates := httptest.NewUnstartedServer(nil)
		certificates.StartTLS()
		t.Cleanup(certificates.Close)
		served.TLSConfig = certificates.TLS
		pool := x509.NewCertPool()
		pool.AddCert(certificates.Certificate())
		s.trust = &tls.Config{RootCAs: pool, ServerName: "example.com"}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.address = listener.Addr().String()
	go served.Serve(listener)
	t.Cleanup(func() { served.Close() })
	return s
}

func (s *server) NewSession(c *smtp.Conn) (smtp.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, s.overTLS = c.TLSConnectionState()
	return &session{s}, nil
}

type session struct{ *server }

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if username != "user" || password != "p@ss" {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

func (s *session) Mail(string, *smtp.MailOptions) error { return nil }

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse {
		return &smtp.SMTPError{Code: 550, Message: "no such mailbox"}
	}
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.received = append(s.received, string(text))
	return err
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

var message = auth.Mail{
	To: "ada@example.org", Subject: "Ein Gruß", Text: "Open http://x/reset#secret\n",
}

func send(t *testing.T, url string, trust *tls.Config) error {
	t.Helper()
	sender, err := newSender(url, "book@example.org", trust)
	if err != nil {
		t.Fatal(err)
	}
	return sender.Send(t.Context(), message)
}

func TestSend(t *testing.T) {
	s := serve(t, true)
	if err := send(t, "smtp://user:p%40ss@"+s.address, s.trust); err != nil {
		t.Fatal(err)
	}
	if len(s.received) != 1 || len(s.to) != 1 || s.to[0] != "ada@example.org" || !s.overTLS {
		t.Fatalf("received %q for %q, with TLS: %v", s.received, s.to, s.overTLS)
	}
	for _, want := range []string{
		"From: <book@example.org>", "To: <ada@example.org>", "Open http://x/reset#secret",
		"Subject: =?UTF-8?q?Ein_Gru=C3=9F?=", "Content-Type: text/plain", "Message-ID: ", "Date: ",
	} {
		if !strings.Contains(s.received[0], want) {
			t.Errorf("the message lacks %q:\n%s", want, s.received[0])
		}
	}
}

func TestSendRefused(t *testing.T) {
	s := serve(t, true)
	for name, url := range map[string]string{
		"wrong password": "smtp://user:wrong@" + s.address,
		"nobody listens": "smtp://127.0.0.1:1",
	} {
		if err := send(t, url, s.trust); book.CodeOf(err) != book.Unavailable {
			t.Errorf("%s: %v", name, err)
		} else if strings.Contains(book.MessageOf(err), "wrong") {
			t.Errorf("%s: the message tells the password: %v", name, err)
		}
	}
	if err := send(t, "smtp://user:p%40ss@"+s.address, &tls.Config{}); book.CodeOf(err) !=
		book.Unavailable {
		t.Errorf("a certificate of an unknown authority: %v", err)
	}
	s.refuse = true
	if err := send(t, "smtp://user:p%40ss@"+s.address, s.trust); book.CodeOf(err) != book.Unavailable {
		t.Errorf("no such mailbox: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	sender, err := New("smtp://"+s.address, "book@example.org")
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(ctx, message); err == nil {
		t.Error("sent although nobody waits")
	}
}

// TestWithoutTLS: only a server on this machine gets mail without, or one that is said to have none.
func TestWithoutTLS(t *testing.T) {
	s := serve(t, false)
	if err := send(t, "smtp://"+s.address, nil); err != nil {
		t.Error(err)
	}
	_, port, _ := net.SplitHostPort(s.address)
	// The name of this machine's loopback address that isLoopback does not know.
	other := "smtp://localhost.localdomain:" + port
	if _, err := net.LookupHost("localhost.localdomain"); err == nil {
		if err := send(t, other, nil); book.CodeOf(err) != book.Unavailable {
			t.Errorf("elsewhere: %v", err)
		}
		if err := send(t, other+"?tls=off", nil); err != nil {
			t.Errorf("elsewhere, without TLS: %v", err)
		}
	}
}

func TestNew(t *testing.T) {
	for _, c := range []struct{ url, from string }{
		{"", "book@example.org"},
		{"mail.example.org", "book@example.org"},
		{"http://mail.example.org", "book@example.org"},
		{"smtp://:25", "book@example.org"},
		{"smtp://mail.example.org:99999", "book@example.org"},
		{"smtp://mail.example.org", "nobody"},
		{"smtp://mail.example.org", ""},
	} {
		if _, err := New(c.url, c.from); book.CodeOf(err) != book.Invalid {
			t.Errorf("New(%q, %q) gave %v", c.url, c.from, err)
		}
	}
	for _, url := range []string{"smtps://u:p@mail.example.org", "smtp://mail.example.org:587"} {
		if _, err := New(url, "Book <book@example.org>"); err != nil {
			t.Errorf("New(%q): %v", url, err)
		}
	}
}

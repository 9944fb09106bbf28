package qdrant

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/vector/qdrant/qdranttest"
)

// TestTLS: https is TLS with a certificate that must be trusted, and a server that speaks TLS is
// not reached without.
func TestTLS(t *testing.T) {
	lender := httptest.NewTLSServer(nil) // its certificate is for 127.0.0.1 too
	defer lender.Close()
	trusted := filepath.Join(t.TempDir(), "trusted.pem")
	certificate := pem.EncodeToMemory(&pem.Block{
		Type: "CERTIFICATE", Bytes: lender.Certificate().Raw,
	})
	if err := os.WriteFile(trusted, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSL_CERT_FILE", trusted) // read once, by this test: no other one speaks TLS
	server, err := qdranttest.New(qdranttest.Options{APIKey: testKey})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server.Listen(tls.NewListener(l, &tls.Config{
		Certificates: lender.TLS.Certificates, NextProtos: []string{"h2"},
		MinVersion: tls.VersionTLS13,
	}))
	defer server.Stop()
	for url, want := range map[string]book.Code{
		"https://" + server.Address(): "",
		"http://" + server.Address():  book.Unavailable,
	} {
		var shown []*x509.Certificate
		x, err := Open(Config{URL: url, APIKey: testKey, Handshake: func(s tls.ConnectionState) {
			shown = s.PeerCertificates
		}})
		if err != nil {
			t.Fatal(err)
		}
		if err := x.Ping(t.Context()); book.CodeOf(err) != want {
			t.Errorf("%s: %v, want %q", url, err, want)
		}
		x.Close()
		if (len(shown) == 1 && shown[0].Equal(lender.Certificate())) != (want == "") {
			t.Errorf("%s: the certificates %v were shown", url, shown)
		}
	}
}

package app

import (
	"context"
	"crypto/tls"
	"sync"
	"time"

	"github.com/lectern-project/lectern/internal/telemetry"
)

// The stores that may show a certificate, as telemetry.CertificateExpiry names them.
const (
	databasePeer = "database"
	indexPeer    = "vector_index"
)

// certificates remembers when those expire that stores have shown. It is safe for concurrent use.
type certificates struct {
	mu      sync.Mutex
	expires map[string]time.Time // by peer
}

// note returns what notes the certificates of a peer, the first of a chain to expire.
func (c *certificates) note(peer string) func(tls.ConnectionState) {
	return func(s tls.ConnectionState) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.expires == nil {
			c.expires = map[string]time.Time{}
		}
		for i, shown := range s.PeerCertificates {
			if i == 0 || shown.NotAfter.Before(c.expires[peer]) {
				c.expires[peer] = shown.NotAfter
			}
		}
	}
}

func (a *App) certificateSource() telemetry.Source {
	return telemetry.Source{
		Metrics: []telemetry.Metric{telemetry.CertificateExpiry},
		Read: func(_ context.Context, emit telemetry.Emit) error {
			a.certificates.mu.Lock()
			defer a.certificates.mu.Unlock()
			for peer, at := range a.certificates.expires {
				emit(telemetry.CertificateExpiry, telemetry.Seconds(at), peer)
			}
			return nil
		},
	}
}

package rollout

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"
	"time"
)

// probeEvery is how often the balancer asks a server whether it is ready: often enough for the servers'
// delay, and seldom enough that requests go to a server that has just been told to stop.
const probeEvery = time.Second

// balancer passes requests on to the servers that say that they are ready, and tries none twice.
type balancer struct {
	url     string
	servers []*server
	next    atomic.Int64
	failed  atomic.Int64 // requests that a server did not answer
}

// server is what the balancer knows of one.
type server struct {
	proxy *httputil.ReverseProxy
	ready atomic.Bool
}

func balance(t *testing.T, addresses ...string) *balancer {
	t.Helper()
	b := &balancer{}
	for _, address := range addresses {
		proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: address})
		proxy.FlushInterval = -1
		proxy.Transport = &http.Transport{MaxIdleConnsPerHost: 32} // which it keeps open, as balancers do
		proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, err error) {
			b.failed.Add(1)
			http.Error(w, err.Error(), http.StatusBadGateway)
		}
		s := &server{proxy: proxy}
		b.servers = append(b.servers, s)
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			for ctx.Err() == nil {
				s.ready.Store(ready(ctx, address))
				sleep(ctx, probeEvery)
			}
		}()
		t.Cleanup(func() { stop(); <-ended })
	}
	front := httptest.NewServer(b)
	b.url = front.URL
	t.Cleanup(front.Close)
	return b
}

// ready asks as a load balancer does, each time over a connection of its own.
func ready(ctx context.Context, address string) bool {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet,
		"http://"+address+"/api/ready?degraded=true", http.NoBody)
	if err != nil {
		return false
	}
	r.Close = true
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

func (b *balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for range b.servers {
		s := b.servers[int(b.next.Add(1))%len(b.servers)]
		if s.ready.Load() {
			s.proxy.ServeHTTP(w, r)
			return
		}
	}
	b.failed.Add(1)
	http.Error(w, "no server is ready", http.StatusServiceUnavailable)
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

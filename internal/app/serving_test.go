package app

import (
	"context"
	"testing"
)

// serveApp serves a on a free port and closes it at the end. stop ends the server and returns what it
// returned; it is called at the end of the test, too.
func serveApp(t testing.TB, a *App, s Service) (address string, stop func() error) {
	t.Helper()
	var err error
	if s.Listener, err = Listen(t.Context(), "--listen", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	if s.Ready == nil {
		s.Ready = func(context.Context, *App) {}
	}
	stop = inBackground(t, func(ctx context.Context) error {
		return serve(ctx, a.Log, s, func(context.Context) (*App, error) { return a, nil })
	})
	return "http://" + s.Listener.Addr().String(), stop
}

// inBackground runs a server until stop is called, which returns what it returned, or the test ends.
func inBackground(t testing.TB, run func(context.Context) error) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	var outcome error
	go func() {
		defer close(ended)
		outcome = run(ctx)
	}()
	stop = func() error {
		cancel()
		<-ended
		return outcome
	}
	t.Cleanup(func() {
		if err := stop(); err != nil && !t.Failed() {
			t.Errorf("the server ends with: %v", err)
		}
	})
	return stop
}

package app

import (
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"time"
)

// metricsTimeout bounds a scrape, with the time to send it. Profiles take as long as they are asked
// to.
const metricsTimeout = time.Minute

// ServeMetrics answers /metrics on l, and Go's profiles if they are configured, until the function
// that it returns is called.
func (a *App) ServeMetrics(l net.Listener) (stop func()) {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", http.TimeoutHandler(a.Telemetry.Handler(), metricsTimeout, ""))
	if a.Config.Pprof {
		mux.HandleFunc("/debug/pprof/", pprof.Index)
		mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	}
	server := &http.Server{
		Handler: mux, ReadHeaderTimeout: readHeaderTimeout, IdleTimeout: idleTimeout,
		ErrorLog: slog.NewLogLogger(a.Log.Handler(), slog.LevelWarn),
	}
	a.Log.Info("metrics are served", "address", "http://"+l.Addr().String()+"/metrics")
	go func() { _ = server.Serve(l) }()
	return func() { _ = server.Close() }
}

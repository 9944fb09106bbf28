package app

import (
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/lectern-project/lectern/internal/telemetry"
)

// metricsTimeout bounds a scrape, with the time to send it. Profiles take as long as they are asked
// to.
const metricsTimeout = time.Minute

// serveMetrics answers /metrics on l with what t measured, and Go's profiles if they are wanted, until
// the function that it returns is called.
func serveMetrics(
	l net.Listener, t *telemetry.Recorder, profiles bool, log *slog.Logger,
) (stop func()) {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", http.TimeoutHandler(t.Handler(), metricsTimeout, ""))
	if profiles {
		mux.HandleFunc("/debug/pprof/", pprof.Index)
		mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	}
	server := &http.Server{
		Handler: mux, ReadHeaderTimeout: readHeaderTimeout, IdleTimeout: idleTimeout,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	log.Info("metrics are served", "address", "http://"+l.Addr().String()+"/metrics")
	go func() { _ = server.Serve(l) }()
	return func() { _ = server.Close() }
}

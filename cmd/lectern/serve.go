package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/lectern-project/lectern/internal/app"
	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/telemetry"
)

type serveCommand struct {
	Listen string `help:"Address to listen on: HOST:PORT, or :PORT on all addresses." default:":8080" placeholder:"ADDR"`
	Docs   string `help:"Folder to keep the book in step with." type:"path" default:"" placeholder:"DIR"`
	Watch  bool   `help:"Ingest files of --docs again when they change."`
	siteFlags
	AuditInterval time.Duration `help:"How often to check in the background that documents and vectors agree." default:"1h" placeholder:"DURATION"`

	DrainDelay time.Duration `help:"When told to stop: how long to go on answering everybody while not ready, so that load balancers notice." default:"0s" placeholder:"DURATION"`
	DrainGrace time.Duration `help:"How long requests may take from then on before they are ended." default:"45s" placeholder:"DURATION"`
}

// Run serves until it is told to stop.
func (c *serveCommand) Run(ctx context.Context, s *session) error {
	folder, err := c.folder(s)
	if err != nil {
		return err
	}
	if err := s.useDataDir(); err != nil {
		return err
	}
	listener, err := app.Listen(ctx, "--listen", c.Listen)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }() // Serve may have closed it
	var metrics net.Listener
	var measured *telemetry.Recorder
	if s.Config.MetricsListen != "" {
		if metrics, err = app.Listen(ctx, "--metrics-listen", s.Config.MetricsListen); err != nil {
			return err
		}
		defer func() { _ = metrics.Close() }()
		measured = telemetry.New(telemetry.Build(build()))
	}
	address := "http://" + localAddress(listener.Addr().String())
	return app.Serve(ctx, s.Config, s.log, app.Service{
		Listener: listener, Metrics: metrics, Telemetry: measured, Holder: "serve " + address,
		Folder:        folder,
		AuditInterval: c.AuditInterval,
		Drain:         app.Drain{Delay: c.DrainDelay, Grace: c.DrainGrace},
		Ready:         func(ctx context.Context, a *app.App) { c.welcome(ctx, s, a, address) },
	})
}

// check implements checker.
func (c *serveCommand) check(all *cli, f *config.Faults) {
	f.AddError("listen", app.CheckAddress("listen", c.Listen))
	if all.Config.MetricsListen != "" {
		f.AddError("metrics-listen", app.CheckAddress("metrics-listen", all.Config.MetricsListen))
	}
	checkAdmin(all.Config, f)
	if c.Listen == all.Config.MetricsListen && !strings.HasSuffix(c.Listen, ":0") {
		f.Addf("listen metrics-listen", "listen and metrics-listen are the same address; readers must "+
			"not reach metrics, so give those a port of their own")
	}
	if c.AuditInterval <= 0 {
		f.Addf("audit-interval", "audit-interval is %v; it must be more than 0", c.AuditInterval)
	}
	if c.DrainDelay < 0 {
		f.Addf("drain-delay", "drain-delay is %v; it must be 0 or more", c.DrainDelay)
	}
	if c.DrainGrace < 0 {
		f.Addf("drain-grace", "drain-grace is %v; it must be 0 or more", c.DrainGrace)
	}
	c.checkDocs(f)
}

// checkAdmin adds faults of the administrator that serve makes when there is none.
func checkAdmin(c config.Config, f *config.Faults) {
	username, email, password := auth.Registration{
		Username: c.AdminUsername, Email: c.AdminEmail, Password: c.AdminPassword,
	}.Check()
	if c.AdminUsername != "" {
		f.AddError("admin-username", username)
	}
	f.AddError("admin-email", email)
	f.AddError("admin-password", password)
}

func (c *serveCommand) checkDocs(f *config.Faults) {
	if c.Docs == "" {
		if c.Watch {
			f.Addf("watch docs", "watch needs docs, the folder that is watched")
		}
		return
	}
	switch info, err := os.Stat(c.Docs); {
	case err != nil:
		f.Addf("docs", "the folder %s %s", c.Docs, reasonOf(err))
	case !info.IsDir():
		f.Addf("docs", "%s is no folder", c.Docs)
	}
}

// folder is the folder to keep in step with, or nil.
func (c *serveCommand) folder(s *session) (*app.Folder, error) {
	if c.Docs == "" {
		return nil, nil
	}
	source, err := c.sourceOf(c.Docs)
	if err != nil {
		return nil, err
	}
	return &app.Folder{
		Path: c.Docs, Source: source, Site: c.options(), Watch: c.Watch,
		Report: func(r ingest.FileReport) {
			if r.Status != ingest.FileUnchanged && r.Status != ingest.FileSkipped {
				s.tellf("%s", reportLine(r))
			}
		},
	}, nil
}

// welcome says where to go, what to try and how to get a key.
func (c *serveCommand) welcome(
	ctx context.Context, s *session, a *app.App, address string,
) {
	s.tellf("Lectern answers at %s (Ctrl-C stops it)", address)
	question := a.SampleQuestion(ctx)
	program := programName()
	if question == "" {
		s.tellf("  The book is empty. Serve a folder:  %s serve --docs DIR%s", program,
			s.dataDirFlag())
	} else {
		s.tellf("  Ask there, or here:  %s ask --server %s %s", program, address,
			strconv.Quote(question))
	}
	s.tellf("  A key to ingest with:  %s key create --permission ingest%s", program, s.dataDirFlag())
}

// tellf tells a person something on stderr, or whoever reads a log of JSON in its form.
func (s *session) tellf(format string, args ...any) {
	if s.Config.LogFormat == "json" {
		s.log.Info(strings.TrimSpace(fmt.Sprintf(format, args...)))
		return
	}
	s.notef(format, args...)
}

// dataDirFlag is the flag that names the data directory to another command, where it is needed.
func (s *session) dataDirFlag() string {
	standard, err := config.Config{}.WithDefaults()
	if err == nil && (s.Config.DataDir == "" || standard.DataDir == s.Config.DataDir) {
		return ""
	}
	return " --data-dir " + s.Config.DataDir
}

// programName is how this program was called.
func programName() string {
	if filepath.Base(os.Args[0]) != os.Args[0] {
		return os.Args[0]
	}
	return "lectern"
}

// localAddress turns a listening address into one that a browser on this machine can open.
func localAddress(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}

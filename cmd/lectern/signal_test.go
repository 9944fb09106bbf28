//go:build unix

package main

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// TestSignals: a server that is told to stop drains and exits with 0; told again, it ends at once with
// the exit code of what was interrupted.
func TestSignals(t *testing.T) {
	for name, c := range map[string]struct {
		delay string
		again bool
		code  int
	}{
		"once":  {"0s", false, 0},
		"twice": {"1h", true, exitInterrupted},
	} {
		t.Run(name, func(t *testing.T) {
			log := &buffer{}
			server := exec.Command(os.Args[0], "serve", "--listen", "127.0.0.1:0", "--data-dir", t.TempDir(),
				"--drain-delay", c.delay)
			server.Env, server.Stderr = append(os.Environ(), asProgram+"=1"), log
			if err := server.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = server.Process.Kill() })
			eventually(t, "a server", func() bool { return strings.Contains(log.String(), "key create") })
			if err := server.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			eventually(t, "a server that drains", func() bool {
				return strings.Contains(log.String(), "stopping: not ready any more")
			})
			if c.again {
				if err := server.Process.Signal(syscall.SIGTERM); err != nil {
					t.Fatal(err)
				}
			}
			err := server.Wait()
			if failed, ok := errors.AsType[*exec.ExitError](err); ok {
				err = nil
				if failed.ExitCode() != c.code {
					t.Errorf("exit code %d, want %d", failed.ExitCode(), c.code)
				}
			} else if c.code != 0 {
				t.Errorf("exit code 0, want %d", c.code)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
}

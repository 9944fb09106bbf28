//go:build failpoints

package replicas

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// build compiles a command of this module with failpoints and returns its path.
func build(t *testing.T, dir, name, pkg string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	out, err := exec.Command("go", "build", "-tags", "failpoints", "-o", path, pkg).CombinedOutput()
	if err != nil {
		t.Fatalf("go build %s: %v\n%s", pkg, err, out)
	}
	return path
}

// process is a program that is started again whenever it has been killed.
type process struct {
	name  string
	start func() *exec.Cmd // makes a command for another life
	ready func() bool

	mu    sync.Mutex
	cmd   *exec.Cmd
	input io.WriteCloser // some programs end when it does
	log   *bytes.Buffer  // of this life
	over  bool           // there is to be no further life
	lives int            // started lives
	kills int            // lives that ended by a kill, ours or a failpoint's

	done chan struct{} // closed after the last life
}

// keep starts the process and keeps it alive until end is called.
func keep(t *testing.T, p *process) {
	t.Helper()
	p.done = make(chan struct{})
	if err := p.launch(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		for {
			err := p.cmd.Wait()
			p.mu.Lock()
			if p.over {
				p.mu.Unlock()
				return
			}
			switch how(err) {
			case killed:
				p.kills++
			case gaveUp:
				time.Sleep(50 * time.Millisecond)
			default:
				t.Errorf("%s ended by itself: %v\n%s", p.name, err, tail(p.log))
			}
			p.mu.Unlock()
			if t.Failed() {
				return
			}
			if err := p.launch(); err != nil {
				t.Errorf("%s does not start again: %v", p.name, err)
				return
			}
		}
	}()
	t.Cleanup(p.end)
}

// ending is how a life ended.
type ending int

const (
	itself ending = iota
	killed
	gaveUp // with an error, as a server that does not reach its database when it starts
)

func how(err error) ending {
	failed, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return itself
	}
	status, ok := failed.Sys().(syscall.WaitStatus)
	switch {
	case ok && status.Signaled() && status.Signal() == syscall.SIGKILL:
		return killed
	case ok && status.ExitStatus() == 1:
		return gaveUp
	}
	return itself
}

func tail(log *bytes.Buffer) string {
	text := log.Bytes()
	return string(text[max(0, len(text)-4000):])
}

func (p *process) launch() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return nil
	}
	p.cmd, p.log = p.start(), &bytes.Buffer{}
	p.cmd.Stderr = p.log
	var err error
	if p.input, err = p.cmd.StdinPipe(); err != nil {
		return err
	}
	p.lives++
	return p.cmd.Start()
}

// signal sends s to the process of this life.
func (p *process) signal(s syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd.Process == nil || p.over {
		return
	}
	_ = p.cmd.Process.Signal(s) // it may have died just now
}

// end stops the process for good.
func (p *process) end() {
	p.mu.Lock()
	p.over = true
	if p.cmd.Process != nil {
		_ = p.cmd.Process.Kill()
	}
	p.mu.Unlock()
	<-p.done
}

// await returns when the process answers.
func (p *process) await(t *testing.T) {
	t.Helper()
	for range 600 {
		if p.ready() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	t.Fatalf("%s does not come up\n%s", p.name, tail(p.log))
}

func (p *process) count() (lives, kills int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lives, p.kills
}

// environment is ours without Lectern's variables, and with these.
func environment(more ...string) []string {
	env := []string{}
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		env = append(env, name+"="+os.Getenv(name))
	}
	return append(env, more...)
}

// outputOf runs a command to its end and returns what it printed.
func outputOf(cmd *exec.Cmd) ([]byte, int, error) {
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		return out, failed.ExitCode(), fmt.Errorf("%w: %s", err, stderr.String())
	}
	return out, 0, err
}

package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

const superuser = "lectern"

// startTimeout is how long a server may take until it answers.
const startTimeout = time.Minute

// Cluster is a running server with its data.
type Cluster struct {
	folder   string
	port     int
	password string

	watchdog *exec.Cmd
	lifeline io.Closer // when it is closed, by us or by our death, the server goes
}

// watch runs the server until its standard input ends, which it does with the life of the test
// binary, however that ends. Then it stops the server at once and removes the folder.
const watch = `folder=$1; shift
"$@" >"$folder/log" 2>&1 </dev/null &
server=$!
cat >/dev/null
kill -QUIT "$server" 2>/dev/null
wait "$server"
cd / && rm -rf "$folder"`

// Start makes a cluster and waits until it answers.
func Start() (*Cluster, error) {
	programs, err := findPrograms()
	if err != nil {
		return nil, err
	}
	account, err := serverAccount()
	if err != nil {
		return nil, err
	}
	c := &Cluster{password: rand.Text()}
	if c.folder, err = os.MkdirTemp("", "lectern-pgtest-"); err != nil {
		return nil, err
	}
	if err := c.launch(programs, account); err != nil {
		log, _ := os.ReadFile(filepath.Join(c.folder, "log"))
		return nil, errors.Join(fmt.Errorf("PostgreSQL did not start: %w\n%s", err, log), c.Stop())
	}
	return c, nil
}

func (c *Cluster) launch(programs string, account *syscall.Credential) error {
	secret := filepath.Join(c.folder, "password")
	if err := os.WriteFile(secret, []byte(c.password), 0o600); err != nil {
		return err
	}
	if account != nil {
		for _, path := range []string{c.folder, secret} {
			if err := os.Chown(path, int(account.Uid), int(account.Gid)); err != nil {
				return err
			}
		}
	}
	data := filepath.Join(c.folder, "data")
	initialize := c.command(account, filepath.Join(programs, "initdb"), "--pgdata="+data,
		"--username="+superuser, "--pwfile="+secret, "--auth-local=trust", "--auth-host=password",
		"--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
	if output, err := initialize.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, output)
	}
	var err error
	if c.port, err = freePort(); err != nil {
		return err
	}
	c.watchdog = c.command(account, "/bin/sh", "-c", watch, "sh", c.folder,
		filepath.Join(programs, "postgres"), "-D", data, "-p", strconv.Itoa(c.port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="+c.folder,
		"-c", "fsync="+fsync(), "-c", "max_connections=300", "-c", "deadlock_timeout=100ms",
		"-c", "shared_buffers=64MB")
	if c.lifeline, err = c.watchdog.StdinPipe(); err != nil {
		return err
	}
	if err := c.watchdog.Start(); err != nil {
		return err
	}
	return c.await()
}

// fsync is off, for speed, unless LECTERN_TEST_FSYNC is 1.
func fsync() string {
	if os.Getenv("LECTERN_TEST_FSYNC") == "1" {
		return "on"
	}
	return "off"
}

// command runs in the cluster's folder and in a process group of its own, so that an interrupt of
// the tests reaches the server through the watchdog alone.
func (c *Cluster) command(account *syscall.Credential, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = c.folder
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: account, Setpgid: true}
	return cmd
}

func (c *Cluster) await() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	for {
		err := execute(ctx, c.URL(), "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// URL returns the address, with the password of the superuser, of the cluster's own database.
func (c *Cluster) URL() string {
	return (&url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(superuser, c.password),
		Host:     "127.0.0.1:" + strconv.Itoa(c.port),
		Path:     "/postgres",
		RawQuery: "sslmode=disable",
	}).String()
}

// Stop ends the server and waits until its folder is gone.
func (c *Cluster) Stop() error {
	if c.watchdog == nil || c.watchdog.Process == nil {
		return os.RemoveAll(c.folder)
	}
	if err := c.lifeline.Close(); err != nil {
		return err
	}
	return c.watchdog.Wait()
}

// serverAccount returns whom the server runs as; nil for who we are.
func serverAccount() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(uidErr, gidErr); err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("PostgreSQL refuses to run as root, and there is neither a user " +
		"postgres nor nobody to run it as")
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

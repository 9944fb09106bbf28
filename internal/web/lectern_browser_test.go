//go:build browser

package web

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// The first administrator of each server under test.
const (
	adminName     = "root-admin"
	adminPassword = "violet tractor seldom hums"
)

// program builds Lectern once for all tests.
var program = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "lectern")
	build := exec.Command("go", "build", "-o", path, "../../cmd/lectern")
	build.Stderr = os.Stderr
	return path, build.Run()
})

// A lectern is a server that runs as people run it: the program with a data directory of its own.
type lectern struct {
	*testing.T
	base string

	mu  sync.Mutex
	log bytes.Buffer
}

// startLectern starts the program on a port of localhost, and stops it at the end of the test.
func startLectern(t *testing.T, flags ...string) *lectern {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	s := &lectern{T: t}
	serve := exec.CommandContext(t.Context(), path, append([]string{
		"serve", "--listen", "localhost:0", "--data-dir", t.TempDir(), "--sign-in-rate-limit", "0",
	}, flags...)...)
	serve.Cancel = func() error { return serve.Process.Signal(os.Interrupt) }
	serve.Env = append(os.Environ(), "LECTERN_ADMIN_USERNAME="+adminName,
		"LECTERN_ADMIN_EMAIL=admin@example.org", "LECTERN_ADMIN_PASSWORD="+adminPassword)
	reader, writer := io.Pipe()
	serve.Stdout, serve.Stderr = writer, writer
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		writer.CloseWithError(serve.Wait())
	}()
	t.Cleanup(func() { <-ended }) // the test's context ends it
	address := make(chan string, 1)
	go s.read(reader, address)
	if s.base = <-address; s.base == "" {
		t.Fatalf("the server did not start:\n%s", s.written())
	}
	return s
}

// read keeps the log and tells the address that stands in it.
func (s *lectern) read(from io.Reader, address chan<- string) {
	defer close(address)
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		s.mu.Lock()
		s.log.Write(append(lines.Bytes(), '\n'))
		s.mu.Unlock()
		if _, rest, found := strings.Cut(lines.Text(), "answers at "); found {
			address <- strings.Fields(rest)[0]
		}
	}
}

// written is the server's log until now.
func (s *lectern) written() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

// call calls the API with a bearer token, if there is one, and answers the body; it wants success.
func (s *lectern) call(token, method, path string, body object) object {
	s.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		s.Fatal(err)
	}
	r, err := http.NewRequestWithContext(s.Context(), method, s.base+path, bytes.NewReader(data))
	if err != nil {
		s.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	defer response.Body.Close()
	var got object
	err = json.NewDecoder(response.Body).Decode(&got)
	if response.StatusCode >= 300 || err != nil && !errors.Is(err, io.EOF) {
		s.Fatalf("%s %s: %d %v %v", method, path, response.StatusCode, got, err)
	}
	return got
}

// token signs in over the API.
func (s *lectern) token(login, password string) string {
	s.Helper()
	token, _ := s.call("", "POST", "/api/auth/login",
		object{"login": login, "password": password})["access_token"].(string)
	return token
}

// register makes an account and answers a token of it.
func (s *lectern) register(name, password string) string {
	s.Helper()
	s.call("", "POST", "/api/auth/register", object{
		"username": name, "email": name + "@example.org", "password": password,
	})
	return s.token(name, password)
}

// status is that of a GET with a bearer token, if there is one.
func (s *lectern) status(token, path string) int {
	s.Helper()
	r, err := http.NewRequestWithContext(s.Context(), http.MethodGet, s.base+path, nil)
	if err != nil {
		s.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}

// id is that of the named account.
func (s *lectern) id(admin, username string) string {
	s.Helper()
	for _, item := range s.call(admin, "GET", "/api/users", nil)["items"].([]any) {
		if user := item.(object); user["username"] == username {
			return user["id"].(string)
		}
	}
	s.Fatalf("there is no account %s", username)
	return ""
}

func (s *lectern) setRole(admin, username, role string) {
	s.Helper()
	s.call(admin, "PATCH", "/api/users/"+s.id(admin, username), object{"role": role})
}

package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"
)

// BenchmarkSignIns has 50 accounts sign in at once, again and again, while one reader searches. It
// reports what a search took meanwhile, and the most memory that the server, a process of its own,
// took.
func BenchmarkSignIns(b *testing.B) {
	const accounts = 50
	server, address := startServer(b, "LECTERN_REGISTRATION=open", "LECTERN_RATE_LIMIT=0",
		"LECTERN_SIGN_IN_RATE_LIMIT=0")
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: accounts + 1}}
	send := func(path string, body map[string]string) error {
		data, err := json.Marshal(body)
		if err != nil {
			return err
		}
		r, err := client.Post("http://"+address+path, "application/json", bytes.NewReader(data))
		if err != nil {
			return err
		}
		defer r.Body.Close()
		answer, err := io.ReadAll(r.Body)
		if err == nil && r.StatusCode/100 != 2 {
			err = fmt.Errorf("%s: status %d: %s", path, r.StatusCode, answer)
		}
		return err
	}
	const password = "a gait of seven joints"
	for i := range accounts {
		err := send("/api/auth/register", map[string]string{
			"username": fmt.Sprintf("reader%d", i), "password": password,
			"email": fmt.Sprintf("reader%d@example.org", i),
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	var took []time.Duration
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
			}
			start := time.Now()
			if err := send("/api/search", map[string]string{"question": "zero-moment point"}); err != nil {
				b.Error(err)
				return
			}
			took = append(took, time.Since(start))
		}
	}()
	for b.Loop() {
		var all sync.WaitGroup
		for i := range accounts {
			all.Go(func() {
				err := send("/api/auth/login", map[string]string{
					"login": fmt.Sprintf("reader%d", i), "password": password,
				})
				if err != nil {
					b.Error(err)
				}
			})
		}
		all.Wait()
	}
	close(stop)
	<-stopped
	if b.Failed() {
		return
	}
	reportPercentiles(b, took, "search-")
	if megabytes, ok := memoryMB(server.Process.Pid, "VmHWM:"); ok {
		b.ReportMetric(megabytes, "peak-MB")
	}
}

package app

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// BenchmarkStreams has readers stream answers over HTTP from a server, a process of its own, whose
// provider writes 80 tokens in four seconds. It reports how long after the provider's first token the
// reader had it, and the most memory that the server took.
func BenchmarkStreams(b *testing.B) {
	for _, readers := range []int{1, 200} {
		b.Run(strconv.Itoa(readers), func(b *testing.B) {
			provider := httptest.NewServer(http.HandlerFunc(writeSlowly))
			defer provider.Close()
			server, address := startServer(b, "LECTERN_MODELS=openai",
				"LECTERN_OPENAI_BASE_URL="+provider.URL, "LECTERN_RATE_LIMIT=0",
				"LECTERN_ANSWER_RATE_LIMIT=0")
			client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: readers}}
			var mu sync.Mutex
			var late []time.Duration
			for b.Loop() {
				var all sync.WaitGroup
				for range readers {
					all.Go(func() {
						time.Sleep(rand.N(time.Second)) //nolint:gosec // readers do not come together
						lag, err := readStream(client, address)
						if err != nil {
							b.Error(err)
							return
						}
						mu.Lock()
						late = append(late, lag)
						mu.Unlock()
					})
				}
				all.Wait()
			}
			if b.Failed() {
				return
			}
			reportPercentiles(b, late, "first-token-")
			if megabytes, ok := memoryMB(server.Process.Pid, "VmHWM:"); ok {
				b.ReportMetric(megabytes, "peak-MB")
			}
			_ = server.Process.Kill()
			_ = server.Wait()
			used := server.ProcessState.UserTime() + server.ProcessState.SystemTime()
			b.ReportMetric(float64(used.Milliseconds())/float64(len(late)), "cpu-ms/answer")
		})
	}
}

// writeSlowly streams an answer whose first token is the time at which it is sent.
func writeSlowly(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "text/event-stream")
	chunk := func(delta, finish string) {
		fmt.Fprintf(w, `data: {"object":"chat.completion.chunk","model":"m","choices":[`+
			`{"index":0,"delta":{%s},"finish_reason":%s}]}`+"\n\n", delta, finish)
		_ = http.NewResponseController(w).Flush()
	}
	chunk(`"role":"assistant"`, "null")
	time.Sleep(200 * time.Millisecond)
	chunk(fmt.Sprintf(`"content":"%d "`, time.Now().UnixNano()), "null")
	for range 80 {
		time.Sleep(50 * time.Millisecond)
		chunk(`"content":"A robot moves [1]. "`, "null")
	}
	chunk("", `"stop"`)
	_, _ = io.WriteString(w, "data: [DONE]\n\n")
}

// startServer serves the sample book until the benchmark ends, by two processors at most.
func startServer(b *testing.B, settings ...string) (server *exec.Cmd, address string) {
	b.Helper()
	dir := b.TempDir()
	lectern(b, "--data-dir", dir, "ingest", "--json", "../../examples/robotics-book")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	address = l.Addr().String()
	l.Close()
	server = exec.Command(binary(b), "--data-dir", dir, "serve", "--listen", address)
	server.Env = append(append(os.Environ(), "GOMAXPROCS=2"), settings...)
	if err := server.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	for range 1000 {
		if response, err := http.Get("http://" + address + "/api/ready"); err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return server, address
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	b.Fatal("the server does not get ready")
	return nil, ""
}

// readStream reads one answer and returns how long its first token was under way.
func readStream(client *http.Client, address string) (late time.Duration, err error) {
	request, err := http.NewRequest(http.MethodPost, "http://"+address+"/api/query",
		strings.NewReader(`{"question":"What is a humanoid robot?"}`))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "text/event-stream")
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		problem, _ := io.ReadAll(response.Body)
		return 0, fmt.Errorf("status %d: %s", response.StatusCode, problem)
	}
	lines := bufio.NewReader(response.Body)
	event, begun := "", false
	for {
		line, err := lines.ReadString('\n')
		if err == io.EOF && event == "done" && begun {
			return late, nil
		}
		if err != nil {
			return 0, fmt.Errorf("after the event %q: %w", event, err)
		}
		if name, ok := strings.CutPrefix(line, "event: "); ok {
			event = strings.TrimSpace(name)
		}
		if data, ok := strings.CutPrefix(line, "data: "); ok && event == "token" && !begun {
			var token struct{ Text string }
			if err := json.Unmarshal([]byte(data), &token); err != nil {
				return 0, err
			}
			sent, err := strconv.ParseInt(strings.TrimSpace(token.Text), 10, 64)
			if err != nil {
				return 0, err
			}
			begun, late = true, time.Since(time.Unix(0, sent))
		}
	}
}

package app

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lectern-project/lectern/internal/answer"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/llm/claude/claudetest"
	"github.com/lectern-project/lectern/internal/llm/gemini/geminitest"
	"github.com/lectern-project/lectern/internal/llm/llmtest"
	"github.com/lectern-project/lectern/internal/llm/openai/openaitest"
)

const (
	soakAnswers = 2000
	soakReaders = 64 // at a time
	soakFaults  = 0.3
	soakLeavers = 0.1
	soakTools   = 0.1 // calls that search the book instead of answering
)

// TestSoak asks 2,000 questions over HTTP while three in ten calls of the providers fail and one in
// ten readers leaves. Every answer is whole, or says that it is not, or is an error with a code; and
// nothing is left behind. LECTERN_SEED repeats a run's faults.
func TestSoak(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("LECTERN_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("LECTERN_SEED: %v", err)
		}
	}
	t.Logf("LECTERN_SEED=%d", seed)
	s := newSoak(t, seed, hurried)
	s.ask(300)
	goroutines, heap := s.rest()
	clear(s.verdicts)
	s.ask(soakAnswers)
	t.Logf("readers saw %v", s.verdicts)
	for _, m := range s.app.Models.Stats() {
		t.Logf("%s: %d answers, %v, %d retries, %v", m.Model, m.Answers, m.Failures, m.Retries, m.Fallbacks)
	}
	for _, verdict := range []string{"whole", "broken off", "left"} {
		if s.verdicts[verdict] == 0 {
			t.Errorf("no answer was %s", verdict)
		}
	}
	afterwards, after := s.rest()
	t.Logf("goroutines: %d, then %d; heap: %d KiB, then %d KiB", goroutines, afterwards, heap>>10, after>>10)
	if afterwards > goroutines+5 {
		stacks := make([]byte, 1<<20)
		t.Errorf("goroutines stay:\n%s", stacks[:runtime.Stack(stacks, true)])
	}
	if after > heap+heap/4 {
		t.Errorf("memory stays")
	}
}

// TestUpstreamEndsWithReader: the call of a provider ends within a second of the reader's leaving,
// whether text came or not and however the reader asked.
func TestUpstreamEndsWithReader(t *testing.T) {
	s := newSoak(t, 0, llm.DefaultPolicy())
	var longest time.Duration
	for i := range 40 {
		after := i % 2 * 4 // the first text is held back until it is known to hold
		s.stubs[0].Play(llmtest.Script{Text: llmtest.Tokens(10), Fault: llmtest.Silence, After: after})
		calls, _ := s.stubs[0].Calls()
		ctx, leave := context.WithCancel(t.Context())
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			response, err := s.query(ctx, i%4 < 2)
			if err != nil {
				return
			}
			defer response.Body.Close()
			_, _ = io.Copy(io.Discard, response.Body)
		}()
		for begun := calls; len(begun) == len(calls); time.Sleep(time.Millisecond) {
			begun, _ = s.stubs[0].Calls()
		}
		left := time.Now()
		leave()
		<-gone
		if !s.stubs[0].Idle(10 * time.Second) {
			t.Fatal("a call upstream does not end")
		}
		longest = max(longest, time.Since(left))
	}
	t.Logf("calls ended at most %v after their reader had left", longest)
	if longest > time.Second {
		t.Error("that is more than a second")
	}
}

// hurried is the usual policy, with hours of faults in seconds.
var hurried = llm.Policy{
	Answer: 3 * time.Second, FirstToken: 500 * time.Millisecond, Stall: 500 * time.Millisecond,
	Tries: 3, Backoff: 5 * time.Millisecond, MaxBackoff: 20 * time.Millisecond,
	Rest: 50 * time.Millisecond,
}

type soak struct {
	t     *testing.T
	app   *App
	url   string
	stubs []*llmtest.Server
	http  *http.Client

	mu       sync.Mutex
	random   *rand.Rand
	verdicts map[string]int
}

func newSoak(t *testing.T, seed uint64, policy llm.Policy) *soak {
	s := &soak{
		t: t, random: rand.New(rand.NewPCG(seed, 0)), verdicts: map[string]int{},
		http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: soakReaders}},
	}
	for _, wire := range []llmtest.Wire{geminitest.Wire{}, openaitest.Wire{}, claudetest.Wire{}} {
		stub := llmtest.NewServer(t, wire)
		stub.Play(s.scripts(2 * soakAnswers)...)
		s.stubs = append(s.stubs, stub)
	}
	models := config.Models{
		Order: config.DefaultOrder, GeminiModel: "fast", GeminiStrongModel: "strong",
		OpenAIModel: "o", ClaudeBaseURL: s.flap(s.stubs[2]),
	}
	var err error
	s.app, err = Open(t.Context(), config.Config{
		DataDir: t.TempDir(), Access: "public", Models: models,
		GeminiAPIKey: "k", GeminiBaseURL: s.stubs[0].URL, OpenAIBaseURL: s.stubs[1].URL,
	}, slog.New(slog.DiscardHandler), "command")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.app.Close() })
	if err := s.app.openModels(policy); err != nil {
		t.Fatal(err)
	}
	s.app.wire()
	c, err := s.app.Client()
	if err != nil {
		t.Fatal(err)
	}
	text := "# Gyroscopes\n\nA gyroscope measures the rate of rotation about its axes."
	if _, err := c.Put(t.Context(), ingest.Request{DocID: "imu", Text: text}); err != nil {
		t.Fatal(err)
	}
	s.url, _ = serveApp(t, s.app, Service{})
	return s
}

// flap serves the stub at an address that refuses connections for a fifth of the time.
func (s *soak) flap(stub http.Handler) string {
	server := &http.Server{Handler: stub, ReadHeaderTimeout: time.Minute}
	server.SetKeepAlivesEnabled(false)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	address := l.Addr().String()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			go server.Serve(l) // it ends with its listener
			sleep(ctx, 80*time.Millisecond)
			l.Close()
			sleep(ctx, 20*time.Millisecond)
			if l, err = net.Listen("tcp", address); err != nil {
				s.t.Error(err)
				return
			}
		}
		l.Close()
	}()
	s.t.Cleanup(func() {
		stop()
		<-ended
		server.Close()
	})
	return "http://" + address
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// whole is in every whole answer, and in no part of one.
const whole = "This is the whole answer"

// scripts are n calls, of which some fail.
func (s *soak) scripts(n int) []llmtest.Script {
	scripts := make([]llmtest.Script, n)
	for i := range scripts {
		script := llmtest.Script{Usage: llm.Usage{InputTokens: 100, OutputTokens: 10}}
		for range 2 + s.random.IntN(5) {
			script.Text = append(script.Text, "A gyroscope measures the rate ", "of rotation [1]. ")
		}
		script.Text = append(script.Text, whole, " [1].")
		if s.random.Float64() < soakTools && i < n-1 { // the last is repeated
			arguments := fmt.Sprintf(`{"query":"gyroscope %d"}`, i)
			script = llmtest.Script{Text: script.Text[:1], Calls: []llm.ToolCall{{
				ID: fmt.Sprint("call_", i), Name: "search_book", Arguments: json.RawMessage(arguments),
			}}}
		}
		if s.random.Float64() < soakFaults && i < n-1 {
			s.spoil(&script)
		}
		scripts[i] = script
	}
	return scripts
}

func (s *soak) spoil(script *llmtest.Script) {
	faults := []llmtest.Fault{
		llmtest.Silence, llmtest.Silence, llmtest.Cut, llmtest.NoFinish, llmtest.BadEvent,
		llmtest.ErrorEvent, llmtest.Empty, llmtest.RateLimited, llmtest.Overloaded, llmtest.PlainText,
	}
	script.Fault = faults[s.random.IntN(len(faults))]
	if s.random.IntN(2) == 0 { // else before the first text
		script.After = s.random.IntN(len(script.Text))
	}
}

// ask asks that many questions, and counts what the readers saw.
func (s *soak) ask(questions int) {
	var readers sync.WaitGroup
	next := make(chan reader)
	for range soakReaders {
		readers.Go(func() {
			for r := range next {
				verdict := r.ask(s)
				s.mu.Lock()
				s.verdicts[verdict]++
				s.mu.Unlock()
			}
		})
	}
	for range questions {
		r := reader{leaves: -1, streams: s.random.IntN(5) > 0}
		if r.streams && s.random.Float64() < soakLeavers {
			r.leaves = s.random.IntN(5)
		}
		next <- r
	}
	close(next)
	readers.Wait()
}

// rest waits until nothing goes on, and returns how many goroutines and bytes there are.
func (s *soak) rest() (goroutines int, heap uint64) {
	for _, stub := range s.stubs {
		if !stub.Idle(time.Second) {
			s.t.Error("calls upstream go on although no reader is there")
		}
		stub.Forget()
		stub.Disconnect()
	}
	s.http.CloseIdleConnections()
	goroutines = runtime.NumGoroutine()
	for range 100 { // connections take a moment to end
		time.Sleep(10 * time.Millisecond)
		goroutines = min(goroutines, runtime.NumGoroutine())
	}
	runtime.GC()
	runtime.GC() // what finalizers held
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return goroutines, memory.HeapAlloc
}

// reader asks once.
type reader struct {
	streams bool
	leaves  int // after so many pieces of text; -1: stays
}

// ask returns what the reader saw. Anything but an answer, a part that says so, or an error with a
// code is a failure of the test.
func (r reader) ask(s *soak) string {
	ctx, leave := context.WithCancel(s.t.Context())
	defer leave()
	response, err := s.query(ctx, r.streams)
	if err != nil {
		s.t.Error(err)
		return "wrong"
	}
	defer response.Body.Close()
	var verdict string
	switch {
	case response.StatusCode != http.StatusOK:
		verdict, err = problemIn(response.Body)
	case r.streams:
		verdict, err = r.stream(response.Body)
	default:
		var whole answer.Answer
		if err = json.NewDecoder(response.Body).Decode(&whole); err == nil {
			verdict, err = judge(whole)
		}
	}
	if err != nil {
		s.t.Errorf("streams: %v, leaves: %d: %v", r.streams, r.leaves, err)
		return "wrong"
	}
	return verdict
}

func (s *soak) query(ctx context.Context, stream bool) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/api/query",
		strings.NewReader(`{"question":"What does a gyroscope measure?"}`))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	if stream {
		request.Header.Set("Accept", "text/event-stream")
	}
	return s.http.Do(request)
}

// stream reads server-sent events to their end, or leaves.
func (r reader) stream(body io.Reader) (string, error) {
	said := strings.Builder{}
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, 1<<20)
	name, pieces := "", 0
	for lines.Scan() {
		if event, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			name = event
		}
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		switch name {
		case "token":
			var token struct{ Text string }
			if err := json.Unmarshal([]byte(data), &token); err != nil {
				return "", err
			}
			said.WriteString(token.Text)
			pieces++
		case "error":
			return problemIn(strings.NewReader(data))
		case "done":
			var a answer.Answer
			if err := json.Unmarshal([]byte(data), &a); err != nil {
				return "", err
			}
			if a.Answer != said.String() {
				return "", fmt.Errorf("%q was said, and %q streamed", a.Answer, said.String())
			}
			return judge(a)
		}
		if pieces == r.leaves {
			return "left", nil
		}
	}
	return "", fmt.Errorf("the stream ends after %q: %w", said.String(), lines.Err())
}

// judge looks whether an answer that says to be whole is.
func judge(a answer.Answer) (string, error) {
	switch {
	case (len(a.Attempts) > 0) != slices.Contains(a.Degraded, answer.DegradedModels):
		return "", fmt.Errorf("%v tried before, degraded %v", a.Attempts, a.Degraded)
	case a.Model == "extractive" && len(a.Citations) > 0 && len(a.Attempts) > 0:
		return "quoted", nil
	case strings.Contains(a.Answer, whole) && len(a.Citations) > 0:
		return "whole", nil
	case slices.Contains(a.Degraded, answer.DegradedCitations):
		return "unsourced", nil // it went on searching when it had to answer
	}
	return "", fmt.Errorf("%q of %s is not whole", a.Answer, a.Model)
}

func problemIn(body io.Reader) (string, error) {
	var problem struct {
		Code   book.Code
		Detail string
	}
	if err := json.NewDecoder(body).Decode(&problem); err != nil {
		return "", err
	}
	switch problem.Code {
	case book.Unavailable, book.RateLimited, book.Deadline:
		return "broken off", nil
	}
	return "", fmt.Errorf("the problem is %+v", problem)
}

package llm

import (
	"strings"
	"sync"
	"time"

	"github.com/lectern-project/lectern/internal/provider"
)

// link is a model of a chain and what is known about it.
type link struct {
	model   Model
	breaker breaker
	closure provider.Closure

	mu     sync.Mutex
	stats  ModelStats
	others map[string]bool // models that answered although another was asked
}

func newLink(m Model, p Policy) *link {
	return &link{
		model: m, breaker: breaker{rest: p.Rest}, others: map[string]bool{},
		stats: newModelStats(m.Name()),
	}
}

// closedNow reports why the model must not be called now. If it may, its outcome must be noted.
func (l *link) closedNow(now time.Time) (Failure, bool) {
	if f, closed := l.closure.Closed(now); closed {
		return f, true
	}
	return Failure{Class: BreakerOpen}, !l.breaker.allow(now)
}

// fellBackTo counts that next is asked in place of l, if l is one.
func (l *link) fellBackTo(next *link) {
	if l != nil {
		l.count(func(s *ModelStats) { s.Fallbacks[next.model.Name()]++ })
	}
}

// failed notes a failure, and closes the model for as long as the provider asks.
func (l *link) failed(now time.Time, f Failure) {
	l.breaker.record(now, f.Class)
	l.count(func(s *ModelStats) { s.Failures[f.Class]++ })
	l.closure.Note(now, f)
}

// answered notes an answer. True when the model that gave it is new, and not the one that was
// asked.
func (l *link) answered(now time.Time, r Response) (news bool) {
	l.breaker.record(now, "")
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stats.Usage.InputTokens += r.Usage.InputTokens
	l.stats.Usage.OutputTokens += r.Usage.OutputTokens
	if r.Finish == FinishBlocked {
		l.stats.Failures[Blocked]++
	} else {
		l.stats.Answers++
	}
	if sameModel(l.model.Name(), r.Model) {
		return false
	}
	l.stats.Mismatches++
	news = !l.others[r.Model]
	l.others[r.Model] = true
	return news
}

// sameModel reports whether got is the model that name ("provider/model") asks for: itself, a dated
// version of it, or what a moving alias stands for at the moment. A router has a default, and is
// asked for others as "its provider,model".
func sameModel(name, got string) bool {
	_, asked, ok := strings.Cut(name, "/")
	if !ok {
		asked = name
	}
	asked, got = strings.TrimPrefix(asked, "models/"), strings.TrimPrefix(got, "models/")
	if _, routed, ok := strings.Cut(asked, ","); ok {
		asked = routed
	}
	return got == "" || got == asked || strings.HasPrefix(got, asked+"-") ||
		strings.HasSuffix(asked, "-latest") || asked == "default"
}

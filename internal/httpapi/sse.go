package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/lectern-project/lectern/internal/answer"
	"github.com/lectern-project/lectern/internal/book"
)

const eventType = "text/event-stream"

// stream answers a question as server-sent events: passages, then for each further search of the model
// search and, if it found more, passages; token..., citations, done; or error with a problem in place
// of what is left. What fails before the first event is a plain problem
// with its own status.
func (s *server) stream(ctx context.Context, w http.ResponseWriter, r answer.Request, ask asker) {
	events := eventWriter{w: w, control: http.NewResponseController(w), stall: eventStall}
	result, err := ask(ctx, r, answer.Events{
		Passages: func(ps []book.Passage) error {
			return events.send("passages", passagesEvent{passages(ps)})
		},
		Search: func(query string) error { return events.send("search", searchEvent{query}) },
		Token:  func(text string) error { return events.send("token", tokenEvent{text}) },
	})
	exchangeOf(ctx).degraded = result.Degraded
	if err != nil {
		problem := s.problem(ctx, err)
		if !events.started {
			problem.write(w)
			return
		}
		_ = events.send("error", problem) // or the client is gone, as for the events below
		return
	}
	result = NewQueryResult(result)
	if events.send("citations", citationsEvent{result.Citations}) == nil {
		_ = events.send("done", result)
	}
}

// eventWriter writes server-sent events:
// https://html.spec.whatwg.org/multipage/server-sent-events.html
type eventWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
	stall   time.Duration // how long a reader may take until it reads on
	started bool
}

// eventStall is how long a reader may take to read an event when the connection holds no more.
const eventStall = 30 * time.Second

// send writes one event and flushes it. JSON has no line breaks of its own, so data is one line.
func (e *eventWriter) send(name string, body any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return book.Wrap(book.Internal, err, "an event could not be written")
	}
	if !e.started {
		h := e.w.Header()
		h.Set("Content-Type", eventType)
		h.Set("X-Accel-Buffering", "no") // or nginx holds events back
		e.w.WriteHeader(http.StatusOK)
		e.started = true
	}
	// In one process there is no connection, and so no deadline.
	_ = e.control.SetWriteDeadline(time.Now().Add(e.stall))
	event := append([]byte("event: "+name+"\ndata: "), data...)
	if _, err := e.w.Write(append(event, "\n\n"...)); err != nil {
		return book.Wrap(book.Canceled, err, "the client went away")
	}
	if err := e.control.Flush(); err != nil {
		return book.Wrap(book.Canceled, err, "the client went away")
	}
	return nil
}

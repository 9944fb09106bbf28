package httpapi

import (
	"context"
	"mime"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/lectern-project/lectern/internal/answer"
	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
)

// QueryRequest is one question.
type QueryRequest struct {
	SearchRequest

	ConversationID string `json:"conversation_id,omitempty" format:"uuid" example:"01993c3e-6f4b-7c2e-9d1a-0f7c1d5a9e42" doc:"A conversation of the caller's: the question may lean on what was asked there before, and is kept there with its answer. Not together with conversation."`
	Conversation   []Turn `json:"conversation,omitempty" maxItems:"50" doc:"What was asked before, oldest first. The question may lean on it; the last six turns at most are read."`
}

// Turn is a question that was asked before, and its answer.
type Turn struct {
	Question string `json:"question" minLength:"1" example:"What is a gyroscope?" doc:"At most 8 KiB."`
	Answer   string `json:"answer,omitempty" example:"A gyroscope measures rotation. [1]" doc:"At most 32 KiB; empty or left out where there was none."`
}

type queryInput struct {
	Accept string `header:"Accept" hidden:"true"`
	Body   QueryRequest
}

// query answers as JSON or, to a client that prefers them, as server-sent events.
func (s *server) query(ctx context.Context, in *queryInput) (*huma.StreamResponse, error) {
	request := answer.Request{
		Question: in.Body.Question, TopK: int(in.Body.TopK),
		Selection: in.Body.Selection.Selection, View: caller(ctx).View(),
	}
	for _, turn := range in.Body.Conversation {
		request.Conversation = append(request.Conversation, answer.Turn(turn))
	}
	ask, err := s.asker(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	exchangeOf(ctx).question = in.Body.Question
	if prefersEvents(in.Accept) {
		return &huma.StreamResponse{Body: func(c huma.Context) {
			_, w := humago.Unwrap(c)
			s.stream(c.Context(), w, request, ask)
		}}, nil
	}
	result, err := ask(ctx, request, answer.Events{})
	exchangeOf(ctx).degraded = result.Degraded
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		c.SetHeader("Content-Type", jsonType)
		_ = huma.DefaultJSONFormat.Marshal(c.BodyWriter(), NewQueryResult(result)) // or the client is gone
	}}, nil
}

// asker answers a question.
type asker func(context.Context, answer.Request, answer.Events) (answer.Answer, error)

// asker returns who answers: with a conversation that is kept, or without.
func (s *server) asker(ctx context.Context, r QueryRequest) (asker, error) {
	if r.ConversationID == "" {
		return s.Answers.Ask, nil
	}
	if len(r.Conversation) > 0 {
		return nil, book.Errorf(book.Invalid, "give conversation_id or conversation, not both")
	}
	if err := auth.Require(caller(ctx), book.Reader); err != nil {
		return nil, err
	}
	id, err := parseID(r.ConversationID)
	if err != nil {
		return nil, err
	}
	return func(
		ctx context.Context, r answer.Request, e answer.Events,
	) (answer.Answer, error) {
		return s.Continue.Ask(ctx, id, r, e)
	}, nil
}

// NewQueryResult returns an answer as the API answers it, for whoever prints the same.
func NewQueryResult(a answer.Answer) answer.Answer {
	a.RawChunks = passages(a.RawChunks)
	a.Citations, a.Degraded = orEmpty(a.Citations), orEmpty(a.Degraded)
	a.Attempts, a.Usage.Models = orEmpty(a.Attempts), orEmpty(a.Usage.Models)
	return a
}

// prefersEvents reports whether an Accept header (RFC 9110, section 12.5.1) names server-sent
// events, and JSON not before them.
func prefersEvents(accept string) bool {
	weights := map[string]float64{}
	for part := range strings.SplitSeq(accept, ",") {
		name, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		weight := 1.0
		if q, err := strconv.ParseFloat(params["q"], 64); err == nil {
			weight = q
		}
		weights[name] = weight
	}
	return weights[eventType] > 0 && weights[eventType] >= weights[jsonType]
}

// The bodies of the events that are not a whole answer.
type (
	passagesEvent struct {
		Passages []book.Passage `json:"passages"`
	}
	searchEvent struct {
		Query string `json:"query"`
	}
	tokenEvent struct {
		Text string `json:"text"`
	}
	citationsEvent struct {
		Citations []book.Citation `json:"citations"`
	}
)

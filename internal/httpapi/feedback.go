package httpapi

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

// FeedbackRequest says what the caller thinks of an answer.
type FeedbackRequest struct {
	MessageID string      `json:"message_id" format:"uuid" example:"01993c3e-6f4b-7c2e-9d1a-0f7c1d5a9e42" doc:"The answer, in one of the caller's conversations."`
	Rating    wholeNumber `json:"rating" enum:"1,-1" example:"1" doc:"1 for a good answer, -1 for a bad one."`
	Comment   string      `json:"comment,omitempty" maxLength:"4000" example:"It explains the wrong sensor." doc:"In words; administrators read it."`
}

// Feedback is what an account thinks of an answer that it got.
type Feedback struct {
	Rating  int       `json:"rating" enum:"1,-1" doc:"1 for a good answer, -1 for a bad one."`
	Comment string    `json:"comment" doc:"In words; may be empty."`
	At      time.Time `json:"at" doc:"When it was given."`
}

// FeedbackItem is feedback with what it is about.
type FeedbackItem struct {
	MessageID uuid.UUID       `json:"message_id" format:"uuid" doc:"The answer."`
	Username  string          `json:"username" example:"ada" doc:"Whose answer it is."`
	Question  string          `json:"question" doc:"What was asked."`
	Answer    string          `json:"answer" doc:"What was answered."`
	Citations []book.Citation `json:"citations" doc:"What each of its markers stands for."`
	Model     string          `json:"model" doc:"What answered; empty when nothing was asked."`
	Feedback
}

// FeedbackList is one page of feedback.
type FeedbackList struct {
	Items      []FeedbackItem `json:"items" doc:"The newest answers first."`
	NextCursor *string        `json:"next_cursor" doc:"For the next page; null on the last."`
}

// MessagePath names an answer; exported for the reason that PageQuery is.
type MessagePath struct {
	MessageID string `path:"message_id" format:"uuid" doc:"The answer's id."`
}

type (
	feedbackInput      struct{ Body FeedbackRequest }
	feedbackOutput     struct{ Body Feedback }
	feedbackListInput  struct{ PageQuery }
	feedbackListOutput struct{ Body FeedbackList }
)

func (s *server) giveFeedback(ctx context.Context, in *feedbackInput) (*feedbackOutput, error) {
	id, err := parseID(in.Body.MessageID)
	if err != nil {
		return nil, err
	}
	given, err := s.Feedback.GiveFeedback(ctx, caller(ctx).UserID, id, book.Feedback{
		Rating: int(in.Body.Rating), Comment: in.Body.Comment,
	})
	if err != nil {
		return nil, err
	}
	return &feedbackOutput{Body: *feedbackOf(given)}, nil
}

func (s *server) withdrawFeedback(ctx context.Context, in *MessagePath) (*nothing, error) {
	id, err := parseID(in.MessageID)
	if err != nil {
		return nil, err
	}
	return nil, s.Feedback.WithdrawFeedback(ctx, caller(ctx).UserID, id)
}

func (s *server) listFeedback(
	ctx context.Context, in *feedbackListInput,
) (*feedbackListOutput, error) {
	after, err := in.afterID()
	if err != nil {
		return nil, err
	}
	found, err := s.Feedback.ListFeedback(ctx, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	page, more := cutPage(found, in.Limit)
	list := FeedbackList{Items: make([]FeedbackItem, len(page))}
	for i, rated := range page {
		list.Items[i] = FeedbackItem{
			MessageID: rated.ID, Username: rated.Username, Question: rated.Question,
			Answer: rated.Text, Citations: orEmpty(rated.Citations), Model: rated.Model,
			Feedback: *feedbackOf(rated.Feedback),
		}
		list.NextCursor = nextCursor(more, rated.ID.String())
	}
	return &feedbackListOutput{Body: list}, nil
}

// feedbackOf returns nil for none.
func feedbackOf(f book.Feedback) *Feedback {
	if f.Rating == 0 {
		return nil
	}
	return &Feedback{Rating: f.Rating, Comment: f.Comment, At: f.At.UTC()}
}

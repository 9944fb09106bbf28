package llmtest

import (
	"time"

	"github.com/lectern-project/lectern/internal/llm"
)

// Script says what a stub provider does with one call.
type Script struct {
	// Text are the pieces of the answer ("tokens"), Calls the tools it asks for.
	Text   []string
	Calls  []llm.ToolCall
	Finish llm.Finish // zero: Stop, or ToolCalls
	Model  string     // that the answer names; empty: the one that was asked for
	Usage  llm.Usage

	// Fault happens after that many pieces of Text were sent.
	Fault Fault
	After int
	// Delay is what a refusal advises to wait; 0: it advises nothing.
	Delay time.Duration
	// Slow is waited before the first piece.
	Slow time.Duration
}

// Fault is what goes wrong.
type Fault string

// Faults that are refusals: an HTTP status in place of a stream.
const (
	RateLimited Fault = "rate limited"
	DailyQuota  Fault = "daily quota" // only some providers have one
	Billing     Fault = "billing"
	BadKey      Fault = "bad key"
	NoModel     Fault = "no model"
	Overloaded  Fault = "overloaded"
	BadRequest  Fault = "bad request"
	PlainText   Fault = "plain text" // a status 500 of a proxy that speaks another language
)

// Faults of a stream.
const (
	Cut        Fault = "cut"         // the connection breaks
	NoFinish   Fault = "no finish"   // the stream ends well, but without its finish marker
	Silence    Fault = "silence"     // nothing more comes until the caller goes
	BadEvent   Fault = "bad event"   // an event that is no JSON
	ErrorEvent Fault = "error event" // the provider reports a fault after the status 200
	Empty      Fault = "empty"       // status 200 and no body
	WebPage    Fault = "web page"    // status 200 and what is no stream
)

// refusals are the class that each refusal must get.
var refusals = map[Fault]llm.Class{
	RateLimited: llm.RateLimited,
	DailyQuota:  llm.DailyQuota,
	Billing:     llm.Billing,
	BadKey:      llm.BadKey,
	NoModel:     llm.NoModel,
	Overloaded:  llm.Overloaded,
	BadRequest:  llm.Refused,
	PlainText:   llm.Overloaded,
}

// Tokens is an answer in that many pieces, with a marker at its end.
func Tokens(n int) []string {
	pieces := make([]string, 0, n)
	for range n - 1 {
		pieces = append(pieces, "A gyroscope measures rotation. ")
	}
	return append(pieces, "[1]")
}

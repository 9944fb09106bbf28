package telemetry

import "github.com/prometheus/client_golang/prometheus"

// Stage is a stage of work, by the name that its metric's label and its span have.
type Stage string

// The stages of a question.
const (
	Answer     Stage = "answer"      // all of it, from the question to the last word
	Condense   Stage = "condense"    // what a question of a conversation means by itself
	Search     Stage = "search"      // one search, the stages that follow included
	EmbedQuery Stage = "embed"       // the question's vectors
	SearchLegs Stage = "search_legs" // both legs, in one round trip to the vector index
	Terms      Stage = "terms"       // the words, in the relational store, in place of the index
	Load       Stage = "load"        // hits to passages
	Evidence   Stage = "evidence"    // is there enough for an answer
	Generate   Stage = "generate"    // the models, and the searches that they make

	firstToken Stage = "first_token" // from the question to the first text that a stream shows
)

// questionStages are those that QuestionStageDuration is about.
var questionStages = []Stage{
	Answer, Condense, Search, EmbedQuery, SearchLegs, Terms, Load, Evidence, Generate, firstToken,
}

func (r *Recorder) newStages() map[Stage]prometheus.Observer {
	stages := map[Stage]prometheus.Observer{}
	durations := r.histogram(QuestionStageDuration)
	for _, s := range questionStages {
		stages[s] = durations.WithLabelValues(string(s))
	}
	return stages
}

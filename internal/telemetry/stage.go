package telemetry

import "github.com/prometheus/client_golang/prometheus"

// Stage is a stage of work, by the name that its metric's label and its span have.
type Stage string

// The stages of a question.
const (
	Answer      Stage = "answer"      // all of it, from the question to the last word
	Condense    Stage = "condense"    // what a question of a conversation means by itself
	Search      Stage = "search"      // one search, the stages that follow included
	EmbedQuery  Stage = "embed"       // the question's vectors
	SearchLegs  Stage = "search_legs" // both legs, in one round trip to the vector index
	SearchWords Stage = "words"       // the words, in the relational store, in place of the index
	Load        Stage = "load"        // hits to passages
	Evidence    Stage = "evidence"    // is there enough for an answer
	Generate    Stage = "generate"    // the models, and the searches that they make

	firstToken Stage = "first_token" // from the question to the first text that a stream shows
)

// The stages of an ingest.
const (
	Ingest         Stage = "ingest"  // all of it, with what starts over
	Prepare        Stage = "prepare" // a text to chunks
	EmbedDocuments Stage = "embed_documents"
	Reserve        Stage = "reserve" // transaction A
	Upsert         Stage = "upsert"
	Commit         Stage = "commit" // transaction B
	Settle         Stage = "settle"
)

func (r *Recorder) newStages() map[Stage]prometheus.Observer {
	stages := map[Stage]prometheus.Observer{}
	for _, m := range []Metric{QuestionStageDuration, IngestStageDuration} {
		durations := r.histogram(m)
		for _, name := range m.Labels[0].Values {
			stages[Stage(name)] = durations.WithLabelValues(name)
		}
	}
	return stages
}

package telemetry

import (
	"slices"

	"github.com/lectern-project/lectern/internal/book"
)

// Buckets of durations, in seconds. Objectives are bounds among them, so that what keeps them can be
// counted to the letter.
var (
	requestBuckets = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 120}
	stageBuckets   = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 120}
	storeBuckets   = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 30}

	// Those that the semantic conventions for generative AI give.
	modelBuckets = []float64{.01, .02, .04, .08, .16, .32, .64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92}
	tokenBuckets = []float64{1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864}
	chunkBuckets = []float64{.01, .02, .04, .08, .16, .32, .64, 1, 2, 4, 8, 15, 30}
)

var codes = codeNames()

func codeNames() []string {
	var names []string
	for _, c := range book.Codes() {
		names = append(names, string(c))
	}
	return names
}

// The program.
var (
	BuildInfo = Metric{
		Name: "lectern_build_info", Kind: Gauge, Unit: "always 1",
		Help:   "What program this is.",
		Labels: []Label{label("version"), label("commit"), label("go")},
	}
	DiskFree = Metric{
		Name: "lectern_data_dir_free_bytes", Kind: Gauge, Unit: "bytes",
		Help: "Space on the disk of the data directory that the process may still fill; absent without a data directory.",
	}
	DiskSize = Metric{
		Name: "lectern_data_dir_size_bytes", Kind: Gauge, Unit: "bytes",
		Help: "Size of that disk.",
	}
)

// Requests.
var (
	HTTPRequestDuration = Metric{
		Name: "lectern_http_request_duration_seconds", Kind: Histogram, Unit: "seconds",
		Help: "Time from a request's header to the end of its response. Its count is the number of " +
			"requests. A stream whose answer failed on the way has the status 200: see lectern_answers_total.",
		Labels: []Label{label("route"), label("method"), label("status")}, Buckets: requestBuckets,
	}
	HTTPRequestsInFlight = Metric{
		Name: "lectern_http_requests_in_flight", Kind: Gauge, Unit: "requests",
		Help: "Requests that are being answered now.",
	}
	RateLimited = Metric{
		Name: "lectern_http_rate_limited_total", Kind: Counter, Unit: "requests",
		Help:   "Requests that were refused with 429 because an account or address sent too many.",
		Labels: []Label{label("quota", "requests", "writes", "answers", "sign-ins")},
	}
	Shed = Metric{
		Name: "lectern_shed_total", Kind: Counter, Unit: "requests",
		Help: "Requests that were refused with 503 because too much was under way already, and others " +
			"waited: searches, answers, writes of documents, and passwords to be hashed or compared.",
		Labels: []Label{label("what", ShedSearch, ShedAnswer, ShedIngest, ShedPassword)},
	}
)

// Questions.
var (
	QuestionStageDuration = Metric{
		Name: "lectern_question_stage_duration_seconds", Kind: Histogram, Unit: "seconds",
		Help: "Time that a stage of a question took, failed or not. answer is all of it; first_token, " +
			"measured for streams, the time until the reader saw the first text; search holds embed, " +
			"search_legs or words, and load; generate holds the models and the searches they ask for.",
		Labels: []Label{label("stage", "answer", "condense", "search", "embed", "search_legs", "words", "load",
			"evidence", "generate", "first_token")},
		Buckets: stageBuckets,
	}
	SearchLegDuration = Metric{
		Name: "lectern_search_leg_duration_seconds", Kind: Histogram, Unit: "seconds",
		Help: "Time that a leg of a search took in the index of this process, both at once. A Qdrant " +
			"server answers both in one round trip and does not say which took how long: see the stage search_legs.",
		Labels: []Label{label("leg", "dense", "sparse")}, Buckets: storeBuckets,
	}
	SearchHits = Metric{
		Name: "lectern_search_hits_total", Kind: Counter, Unit: "chunks",
		Help:   "Chunks that the legs of searches found, 100 at most each; words is the search without the vector index.",
		Labels: []Label{label("leg", "dense", "sparse", "words")},
	}
	SearchesDegraded = Metric{
		Name: "lectern_searches_degraded_total", Kind: Counter, Unit: "searches",
		Help:   "Searches that had to do without a part.",
		Labels: []Label{label("part", "vector_index", "embedder", "index_lag")},
	}
	Answers = Metric{
		Name: "lectern_answers_total", Kind: Counter, Unit: "questions",
		Help: "Questions by what they got: words of a model, sentences of the book (quoted), a refusal " +
			"(not_found: the book does not say; off_limits; blocked by the model's provider), or nothing " +
			"(failed; canceled by the reader).",
		Labels: []Label{label("kind", "model", "quoted", "not_found", "off_limits", "blocked", "failed", "canceled")},
	}
	AnswersDegraded = Metric{
		Name: "lectern_answers_degraded_total", Kind: Counter, Unit: "questions",
		Help: "Answers that had to do without a part. A budget that is used up is in lectern_budget_refused_total.",
		Labels: []Label{label("part", "vector_index", "embedder", "index_lag", "models", "answer_length", "citations",
			"conversation")},
	}
)

// Ingest.
var (
	IngestStageDuration = Metric{
		Name: "lectern_ingest_stage_duration_seconds", Kind: Histogram, Unit: "seconds",
		Help: "Time that a stage of an ingest took, failed or not. ingest is all of it.",
		Labels: []Label{label("stage", "ingest", "prepare", "embed_documents", "reserve", "upsert", "commit",
			"settle")},
		Buckets: stageBuckets,
	}
	IngestDocuments = Metric{
		Name: "lectern_ingest_documents_total", Kind: Counter, Unit: "documents",
		Help:   "Documents that were ingested or deleted.",
		Labels: []Label{label("outcome", "created", "updated", "unchanged", "deleted")},
	}
	IngestChunks = Metric{
		Name: "lectern_ingest_chunks_total", Kind: Counter, Unit: "chunks",
		Help:   "Chunks of ingested documents: embedded anew, kept as they were, or removed.",
		Labels: []Label{label("fate", "embedded", "kept", "removed")},
	}
	IngestText = Metric{
		Name: "lectern_ingest_text_bytes_total", Kind: Counter, Unit: "bytes",
		Help: "Source text of ingested documents, unchanged ones included.",
	}
	IngestFailures = Metric{
		Name: "lectern_ingest_failures_total", Kind: Counter, Unit: "documents",
		Help: "Documents that were not ingested, by the error's code.", Labels: []Label{label("code", codes...)},
	}
	FolderRun = Metric{
		Name: "lectern_folder_last_run_timestamp_seconds", Kind: Gauge, Unit: "seconds",
		Help: "When the folder of --docs was last read, since 1970; absent before, and without a folder.",
	}
	FolderSuccess = Metric{
		Name: "lectern_folder_last_success_timestamp_seconds", Kind: Gauge, Unit: "seconds",
		Help: "When the book was last in step with that folder, all its files ingested; 0 before.",
	}
	FolderFailed = Metric{
		Name: "lectern_folder_failed_files", Kind: Gauge, Unit: "files",
		Help: "Files of that folder that the last run could not ingest.",
	}
)

// The ledger, and the work that keeps the stores in agreement. With several replicas one does it: the
// greatest timestamp counts.
var (
	LedgerRows = Metric{
		Name: "lectern_ledger_rows", Kind: Gauge, Unit: "rows",
		Help:   "Vector ids whose fate in the index is not settled: being written, to be settled now, or on watch for a day.",
		Labels: []Label{label("state", "writing", "due", "watched")},
	}
	LedgerAge = Metric{
		Name: "lectern_ledger_oldest_row_age_seconds", Kind: Gauge, Unit: "seconds",
		Help: "Age of the oldest row that is being written or to be settled now; 0 without one.",
	}
	ReconcileRuns = Metric{
		Name: "lectern_reconcile_runs_total", Kind: Counter, Unit: "runs",
		Help:   "Runs of Drain and of the audit that this process led.",
		Labels: []Label{label("work", "drain", "audit"), label("outcome", "succeeded", "failed")},
	}
	ReconcileSuccess = Metric{
		Name: "lectern_reconcile_last_success_timestamp_seconds", Kind: Gauge, Unit: "seconds",
		Help: "When such a run last succeeded, since 1970; 0 before.", Labels: []Label{label("work", "drain", "audit")},
	}
	ReconcileDuration = Metric{
		Name: "lectern_reconcile_last_run_duration_seconds", Kind: Gauge, Unit: "seconds",
		Help: "How long the last such run took.", Labels: []Label{label("work", "drain", "audit")},
	}
	ReconcilePoints = Metric{
		Name: "lectern_reconcile_points_total", Kind: Counter, Unit: "points",
		Help: "What was done: leases of stopped writers that were ended, rows that were settled, points that " +
			"got another scope or were repaired, points written into a space on standby.",
		Labels: []Label{label("action", "expired", "settled", "rewritten", "backfilled")},
	}
	AuditFindings = Metric{
		Name: "lectern_audit_findings_total", Kind: Counter, Unit: "findings",
		Help: "Contradictions between the stores that audits found, each when it was found: points that are missing, " +
			"stray or unlike what the database says (points); collections that are not their space's or belong to none.",
		Labels: []Label{label("kind", "missing", "stray", "mismatched", "conflicting", "orphaned")},
	}
	ChoreRuns = Metric{
		Name: "lectern_chore_runs_total", Kind: Counter, Unit: "runs",
		Help:   "Runs of background work, those included that another replica did.",
		Labels: []Label{label("chore"), label("outcome", "succeeded", "failed")},
	}
	ChoreSuccess = Metric{
		Name: "lectern_chore_last_success_timestamp_seconds", Kind: Gauge, Unit: "seconds",
		Help: "When background work last ended without an error, since 1970; absent before.", Labels: []Label{label("chore")},
	}
)

// The stores.
var (
	DatabaseUp = Metric{
		Name: "lectern_database_up", Kind: Gauge, Unit: "1 or 0",
		Help: "Whether the relational store answered when it was asked last, at most ten seconds ago.",
	}
	IndexUp = Metric{
		Name: "lectern_vector_index_up", Kind: Gauge, Unit: "1 or 0",
		Help: "Whether the vector index answered when it was asked last, at most ten seconds ago.",
	}
	IndexDuration = Metric{
		Name: "lectern_vector_index_operation_duration_seconds", Kind: Histogram, Unit: "seconds",
		Help: "Time that a call of the vector index took, with its retries, failed or not.", Labels: []Label{label("operation", indexOperations...)},
		Buckets: storeBuckets,
	}
	IndexErrors = Metric{
		Name: "lectern_vector_index_errors_total", Kind: Counter, Unit: "calls",
		Help:   "Calls of the vector index that failed, by the error's code.",
		Labels: []Label{label("code", codes...)},
	}
	StatementDuration = Metric{
		Name: "lectern_database_statement_duration_seconds", Kind: Histogram, Unit: "seconds",
		Help:   "Time that a statement in PostgreSQL took until its last row was read, failed or not, by its name in the code.",
		Labels: []Label{label("statement")}, Buckets: storeBuckets,
	}
	StatementErrors = Metric{
		Name: "lectern_database_errors_total", Kind: Counter, Unit: "statements",
		Help:   "Statements in PostgreSQL that failed, by the class of their SQLSTATE, or canceled, deadline or connection.",
		Labels: []Label{label("class")},
	}
	PoolConnections = Metric{
		Name: "lectern_database_connections", Kind: Gauge, Unit: "connections",
		Help:   "Connections to the database. PostgreSQL has one pool, main; SQLite one to read and one of a single connection to write.",
		Labels: []Label{label("pool"), label("state", "in_use", "idle")},
	}
	PoolMax = Metric{
		Name: "lectern_database_connections_max", Kind: Gauge, Unit: "connections",
		Help: "Connections that the pool may have.", Labels: []Label{label("pool")},
	}
	PoolWaits = Metric{
		Name: "lectern_database_connection_waits_total", Kind: Counter, Unit: "waits",
		Help: "Times that work waited for a connection of the pool.", Labels: []Label{label("pool")},
	}
	PoolWaited = Metric{
		Name: "lectern_database_connection_wait_seconds_total", Kind: Counter, Unit: "seconds",
		Help: "How long it waited, in sum.", Labels: []Label{label("pool")},
	}
	CertificateExpiry = Metric{
		Name: "lectern_certificate_expiry_timestamp_seconds", Kind: Gauge, Unit: "seconds",
		Help: "When the first certificate expires that a store showed at the last connection, since 1970; absent " +
			"without TLS. The certificate that readers see is the proxy's in front of Lectern.",
		Labels: []Label{label("peer", "database", "vector_index")},
	}
)

// indexOperations are the methods of a vector index.
var indexOperations = []string{
	"ensure", "drop", "collections", "upsert", "delete", "search", "fetch", "scan", "count", "ping", "point_alias",
}

// Models. The names with gen_ai are those of OpenTelemetry's semantic conventions, as Prometheus
// spells them.
var (
	ModelCallDuration = Metric{
		Name: "gen_ai_client_operation_duration_seconds", Kind: Histogram, Unit: "seconds",
		Help: "Time that a call of a model took. error_type is the class of failure, empty for an answer.",
		Labels: []Label{
			label("gen_ai_operation_name"), label("gen_ai_provider_name"), label("gen_ai_request_model"),
			label("error_type"),
		},
		Buckets: modelBuckets,
	}
	ModelFirstChunk = Metric{
		Name: "gen_ai_client_operation_time_to_first_chunk_seconds", Kind: Histogram, Unit: "seconds",
		Help:    "Time from a call of a model to its first text.",
		Labels:  []Label{label("gen_ai_operation_name"), label("gen_ai_provider_name"), label("gen_ai_request_model")},
		Buckets: chunkBuckets,
	}
	ModelTokens = Metric{
		Name: "gen_ai_client_token_usage", Kind: Histogram, Unit: "tokens",
		Help: "Tokens of a call, as the provider counted them.",
		Labels: []Label{
			label("gen_ai_operation_name"), label("gen_ai_provider_name"), label("gen_ai_request_model"),
			label("gen_ai_token_type", "input", "output"),
		},
		Buckets: tokenBuckets,
	}
	ModelAttempts = Metric{
		Name: "lectern_model_attempts_total", Kind: Counter, Unit: "attempts",
		Help: "Attempts to have a model answer, by outcome: answer, or the class of failure, also where no call was made " +
			"(breaker_open, over_budget).",
		Labels: []Label{label("model"), label("outcome")},
	}
	ModelRetries = Metric{
		Name: "lectern_model_retries_total", Kind: Counter, Unit: "attempts",
		Help: "Attempts that repeated one that had failed.", Labels: []Label{label("model")},
	}
	ModelFallbacks = Metric{
		Name: "lectern_model_fallbacks_total", Kind: Counter, Unit: "questions",
		Help: "Times that a model was asked in place of one that had failed.", Labels: []Label{label("from"), label("to")},
	}
	ModelMismatches = Metric{
		Name: "lectern_model_mismatches_total", Kind: Counter, Unit: "answers",
		Help: "Answers of another model than the one that was asked for.", Labels: []Label{label("model")},
	}
	ModelBreaker = Metric{
		Name: "lectern_model_breaker_state", Kind: Gauge, Unit: "1 or 0",
		Help:   "1 for the state that the model's breaker is in. While it is open the model is not called.",
		Labels: []Label{label("model"), label("state", "closed", "open", "half_open")},
	}
	ModelTokensCounted = Metric{
		Name: "lectern_model_tokens_total", Kind: Counter, Unit: "tokens",
		Help:   "Tokens that budgets count: the provider's count or, where it gave none, an estimate.",
		Labels: []Label{label("model"), label("type", "input", "output")},
	}
	ModelCost = Metric{
		Name: "lectern_model_cost_total", Kind: Counter, Unit: "the currency of --model-prices",
		Help: "What those tokens cost.", Labels: []Label{label("model")},
	}
	BudgetSpent = Metric{
		Name: "lectern_budget_spent_ratio", Kind: Gauge, Unit: "share",
		Help: "Share of a daily budget that is spent, by all processes together; 1 is all of it. Absent for a budget " +
			"without a limit; those of single accounts are not shown.",
		Labels: []Label{label("budget", "anonymous", "service"), label("of", "tokens", "cost")},
	}
	BudgetRefused = Metric{
		Name: "lectern_budget_refused_total", Kind: Counter, Unit: "questions",
		Help:   "Questions for which no model was called because a budget was used up.",
		Labels: []Label{label("budget", "user", "anonymous", "service")},
	}
	UsageLost = Metric{
		Name: "lectern_budget_lost_total", Kind: Counter, Unit: "calls",
		Help: "Calls of models that the database could not count, so that budgets do not know them.",
	}
)

// Accounts.
var (
	SignIns = Metric{
		Name: "lectern_sign_ins_total", Kind: Counter, Unit: "sign-ins",
		Help: "Sign-ins with a password: refused ones had a wrong name or password, throttled ones came too early " +
			"after others that failed, failed ones met a fault of ours.",
		Labels: []Label{label("outcome", "succeeded", "refused", "throttled", "failed")},
	}
	KeyExpiry = Metric{
		Name: "lectern_api_key_expiry_timestamp_seconds", Kind: Gauge, Unit: "seconds",
		Help: "When the next API key expires, since 1970; absent when none will.",
	}
)

// Catalog lists every metric that the program defines.
func Catalog() []Metric {
	return slices.Concat(
		[]Metric{BuildInfo, DiskFree, DiskSize},
		[]Metric{HTTPRequestDuration, HTTPRequestsInFlight, RateLimited, Shed},
		[]Metric{
			QuestionStageDuration, SearchLegDuration, SearchHits, SearchesDegraded, Answers, AnswersDegraded,
		},
		[]Metric{
			IngestStageDuration, IngestDocuments, IngestChunks, IngestText, IngestFailures, FolderRun,
			FolderSuccess, FolderFailed,
		},
		[]Metric{
			LedgerRows, LedgerAge, ReconcileRuns, ReconcileSuccess, ReconcileDuration, ReconcilePoints,
			AuditFindings, ChoreRuns, ChoreSuccess,
		},
		[]Metric{
			DatabaseUp, IndexUp, IndexDuration, IndexErrors, StatementDuration, StatementErrors,
			PoolConnections, PoolMax, PoolWaits, PoolWaited, CertificateExpiry,
		},
		[]Metric{
			ModelCallDuration, ModelFirstChunk, ModelTokens, ModelAttempts, ModelRetries, ModelFallbacks,
			ModelMismatches, ModelBreaker, ModelTokensCounted, ModelCost, BudgetSpent, BudgetRefused, UsageLost,
		},
		[]Metric{SignIns, KeyExpiry},
	)
}

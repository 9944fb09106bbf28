package httpapi

import "github.com/danielgtaylor/huma/v2"

// apiVersion is the version of the API's contract, not of the program.
const apiVersion = "1.0.0"

func apiInfo() *huma.Info {
	return &huma.Info{
		Title:   "Lectern",
		Version: apiVersion,
		Description: "Ask a book: ingest its pages, search them, and get answers whose every " +
			"citation is verbatim in the text.\n\n" +
			"Errors are problems (RFC 9457) with a `code`: invalid, too_large, unauthenticated, " +
			"forbidden, not_found, conflict, rate_limited, unavailable, deadline, canceled, " +
			"internal. Offsets count Unicode code points. Lists are read page by page with " +
			"`cursor`; in requests null is the same as leaving an optional field out.",
		License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
	}
}

func apiTags() []*huma.Tag {
	return []*huma.Tag{
		{Name: "ask", Description: "Search and answers."},
		{Name: "conversations", Description: "What was asked and answered, and what readers think of it."},
		{Name: "documents", Description: "What the book consists of."},
		{Name: "accounts", Description: "Who somebody is."},
		{Name: "service", Description: "Whether the server works."},
	}
}

func securitySchemes() map[string]*huma.SecurityScheme {
	return map[string]*huma.SecurityScheme{
		"bearer": {
			Type: "http", Scheme: "bearer",
			Description: "An access token from a sign-in, or an API key (lk_...).",
		},
		"session": {
			Type: "apiKey", In: "cookie", Name: sessionCookie,
			Description: "The session of a browser, for the pages of this server alone: 403 for those " +
				"of other origins. Of a request with Authorization the cookie is not looked at.",
		},
		"password": {
			Type: "oauth2", Description: "Sign in with user name and password.",
			Flows: &huma.OAuthFlows{Password: &huma.OAuthFlow{
				TokenURL: "/api/auth/token", RefreshURL: "/api/auth/refresh",
				Scopes: map[string]string{},
			}},
		},
	}
}

// texts says what each operation is for.
var texts = map[string]struct{ tag, summary, description string }{
	"register": {"accounts", "Make an account", "The account has the role reader, or that of " +
		"its invitation. Registration may be closed, or take an invitation. Names and addresses " +
		"are unique without regard to case."},
	"login": {"accounts", "Sign in", "Access tokens last 15 minutes; a refresh token gives the " +
		"next pair, for 30 days. Every failure gets the same answer. After five that failed, each " +
		"makes the next attempt at this login wait, up to five minutes; so it is, later, for all " +
		"that come from one address."},
	"token": {"accounts", "Sign in, for OAuth 2.0 tools", "The password grant of RFC 6749, " +
		"section 4.3, with the same answers as /api/auth/login."},
	"refresh": {"accounts", "Get new tokens", "Each refresh token is good once, and for ten " +
		"seconds more, since two tabs may send the same. One that is used later than that ends the " +
		"session, because somebody may have copied it."},
	"logout": {"accounts", "Sign out", "Ends the session that the refresh token belongs to. An " +
		"access token that was given lasts until it expires."},
	"logout-all": {"accounts", "Sign out everywhere", "Ends all sessions of the account, and makes " +
		"its access tokens worthless. API keys stay."},
	"get-session": {"accounts", "Show who is signed in", "In this browser, and what its pages may " +
		"offer. 401 for a session whose access token has ended: renew it."},
	"begin-session": {"accounts", "Sign in with a cookie", "For the pages of this server: as " +
		"/api/auth/login, but the tokens come in a cookie that scripts cannot read, browsers keep " +
		"only from https or localhost, and pages of other origins cannot use."},
	"renew-session": {"accounts", "Renew the cookie's session", "As /api/auth/refresh, with the " +
		"cookie's token. A session that is over ends in the browser too."},
	"end-session": {"accounts", "Sign out of this browser", "As /api/auth/logout, with the cookie's " +
		"token."},
	"change-password": {"accounts", "Change the own password", "Ends all sessions, and begins a " +
		"new one, for a browser with the next cookie in place of tokens. The limits of signing in " +
		"hold for the current password."},
	"request-reset": {"accounts", "Ask for a new password", "Sends a link to the account's e-mail " +
		"address, if there is such an account. The answer, and its time, do not tell. A link is " +
		"good for an hour, once."},
	"confirm-reset": {"accounts", "Choose a new password", "With the token of a link. Ends all " +
		"sessions of the account."},
	"export-me": {"accounts", "Export the own data", "The account, its keys without their secrets, " +
		"its documents with their text, its conversations with feedback, as one JSON object."},
	"delete-me": {"accounts", "Delete the own account", "Nobody gets in from now on. Documents are " +
		"deleted or handed over, as the request says, and with the account goes all that is its " +
		"own; that happens within seconds, or when the server is up again. The last " +
		"administrator cannot go."},
	"list-users": {"accounts", "List accounts", "For administrators."},
	"get-user":   {"accounts", "Show an account", "For administrators."},
	"update-user": {"accounts", "Change an account", "For administrators. The last administrator " +
		"who can sign in stays one."},
	"delete-user": {"accounts", "Delete an account", "For administrators; as an account deletes " +
		"itself, without its password."},
	"create-reset": {"accounts", "Make a link for a new password", "For administrators, who pass " +
		"it on. It takes the place of the account's earlier one, and is good for an hour, once."},
	"list-invitations": {"accounts", "List open invitations", "For administrators. Those that were " +
		"used or have expired are gone."},
	"invite": {"accounts", "Invite somebody", "For administrators. The link goes to the address by " +
		"mail, if the server sends mail, and is shown once. A conflict where registration is " +
		"closed."},
	"revoke-invitation": {"accounts", "Revoke an invitation", "For administrators."},
	"get-me":            {"accounts", "Show the own account", "Whose token or key the request carries."},
	"update-me": {"accounts", "Change the own account", "User name and e-mail address. " +
		"Another address takes the password, if the account has one."},
	"ingest": {"documents", "Ingest a document", "Makes the document as the request says, wholly " +
		"or not at all: 201 when it is new. What did not change is not embedded again. A doc_id " +
		"of another account or source is a conflict."},
	"list-documents": {"documents", "List documents", "Those that the caller may read, by " +
		"doc_id; for administrators all."},
	"get-document": {"documents", "Show a document", "With its canonical text."},
	"update-document": {"documents", "Change a document", "Visibility for its owner, the " +
		"owner for administrators. It holds for readers at once."},
	"delete-document": {"documents", "Delete a document", "For its owner, and administrators."},
	"list-chunks": {"documents", "List a document's chunks", "All pages are of one revision; a " +
		"document that changes meanwhile is a conflict."},
	"search": {"ask", "Search", "Passages for a question, best first, found by meaning and by words."},
	"query": {"ask", "Ask", "An answer with citations, or an honest refusal. As JSON, or with " +
		"Accept: text/event-stream as events while it comes. With conversation_id, which takes an " +
		"account, question and answer are kept; otherwise nothing is."},
	"create-conversation": {"conversations", "Start a conversation", "Ask in it with the " +
		"conversation_id of /api/query. Without an account nothing that is asked is kept."},
	"list-conversations": {"conversations", "List conversations", "The caller's own."},
	"get-conversation": {"conversations", "Show a conversation", "With its messages. Somebody " +
		"else's is not there, for administrators too."},
	"delete-conversation": {"conversations", "Delete a conversation", "With its messages and the " +
		"feedback on them."},
	"give-feedback": {"conversations", "Rate an answer", "An answer of the caller's conversations. " +
		"The last rating counts."},
	"withdraw-feedback": {"conversations", "Take a rating back", "Where there is none, nothing " +
		"happens."},
	"list-feedback": {"conversations", "List feedback", "For administrators: what accounts think of " +
		"answers that they got, with the question and the answer."},
	"list-keys": {"accounts", "List API keys", "The own ones; administrators may name another " +
		"account. Never the keys themselves."},
	"create-key": {"accounts", "Make an API key", "The key is shown once, in this answer. It allows " +
		"no more than its account, also when that is demoted later. Making keys takes a sign-in, or " +
		"an administrator's key."},
	"revoke-key": {"accounts", "Revoke an API key", "From the next request on it is worthless. An " +
		"own one, or any for administrators; a key may revoke itself. One that is revoked stays so."},
	"list-events": {"accounts", "Show the audit log", "For administrators: who did what to which " +
		"account, key or document, when and from where, newest first. Entries are kept for as long " +
		"as the server is told to."},
	"backup": {"service", "Back the book up", "For administrators. The archive that `lectern " +
		"restore` reads, with all documents, accounts and password hashes, as they are at one " +
		"moment, while the server is used on. It streams: one that breaks off is not complete, and " +
		"is refused by `lectern restore`. A server makes one at a time."},
	"start-reembed": {"service", "Move the book to another embedding space", "For administrators. " +
		"It is searched and written meanwhile; an interrupted move goes on where it was. Answers at " +
		"once: see GET for how far it is."},
	"get-reembed": {"service", "Show how far the move is", "For administrators. Of the move that " +
		"this server runs, or ran last."},
	"health": {"service", "Is the server alive?", "Always answers ok; parts says more."},
	"ready":  {"service", "Is the server ready?", "503 as long as a part is down, and from the moment on that the server is told to stop."},
}

// fieldTexts describes the fields of types that other packages define.
var fieldTexts = map[string]map[string]string{
	"Answer": {
		"answer": "The answer, with markers such as [1].",
		"searched_question": "The question as it was searched for: in a conversation, what it means " +
			"without the turns before it; empty when it is off limits.",
		"refused": "The book does not answer the question, or it is off limits; then there are no " +
			"citations.",
		"citations":       "What each marker stands for.",
		"raw_chunks":      "The passages that the answer was made from.",
		"model":           "What answered; empty when nothing was asked.",
		"attempts":        "Models that were asked before it, or left out, and why; not those after it.",
		"degraded":        "Parts that the answer had to do without; empty when it was whole.",
		"usage":           "What all calls of language models took.",
		"timings":         "How long the stages took.",
		"conversation_id": "The conversation that the answer is kept in; left out where it is not kept.",
		"message_id":      "The answer in it, to give feedback on; left out where it is not kept.",
	},
	"Citation": {
		"marker":      "The number in the answer.",
		"doc_id":      "The document.",
		"title":       "Its title.",
		"chapter":     "Its part of the book.",
		"url":         "Its address with the heading's anchor; empty when there is none.",
		"chunk_index": "The chunk that the quote begins in.",
		"char_start":  "First code point of the quote in the canonical text.",
		"char_end":    "The code point after the last.",
		"quote":       "Exactly the canonical text between the two.",
		"revision":    "The revision of the document that was read.",
	},
	"LegScores": {
		"dense":  "By meaning; null when not found so.",
		"sparse": "By words; null when not found so.",
	},
	"Passage": {
		"doc_id":       "The document.",
		"title":        "Its title.",
		"chapter":      "Its part of the book.",
		"heading_path": "Headings above it, from the top.",
		"url":          "Its address with the heading's anchor; empty when there is none.",
		"chunk_id":     "The chunk, or the first of several neighbours.",
		"chunk_index":  "Its position in the document, from 0.",
		"char_start":   "First code point of the canonical text.",
		"char_end":     "The code point after the last.",
		"text":         "Exactly the canonical text between the two.",
		"revision":     "The document's revision.",
		"score":        "What the passages are sorted by.",
		"scores":       "The score of each leg.",
	},
	"SearchTimings": {
		"embed_ms": "Turning the question into vectors.",
		"index_ms": "Asking the vector index.",
		"load_ms":  "Reading the passages.",
		"total_ms": "All of it.",
	},
	"AnswerTimings": {
		"condense_ms": "Finding out what a question of a conversation means.",
		"search":      "The search.",
		"evidence_ms": "Judging whether the passages are evidence.",
		"answer_ms":   "Making the answer.",
		"total_ms":    "All of it.",
	},
	"Attempt": {
		"model":   "Provider and configured model.",
		"failure": "Why it did not answer.",
	},
	"Usage": {
		"input_tokens":  "Tokens read.",
		"output_tokens": "Tokens written.",
		"cost":          "What they cost, in the currency of the configured prices.",
		"models":        "The same by model.",
	},
	"ModelUsage": {
		"model":         "Provider and configured model.",
		"calls":         "How often it was called.",
		"input_tokens":  "Tokens read.",
		"output_tokens": "Tokens written.",
		"cost":          "What they cost, in the currency of the configured prices; 0 without a price.",
		"estimated":     "Its provider did not count every call; the length of the texts did.",
	},
}

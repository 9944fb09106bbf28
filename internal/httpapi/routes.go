package httpapi

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// route is one row of the table of routes.
type route struct {
	method, path, id string
	access           access
	body             int64 // the most bytes of a request body; 0 for a route without one
	form             bool  // the body is a form, not JSON
	slow, long       bool
	once             bool  // takes an Idempotency-Key
	session          bool  // is about the session of a browser, for our own pages alone
	work             work  // what it does that is bounded
	quota            quota // what it counts to; requests where none is named
	fails            []int // statuses beyond those that follow from the rest of the row
	bind             func(huma.API, huma.Operation)
}

// Shorthand for the table.
const (
	get, post, patch, del = http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete

	docPath, reembedPath = "/api/documents/{doc_id}", "/api/reembed"
)

var (
	orConflict, orNotFound = []int{http.StatusConflict}, []int{http.StatusNotFound}
	absentOrConflict       = []int{http.StatusNotFound, http.StatusConflict}
	orThrottled            = []int{http.StatusUnauthorized, http.StatusTooManyRequests}
	orConflictOrThrottled  = []int{http.StatusConflict, http.StatusTooManyRequests}
)

// routes is everything that the API can do. What each route is for stands in texts.
func (s *server) routes() []route {
	all := slices.Concat(
		s.sessionRoutes(), s.browserRoutes(), s.accountRoutes(), s.managementRoutes(), s.documentRoutes(),
		s.askRoutes(), s.conversationRoutes(),
		s.serviceRoutes())
	for i := range all {
		if all[i].quota == "" {
			all[i].quota = requests
		}
	}
	return all
}

func (s *server) sessionRoutes() []route {
	return []route{
		{
			method: post, path: "/api/auth/register", id: "register", quota: signIns, body: smallBody,
			fails: []int{http.StatusForbidden, http.StatusNotFound, http.StatusConflict},
			bind:  bind(s, s.createAccount),
		},
		{
			method: post, path: "/api/auth/login", id: "login", quota: signIns, body: smallBody,
			fails: orThrottled, bind: bind(s, s.login),
		},
		{
			method: post, path: "/api/auth/token", id: "token", quota: signIns, body: smallBody,
			form: true, fails: orThrottled, bind: bind(s, s.token),
		},
		{
			method: post, path: "/api/auth/refresh", id: "refresh", body: smallBody,
			fails: []int{http.StatusUnauthorized}, bind: bind(s, s.refresh),
		},
		{
			method: post, path: "/api/auth/logout", id: "logout", body: smallBody,
			bind: bind(s, s.logout),
		},
		{
			method: post, path: "/api/auth/logout-all", id: "logout-all", access: members,
			bind: bind(s, s.logoutAll),
		},
		{
			method: post, path: "/api/auth/reset", id: "request-reset", quota: signIns, body: smallBody,
			fails: []int{http.StatusTooManyRequests}, bind: bind(s, s.requestReset),
		},
		{
			method: post, path: "/api/auth/reset/confirm", id: "confirm-reset", quota: signIns,
			body: smallBody, fails: absentOrConflict, bind: bind(s, s.confirmReset),
		},
	}
}

// browserRoutes are those of a session that a cookie holds.
func (s *server) browserRoutes() []route {
	const path = "/api/session"
	return []route{
		{
			method: get, path: path, id: "get-session", session: true,
			fails: []int{http.StatusUnauthorized}, bind: bind(s, s.getSession),
		},
		{
			method: post, path: path, id: "begin-session", session: true, quota: signIns,
			body: smallBody, fails: orThrottled, bind: bind(s, s.beginSession),
		},
		{
			method: post, path: path + "/renew", id: "renew-session", session: true,
			fails: []int{http.StatusUnauthorized}, bind: bind(s, s.renewSession),
		},
		{method: del, path: path, id: "end-session", session: true, bind: bind(s, s.endSession)},
	}
}

func (s *server) accountRoutes() []route {
	return []route{
		{method: get, path: "/api/users/me", id: "get-me", access: members, bind: bind(s, s.getMe)},
		{
			method: patch, path: "/api/users/me", id: "update-me", access: members, body: smallBody,
			fails: orConflictOrThrottled, bind: bind(s, s.updateMe),
		},
		{
			method: post, path: "/api/users/me/password", id: "change-password", access: members,
			body: smallBody, fails: orConflictOrThrottled,
			bind: bind(s, s.changePassword),
		},
		{
			method: get, path: "/api/users/me/export", id: "export-me", access: members, long: true,
			bind: bind(s, s.exportMe),
		},
		{
			method: del, path: "/api/users/me", id: "delete-me", access: members, body: smallBody,
			fails: orConflictOrThrottled, bind: bind(s, s.deleteMe),
		},

		{
			method: get, path: "/api/keys", id: "list-keys", access: members, fails: orNotFound,
			bind: bind(s, s.listKeys),
		},
		{
			method: post, path: "/api/keys", id: "create-key", access: members, body: smallBody,
			fails: []int{http.StatusNotFound, http.StatusConflict}, bind: bind(s, s.createKey),
		},
		{
			method: del, path: "/api/keys/{key_id}", id: "revoke-key", access: members,
			fails: orNotFound, bind: bind(s, s.revokeKey),
		},
		{
			method: get, path: "/api/audit", id: "list-events", access: admins,
			bind: bind(s, s.listEvents),
		},
	}
}

func (s *server) managementRoutes() []route {
	const userPath = "/api/users/{user_id}"
	return []route{
		{
			method: get, path: "/api/users", id: "list-users", access: admins,
			bind: bind(s, s.listUsers),
		},
		{
			method: get, path: userPath, id: "get-user", access: admins, fails: orNotFound,
			bind: bind(s, s.getUser),
		},
		{
			method: patch, path: userPath, id: "update-user", access: admins, body: smallBody,
			fails: absentOrConflict, bind: bind(s, s.updateUser),
		},
		{
			method: del, path: userPath, id: "delete-user", access: admins, body: smallBody,
			fails: absentOrConflict, bind: bind(s, s.deleteUser),
		},
		{
			method: post, path: userPath + "/reset", id: "create-reset", access: admins,
			fails: absentOrConflict, bind: bind(s, s.createReset),
		},
		{
			method: get, path: "/api/invitations", id: "list-invitations", access: admins,
			bind: bind(s, s.listInvitations),
		},
		{
			method: post, path: "/api/invitations", id: "invite", access: admins, body: smallBody,
			fails: orConflict, bind: bind(s, s.invite),
		},
		{
			method: del, path: "/api/invitations/{invitation_id}", id: "revoke-invitation",
			access: admins, fails: orNotFound, bind: bind(s, s.revokeInvitation),
		},
	}
}

func (s *server) documentRoutes() []route {
	return []route{
		{
			method: post, path: "/api/ingest", id: "ingest", work: ingesting, quota: writes, access: editors,
			body: ingestBody, slow: true, once: true, fails: orConflict, bind: bind(s, s.ingest),
		},
		{
			method: get, path: "/api/documents", id: "list-documents", access: readers,
			bind: bind(s, s.listDocuments),
		},
		{
			method: get, path: docPath, id: "get-document", access: readers, fails: orNotFound,
			bind: bind(s, s.getDocument),
		},
		{
			method: patch, path: docPath, id: "update-document", work: ingesting, quota: writes, access: editors,
			body: smallBody, slow: true, once: true, fails: []int{http.StatusNotFound, http.StatusConflict}, bind: bind(s, s.updateDocument),
		},
		{
			method: del, path: docPath, id: "delete-document", work: ingesting, quota: writes, access: editors, slow: true,
			once: true, fails: orNotFound, bind: bind(s, s.deleteDocument),
		},
		{
			method: get, path: docPath + "/chunks", id: "list-chunks", access: readers,
			fails: []int{http.StatusNotFound, http.StatusConflict}, bind: bind(s, s.listChunks),
		},
	}
}

func (s *server) askRoutes() []route {
	return []route{
		{
			method: post, path: "/api/search", id: "search", work: searching, access: readers, body: smallBody,
			fails: orNotFound, bind: bind(s, s.search),
		},
		{
			method: post, path: "/api/query", id: "query", work: answering, quota: answers, access: readers,
			body: queryBody, slow: true, fails: orNotFound, bind: bind(s, s.query),
		},
	}
}

func (s *server) serviceRoutes() []route {
	return []route{
		{
			method: get, path: "/api/backup", id: "backup", access: admins, long: true,
			fails: orConflict, bind: bind(s, s.backup),
		},
		{
			method: post, path: reembedPath, id: "start-reembed", access: admins, body: smallBody,
			fails: []int{http.StatusNotFound, http.StatusConflict}, bind: bind(s, s.startReembed),
		},
		{method: get, path: reembedPath, id: "get-reembed", access: admins, bind: bind(s, s.getReembed)},

		{method: get, path: "/api/health", id: "health", quota: uncounted, bind: bind(s, s.health)},
		{method: get, path: "/api/ready", id: "ready", quota: uncounted, bind: bind(s, s.ready)},
	}
}

// conversationRoutes are those of what is kept of questions and answers.
func (s *server) conversationRoutes() []route {
	return []route{
		{
			method: post, path: "/api/conversations", id: "create-conversation", access: members,
			body: smallBody, once: true, bind: bind(s, s.createConversation),
		},
		{
			method: get, path: "/api/conversations", id: "list-conversations", access: members,
			bind: bind(s, s.listConversations),
		},
		{
			method: get, path: "/api/conversations/{id}", id: "get-conversation", access: members,
			fails: orNotFound, bind: bind(s, s.getConversation),
		},
		{
			method: del, path: "/api/conversations/{id}", id: "delete-conversation",
			access: members, fails: orNotFound, bind: bind(s, s.deleteConversation),
		},
		{
			method: post, path: "/api/feedback", id: "give-feedback", access: members,
			body: smallBody, fails: orNotFound, bind: bind(s, s.giveFeedback),
		},
		{
			method: del, path: "/api/feedback/{message_id}", id: "withdraw-feedback",
			access: members, fails: orNotFound, bind: bind(s, s.withdrawFeedback),
		},
		{
			method: get, path: "/api/feedback", id: "list-feedback", access: admins,
			bind: bind(s, s.listFeedback),
		},
	}
}

// bind makes a handler of ours one of huma's, with errors turned into problems.
func bind[I, O any](
	s *server, handle func(context.Context, *I) (*O, error),
) func(huma.API, huma.Operation) {
	return func(api huma.API, op huma.Operation) {
		huma.Register(api, op, func(ctx context.Context, in *I) (*O, error) {
			out, err := handle(ctx, in)
			if err != nil {
				return nil, s.problem(ctx, err)
			}
			return out, nil
		})
	}
}

func (r route) timeout() time.Duration {
	switch {
	case r.long:
		return longRoute
	case r.slow:
		return slowRoute
	}
	return fastRoute
}

func (r route) bodyType() string {
	if r.form {
		return formType
	}
	return jsonType
}

// operation is the row as huma and the OpenAPI document need it.
func (r route) operation() huma.Operation {
	text := texts[r.id]
	op := huma.Operation{
		OperationID: r.id, Method: r.method, Path: r.path, Tags: []string{text.tag},
		Summary: text.summary, Description: text.description, Errors: r.failures(),
		// Bodies have been read, within their limits, when huma gets them.
		MaxBodyBytes: -1, BodyReadTimeout: -1,
	}
	switch {
	case r.id == "renew-session":
		op.Security = []map[string][]string{{"session": {}}}
	case r.session && r.method != post:
		op.Security = []map[string][]string{{}, {"session": {}}}
	case r.access == anyone:
		op.Security = []map[string][]string{}
	case r.access == readers:
		op.Security = []map[string][]string{{}, {"bearer": {}}, {"password": {}}, {"session": {}}}
	default:
		op.Security = []map[string][]string{{"bearer": {}}, {"password": {}}, {"session": {}}}
	}
	return op
}

// failures lists the statuses of the problems that the route can answer with. huma adds 500, and
// 422 where there are parameters.
func (r route) failures() []int {
	list := append([]int{http.StatusServiceUnavailable, http.StatusGatewayTimeout}, r.fails...)
	if r.quota != uncounted {
		list = append(list, http.StatusTooManyRequests)
	}
	if r.access != anyone {
		list = append(list, http.StatusUnauthorized)
	}
	if r.access != anyone || r.session {
		list = append(list, http.StatusForbidden)
	}
	if r.body > 0 {
		list = append(list, http.StatusBadRequest, http.StatusRequestTimeout,
			http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType,
			http.StatusUnprocessableEntity)
	}
	return list
}

package httpapi

// reach says whose things a route works on, for those whom its access lets in. What is out of reach is
// answered like what is not there.
type reach string

const (
	reachNothing  reach = "nothing that is anybody's"
	reachAccount  reach = "the own account"
	reachOwn      reach = "own ones"
	reachKeys     reach = "own ones; administrators any"
	reachReadable reach = "public documents and own ones; of administrators too"
	reachListable reach = "public documents and own ones; administrators any"
	reachDocument reach = "own documents; administrators any"
	reachHandOver reach = "own documents; administrators hand any over"
	reachAll      reach = "everything"
)

// reaches has a row for each route, beside its role in routes. docs/access.md shows both.
var reaches = map[string]reach{
	"register":   reachNothing,
	"login":      reachNothing,
	"token":      reachNothing,
	"refresh":    reachNothing,
	"logout":     reachNothing,
	"logout-all": reachAccount,

	"get-session":   reachAccount,
	"begin-session": reachNothing,
	"renew-session": reachAccount,
	"end-session":   reachAccount,

	"request-reset": reachNothing,
	"confirm-reset": reachNothing,

	"get-me":          reachAccount,
	"update-me":       reachAccount,
	"change-password": reachAccount,
	"export-me":       reachAccount,
	"delete-me":       reachAccount,
	"list-keys":       reachKeys,
	"create-key":      reachKeys,
	"revoke-key":      reachKeys,
	"list-events":     reachAll,

	"list-users":        reachAll,
	"get-user":          reachAll,
	"update-user":       reachAll,
	"delete-user":       reachAll,
	"create-reset":      reachAll,
	"list-invitations":  reachAll,
	"invite":            reachAll,
	"revoke-invitation": reachAll,

	"ingest":          reachOwn,
	"list-documents":  reachListable,
	"get-document":    reachListable,
	"list-chunks":     reachListable,
	"update-document": reachHandOver,
	"delete-document": reachDocument,

	"search": reachReadable,
	"query":  reachReadable,

	"create-conversation": reachOwn,
	"list-conversations":  reachOwn,
	"get-conversation":    reachOwn,
	"delete-conversation": reachOwn,
	"give-feedback":       reachOwn,
	"withdraw-feedback":   reachOwn,
	"list-feedback":       reachAll,

	"backup":        reachAll,
	"start-reembed": reachAll,
	"get-reembed":   reachAll,
	"health":        reachNothing,
	"ready":         reachNothing,
}

package book

import (
	"time"

	"github.com/google/uuid"
)

// Event is one entry of the audit log: who did what to what, when and from where. It holds no
// secret, and no text of documents or questions.
type Event struct {
	ID      uuid.UUID // UUIDv7
	At      time.Time
	ActorID uuid.UUID // account that acted; uuid.Nil for nobody in particular
	Actor   string    // its user name at that time
	Action  Action
	Target  Target
	// Address is the client's, without port; empty for the command line on a data directory.
	Address string
	Detail  string // what is worth knowing beside, such as the new role
}

// MaxEventText is how many bytes of each text of an event are kept at most.
const MaxEventText = 512

// Target is what an event happened to.
type Target struct {
	Kind TargetKind
	ID   string // of the account, key or invitation; doc_id of a document
	Name string // what people know it by at that time: a user name, the prefix of a key
}

// TargetKind says what a target is.
type TargetKind string

// The kinds of targets.
const (
	TargetAccount    TargetKind = "account"
	TargetKey        TargetKind = "key"
	TargetInvitation TargetKind = "invitation"
	TargetDocument   TargetKind = "document"
	TargetBook       TargetKind = "book"
)

// EventQuery selects events. Empty fields do not restrict.
type EventQuery struct {
	Actor  string    // user name, without regard to case
	Action string    // the whole action, or what stands before its dot
	Target string    // id of a target, or its name without regard to case
	Before uuid.UUID // only events with a lower id
	Limit  int       // must be positive
}

// Action is what was done: a noun, a dot and a verb.
type Action string

// The actions that are recorded.
const (
	AccountRegister Action = "account.register"
	AccountCreate   Action = "account.create"
	AccountUpdate   Action = "account.update"
	AccountRole     Action = "account.role"
	AccountDisable  Action = "account.disable"
	AccountPassword Action = "account.password"
	AccountSignOut  Action = "account.sign_out"
	AccountEnable   Action = "account.enable"
	AccountInvite   Action = "account.invite"
	AccountUninvite Action = "account.uninvite"
	AccountReset    Action = "account.reset"  // a link was made
	AccountDelete   Action = "account.delete" // deletion began
	AccountGone     Action = "account.gone"   // and ended
	AccountExport   Action = "account.export"

	// AccountResetRequest: somebody asked for a link, which an administrator has to make.
	AccountResetRequest Action = "account.reset_request"

	KeyCreate      Action = "key.create"
	KeyRevoke      Action = "key.revoke"
	DocumentIngest Action = "document.ingest"
	DocumentUpdate Action = "document.update"
	DocumentDelete Action = "document.delete"
	BookBackup     Action = "book.backup"
	BookReembed    Action = "book.reembed"
)

// AccountTarget is the account as a target.
func AccountTarget(u User) Target {
	return Target{Kind: TargetAccount, ID: u.ID.String(), Name: u.Username}
}

// KeyTarget is the key as a target.
func KeyTarget(k APIKey) Target {
	return Target{Kind: TargetKey, ID: k.ID.String(), Name: k.Prefix}
}

// DocumentTarget is the document as a target.
func DocumentTarget(docID string) Target { return Target{Kind: TargetDocument, ID: docID} }

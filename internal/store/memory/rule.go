package memory

// Rule is a rule of the protocol that a test can take out of the store, to see whether it is missed.
type Rule string

// The rules. Each says what happens without it.
const (
	// Flip: ExpireLeases does nothing, and rows whose lease has ended are settled as they are.
	Flip Rule = "flip"
	// Seq: Drop takes rows off the ledger although they were touched since they were read.
	Seq Rule = "seq"
	// GlobalSeq: the sequence numbers of a row start over when it is written again, but for a touch
	// of a due row.
	GlobalSeq Rule = "globalseq"
	// Watch: Drop takes late rows off the ledger at once.
	Watch Rule = "watch"
	// Rev: CommitDocument does not compare the revision.
	Rev Rule = "rev"
	// RevGlobal: revisions start over when a document is created again.
	RevGlobal Rule = "revglobal"
	// Old: CommitPoints does not compare the chunk's point with the one that was read.
	Old Rule = "old"
	// Scope: CommitPoints does not compare the scope that was read with the document's.
	Scope Rule = "scope"
	// Space: CommitDocument does not ask whether its space is still the active one.
	Space Rule = "space"
	// Switch: SwitchSpace does not ask whether a chunk lacks a point in the other space.
	Switch Rule = "switch"
)

// Without takes a rule out.
func Without(r Rule) Option { return func(s *Store) { s.without[r] = true } }

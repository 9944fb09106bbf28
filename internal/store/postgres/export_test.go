package postgres

import "context"

// Execute runs a statement past the contract.
func (s *Store) Execute(ctx context.Context, statement string) error {
	_, err := s.pool.Exec(ctx, statement)
	return err
}

// LookAt bounds how many chunks a search by terms looks at.
func (s *Store) LookAt(chunks int) { s.mostCandidates = chunks }

package memory

import "context"

// Lead implements store.Leadership. It cannot be lost: there is no other process.
func (s *Store) Lead(
	ctx context.Context, name string, f func(ctx context.Context) error,
) (led bool, err error) {
	if err := ended(ctx); err != nil {
		return false, err
	}
	if !s.begin(name) {
		return false, nil
	}
	defer s.end(name)
	return true, f(ctx)
}

func (s *Store) begin(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.led[name] {
		return false
	}
	s.led[name] = true
	return true
}

func (s *Store) end(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.led, name)
}
